"""A world in which each dataset stands otherwise; and servers that hear what people are told."""

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from worlds import World, column, declaration

HARM = "<script>alert(1)</script> [x](javascript:alert(1))"


def mixed(root: Path) -> World:
    """rivers: two releases; lakes: held; wells: failing after a release; springs: nothing yet."""
    world = World(root)
    level = column("level", "number", constraints={"maximum": 5}, severity={"range": "hold"})
    for slug in ("rivers", "lakes", "wells", "springs"):
        guards = {"quarantined": 1, "removed": 1}
        world.declare(declaration(slug, [column("site"), level], guards=guards, due={"fetched": "2d"}))
    for slug in ("rivers", "lakes", "wells"):
        world.tell("site,level\na,1\nb,2\n", slug)
    world.tell("site,level\na,1\nb,3\nc,4\n", "rivers")
    world.tell(f'site,level\na,1\n"{HARM}",9\n', "lakes")
    world.tell("<html>maintenance</html>", "wells")
    return world


class Heard:
    """What a webhook heard, while it answers with `status`."""

    def __init__(self) -> None:
        self.status = 200
        self.bodies: list[dict[str, Any]] = []
        self.address = ""


@contextlib.contextmanager
def webhook() -> Iterator[Heard]:
    """A web server on loopback, to which messages are posted."""
    heard = Heard()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if heard.status == 200:
                heard.bodies.append(json.loads(body))
            self.send_response(heard.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        heard.address = f"json://127.0.0.1:{server.server_port}/hook"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield heard
        server.shutdown()
        thread.join()
