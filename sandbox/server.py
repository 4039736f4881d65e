"""The HTTP server of the sandbox. It answers at /<host>/<path> what the agency answers at https://<host>/<path>."""

import json
import socket
import sys
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from sandbox.clock import TAIPEI, parse_time, to_taipei
from sandbox.delivery import deliver
from sandbox.errors import SandboxError
from sandbox.faults.registry import FAULTS
from sandbox.messages import AgencyCall, AgencyTable, Answer, Exchange, ReceivedRequest
from sandbox.rows.table import table_at
from sandbox.spec import SandboxDataset, load
from sandbox.state import SandboxState

CONTROL = "sandbox"
"""First path segment of the control addresses. It has no dot, so it is never the host of an agency."""
_LARGEST_CONTROL_BYTES = 1 << 20
_STOP_CHECK_SECONDS = 0.02


class Sandbox:
    """The agencies of a folder of datasets. Use it as a context manager, or call `start` and `stop`.

    Args:
        datasets: the folder with one folder per dataset.
        now: the simulated time at the first start; None takes the present. A state file goes before it, so that a
            restart with the same command keeps the time that was set last.
        state_file: the file that keeps clock and faults. None forgets them.
        port: the port; 0 takes a free one.

    Raises:
        SandboxError: a sandbox.yaml or the state file is wrong.
    """

    def __init__(
        self, datasets: Path, now: datetime | None = None, state_file: Path | None = None, *, port: int = 0
    ) -> None:
        self.datasets = load(datasets)
        self.log: list[ReceivedRequest] = []
        self.stopped = threading.Event()
        self.state = SandboxState(self.datasets, now or datetime.now(TAIPEI), state_file)
        self._port = port
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._tables: dict[str, tuple[datetime, AgencyTable]] = {}

    def start(self) -> Self:
        """Listen and answer until `stop`."""
        self.stopped.clear()
        self._server = _Server(("127.0.0.1", self._port), _Handler)
        self._server.sandbox = self
        # the default check of every half second is too slow for tests that start and stop many servers
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_STOP_CHECK_SECONDS,), name="sandbox", daemon=True
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop, and close every connection, even in the middle of an answer."""
        if self._server is None or self._thread is None:
            return
        self.stopped.set()
        self._server.shutdown()
        self._server.hang_up_all()
        self._server.server_close()
        self._thread.join()
        self._server = self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The address of the sandbox, without a slash at the end.

        Raises:
            SandboxError: the sandbox is not started.
        """
        if self._server is None:
            raise SandboxError("the sandbox is not started; call start() first")
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def now(self) -> datetime:
        """The simulated time, at +08:00. It stands still until somebody sets it."""
        return self.state.now

    @now.setter
    def now(self, now: datetime) -> None:
        self.state.now = to_taipei(now)

    def set_fault(self, slug: str, name: str, **params: Any) -> None:
        """Set one fault of a dataset. It replaces all faults that were set for the dataset before.

        Args:
            slug: the dataset.
            name: the name of the fault.
            params: the parameters of the fault.

        Raises:
            SandboxError: the dataset, the fault or a parameter is unknown.
        """
        self.state.set_faults({slug: [{"fault": name, **params}]})

    def add_fault(self, slug: str, name: str, **params: Any) -> None:
        """Set one more fault of a dataset.

        Args:
            slug: the dataset.
            name: the name of the fault.
            params: the parameters of the fault.

        Raises:
            SandboxError: the dataset, the fault or a parameter is unknown.
        """
        earlier_faults = self.state.fault_documents().get(slug, [])
        self.state.set_faults({slug: [*earlier_faults, {"fault": name, **params}]})

    def clear_faults(self, slug: str | None = None) -> None:
        """Remove the faults that were set for a dataset, or for all datasets."""
        if slug is None:
            self.state.clear_faults()
        else:
            self.state.set_faults({slug: []})

    def answer(self, request: ReceivedRequest) -> Answer:
        """Answer a request as the agency at its address does."""
        self.log.append(request)
        datasets = self.datasets.values()
        dataset = next((known for known in datasets if known.has_address(request.host, request.path)), None)
        if dataset is None:
            addresses = [f"{known.file.host}{path}" for known in datasets for path in known.file.paths]
            return _json_answer(
                {"error": f"no dataset answers at {request.host}{request.path}", "known": addresses}, 404
            )
        method = getattr(dataset.settings, "method", "GET")
        if request.method != method:
            return _json_answer({"error": f"expected {method}, got {request.method}"}, 405)
        active_faults = self.state.count_fault_request(dataset.slug)
        answer_faults = [fault for fault in active_faults if FAULTS[fault.name].change_answer]
        if answer_faults:
            # a caller that already has the file would get 304 and never meet the fault
            unconditional = {name: value for name, value in request.headers.items() if not name.startswith("if-")}
            request = request._replace(headers=unconditional)
        places = dataset.places(request.path)
        call = AgencyCall(request, self.now, self.state.count_call(dataset.slug), places)
        table = dataset.protocol.select_rows(call, self._table(dataset, call.now), dataset.settings)
        for fault in active_faults:
            change_rows = FAULTS[fault.name].change_rows
            table = change_rows(table, fault.params) if change_rows else table
        protocol_faults = {
            fault.name: fault.params for fault in active_faults if fault.name in dataset.protocol.PROTOCOL_FAULTS
        }
        answer = dataset.protocol.answer(call, table, dataset.settings, protocol_faults)
        for fault in answer_faults:
            change_answer = FAULTS[fault.name].change_answer
            answer = change_answer(Exchange(call, answer), fault.params) if change_answer else answer
        return answer

    def _table(self, dataset: SandboxDataset, now: datetime) -> AgencyTable:
        cached = self._tables.get(dataset.slug)
        if cached is None or cached[0] != now:
            # two requests at once may both make it: they make the same table, so this costs only time
            table = table_at(dataset.file.rows.kind, dataset.entities, dataset.file.seed, now)
            cached = self._tables[dataset.slug] = (now, table)
        table = cached[1]
        # the start and the end of a planned fault change what the agency published
        changes = [time for planned in dataset.timeline for time in (planned.start, planned.end) if time <= now]
        return table._replace(as_of=max([table.as_of, *changes]))

    def control(self, method: str, name: str, body: bytes) -> Answer:
        """Answer a request to a control address.

        Args:
            method: the HTTP method.
            name: what follows /sandbox/ in the path: `clock`, `faults` or `health`.
            body: JSON, for PUT.
        """
        try:
            if (method, name) == ("PUT", "clock"):
                self.now = parse_time(_json_object(body).get("now"))
            elif (method, name) == ("PUT", "faults"):
                self.state.set_faults(_fault_lists(_json_object(body)))
        except SandboxError as error:
            return _json_answer({"error": str(error)}, 400)
        answers: dict[str, Mapping[str, Any]] = {
            "clock": {"now": self.now.isoformat()},
            "faults": self.state.fault_documents(),
            "health": {"ok": True, "synthetic": True, "now": self.now.isoformat(), "datasets": list(self.datasets)},
        }
        if name not in answers or method not in ("GET", "PUT") or (method, name) == ("PUT", "health"):
            return _json_answer(
                {"error": f"no control address {method} /{CONTROL}/{name}", "known": list(answers)}, 404
            )
        return _json_answer(answers[name])


