"""The Dagster UI: Dagster's own webserver, behind a door that other web pages do not pass.

Dagster has no login, and takes orders by GET, by a form and by WebSocket. So a page of any site, open in a browser on
this machine, could approve a candidate. What a browser sends says where it comes from; what is no browser's passes.
Where a trusted proxy says who is logged in, each run bears that name.
"""

import datetime as dt
import os
import sys
from pathlib import Path
from typing import Any

import dagster_webserver.app
from dagster_webserver import cli
from dagster_webserver.webserver import DagsterWebserver
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from catalog.errors import MinshengError
from pipelines import health
from pipelines.settings import Settings, read
from pipelines.shell.downloads import failing_route
from pipelines.shell.vouching import Vouched, vouch

_HERE = ("127.0.0.1", "localhost", "[::1]")
_REFUSAL = (
    "This is the Dagster UI of this machine, and another web page asked for it, or another name. "
    "Open it at http://127.0.0.1 and its port.\n"
)


class OwnPagesOnly:
    """Middleware that refuses what pages of other sites ask for; links to the UI's own pages stay."""

    def __init__(self, app: ASGIApp, *, behind_proxy: bool = False) -> None:
        self._app, self._behind_proxy = app, behind_proxy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "lifespan" or self._is_own(scope["type"], scope.get("method", ""), Headers(scope=scope)):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocketClose(reason="another web page")(scope, receive, send)
        else:
            await PlainTextResponse(_REFUSAL, status_code=403)(scope, receive, send)

    def _is_own(self, kind: str, method: str, headers: Headers) -> bool:
        host = headers.get("host", "")
        if not self._behind_proxy and host.rpartition(":")[0] not in _HERE and host not in _HERE:
            return False  # a name of another site that leads here
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        schemes = ("http", "https") if self._behind_proxy else ("http",)
        if origin is not None and origin not in {f"{scheme}://{host}" for scheme in schemes}:
            return False
        if site in (None, "same-origin", "none"):
            return True
        # A link in a message leads to a page; it is shown to the person, not to the page that it came from.
        shown = (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")) == ("navigate", "document")
        return kind == "http" and method == "GET" and shown and "text/html" in headers.get("accept", "")


class HealthOf:
    """Middleware that answers `/health` to anyone, with nothing but whether the nights go on."""

    def __init__(self, app: ASGIApp, *, home: Path) -> None:
        self._app, self._home, self._since = app, home, dt.datetime.now(dt.UTC)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass a request on."""
        if scope["type"] != "http" or scope["path"] != "/health" or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        found = health.judge(self._home, dt.datetime.now(dt.UTC), expected_since=self._since)
        reply = Response(found.body, found.status, {"Cache-Control": "no-store"}, "application/json")
        await reply(scope, receive, send)


def webserver(chosen: Settings) -> type[DagsterWebserver[Any, Any]]:
    """Return Dagster's webserver behind the door.

    Args:
        chosen: the settings: in which header a trusted proxy says who is logged in, where the private store is, and
            in which home the daemon leaves its signs.
    """
    header = chosen.identity_header

    class Webserver(DagsterWebserver[Any, Any]):
        def __init__(self, process_context: Any, *args: Any, **options: Any) -> None:
            vouch(process_context.instance.run_storage)
            super().__init__(process_context, *args, **options)

        def build_routes(self) -> list[BaseRoute]:
            return [failing_route(chosen), *super().build_routes()]  # type: ignore[no-untyped-call]

        def build_middleware(self) -> list[Middleware]:
            who = [Middleware(Vouched, header=header)] if header else []
            door = Middleware(OwnPagesOnly, behind_proxy=header is not None)
            return [Middleware(HealthOf, home=chosen.home), door, *who, *super().build_middleware()]

    return Webserver


def main() -> None:
    """Run `dagster-webserver` with its own options."""
    try:
        chosen = read(os.environ)
    except MinshengError as error:
        sys.exit(f"minsheng: {error}")
    vars(dagster_webserver.app)["DagsterWebserver"] = webserver(chosen)  # where its command looks for it
    cli.main()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main()
