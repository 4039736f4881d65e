"""Two phases, the grace and its floor; killed at any call; in the midst of a run, and a run in the midst of it."""

import contextlib
import dataclasses
import datetime as dt
from collections.abc import Callable

import pytest
from littered import NOW, ORPHAN, days, gc, interrupted, litter, moments, staged
from nights import Make, killed, state, waits, watching
from tiers import few
from watched import Calls
from worlds import SLUG, World, table_csv

from catalog import keys
from catalog.errors import MinshengError, StoreError
from catalog.release import leaving, publish
from catalog.release.read import CandidateFiles
from catalog.release.verify import verify
from pipelines.context import Clock
from pipelines.fetch.clock import ClockDoubt
from pipelines.fetch.sources import mark
from pipelines.garbage.collect import Collection, collect, look
from pipelines.garbage.found import Search
from pipelines.keep import Keep


@pytest.fixture
def world(make: Make) -> World:
    return make()


def loose(held: dict[str, bytes]) -> dict[str, bytes]:
    """What a home holds, but for the marks, which bear times."""
    return {key: body for key, body in held.items() if not key.startswith("private/gc/")}


def whole(world: World) -> None:
    """Every release, and the candidate that waits, is there with all its files; nothing a record names is gone."""
    newest = publish.newest(world.public, SLUG)
    assert newest
    for n in range(1, newest.n + 1):
        assert list(verify(world.public, SLUG, n)) == []
    if identity := waits(world):
        candidate = publish.staged(world.private, SLUG, identity)
        files = CandidateFiles(world.private, world.public, candidate)
        assert all(files.body(file) for file in candidate.files())
    evidence = world.ctx.evidence(SLUG)
    assert all(evidence.body(digest) for record in evidence.records() for digest in record.bodies)


def test_it_looks_and_writes_nothing(world: World) -> None:
    garbage = litter(world)
    before = state(world)
    found = look(world.ctx, Keep(), NOW)
    assert {each.garbage.mark for each in found.seen} == garbage
    assert (found.due, found.did) == ([], False)
    assert state(world) == before


def test_what_is_new_is_marked_and_goes_when_its_time_has_come(world: World) -> None:
    litter(world)
    before = state(world)
    assert gc(world, 0).due == []
    assert loose(state(world)) == before
    assert gc(world, 6.9).due == []
    assert {each.garbage.kind for each in look(world.ctx, Keep(), NOW + days(7)).due} == {"file", "body", "probe"}
    done = gc(world, 7)
    assert {kind: (each.things, each.due) for kind, each in done.sums.items()} == {
        "candidate": (3, 0),
        "file": (1, 1),
        "body": (1, 1),
        "probe": (2, 2),
        "report": (2, 0),
    }
    gone = before.keys() - state(world).keys()
    assert len(gone) == 4
    assert f"public/{ORPHAN}" in gone
    assert {each.garbage.kind for each in gc(world, 90).due} == {"candidate"}
    assert staged(world) == {world.newest().candidate, waits(world)}
    assert {each.garbage.kind for each in gc(world, 400).due} == {"report"}
    assert gc(world, 9999).seen == []
    whole(world)


def test_what_goes_is_only_what_was_found(world: World) -> None:
    garbage = litter(world)
    before = state(world)
    gc(world, 0)
    gc(world, 999)
    gone = {key.replace("/", ":", 1) for key in before.keys() - state(world).keys()}
    assert {key for key in gone if not any(key.startswith(each) for each in garbage)} == set()
    assert {each for each in garbage if not any(key.startswith(each) for key in gone)} == set()
    whole(world)
    assert world.settle() == []
    assert [each.outcome for each in world.tell(table_csv({"z": 1}))] == ["released"]


def test_what_appears_once_more_waits_its_whole_time_again(world: World) -> None:
    litter(world)
    gc(world, 0)
    gc(world, 8)
    world.public.put_new(ORPHAN, b"rows")
    assert {each.garbage.name for each in gc(world, 9).seen if each.garbage.kind == "file"} == {ORPHAN}
    assert gc(world, 15.9).due == []
    assert [each.garbage.name for each in gc(world, 16).due] == [ORPHAN]


def test_a_mark_of_the_future_is_none(world: World) -> None:
    litter(world)
    gc(world, 1000)
    assert gc(world, 0).due == []
    assert gc(world, 6.9).due == []
    assert len(gc(world, 7).due) == 4


def test_marks_that_are_broken_are_made_anew(world: World) -> None:
    litter(world)
    world.private.put_new(keys.MARKED, b'{"a": 3}')
    assert gc(world, 500).due == []
    assert len(gc(world, 507).due) == 4


def test_a_clock_that_is_in_doubt_deletes_nothing(world: World) -> None:
    litter(world)
    mark(world.public, world.private, "live")
    before = state(world)
    doubt = dataclasses.replace(World(world.root).ctx, clock=Clock(), stores_ahead={"s3://b": dt.timedelta(days=-400)})
    with pytest.raises(ClockDoubt, match="nothing was written"):
        collect(doubt, Keep(), NOW)
    assert state(world) == before


def test_of_two_at_once_one_is_refused(world: World) -> None:
    litter(world)
    gc(world, 0)
    alone = world.copied(world.root.parent / "alone")
    verbs = interrupted(alone, lambda: collect(alone.ctx, Keep(), NOW + days(8)), -1, lambda: None)
    refused = 0
    for at in moments(verbs, every=False):
        one = world.copied(world.root.parent / f"{at}")
        with contextlib.suppress(StoreError):
            interrupted(one, lambda one=one: gc_here(one, 8), at, lambda one=one: gc(one, 8))
            refused -= 1
        refused += 1
        assert loose(state(one)) == loose(state(alone))
    assert 0 < refused < len(verbs)


