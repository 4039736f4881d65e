"""Histories of fetches, decisions and killed runs: what is settled follows from what is stored, whoever runs next."""

import datetime as dt
import itertools
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nights import (
    LOOSE,
    Make,
    approve,
    finished,
    levels,
    redeclare,
    reject,
    said,
    sound,
    waits,
    watching,
    what,
)
from watched import Calls
from worlds import SLUG, World, many, table_csv

from catalog import keys
from catalog.errors import DecisionError, IntegrityError
from catalog.release import pointer, publish
from catalog.release.digest import canonical
from catalog.store import Blob, put_over
from pipelines.evidence import Fetched, Outcome, Page
from pipelines.refresh.settle import record as keep
from pipelines.refresh.settle import release

HALF, WHOLE = table_csv(many(5)), table_csv(many(10))
"""Where each fetch is the whole truth, half of it is held."""


def batch(rows: dict[str, Any]) -> str:
    """Rows with a column that nobody declared: held whatever they say."""
    return "site,level,extra\n" + "".join(f"{site},{level},x\n" for site, level in rows.items())


# Each fetch the whole truth ---------------------------------------------------------------------------------


def test_what_repeats_the_waiting_candidate_overrules_what_came_between(make: Make):
    world = make(load="replace")
    world.tell(WHOLE)
    assert said(world.tell(HALF)) == [("held", 1)]
    world.hear(table_csv(many(10, 2)))
    world.hear(HALF)
    assert said(world.settle()) == [("held", 1)]
    assert [what(world, k) and what(world, k).what for k in (2, 3, 4)] == [None, "superseded", "same"]
    assert said(world.settle()) == []
    assert levels(world) == many(10)
    # Mended: nothing is left to decide, now or later.
    assert said(world.tell(WHOLE)) == [("unchanged", 1)]
    assert waits(world) is None
    assert what(world, 2) == Outcome("superseded", by=5)
    assert world.settle() == []
    assert said(world.tell(table_csv(many(10, 3)))) == [("released", 2)]


def test_what_repeats_the_waiting_candidate_is_released_with_it(make: Make):
    world = make(load="replace")
    world.tell(WHOLE)
    world.tell(HALF)
    world.hear(table_csv(many(10, 2)))
    world.hear(HALF)
    world.settle()
    assert approve(world).release == 2
    assert levels(world) == many(5)
    assert world.state().pending == ()
    sound(world)


# What waits -------------------------------------------------------------------------------------------------


def test_a_candidate_keeps_its_id_over_unchanged_nights_that_speak_of_other_keys(make: Make):
    world = make()
    world.tell(table_csv(many(3)))
    world.tell(batch({"b": 9}))
    first, since = waits(world), world.state().waiting
    for _ in range(3):
        assert said(world.tell(table_csv({"s001": 1}))) == [("unchanged", 1)]
        assert waits(world) == first
    assert world.state().waiting == since
    # A night that speaks of its keys is another matter: it keeps the last word.
    world.tell(table_csv(many(3) | {"b": 2}))
    approve(world) if waits(world) else None
    assert levels(world)["b"] == 2


