"""An agency over real HTTP that answers as a function says, and remembers what it was asked."""

import contextlib
import http.server
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from refreshes import refreshed
from worlds import World

from pipelines.context import Clock, Context
from pipelines.declared import Declarations
from pipelines.fetch.fetcher import Fetcher
from pipelines.fetch.live import Live
from pipelines.fetch.transport import FetchLimits
from pipelines.refresh.result import RefreshResult

SECRET = "MARKED-51ab/77+q=0 f2d9"
HASTY = FetchLimits(attempts=2, backoff_seconds=0.01, longest_wait_seconds=0.1)


class Heard(NamedTuple):
    """A request."""

    method: str
    path: str
    """With the host before it, and decoded."""
    target: str
    """As it came."""
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


class Says(NamedTuple):
    """An answer."""

    body: Any
    """Bytes or text as they are, all else as JSON."""
    status: int = 200
    headers: Mapping[str, str] = MappingProxyType({})


@dataclass
class Agency:
    """Who answers."""

    url: str
    heard: list[Heard] = field(default_factory=list)


@contextmanager
def agency(answer: Callable[[Heard], Says]) -> Iterator[Agency]:
    """An agency that answers as a function says."""
    found = Agency("")

    class Handler(http.server.BaseHTTPRequestHandler):
        def _answer(self) -> None:
            if self.path == "/sandbox/clock":
                says = Says({"now": "2026-07-02T01:30:00+08:00"})
            else:
                parts = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                query = dict(parse_qsl(parts.query, keep_blank_values=True))
                heard = Heard(self.command, unquote(parts.path), self.path, query, headers, body)
                found.heard.append(heard)
                says = answer(heard)
            said = says.body.encode() if isinstance(says.body, str) else says.body
            said = said if isinstance(said, bytes) else json.dumps(said, ensure_ascii=False).encode()
            self.send_response_only(says.status)
            for name, value in ({"Content-Length": str(len(said))} | dict(says.headers)).items():
                self.send_header(name, value)
            self.end_headers()
            with contextlib.suppress(BrokenPipeError):  # who asked is gone
                self.wfile.write(said)

        do_GET = do_POST = _answer

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def asked(world: World, of: Agency, slug: str) -> list[RefreshResult]:
    """One run that asks the agency."""
    secrets = {"A_KEY": SECRET}
    ctx = Context(world.public, world.private, Declarations(world.datasets), secrets, clock=Clock())
    return list(refreshed(ctx, Live(Fetcher(secrets, HASTY, of.url), "sandbox"), [slug]))
