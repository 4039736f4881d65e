"""`minsheng serve`, in a module of its own: what other commands need would stay in memory for as long as it serves."""

import contextlib

from catalog.store import listener, serve
from pipelines.cli.show import say
from pipelines.settings import Settings, open_public


def serve_command(settings: Settings, port: int) -> int:
    """Serve the public store over HTTP on loopback until interrupted."""
    with (
        listener.listen(port) as taken,  # first: to open a store takes a while
        open_public(settings) as public,
        contextlib.suppress(KeyboardInterrupt),
        listener.Server(serve.application(public), taken) as server,
    ):
        say(f"{server.address}/index.html (Ctrl-C ends it)")
        server.wait()
    return 0
