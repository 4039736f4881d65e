"""A world whose agencies are the sandbox: one dataset of each protocol, and nights that ask them over real HTTP."""

import datetime as dt
import http.server
import json
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from leaks import texts
from refreshes import refreshed
from worlds import World, bodies, column, declaration

from pipelines.context import Clock, Context
from pipelines.declared import Declarations
from pipelines.evidence import Evidence
from pipelines.fetch.fetcher import Fetcher
from pipelines.fetch.live import Live
from pipelines.fetch.transport import FetchLimits
from pipelines.refresh.result import RefreshResult
from sandbox import Sandbox
from sandbox.clock import parse_time

KEY = "MARKED-7f3c/9e+21=b0d4 5a8e"
"""Long, unique, and full of characters that are written in several ways."""
FORMS = {KEY, quote(KEY, safe=""), quote(KEY), KEY.replace("/", "\\/"), "MARKED-7f3c", "b0d4 5a8e", "b0d4+5a8e"}
NOW = parse_time("2026-11-21T01:30:00+08:00")
LIMITS = FetchLimits(body_bytes=200_000, attempts=2, backoff_seconds=0.01, longest_wait_seconds=1.0)
HASTY = {"read_seconds": 0.25, "request_seconds": 0.4}
"""For agencies that are slow on purpose; others get the time that a busy machine needs."""
LEVELS, FILE, DAYS = "levels", "rivers", "gauges"
DATASETS = {LEVELS: "moenv", FILE: "file", DAYS: "moa"}
"""With the protocol of each."""
GUARDS = {"removed": 0.6, "quarantined": 0.2, "collapsed": 0.2}
SITES = "site,name\na,甲\nb,乙\nc,丙\nd,丁\n"
WINDOW: dict[str, Any] = {
    "entities": "sandbox-sites.csv",
    "identity": "site",
    "steps": 2,
    "columns": {
        "site": {"entity": "site"},
        "name": {"entity": "name"},
        "at": {"time": "%Y-%m-%d %H:%M:%S"},
        "level": {"number": {"low": 1, "high": 9, "digits": 1}},
    },
}
# days of the Republic are heard too, so that one that does not exist is refused for that reason
TIMES = {"calendar": "mixed", "patterns": ["%Y-%m-%d %H:%M:%S", "%Y.%m.%d"]}
FIELDS = [column("site"), column("name"), column("at", "datetime", date=TIMES), column("level", "number")]

# an agency that is asked by the day; of today it has told two hours
HOURS = {"at": {"time": "%Y-%m-%d"}, "hour": {"time": "%H"}, "kind": {"text": "N04"}}
OF_A_DAY = [
    column("site"),
    column("name"),
    column("at", "date", date={"calendar": "roc", "patterns": ["%Y.%m.%d"]}),
    column("hour"),
    column("kind"),
    column("level", "number"),
]


def speak(world: World, slug: str, said: dict[str, Any]) -> None:
    """Declare what the sandbox says of a dataset: eight rows, four sites at two hours."""
    folder = world.datasets / slug
    (folder / "sandbox-sites.csv").write_text(SITES, encoding="utf-8")
    (folder / "sandbox.yaml").write_text(json.dumps({"seed": 1, "rows": {"window": WINDOW}} | said))


def declared(root: Path) -> World:
    """A world with the datasets declared, and what the sandbox says of each."""
    world = World(root)
    source = {"protocol": "moenv", "dataset": "lev_p_1", "host": "waters.example", "limit": 3}
    world.declare(declaration(LEVELS, FIELDS, key=["site", "at"], source=source, guards=GUARDS))
    shapes = {"bare": {}, "envelope": {"wrap": "envelope"}, "escaped": {"wrap": "envelope", "escaped_slashes": True}}
    speaks = {"key": KEY, "page_rows": 3, "shape": "envelope", "shapes": shapes}
    speak(world, LEVELS, {"host": "waters.example", "path": "/api/v2/lev_p_1", "protocol": "moenv", "speaks": speaks})
    source = {"protocol": "file", "address": "https://waters.example/levels.csv.gz", "format": "csv"}
    world.declare(declaration(FILE, FIELDS, key=["site", "at"], source=source, guards=GUARDS, load="replace"))
    speak(world, FILE, {"host": "waters.example", "path": "/levels.csv.gz", "protocol": "file"})
    source = {"protocol": "moa", "resource": "Gauges", "kinds": ["N04"], "since": "2026-11-01", "days": 1}
    source["host"] = "waters.example"
    more = {"load": "window", "window": {"day": "at", "kind": "kind"}}
    world.declare(declaration(DAYS, OF_A_DAY, key=["site", "at", "hour", "kind"], source=source, guards=GUARDS, **more))
    speaks = {"day": "at", "filters": {"TcType": "kind"}, "numbers": ["level"], "page_rows": 3}
    rows = {"window": WINDOW | {"steps": 24, "columns": WINDOW["columns"] | HOURS}}
    said = {"host": "waters.example", "path": "/api/v1/Gauges/", "protocol": "moa", "speaks": speaks, "rows": rows}
    speak(world, DAYS, said)
    return world


def night(world: World, sandbox: Sandbox, slug: str, **limits: Any) -> list[RefreshResult]:
    """One run, with its own clock, as a process has it."""
    secrets = {"MOENV_API_KEY": KEY}
    fetcher = Fetcher(secrets, replace(LIMITS, **limits), sandbox.url)
    ctx = Context(world.public, world.private, Declarations(world.datasets), secrets, clock=Clock())
    return list(refreshed(ctx, Live(fetcher, "sandbox"), [slug]))


def later(sandbox: Sandbox, hours: int = 1) -> None:
    """Set the sandbox's clock to some time after the first, good night."""
    sandbox.now = NOW + dt.timedelta(hours=hours)


def unpacked(body: bytes) -> bytes:
    """A body without its gzip, even of one that is cut short."""
    return zlib.decompressobj(wbits=31).decompress(body) if body.startswith(b"\x1f\x8b") else body


def kept(world: World, slug: str) -> list[bytes]:
    """The bodies of the newest fetch, as they came."""
    evidence = Evidence(world.private, slug)
    return [evidence.body(digest) for digest in evidence.read(evidence.newest()).bodies]


def leaks(text: str) -> list[str]:
    """The forms of the key that stand in a text."""
    return [form for form in FORMS if form in text]


def secret_nowhere(world: World, items: list[RefreshResult]) -> None:
    """Assert that no object of either store and no item shows the key."""
    for store in (world.public, world.private):
        for key, body in bodies(store):
            assert not [form for text in (key, *texts(body)) for form in leaks(text)], key
    assert not leaks(repr(items))


@contextmanager
def agency_that_says(body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> Iterator[str]:
    """The address of an agency that always says the same."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(status)  # without a Date, which an answer may have among its headers
            for name, value in ({"Content-Length": str(len(body))} | (headers or {})).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
