"""Two at work on one dataset: what the other one did meanwhile is seen before a run says that it is done."""

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from nights import LOOSE, finished, killed, sound, waits, watching
from refreshes import refreshed
from watched import Calls
from worlds import SLUG, World, declaration, many, table_csv

from catalog import keys
from catalog.store import put_over
from pipelines.fetch.fetcher import Fetcher
from pipelines.fetch.sources import Live
from pipelines.records import Fetched, Page
from pipelines.refresh import decide
from pipelines.refresh.repair import repaired
from pipelines.refresh.settle import decide_pending, propose, release


@dataclass
class Meanwhile(Calls):
    """Calls of a run during which somebody else acts, once, when a key is asked for."""

    key: str = ""
    act: Callable[[], object] | None = None

    def around(self, verb: str, key: str, size: int, call: Callable[[], object]) -> object:
        if self.act and key == self.key:
            act, self.act = self.act, None
            act()
        return super().around(verb, key, size, call)


def other(world: World) -> World:
    """Another process with the same home."""
    made = World(world.root, now=world.now)
    made.ctx.clock.advance(world.now)
    return made


@pytest.fixture
def approved_late(tmp_path: Path) -> tuple[World, Meanwhile]:
    """The agency takes back what waits; a steward approves it while that is folded."""
    world = World(tmp_path)
    world.declare(declaration(guards={"changed": 0.5}))
    world.tell(table_csv(many(10)))
    world.tell(table_csv(many(10, 9.0)))
    candidate = waits(world)
    assert candidate is not None
    k = world.hear(table_csv(many(10)))
    (body,) = world.ctx.evidence(SLUG).read(k).bodies
    act = lambda: decide.approve(other(world).ctx, SLUG, candidate, "Lin", "as the agency says")  # noqa: E731
    return world, Meanwhile(key=keys.blob(body), act=act)


def test_a_release_that_came_meanwhile_is_seen_before_a_run_ends(approved_late: tuple[World, Meanwhile]) -> None:
    world, calls = approved_late
    with watching(world, calls):
        world.settle()
    assert calls.act is None, "nobody approved"
    status = json.loads(world.public.get(keys.status(SLUG)).body)
    assert (status["n"], status["state"], world.newest().n) == (2, "held", 2)
    finished(world)
    assert other(world).settle() == []


def test_deciding_without_commits_sees_it_too(approved_late: tuple[World, Meanwhile]) -> None:
    world, calls = approved_late
    with watching(world, calls):
        proposals = decide_pending(world.ctx, SLUG)
    assert calls.act is None, "nobody approved"
    assert proposals.held is not None
    assert proposals.held.release == 2


@pytest.mark.parametrize("load", ["upsert", "replace"])
@pytest.mark.parametrize("killed_at", ["outcome", "status", None])
def test_what_was_decided_on_the_release_before_is_decided_again(
    killed_at: str | None, load: str, tmp_path: Path
) -> None:
    world = World(tmp_path)
    world.declare(declaration(guards=LOOSE, load=load))
    world.tell("site,level\na,1\n")
    world.hear("site,level\na,5\n")
    step = propose(world.ctx, repaired(world.ctx, SLUG))
    assert step.passing is not None
    second = other(world)
    k = second.hear("site,level\na,1\n")
    at = {"outcome": keys.outcome(SLUG, k), "status": keys.status(SLUG), None: None}[killed_at]
    assert killed(second, second.settle, after_key=at) == (at is not None)
    released, after = release(world.ctx, step.state, step.passing)
    assert (released.outcome, after.pending, after.finished) == ("released", (k,), True)
    third = other(world)
    assert [one.outcome for one in third.settle()] == ["released"]
    assert third.rows() == [{"site": "a", "level": 1.0}]
    sound(third)


@pytest.mark.parametrize("load", ["upsert", "replace"])
def test_a_candidate_that_came_to_wait_meanwhile_is_made_again_on_the_release(load: str, tmp_path: Path) -> None:
    world = World(tmp_path)
    world.declare(declaration(guards={"changed": 0.5}, load=load))
    world.tell(table_csv(many(10)))
    world.hear(table_csv({**many(10), "s001": 2.0}))
    step = propose(world.ctx, repaired(world.ctx, SLUG))
    assert step.passing is not None
    second = other(world)
    assert [one.outcome for one in second.tell(table_csv(many(10, 9.0)))] == ["held"]
    _, after = release(world.ctx, step.state, step.passing)
    assert after.waiting is None or after.waiting_follows
    third = other(world)
    third.settle()
    waiting = third.state().waiting
    assert waiting is not None
    assert decide.approve(third.ctx, SLUG, waiting.identity, "Lin", "as the agency says").release == 3
    sound(third)


def test_a_lost_body_of_an_older_fetch_stops_no_newer_one_that_replaces_it(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.declare(declaration(guards=LOOSE, load="replace"))
    world.tell("site,level\na,1\n")
    world.now += dt.timedelta(hours=1)
    page = Page("https://waters.example/rivers.csv", 200, {}, b"site,level\na,2\n")
    kept = world.ctx.evidence(SLUG).record(Fetched({"protocol": "file"}, world.now, (page,), None))
    world.private.delete(keys.blob(kept.bodies[0]))
    after = other(world)
    assert [(one.outcome, one.release) for one in after.tell("site,level\na,3\n")] == [("released", 2)]
    assert after.rows() == [{"site": "a", "level": 3.0}]


@pytest.mark.parametrize("body", [b"{", b"[]", b"{}", b"\xff"])
def test_a_broken_record_of_evidence_stops_its_dataset_only(body: bytes, tmp_path: Path) -> None:
    world = World(tmp_path)
    for slug in ("lakes", "rivers"):
        said = declaration(slug, source={"protocol": "inline", "table": "table.csv"})
        world.declare(said, table="site,level\na,1\n")
    both = ["lakes", "rivers"]
    list(refreshed(world.ctx, Live(Fetcher({})), both))
    put_over(world.private, keys.evidence("lakes", 1), body)
    for slug in both:
        said = declaration(slug, source={"protocol": "inline", "table": "table.csv"}, guards=LOOSE)
        world.declare(said, table="site,level\na,2\n")
    results = {one.dataset: one for one in refreshed(other(world).ctx, Live(Fetcher({})), both)}
    assert results["rivers"].outcome == "released"
    assert world.newest("lakes").n == 1 or results["lakes"].outcome == "released"


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b'{"candidate": "00"}', b'{"candidate": 7, "reasons": 3}'])
def test_a_broken_mark_of_what_waits_is_made_again(body: bytes, tmp_path: Path) -> None:
    world = World(tmp_path)
    world.declare(declaration(guards={"changed": 0.5}))
    world.tell(table_csv(many(10)))
    world.tell(table_csv(many(10, 9.0)))
    before = waits(world)
    put_over(world.private, keys.waiting(SLUG), body)
    again = other(world)
    again.settle()
    assert waits(again) == before
