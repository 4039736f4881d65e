"""Agencies are asked side by side: a slow one delays no other, and what belongs together keeps its order."""

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from agencies import LIMITS
from worlds import AGENCIES, START, World, declaration, inline

from catalog.release import publish
from pipelines.fetch.fetcher import Fetcher
from pipelines.fetch.live import Live
from pipelines.lanes import Errand, Heard, Lanes
from pipelines.records import Fetched
from pipelines.run import run

RECORDS = b"site,level\na,1\n"


def fetched(name: str) -> Fetched:
    return Fetched({"name": name}, START, (), None)


def errand(slug: str, agency: str, *names: str, after: tuple[str, ...] = (), log: list[str] | None = None) -> Errand:
    def fetches() -> Iterator[Fetched]:
        for name in names:
            if log is not None:
                log.append(name)
            yield fetched(name)

    return Errand(slug, agency, frozenset(after), fetches)


def everything(lanes: Lanes, count: int) -> list[tuple[str, str | None]]:
    """What is heard until so many datasets are done."""
    found, done = list[tuple[str, str | None]](), 0
    while done < count:
        heard = lanes.take()
        found.append((heard.slug, heard.fetched.asked["name"] if heard.fetched else None))
        if heard.last:
            done += 1
            lanes.done(heard.slug)
        lanes.dealt_with(heard.slug)
    return found


def test_one_agency_is_asked_for_one_dataset_after_the_other():
    with Lanes([errand("a", "waters", "1", "2"), errand("b", "waters", "3")]) as lanes:
        assert everything(lanes, 2) == [("a", "1"), ("a", "2"), ("a", None), ("b", "3"), ("b", None)]


def test_an_agency_is_asked_for_no_more_until_its_answer_is_dealt_with():
    log = list[str]()
    with Lanes([errand("a", "waters", "1", "2", log=log), errand("b", "winds", "3")]) as lanes:
        first = {lanes.take().slug, lanes.take().slug}
        assert first == {"a", "b"}
        assert log == ["1"]
        lanes.dealt_with("a")
        assert lanes.take().fetched == fetched("2")


def test_a_dataset_waits_for_those_that_it_is_made_with():
    with Lanes([errand("a", "waters", "1"), errand("b", "winds", "2", after=("a",))]) as lanes:
        assert everything(lanes, 2) == [("a", "1"), ("a", None), ("b", "2"), ("b", None)]


def test_what_goes_wrong_is_handed_over_and_the_next_dataset_is_asked():
    def breaks() -> Iterator[Fetched]:
        yield fetched("1")
        raise ValueError("boom")

    with Lanes([Errand("a", "waters", frozenset(), breaks), errand("b", "waters", "2")]) as lanes:
        assert lanes.take().fetched
        lanes.dealt_with("a")
        heard = lanes.take()
        assert (heard.slug, str(heard.error), heard.last) == ("a", "boom", True)
        lanes.done("a")
        assert lanes.take().slug == "b"


def test_a_dataset_that_is_done_is_asked_for_nothing_more():
    log = list[str]()
    with Lanes([errand("a", "waters", "1", "2", log=log), errand("b", "waters", "3", log=log)]) as lanes:
        assert lanes.take().fetched
        lanes.done("a")
        lanes.dealt_with("a")
        assert lanes.take() == Heard("b", fetched("3"))
        assert log == ["1", "3"]


def test_who_leaves_ends_all_threads():
    with Lanes([errand("a", "waters", "1", "2"), errand("b", "winds", "3", after=("a",))]) as lanes:
        lanes.take()
    for thread in threading.enumerate():
        if thread.name.startswith("asks "):
            thread.join(10)
            assert not thread.is_alive()


# In a run ---------------------------------------------------------------------------------------------------


@contextmanager
def agencies(world: World) -> Iterator[tuple[str, list[str]]]:
    """Two agencies behind one address; `slow` answers when the other's datasets are released, and not before."""
    asked = list[str]()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            body = RECORDS
            if self.path == "/sandbox/clock":
                body = json.dumps({"now": START.isoformat()}).encode()
            elif self.path.startswith("/slow"):
                assert all(released.wait(60) for released in (lakes, rivers))
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    lakes, rivers = threading.Event(), threading.Event()
    world.released = {"lakes": lakes, "rivers": rivers}  # type: ignore[attr-defined]  # for the test to set
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        lakes.set()
        rivers.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def world(tmp_path: Path) -> World:
    found = World(tmp_path)
    slow = AGENCIES["waters"] | {"hosts": ["slow.example"]}
    (found.datasets / "agencies.yaml").write_text(json.dumps(AGENCIES | {"slow": slow}))
    for slug, host in (("glaciers", "slow"), ("lakes", "waters"), ("rivers", "waters")):
        source = {"protocol": "file", "address": f"https://{host}.example/{slug}.csv", "format": "csv"}
        found.declare(declaration(slug, source=source, agency=host))
    found.declare(inline("sites"), table="site,level\na,1\n")
    return found


def test_a_slow_agency_delays_no_release_of_another(world: World):
    order = list[str]()
    with agencies(world) as (address, asked):
        sources = Live(Fetcher({}, LIMITS, address), "sandbox")
        for result in run(world.ctx, sources, ["glaciers", "lakes", "rivers", "sites"]):
            assert result.outcome == "released"
            order.append(result.dataset)
            event: Any = world.released.get(result.dataset)  # type: ignore[attr-defined]
            if event:
                event.set()
    assert order[-1] == "glaciers"  # though it comes first
    assert sorted(order) == ["glaciers", "lakes", "rivers", "sites"]
    of_waters = [path for path in asked if path.startswith("/waters")]
    assert of_waters == ["/waters.example/lakes.csv", "/waters.example/rivers.csv"]
    for slug in order:
        newest = publish.newest(world.public, slug)
        assert newest is not None
        assert newest.n == 1


def test_what_fails_stops_neither_its_agency_nor_another(world: World, monkeypatch: pytest.MonkeyPatch):
    with agencies(world) as (address, _):
        for event in world.released.values():  # type: ignore[attr-defined]
            event.set()
        sources = Live(Fetcher({}, LIMITS, address), "sandbox")
        whole = sources.fetches

        def fetches(ctx: Any, dataset: Any) -> Iterator[Fetched]:
            if dataset.name == "lakes":
                raise ValueError("boom")
            return whole(ctx, dataset)

        monkeypatch.setattr(sources, "fetches", fetches)
        found = {one.dataset: one.outcome for one in run(world.ctx, sources, ["glaciers", "lakes", "rivers"])}
    assert found == {"glaciers": "released", "lakes": "failed", "rivers": "released"}