def gc_here(world: World, after: float) -> Collection:
    return collect(world.ctx, Keep(), NOW + days(after))


def dies(world: World, *, every: bool) -> int:
    """Kill a collection at each moment; whoever calls it again ends the same."""
    litter(world)
    gc(world, 0)
    alone = world.copied(world.root.parent / "alone")
    verbs = interrupted(alone, lambda: gc_here(alone, 500), -1, lambda: None)
    gc(alone, 501)
    gc(alone, 1000)
    after = loose(state(alone))
    for i in moments(verbs, every=every):
        for when in ("before", "after") if verbs[i].startswith(("put", "delete")) else ("before",):
            one = world.copied(world.root.parent / f"{i}{when}")
            assert killed(one, lambda one=one: gc_here(one, 500), die_at=(i, when))
            whole(one)
            with leaving.announced(one.private, [], dt.datetime.now(dt.UTC) + days(1)):  # as a day later
                pass
            gc(one, 501)
            gc(one, 1000)
            assert loose(state(one)) == after, f"killed {when} {i}"
    return len(verbs)


def test_killed_at_any_write_and_called_again_it_ends_the_same(world: World) -> None:
    assert dies(world, every=False) > 40


@pytest.mark.soak
def test_killed_at_any_call_and_called_again_it_ends_the_same(
    world: World, counted: Callable[[str, int], None]
) -> None:
    counted("kill points of collections of garbage", dies(world, every=True))


@pytest.fixture
def torn(world: World, request: pytest.FixtureRequest) -> World:
    """A release, and what a run left that was killed right before it made the second, or before that waits.

    The night that follows names all of this again. What killed runs left is marked, and old enough to go.
    """
    world.tell(table_csv({"a": 1}))
    if request.param == "held":
        world.hear("site,level,extra\nb,9,x\n")
        key = keys.waiting(SLUG)
    else:
        world.hear(table_csv({"b": 2}))
        key = keys.document(SLUG, 2)
    copy = world.copied(world.root.parent / "copy")
    with watching(copy, Calls()) as calls:
        copy.settle()
    at = next(i for i, (verb, named, _) in enumerate(calls.made) if verb.startswith("put") and named == key)
    assert killed(world, world.settle, die_at=(at, "before"))
    if request.param == "released":  # its candidate went with an earlier collection
        (left,) = staged(world) - {world.newest().candidate}
        for name in list(world.private.list(f"{keys.candidates(SLUG)}{left}/")):
            world.private.delete(name)
        assert {each.kind for each in Search(world.ctx).find()} == {"file"}
    gc(world, 0)
    return world


def meet(torn: World, inner: str, *, every: bool) -> int:
    """Let a run and a collection meet, the one in the midst of the other; return how often."""
    refused = deleted = 0

    def run(world: World) -> None:
        nonlocal refused
        try:
            world.settle()
        except MinshengError:  # it waits in vain here, for what waits for it; or finds its candidate gone
            refused += 1

    def clean(world: World) -> None:
        nonlocal deleted
        deleted += sum(each.deleted for each in gc_here(world, 500).seen)

    outer, act = (clean, run) if inner == "run" else (run, clean)
    alone = torn.copied(torn.root.parent / "alone")
    tried = moments(interrupted(alone, lambda: outer(alone), -1, lambda: None), every=every)
    for at in tried:
        one = torn.copied(torn.root.parent / f"{inner}{at}")
        other = World(one.root, one.now)
        interrupted(one, lambda one=one: outer(one), at, lambda other=other: act(other))
        later = World(one.root, one.now)
        whole(later)
        later.settle()
        whole(later)
        assert (later.newest().n, waits(later) is not None) in {(2, False), (1, True)}
    assert deleted > 0
    assert refused < len(tried)
    return len(tried)


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaving, "_TRIES", 2)
    monkeypatch.setattr(leaving, "_PAUSE_SECONDS", 0)


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("torn", ["released", "held"], indirect=True)
@pytest.mark.parametrize("inner", few(["run", "collection"]))
def test_what_a_run_names_in_the_midst_of_a_collection_stays(torn: World, inner: str) -> None:
    assert meet(torn, inner, every=False) > 4


@pytest.mark.soak
@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("torn", ["released", "held"], indirect=True)
@pytest.mark.parametrize("inner", ["run", "collection"])
def test_whatever_call_it_is(torn: World, inner: str, counted: Callable[[str, int], None]) -> None:
    counted("meetings of a run and a collection of garbage", meet(torn, inner, every=True))


def test_a_body_that_is_recorded_in_the_midst_of_a_collection_stays(world: World) -> None:
    litter(world)
    gc(world, 0)
    alone = world.copied(world.root.parent / "alone")
    tried = moments(interrupted(alone, lambda: alone.hear("never recorded"), -1, lambda: None), every=False)
    deleted = 0
    for at in tried:
        one = world.copied(world.root.parent / f"body{at}")
        interrupted(one, lambda one=one: one.hear("never recorded"), at, lambda one=one: gc(one, 8))
        whole(World(one.root, one.now))
        deleted += one.private.head(f"{keys.PROBE}feed") is None
    assert deleted == len(tried) > 3
