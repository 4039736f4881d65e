"""The sandbox as a server on loopback: it answers at /<host>/<path> what the agency answers at https://<host>/<path>."""

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

from sandbox.clock import TAIPEI, local, moment
from sandbox.delivery import deliver
from sandbox.errors import SandboxError
from sandbox.faults.registry import FAULTS
from sandbox.messages import Answer, Ask, Request, Table
from sandbox.rows.table import table_at
from sandbox.spec import Source, load
from sandbox.state import Book

CONTROL = "sandbox"
"""First path segment of the control addresses; no host has a name without a dot."""
_LARGEST_CONTROL_BYTES = 1 << 20


class Sandbox:
    """The agencies of a folder of datasets; a context manager, or `start` and `stop`.

    Args:
        datasets: the folder with one folder per dataset.
        now: the simulated time at the first start; unsaid, the present. A state that was kept goes before it, so that
            a restart by the same command tells the time that was set last.
        state: the file that keeps the clock and the faults; unsaid, they are forgotten.
        port: 0 takes a free one.

    Raises:
        SandboxError: a sandbox.yaml or the state is wrong.
    """

    def __init__(
        self, datasets: Path, now: datetime | None = None, state: Path | None = None, *, port: int = 0
    ) -> None:
        self.sources = load(datasets)
        self.log: list[Request] = []
        self.stopped = threading.Event()
        self.book = Book(self.sources, now or datetime.now(TAIPEI), state)
        self._port = port
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._tables: dict[str, tuple[datetime, Table]] = {}

    def start(self) -> Self:
        """Listen and answer until `stop`."""
        self.stopped.clear()
        self._server = _Server(("127.0.0.1", self._port), _Handler)
        self._server.sandbox = self
        # the default looks every half second whether to stop; tests start and stop many
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="sandbox", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Close every connection, those in the middle of an answer too."""
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
        """Where it listens, without a slash at the end.

        Raises:
            SandboxError: it is not started.
        """
        if self._server is None:
            raise SandboxError("the sandbox is not started")
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def now(self) -> datetime:
        """The simulated time, at +08:00; it stands still until it is set."""
        return self.book.now

    @now.setter
    def now(self, now: datetime) -> None:
        self.book.now = local(now)

    def fault(self, slug: str, name: str, **params: Any) -> None:
        """Set the one fault of a dataset, in place of any that was set before."""
        self.book.set_faults({slug: [{"fault": name, **params}]})

    def also(self, slug: str, name: str, **params: Any) -> None:
        """Set one more fault of a dataset."""
        self.book.set_faults({slug: [*self.book.faults().get(slug, []), {"fault": name, **params}]})

    def clear(self, slug: str | None = None) -> None:
        """Take back the faults that were set for a dataset, or for all."""
        if slug is None:
            self.book.clear()
        else:
            self.book.set_faults({slug: []})

    def answer(self, request: Request) -> Answer:
        """Answer a request as the agency whose address it is."""
        self.log.append(request)
        source = next((one for one in self.sources.values() if one.answers(request.host, request.path)), None)
        if source is None:
            homes = [f"{one.file.host}{path}" for one in self.sources.values() for path in one.file.paths]
            return _json({"error": f"nobody lives at {request.host}{request.path}", "known": homes}, 404)
        if request.method != "GET":
            return _json({"error": f"{request.method} is not spoken here"}, 405)
        met = self.book.meet(source.slug)
        on_rows = [fault for fault in met if FAULTS[fault.name].on_rows]
        on_answer = [fault for fault in met if FAULTS[fault.name].on_answer]
        if on_answer:
            # a caller that holds the file already would hear 304 and never meet the fault
            plain = {key: value for key, value in request.headers.items() if not key.startswith("if-")}
            request = request._replace(headers=plain)
        ask = Ask(request, self.now, self.book.count_call(source.slug))
        table = source.speaker.asked(ask, self._table(source, ask.now), source.settings)
        for fault in on_rows:
            say = FAULTS[fault.name].on_rows
            table = say(table, fault.params) if say else table
        quirks = {fault.name: fault.params for fault in met if fault.name in source.speaker.QUIRKS}
        answer = source.speaker.answer(ask, table, source.settings, quirks)
        for fault in on_answer:
            act = FAULTS[fault.name].on_answer
            answer = act(answer, ask, fault.params) if act else answer
        return answer

    def _table(self, source: Source, now: datetime) -> Table:
        kept = self._tables.get(source.slug)
        if kept is None or kept[0] != now:
            # two requests at once may both make it: the same table, so nothing is lost but time
            kept = self._tables[source.slug] = (now, table_at(source, now))
        table = kept[1]
        # where a fault of the timeline began or ended, the publication changed
        turns = [time for planned in source.timeline for time in (planned.start, planned.end) if time <= now]
        return table._replace(as_of=max([table.as_of, *turns]))

    def control(self, method: str, name: str, body: bytes) -> Answer:
        """Answer a request to a control address."""
        try:
            if (method, name) == ("PUT", "clock"):
                self.now = moment(_object(body).get("now"))
            elif (method, name) == ("PUT", "faults"):
                self._set_faults(_object(body))
        except SandboxError as error:
            return _json({"error": str(error)}, 400)
        answers: dict[str, Mapping[str, Any]] = {
            "clock": {"now": self.now.isoformat()},
            "faults": self.book.faults(),
            "health": {"ok": True, "synthetic": True, "now": self.now.isoformat(), "datasets": list(self.sources)},
        }
        if name not in answers or method not in ("GET", "PUT") or (method, name) == ("PUT", "health"):
            return _json({"error": f"no control address {method} /{CONTROL}/{name}", "known": list(answers)}, 404)
        return _json(answers[name])

    def _set_faults(self, said: Mapping[str, Any]) -> None:
        read = {}
        for slug, faults in said.items():
            listed = faults if isinstance(faults, list) else [] if faults is None else [faults]
            if not all(isinstance(one, dict) for one in listed):
                raise SandboxError(f"{slug}: expected null, an object with `fault`, or a list of those, got {faults!r}")
            read[slug] = listed
        self.book.set_faults(read)


def _object(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except ValueError as error:
        raise SandboxError(f"expected a JSON object: {error}") from error
    if not isinstance(said, dict):
        raise SandboxError(f"expected a JSON object, got {said!r}")
    return said


def _json(said: Mapping[str, Any], status: int = 200) -> Answer:
    return Answer(status, {"Content-Type": "application/json"}, json.dumps(said, ensure_ascii=False).encode())


class _Server(ThreadingHTTPServer):
    """The listening socket and the open connections: a caller may keep one, and `stop` must not wait for it."""

    daemon_threads = False
    sandbox: Sandbox

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(address, handler)
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def hang_up_all(self) -> None:
        with self._open_lock:
            for one in self._open:
                try:
                    one.shutdown(socket.SHUT_RDWR)
                except OSError:  # the caller was faster
                    continue

    def handle_error(self, request: Any, client_address: Any) -> None:
        # a caller that leaves in the middle of a fault is what the fault is for; anything else is told on stderr
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: _Server
    disable_nagle_algorithm = True

    def _any(self) -> None:
        sandbox = self.server.sandbox
        parts = urlsplit(self.path)
        host, _, rest = unquote(parts.path).lstrip("/").partition("/")
        body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), _LARGEST_CONTROL_BYTES))
        if host == CONTROL:
            deliver(self, sandbox.control(self.command, rest, body), sandbox.stopped)
            return
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = sandbox.answer(Request(self.command, host, f"/{rest}", query, headers))
        deliver(self, answer, sandbox.stopped)

    do_GET = do_PUT = do_POST = do_DELETE = do_PATCH = _any

    def do_HEAD(self) -> None:
        """Refuse: no agency here is asked so, and an answer with a body would spoil the connection."""
        deliver(self, replace(_json({}, 405), body=b""), self.server.sandbox.stopped)

    def end_headers(self) -> None:
        """Say on every answer, an error of the server itself too, what time it is and that all is made up."""
        self.send_header("X-Sandbox-Now", self.server.sandbox.now.isoformat())
        self.send_header("X-Synthetic", "true")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: `Sandbox.log` holds what was asked."""
