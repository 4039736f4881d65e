"""The door of the Dagster UI: what another site's page asks for does not pass. test_demo.py knocks at the real UI."""

import asyncio
import datetime as dt
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from pipelines.health import beat
from pipelines.shell.webserver import HealthOf, OwnPagesOnly

HERE = "http://127.0.0.1:3000"
OTHER = "https://example.org"
LINK = {
    "sec-fetch-site": "cross-site",
    "sec-fetch-mode": "navigate",
    "sec-fetch-dest": "document",
    "accept": "text/html",
}


async def heard(request: Request) -> PlainTextResponse:
    return PlainTextResponse("heard")


async def talk(connection: WebSocket) -> None:
    await connection.accept()
    await connection.close()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A real server of two addresses behind the door."""
    routes = [Route("/graphql", heard, methods=["GET", "POST"]), WebSocketRoute("/graphql", talk)]
    app = OwnPagesOnly(Starlette(routes=routes))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="error", ws="websockets-sansio"))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join()


def answer(port: int, method: str, headers: dict[str, str]) -> tuple[int, str]:
    """The status and the rest of an answer; a browser's client would not let us choose all headers."""
    lines = {"host": HERE.removeprefix("http://"), "connection": "close"} | headers
    text = f"{method} /graphql?query=mutation HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in lines.items())
    with socket.create_connection(("127.0.0.1", port), timeout=10) as one:
        one.sendall(f"{text}\r\n".encode())
        got = b""
        while part := one.recv(65536):
            got += part
            if got.startswith(b"HTTP/1.1 101") and b"\r\n\r\n" in got:
                break  # a WebSocket waits for us to close it
    return int(got.split(b" ", 2)[1]), got.decode(errors="replace")


def connect(port: int, headers: dict[str, str]) -> int:
    """The status of an answer to one who wants a WebSocket."""
    upgrade = {"connection": "Upgrade", "upgrade": "websocket", "sec-websocket-version": "13"}
    return answer(port, "GET", upgrade | {"sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA=="} | headers)[0]


@pytest.mark.parametrize(
    "headers",
    [
        {},  # no browser
        {"origin": HERE, "sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},  # typed by a person
        {"host": "localhost:3000", "origin": "http://localhost:3000"},
        {"host": "[::1]:3000", "origin": "http://[::1]:3000"},
        {"host": "127.0.0.1"},
    ],
)
def test_its_own_pages_and_programs_pass(port: int, headers: dict[str, str]) -> None:
    for method in ("GET", "POST"):
        assert answer(port, method, headers)[1].endswith("heard")
    assert connect(port, headers) == 101


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": OTHER},
        {"origin": OTHER, "sec-fetch-site": "cross-site"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:4000", "sec-fetch-site": "same-site"},  # another server of this machine
        {"origin": "https://127.0.0.1:3000"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"},
        {"sec-fetch-site": "same-site"},
        LINK | {"sec-fetch-dest": "iframe"},
        LINK | {"accept": "*/*"},
        {"host": "rebound.example.org:3000"},
        {
            "host": "rebound.example.org:3000",
            "origin": "http://rebound.example.org:3000",
            "sec-fetch-site": "same-origin",
        },
        {"host": "127.0.0.1.example.org"},
        {"host": ""},
    ],
)
def test_what_another_page_asks_for_does_not_pass(port: int, headers: dict[str, str]) -> None:
    for method in ("GET", "POST"):
        status, text = answer(port, method, headers)
        assert status == 403
        assert "heard" not in text
    assert connect(port, headers) == 403


def test_a_link_leads_to_a_page_and_gives_no_order(port: int) -> None:
    assert answer(port, "GET", LINK)[1].endswith("heard")
    assert answer(port, "POST", LINK)[0] == 403
    assert connect(port, LINK) == 403


async def asked(app: HealthOf, *requests: tuple[str, str]) -> list[httpx.Response]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://dagster.example.tw") as client:
        return [await client.request(method, path) for method, path in requests]


def test_a_monitor_of_any_name_hears_whether_the_nights_go_on(tmp_path: Path) -> None:
    app = HealthOf(OwnPagesOnly(Starlette(routes=[Route("/server_info", heard)])), home=tmp_path)
    (found,) = asyncio.run(asked(app, ("GET", "/health")))
    assert (found.status_code, found.json()["ok"], found.headers["cache-control"]) == (200, True, "no-store")
    beat(tmp_path, dt.datetime.now(dt.UTC) - dt.timedelta(hours=1), looked=True)
    requests = ("GET", "/health"), ("HEAD", "/health"), ("POST", "/health"), ("GET", "/server_info")
    assert [each.status_code for each in asyncio.run(asked(app, *requests))] == [503, 503, 403, 403]