def _fault_lists(document: Mapping[str, Any]) -> dict[str, list[Mapping[str, Any]]]:
    fault_lists = {}
    for slug, value in document.items():
        fault_documents = value if isinstance(value, list) else [] if value is None else [value]
        if not all(isinstance(fault_document, dict) for fault_document in fault_documents):
            raise SandboxError(f"{slug}: expected null, an object with `fault`, or a list of those, got {value!r}")
        fault_lists[slug] = fault_documents
    return fault_lists


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except ValueError as error:
        raise SandboxError(f"expected a JSON object: {error}") from error
    if not isinstance(document, dict):
        raise SandboxError(f"expected a JSON object, got {document!r}")
    return document


def _json_answer(document: Mapping[str, Any], status: int = 200) -> Answer:
    return Answer(status, {"Content-Type": "application/json"}, json.dumps(document, ensure_ascii=False).encode())


class _Server(ThreadingHTTPServer):
    """The listening socket and the open connections. `stop` closes them, because a caller may keep one open."""

    daemon_threads = False
    sandbox: Sandbox

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(address, handler)
        self._connections: set[socket.socket] = set()
        self._connections_lock = threading.Lock()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._connections_lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._connections_lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def hang_up_all(self) -> None:
        with self._connections_lock:
            for connection in self._connections:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:  # the caller closed it first
                    continue

    def handle_error(self, request: Any, client_address: Any) -> None:
        # a fault makes callers leave early, and that is no error of ours; anything else goes to stderr
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: _Server
    disable_nagle_algorithm = True

    def _respond(self) -> None:
        sandbox = self.server.sandbox
        url = urlsplit(self.path)
        host, _, path = unquote(url.path).lstrip("/").partition("/")
        body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), _LARGEST_CONTROL_BYTES))
        if host == CONTROL and self._is_web_page():
            refusal = {"error": "a web page may not set the sandbox: use a program on this machine"}
            deliver(self, _json_answer(refusal, 403), sandbox.stopped)
            return
        if host == CONTROL:
            deliver(self, sandbox.control(self.command, path, body), sandbox.stopped)
            return
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = sandbox.answer(ReceivedRequest(self.command, host, f"/{path}", query, headers, body))
        deliver(self, answer, sandbox.stopped)

    def _is_web_page(self) -> bool:
        """Whether a page of any site asks, under its own name or under another one that leads here."""
        name, _, _ = self.headers.get("Host", "").rpartition(":")
        return name not in ("127.0.0.1", "localhost") or "Origin" in self.headers

    do_GET = do_PUT = do_POST = do_DELETE = do_PATCH = _respond

    def do_HEAD(self) -> None:
        """Refuse HEAD. No agency is asked with it, and an answer to HEAD must have no body."""
        deliver(self, replace(_json_answer({}, 405), body=b""), self.server.sandbox.stopped)

    def end_headers(self) -> None:
        """Add the simulated time and `X-Synthetic: true` to every answer, even to errors of the server itself."""
        self.send_header("X-Sandbox-Now", self.server.sandbox.now.isoformat())
        self.send_header("X-Synthetic", "true")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Write nothing. `Sandbox.log` keeps the requests."""
