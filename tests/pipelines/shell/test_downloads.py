"""The file with all failing rows, as a browser gets it from the web server of the UI."""

import csv
import io
import socket
import threading
from collections.abc import Iterator

import httpx
import pytest
import uvicorn
from nights import LOOSE, Make, waits
from starlette.applications import Starlette
from worlds import SLUG, World, column

from pipelines import settings
from pipelines.shell.downloads import failing_route
from pipelines.shell.failing import link

LEVEL = column("level", "number", constraints={"maximum": 5}, severity={"range": "hold"})


@pytest.fixture
def world(make: Make) -> World:
    world = make(fields=[column("site"), LEVEL, column("secret", publish="no")], guards=LOOSE)
    world.tell("site,level,secret\n" + "".join(f"=s{i},9,hidden\n" for i in range(30)))
    return world


@pytest.fixture
def browser(world: World) -> Iterator[httpx.Client]:
    """A client of a real server."""
    where = {
        "MINSHENG_HOME": str(world.root),
        "MINSHENG_STORE": f"file:{world.root / 'public'}",
        "MINSHENG_EVIDENCE": f"file:{world.root / 'private'}",
        "MINSHENG_DATASETS": str(world.datasets),
    }
    app = Starlette(routes=[failing_route(settings.read(where))])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="error", ws="none"))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        with httpx.Client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", trust_env=False) as client:
            yield client
        server.should_exit = True
        thread.join()


def test_all_rows_as_a_file_that_opens_in_a_spreadsheet(world: World, browser: httpx.Client):
    identity = waits(world)
    assert identity
    found = browser.get(link(SLUG, identity, "level.range"))
    assert found.status_code == 200
    assert found.headers["content-type"] == "text/csv; charset=utf-8"
    assert found.headers["content-disposition"] == f'attachment; filename="{SLUG}-{identity[:16]}-level.range.csv"'
    assert (found.headers["x-content-type-options"], found.headers["cache-control"]) == ("nosniff", "no-store")
    rows = list(csv.DictReader(io.StringIO(found.content.decode("utf-8-sig"))))
    assert len(rows) == 30
    assert rows[0]["site"] == "'=s0"
    assert b"hidden" not in found.content


def test_what_is_not_there(world: World, browser: httpx.Client):
    identity = waits(world)
    assert identity
    for path in (link(SLUG, "0" * 64, "level.range"), link(SLUG, identity, "level.type"), link("lakes", identity, "a")):
        assert browser.get(path).status_code == 404
    for path in (link(SLUG, "..", "a"), link(SLUG, identity, "a%2Fb"), link("%2e%2e", identity, "a")):
        found = browser.get(path)
        assert (found.status_code, b"hidden" in found.content) == (404, False)
    assert browser.post(link(SLUG, identity, "level.range")).status_code == 405
