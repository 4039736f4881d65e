"""Runs that are killed: what was settled follows from what is stored, and any later run ends the same."""

import shutil
from collections.abc import Callable
from typing import Any

import pytest
from nights import Make, approve, fails, finished, killed, levels, overtaken, said, sound, state, waits, watching, what
from tiers import few
from watched import Calls
from worlds import SLUG, World, many, table_csv

from catalog import keys
from catalog.reasons.values import ByRelease, Overtaken
from pipelines.records import Outcome
from pipelines.refresh import decide
from pipelines.refresh.settle import commit, decide_pending
from pipelines.refresh.state import superseded_by

HALF, WHOLE = table_csv(many(5)), table_csv(many(10))
"""Where each fetch is the whole truth, half of it is held."""


def batch(rows: dict[str, Any]) -> str:
    """Rows with a column that nobody declared: held whatever they say."""
    return "site,level,extra\n" + "".join(f"{site},{level},x\n" for site, level in rows.items())


# Killed, and run again --------------------------------------------------------------------------------------


def by_dagster(world: World) -> None:
    passing = decide_pending(world.ctx, SLUG).passing
    if passing:
        list(commit(world.ctx, SLUG, passing))


def agency_down(world: World) -> None:
    assert fails(world).outcome == "failed"
    world.settle()


@pytest.mark.parametrize(
    "run", [World.settle, agency_down, by_dagster], ids=["nothing heard", "agency down", "dagster"]
)
def test_what_was_overruled_before_a_crash_is_no_release_after_it(make: Make, run: Callable[[World], object]):
    world = make(load="replace")
    world.tell(table_csv({"a": 1}))
    world.hear(table_csv({"a": 2}))
    world.hear(table_csv({"a": 3}))
    assert killed(world, world.settle, after_key=keys.document(SLUG, 2))
    run(world)
    assert (world.newest().n, levels(world)) == (2, {"a": 3})
    assert what(world, 2) == Outcome("superseded", by=3)
    finished(world)
    assert world.settle() == []
    sound(world)


@pytest.mark.parametrize(
    "run", [World.settle, agency_down, by_dagster], ids=["nothing heard", "agency down", "dagster"]
)
def test_after_a_crash_any_run_writes_pointer_sums_and_outcomes(make: Make, run: Callable[[World], object]):
    world = make()
    world.tell(table_csv({"a": 1}))
    world.hear(table_csv({"a": 2}))
    assert killed(world, world.settle, after_key=keys.document(SLUG, 2))
    run(world)
    finished(world)
    assert (world.newest().n, levels(world)) == (2, {"a": 2})


def test_killed_between_no_change_and_what_that_supersedes(make: Make):
    world = make(load="replace")
    world.tell(table_csv({"a": 1}))
    world.hear(table_csv({"a": 2}))
    world.hear(table_csv({"a": 1}))
    assert killed(world, world.settle, after_key=keys.outcome(SLUG, 3))
    assert world.settle() == []
    assert levels(world) == {"a": 1}
    assert [what(world, k) for k in (2, 3)] == [Outcome("superseded", by=3), Outcome("unchanged", n=1)]


@pytest.mark.parametrize("load", ["upsert", "replace"])
def test_killed_between_the_record_and_the_refusal_of_an_overtaken_fetch(make: Make, load: str):
    world = make(load=load)
    world.tell(table_csv({"a": 2}))
    assert killed(world, lambda: overtaken(world, table_csv({"a": 1})), after_key=keys.evidence(SLUG, 2))
    assert world.settle() == []
    assert levels(world) == {"a": 2}
    assert what(world, 2) == Outcome("refused", reason=Overtaken(by=1))
    assert said(world.tell(table_csv({"a": 3}))) == [("released", 2)]


def test_killed_after_the_commit_the_waiting_candidate_is_made_again_although_the_agency_is_down(make: Make):
    world = make()
    world.tell(table_csv(many(3)))
    world.tell(batch({"s001": 9, "b": 9}))
    before = waits(world)
    world.hear(table_csv({"n": 5, "s001": 3}))
    assert killed(world, world.settle, after_key=keys.document(SLUG, 2))
    agency_down(world)
    waiting = world.state().waiting
    assert waiting is not None
    assert waiting.identity != before
    assert waiting.candidate.facts.previous is not None
    assert waiting.candidate.facts.previous.n == 2
    approve(world)
    assert levels(world) == many(3) | {"s001": 3, "b": 9, "n": 5}
    sound(world)


