"""A read never writes: whoever looks at a dataset, also after a crash, changes nothing; a run and a decision repair."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from nights import LOOSE, Make, finished, killed, overtaken, state, watching
from tiers import few
from watched import Calls
from worlds import SLUG, World, many, table_csv

from catalog import keys
from catalog.declaration.dataset import slugs
from catalog.past.asof import moment, release_at
from catalog.past.history import history
from catalog.reasons.values import ByFetch
from catalog.release.verify import verify
from catalog.store import Blob, Head, Span, Store
from pipelines.context import ZONE, Context
from pipelines.declared import Declarations
from pipelines.records import Outcome
from pipelines.refresh import decide
from pipelines.refresh.repair import repaired
from pipelines.refresh.state import Gone, read_state
from pipelines.refresh.status import read_status
from pipelines.trace.rebuild import rebuild
from pipelines.trace.why import why


class Wrote(AssertionError):
    """Somebody who only looks tried to write."""


@dataclass
class ReadOnly:
    """A store that refuses every write."""

    store: Store

    @property
    def url(self) -> str:
        return self.store.url

    def put_new(self, key: str, body: bytes) -> None:
        raise Wrote(key)

    def put_if(self, key: str, body: bytes, etag: str | None) -> str:
        raise Wrote(key)

    def delete(self, key: str) -> None:
        raise Wrote(key)

    def get(self, key: str, span: Span | None = None) -> Blob:
        return self.store.get(key, span)

    def head(self, key: str) -> Head | None:
        return self.store.head(key)

    def list(self, prefix: str) -> Iterator[str]:
        return self.store.list(prefix)

    def sizes(self, prefix: str) -> dict[str, int]:
        return self.store.sizes(prefix)


def onlooker(world: World) -> Context:
    """Another process that may write nothing."""
    return dataclasses.replace(
        world.ctx,
        public=ReadOnly(world.public),
        private=ReadOnly(world.private),
        declarations=Declarations(world.datasets),
    )


def looks(ctx: Context) -> None:
    """Everything that readers, `status`, `candidates` and the sensors do."""
    read_state(ctx, SLUG)
    decide.waiting(ctx, slugs(ctx.declarations.folder))
    read_status(ctx, ctx.declarations.dataset(SLUG), ctx.clock.now())
    assert not list(verify(ctx.public, SLUG, 1))
    release_at(ctx.public, SLUG, moment("2030-01-01", ZONE))
    history(ctx.public, SLUG, "a")
    why(ctx, SLUG, "a", "level")
    rebuild(ctx, SLUG, 1)


@contextmanager
def unchanged(world: World) -> Iterator[None]:
    before = state(world)
    yield
    assert state(world) == before


KINDS = ["upsert", "replace"]


def after_three(make: Make, load: str) -> World:
    """A release, and three fetches that are not folded."""
    world = make(load=load, guards=LOOSE)
    world.tell(table_csv({"a": 1}))
    for level in (2, 3, 4):
        world.hear(table_csv({"a": level}))
    return world


@pytest.mark.parametrize("load", few(KINDS))
def test_whoever_looks_after_any_crash_writes_nothing_and_sees_what_a_repair_writes(make: Make, load: str) -> None:
    world = after_three_named(make, load, "whole")
    with watching(world, Calls()) as calls:
        world.settle()
    moments = [index for index, (verb, _, _) in enumerate(calls.made) if verb.startswith("put")]
    assert len(moments) > 10
    for index in moments:
        one = after_three_named(make, load, f"{load}-{index}")
        assert killed(one, one.settle, die_at=(index, "after"))
        with unchanged(one):
            seen = read_state(onlooker(one), SLUG)
            decide.waiting(onlooker(one), [SLUG])
            read_status(onlooker(one), one.ctx.declarations.dataset(SLUG), one.now)
        mended = repaired(dataclasses.replace(one.ctx, declarations=Declarations(one.datasets)), SLUG)
        assert dataclasses.replace(seen, unwritten={}, evidence=mended.evidence) == mended
        assert all(mended.evidence.outcome(k) == outcome for k, outcome in seen.unwritten.items())
        assert read_state(onlooker(one), SLUG).unwritten == {}
        one.settle()
        finished(one)


def test_no_command_of_a_reader_writes_whatever_a_crash_left(make: Make) -> None:
    world = after_three(make, "replace")
    assert killed(world, world.settle, after_key=keys.document(SLUG, 2))
    with unchanged(world):
        looks(onlooker(world))


def after_three_named(make: Make, load: str, name: str) -> World:
    return after_three(lambda **more: make(name, **more), load)


def test_a_record_that_was_never_judged_is_judged_by_whoever_looks(make: Make) -> None:
    world = make()
    world.tell(table_csv({"a": 1}))
    world.hear(table_csv({"a": 2}))
    assert killed(world, lambda: overtaken_twice(world), after_key=keys.evidence(SLUG, 4))
    seen = read_state(onlooker(world), SLUG)
    assert {k: outcome.overtaken for k, outcome in seen.unwritten.items()} == {4: True}
    assert seen.pending == (2,)


def overtaken_twice(world: World) -> None:
    overtaken(world, table_csv({"a": 5}))
    overtaken(world, table_csv({"a": 6}))


def test_a_candidate_that_lost_its_evidence_is_seen_as_lost_and_marked_by_the_next_run(make: Make) -> None:
    world = make(load="replace")
    world.tell(table_csv(many(10)))
    (held,) = world.tell(table_csv(many(5)))
    assert held.outcome == "held"
    world.hear(table_csv(many(10)))
    assert killed(world, world.settle, after_key=keys.outcome(SLUG, 3))
    with unchanged(world):
        seen = read_state(onlooker(world), SLUG)
    assert (seen.waiting, seen.gone) == (None, Gone(held.candidate or "", ByFetch(fetch=3, same_as=1)))
    assert seen.unwritten == {2: Outcome("superseded", by=3)}


@pytest.mark.parametrize("every", few([23, 1]))
def test_a_broken_waiting_file_means_that_nothing_waits(make: Make, tmp_path: Path, every: int) -> None:
    world = make(load="replace")
    world.tell(table_csv(many(10)))
    world.tell(table_csv(many(5)))
    mark = Path(world.root) / "private" / keys.waiting(SLUG)
    whole = mark.read_bytes()
    harmed = [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in range(0, len(whole), every)]
    for body in (b"{", b"[]", whole[:-1], *harmed):
        mark.write_bytes(body)
        seen = read_state(onlooker(world), SLUG)
        assert (seen.waiting, seen.pending) == (None, (2,)), body
    mark.write_bytes(whole)
    assert read_state(onlooker(world), SLUG).waiting
