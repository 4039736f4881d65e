"""`minsheng serve`, in a module of its own: what other commands need would stay in memory for as long as it serves."""

import contextlib
import datetime as dt
from pathlib import Path

from catalog.errors import StoreError
from catalog.store import Store, listener, serve
from pipelines import health
from pipelines.cli.show import say
from pipelines.settings import Settings, open_public


def serve_command(settings: Settings, port: int) -> int:
    """Serve the public store over HTTP on loopback until interrupted."""
    with (
        listener.listen(port) as taken,  # first: to open a store takes a while
        open_public(settings) as public,
        contextlib.suppress(KeyboardInterrupt),
        listener.Server(serve.application(public, lambda: _healthy(settings.home, public)), taken) as server,
    ):
        say(f"{server.address}/index.html (Ctrl-C ends it)")
        server.wait()
    return 0


def _healthy(home: Path, public: Store) -> tuple[int, bytes]:
    """What `/health` answers. A message of a store may hold its address, which is nothing for strangers."""
    stale: tuple[str, ...] = (
        "the public store: expected it to answer, found that it does not; see the log of `minsheng serve`",
    )
    with contextlib.suppress(StoreError):
        public.head("catalog.json")
        stale = ()
    found = health.judge(home, dt.datetime.now(dt.UTC), more=stale)
    return found.status, found.body