def several_pending(world: World) -> None:
    """Of fetches that each are the whole truth, one waits and three more are pending."""
    world.tell(WHOLE)
    world.tell(HALF)
    for level in (2, 3, 4):
        world.hear(table_csv(many(10, level)))


def one_waiting(world: World) -> None:
    """A candidate waits, and two fetches are pending that speak of one of its keys."""
    world.tell(table_csv(many(3)))
    world.tell(batch({"s001": 9, "b": 9}))
    world.hear(table_csv({"s001": 2, "n": 5}))
    world.hear(table_csv({"s002": 3}))


SITUATIONS = pytest.mark.parametrize(
    ("load", "arrange"), [("replace", several_pending), ("upsert", one_waiting)], ids=["replace", "upsert"]
)


def end_the_same(world: World, near: int | None) -> int:
    """Kill the run at every moment, or near its commit; run again and compare with the run that nobody killed.

    The next run can know only what is stored: it is made once for each state that a killed run leaves.
    """
    root, moments = world.root, []
    shutil.copytree(root, root.with_name("whole"))
    whole = World(root.with_name("whole"), world.now)
    whole.ctx.clock.advance(world.now)
    with watching(whole, Calls()) as calls:
        whole.settle()
    end = state(whole)
    at = [key.endswith("datapackage-2.json") and verb == "put_new" for verb, key, _ in calls.made].index(True)
    for i in range(len(calls.made)):
        moments += [(i, when) for when in ("before", "after") if near is None or at - 3 <= i <= at + near]
    finished: set[frozenset[tuple[str, bytes]]] = set()
    for moment in moments:
        place = root.with_name("dying")
        shutil.copytree(root, place)
        dying = World(place, world.now)
        dying.ctx.clock.advance(world.now)
        call = f"killed {moment[1]} call {moment[0]}: {calls.made[moment[0]]}"
        assert killed(dying, dying.settle, die_at=moment), call
        stopped = frozenset(state(dying).items())
        if stopped not in finished:
            finished.add(stopped)
            dying.settle()
            left = state(dying)
            different = {key for key in end | left if end.get(key) != left.get(key)}
            assert {key for key in different if not key.endswith("superseded.json")} == set(), call
            assert dying.settle() == []
        shutil.rmtree(place)
    return len(moments)


def test_killed_after_the_commit_that_overrules_a_candidate_the_next_run_says_so(make: Make):
    world = make(load="replace")
    world.tell(WHOLE)
    world.tell(HALF)
    identity = waits(world)
    assert identity is not None
    world.hear(table_csv(many(10, 2)))
    assert killed(world, world.settle, after_key=keys.document(SLUG, 2))
    world.settle()
    assert superseded_by(world.private, SLUG, identity) == ByRelease(n=2)


@pytest.mark.parametrize(("load", "arrange"), few([("upsert", one_waiting), ("replace", several_pending)]))
def test_killed_around_the_commit_while_more_is_pending_or_waits(make: Make, load: str, arrange: Callable[..., None]):
    world = make(load=load)
    arrange(world)
    assert end_the_same(world, near=12) >= 30


@pytest.mark.soak
@SITUATIONS
def test_killed_at_any_call_while_more_is_pending_or_waits(make: Make, load: str, arrange: Callable[..., None]):
    world = make(load=load)
    arrange(world)
    assert end_the_same(world, near=None) > 200


def test_an_approval_whose_commit_was_killed_is_released_by_the_next_run(make: Make):
    world = make(approve="always")
    world.tell(table_csv({"a": 1}))
    identity = waits(world)
    assert identity is not None
    work = lambda: decide.approve(world.ctx, SLUG, identity, "chen", "looked at it")  # noqa: E731
    assert killed(world, work, after_key=keys.decision(SLUG, 1))
    assert said(world.settle()) == [("released", 1)]
    assert world.newest().approval.by == "chen"
    finished(world)
