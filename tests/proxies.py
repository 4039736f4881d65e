"""A proxy between a store and its S3 server that does what networks and lesser servers do to a PUT."""

import contextlib
import http.client
import http.server
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import NamedTuple
from urllib.parse import urlsplit

from catalog.store.s3 import Endpoint, S3Store


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes = b""


@dataclass
class Seen:
    """What passed through: (method, path, status), the status 0 where the answer was dropped."""

    requests: list[tuple[str, str, int]] = field(default_factory=list)

    def count(self, method: str) -> int:
        return sum(1 for one in self.requests if one[0] == method)


Instead = Callable[[str, str, Mapping[str, str], bytes], Answer | None]


class Proxy:
    """Forwards to `upstream` (http://host:port) with the client's Host, so that signatures stay valid.

    Args:
        upstream: the server's address.
        drop_answer_of: ordinals (from 1) of PUTs that are forwarded and whose answer is then lost.
        drop_before: ordinals of PUTs whose connection is closed before anything is forwarded.
        status_of: ordinal of a PUT -> status that the client sees after it was forwarded.
        headers: of every answer, in the place of the server's.
        instead: called first with method, path, headers, body; what it returns is the answer, nothing is forwarded.
    """

    def __init__(
        self,
        upstream: str,
        *,
        drop_answer_of: Collection[int] = (),
        drop_before: Collection[int] = (),
        status_of: Mapping[int, int] | None = None,
        headers: Mapping[str, str] | None = None,
        instead: Instead | None = None,
    ) -> None:
        self.upstream = urlsplit(upstream).netloc
        self.drop_answer_of = drop_answer_of
        self.drop_before = drop_before
        self.status_of = status_of or {}
        self.headers = dict(headers or {})
        self.instead = instead
        self.seen = Seen()
        self._lock = threading.Lock()
        self._puts = 0
        outer = self

        class Handler(_Handler):
            proxy = outer

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "Proxy":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def next_put(self) -> int:
        with self._lock:
            self._puts += 1
            return self._puts


class _Handler(http.server.BaseHTTPRequestHandler):
    proxy: Proxy
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _pass(self) -> None:
        proxy = self.proxy
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        number = proxy.next_put() if self.command == "PUT" else 0
        if number in proxy.drop_before:
            self._drop()
            return
        answer = proxy.instead(self.command, self.path, self.headers, body) if proxy.instead else None
        answer = answer or self._forward(body)
        answer = answer._replace(headers=answer.headers | proxy.headers)
        if number in proxy.drop_answer_of:
            self._drop()
            return
        if number in proxy.status_of:
            answer = Answer(proxy.status_of[number], {})
        proxy.seen.requests.append((self.command, self.path, answer.status))
        with contextlib.suppress(ConnectionError):
            self._give(answer)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _pass

    def _drop(self) -> None:
        self.proxy.seen.requests.append((self.command, self.path, 0))
        self.close_connection = True

    def _forward(self, body: bytes) -> Answer:
        upstream = http.client.HTTPConnection(self.proxy.upstream, timeout=60)
        try:
            upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in {"connection", "expect"}:
                    upstream.putheader(name, value)
            upstream.endheaders(body or None)
            response = upstream.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read())
        finally:
            upstream.close()

    def _give(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in {"connection", "transfer-encoding", "content-length"}:
                self.send_header(name, value)
        length = answer.headers.get("Content-Length") if self.command == "HEAD" else None
        self.send_header("Content-Length", length or str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)


def ignoring(store: S3Store, conditions: Collection[str]) -> Instead:
    """Make an answer as of a server that does not know these conditions (`If-None-Match`, `If-Match`).

    The conditions are signed, so they cannot be taken out of a request on its way. Where one of them stands, the
    object is written through `store` (which speaks to the real server), whatever is there.
    """

    def instead(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer | None:
        if method != "PUT" or not any(headers.get(name) for name in conditions):
            return None
        key = path.partition("?")[0].removeprefix("/" + store.url.removeprefix("s3://") + "/")
        head = store.head(key)
        etag = store.put_if(key, body, head.etag if head else None)
        return Answer(200, {"ETag": f'"{etag}"'})

    return instead


@contextlib.contextmanager
def through(proxy: Proxy, bucket: str, prefix: str, keys: tuple[str, str]) -> Iterator[S3Store]:
    """Open the proxy and give a store that speaks through it."""
    with proxy:
        yield S3Store(bucket, prefix, Endpoint(proxy.endpoint, *keys))