def test_an_unchanged_night_needs_no_great_expectations_although_a_candidate_waits(make: Make, tmp_path: Path):
    world = make()
    world.tell(table_csv(many(3)))
    world.tell(batch({"b": 9}))
    code = """
import sys
from pathlib import Path
from worlds import World
world = World(Path(sys.argv[1]))
world.now = world.state().evidence.read(2).fetched_at
print([item.outcome for item in world.tell("site,level\\ns001,1\\n")], "great_expectations" in sys.modules)
"""
    root = Path(__file__).resolve().parents[3]
    asked = [sys.executable, "-W", "ignore", "-c", code, str(world.root)]
    env = {"PYTHONPATH": f"{root}:{root / 'tests'}", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(asked, env=env, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.splitlines() == ["['unchanged'] False"]


def nightly(world: World, nights: int) -> list[int]:
    """The store calls of each of some nights on which the agency says what is published."""
    found = []
    for _ in range(nights):
        world.hear(table_csv({"s001": 1}))
        with watching(world, Calls()) as calls:
            assert said(world.settle()) == [("unchanged", 1)]
        found.append(len(calls.made))
    return found


def test_an_unchanged_night_costs_the_same_however_long_a_candidate_waits(make: Make):
    world = make()
    world.tell(table_csv(many(3)))
    without = nightly(world, 2)[-1]
    world.tell(batch({"b": 9}))
    first, *later = nightly(world, 12)
    assert len(set(later)) == 1, later
    # The candidate is read, and its fetch: whether the night speaks of its keys, and what came before its fetch.
    assert first <= later[0] <= without + 10, (without, first, later)


def test_a_night_that_speaks_of_what_waits_reads_what_was_heard_since_and_no_more(make: Make):
    world = make()
    world.tell(table_csv(many(3)))
    world.tell(batch({"b": 9, "s001": 1}))
    cost = nightly(world, 12)
    # Of each fetch since: outcome, record, body.
    assert max(after - before for before, after in itertools.pairwise(cost)) <= 3


def version_0_1(world: World, i: int, decision: dict[str, Any]) -> None:
    """Store a decision as version 0.1 did, which could take two on one candidate."""
    world.private.put_new(keys.decision(SLUG, i), canonical(decision | {"i": i}))


def test_approve_then_reject_before_the_commit_counts_as_rejected(make: Make):
    world = make(approve="always")
    world.tell(table_csv({"a": 1}))
    identity = waits(world)
    assert identity is not None
    at = world.state().now(world.ctx)
    signed = {"candidate": identity, "by": "chen", "reason": "looked at it", "at": at}
    version_0_1(world, 1, {"action": "approve", "evidence": []} | signed)
    version_0_1(world, 2, {"action": "reject", "evidence": [1]} | signed)
    world.settle()
    with pytest.raises(DecisionError, match="waits for a steward"):
        release(world.ctx, world.state(), identity)
    assert publish.newest(world.public, SLUG) is None
    assert world.state().excluded == (1,)
    assert world.settle() == []


def test_the_last_decision_on_a_candidate_counts(make: Make):
    world = make(approve="always")
    world.tell(table_csv({"a": 1}))
    identity = waits(world)
    signed = {"candidate": identity, "by": "chen", "reason": "looked at it", "at": world.state().now(world.ctx)}
    version_0_1(world, 1, {"action": "reject", "evidence": []} | signed)
    version_0_1(world, 2, {"action": "approve", "evidence": []} | signed)
    assert said(world.settle()) == [("released", 1)]


def test_a_broken_decision_stops_the_dataset_and_lets_nothing_back_in(make: Make):
    world = make()
    world.tell(table_csv(many(3)))
    world.tell(batch({"b": 9}))
    reject(world)
    good = world.private.get(keys.decision(SLUG, 1)).body
    put_over(world.private, keys.decision(SLUG, 1), good[:-9])
    world.hear(table_csv({"c": 1}))
    with pytest.raises(IntegrityError, match=r"rivers: the decision .* cannot be read; restore it from a backup"):
        world.settle()
    assert levels(world) == many(3)
    put_over(world.private, keys.decision(SLUG, 1), good)
    assert said(world.settle()) == [("released", 2)]
    assert levels(world) == many(3) | {"c": 1}


# Sources and releases ---------------------------------------------------------------------------------------


def keep_as(world: World, source: dict[str, str], body: str) -> None:
    """Hear a body as it is recorded of a live source: with what was asked."""
    world.now += dt.timedelta(hours=1)
    world.ctx.clock.advance(world.now)
    page = Page(source["address"], 200, {}, body.encode())
    keep(world.ctx, SLUG, Fetched({"source": source}, world.now, (page,), None))


@pytest.mark.parametrize("load", ["upsert", "replace"])
def test_the_format_of_a_source_changes_and_the_line_goes_on(make: Make, load: str):
    csv = {"protocol": "file", "address": "https://waters.example/rivers.csv", "format": "csv"}
    as_json = csv | {"address": "https://waters.example/rivers.json", "format": "json"}
    world = make(load=load, source=csv, guards=LOOSE)
    keep_as(world, csv, table_csv({"a": 1, "b": 1}))
    assert said(world.settle()) == [("released", 1)]
    keep_as(world, csv, table_csv({"a": 1, "b": 1, "c": 1}))  # pending when the declaration changes
    redeclare(world, load=load, source=as_json, guards=LOOSE)
    keep_as(world, as_json, json.dumps([{"site": "a", "level": 2}, {"site": "b", "level": 1}]))
    found = said(world.settle())
    assert {outcome for outcome, _ in found} == {"released"}
    assert levels(world) == ({"a": 2, "b": 1, "c": 1} if load == "upsert" else {"a": 2, "b": 1})
    keep_as(world, as_json, json.dumps([{"site": "a", "level": 2}, {"site": "b", "level": 1}]))
    assert said(world.settle()) == [("unchanged", world.newest().n)]
    sound(world)


class Slow:
    """A store in front of a store: while the pointer is read, another publisher works."""

    def __init__(self, store: Any, meanwhile: Callable[[], object]) -> None:
        self.store, self.meanwhile, self.read = store, meanwhile, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    def get(self, key: str) -> Blob:
        found: Blob = self.store.get(key)
        if key == keys.document(SLUG, 2) and self.read == 0:
            self.read = 1
            self.meanwhile()
        return found


def test_the_pointer_never_goes_back(make: Make):
    world = make()
    world.tell(table_csv({"a": 1}))
    world.tell(table_csv({"a": 2}))
    slow = Slow(world.public, lambda: world.tell(table_csv({"a": 3})))
    pointer.point(slow, world.newest())
    assert slow.read == 1, "release 3 came between"
    assert world.newest().n == 3
    finished(world)


@pytest.mark.parametrize("load", ["upsert", "replace"])
@pytest.mark.parametrize("body", ["site,level\n", "site,level\n,1\n"], ids=["empty", "none that can be published"])
def test_a_first_release_without_rows_is_refused(make: Make, load: str, body: str):
    world = make(load=load, guards=LOOSE)
    (item,) = world.tell(body)
    assert (item.outcome, item.release) == ("refused", None)
    assert publish.newest(world.public, SLUG) is None
    assert said(world.tell(table_csv({"a": 1}))) == [("released", 1)]
