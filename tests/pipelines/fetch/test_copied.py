"""The evidence of another store, copied fetch by fetch and judged here."""

from pathlib import Path

import pytest
from markets import hear, on, prices
from stores import quick_store
from worlds import SLUG, START, World, declaration

from catalog.declaration.dataset import load_dataset
from catalog.errors import StoreError
from pipelines.evidence import Evidence
from pipelines.fetch.copied import Copied
from pipelines.fetch.sources import mark
from pipelines.records import Fetched, Page
from pipelines.refresh.settle import record as keep
from pipelines.refresh.withdraw import Withdrawal, withdraw


@pytest.fixture
def world(tmp_path: Path) -> World:
    found = World(tmp_path / "home")
    found.declare(declaration())
    return found


def test_copied_evidence_is_heard_once(world: World, tmp_path: Path):
    for k in range(2):
        world.hear(f"site,level\na,{k}\n")
    mark(world.public, world.private, "replay")
    other = World(tmp_path / "other")
    other.declare(declaration())
    copied = Copied(world.private)
    said = load_dataset(other.datasets, SLUG)
    found = list(copied.fetches(other.ctx, said))
    assert [one.pages[0].body for one in found] == [b"site,level\na,0\n", b"site,level\na,1\n"]
    for one in found:
        other.ctx.evidence(SLUG).record(one)
    assert list(copied.fetches(other.ctx, said)) == []
    assert copied.kind == "replay"


def test_two_windows_of_one_second_in_which_nothing_was_are_two(world: World, tmp_path: Path):
    other = World(tmp_path / "other")
    for one in (world, other):
        one.declare(prices())
    mark(world.public, world.private, "replay")
    hear(world, on("04-17", "N04"), {})
    hear(world, on("04-17", "N05"), {}, minutes=0)
    said = load_dataset(other.datasets, SLUG)
    first, _ = Copied(world.private).fetches(other.ctx, said)
    Evidence(other.private, SLUG).record(first)  # and here the copy was broken off
    (second,) = Copied(world.private).fetches(World(other.root).ctx, said)
    assert second.window == {"day": ["2026-04-17", "2026-04-17"], "kind": ["N05", "N05"]}


def test_what_their_store_judged_is_judged_here_from_the_same_bytes(world: World, tmp_path: Path):
    world.hear(b"")
    cut = Page("https://waters.example/rivers.csv", 200, {}, b"site,le")
    keep(world.ctx, SLUG, Fetched({"protocol": "file"}, world.now, (cut,), "rivers: expected a whole body"))
    keep(world.ctx, SLUG, Fetched({"protocol": "file"}, world.now, (), "rivers: no answer", answered=False))
    mark(world.public, world.private, "replay")
    other = World(tmp_path / "other")
    other.declare(declaration())
    copied = list(Copied(world.private).fetches(other.ctx, load_dataset(other.datasets, SLUG)))
    assert [(fetched.why, fetched.answered) for fetched in copied] == [
        (None, True),
        ("rivers: expected a whole body", True),
        ("rivers: no answer", False),
    ]
    items = [keep(other.ctx, SLUG, fetched)[1] for fetched in copied]
    assert [item.outcome for item in items if item] == ["refused", "refused", "failed"]
    theirs, ours = Evidence(world.private, SLUG), Evidence(other.private, SLUG)
    assert [ours.read(k) for k in (1, 2, 3)] == [theirs.read(k) for k in (1, 2, 3)]
    assert [ours.outcome(k) for k in (1, 2, 3)] == [theirs.outcome(k) for k in (1, 2, 3)]


def test_it_begins_at_the_oldest_record(world: World):
    world.hear("site,level\na,1\n")
    mark(world.public, world.private, "replay")
    world.ctx.clock.simulated = None
    Copied(world.private).begin(world.ctx, [SLUG, "without-evidence"])
    assert world.ctx.clock.now() > START


def test_a_store_without_evidence_is_told(tmp_path: Path):
    with pytest.raises(StoreError, match="holds no evidence of Minsheng"):
        Copied(quick_store(tmp_path))


def test_what_is_withdrawn_there_is_not_copied_here(world: World, tmp_path: Path):
    for site in ("a", "b", "c"):
        world.tell(f"site,level\n{site},1\n")
    withdraw(world.ctx, SLUG, 2, Withdrawal("Lin", "It names persons.", purge=True))
    mark(world.public, world.private, "replay")
    other = World(tmp_path / "other")
    other.declare(declaration())
    found = list(Copied(world.private).fetches(other.ctx, load_dataset(other.datasets, SLUG)))
    assert [one.pages[0].body for one in found] == [b"site,level\na,1\n", b"site,level\nc,1\n"]
