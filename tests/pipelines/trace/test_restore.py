"""`minsheng repair`: whatever is gone or altered comes back byte for byte, from what is left, or is named."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
from nights import DAILY, LOOSE, MONTHS, Make, killed, said, sound, state, watching
from watched import Calls
from worlds import SLUG, World, declaration

from catalog import keys
from catalog.errors import DecisionError, IntegrityError
from catalog.release import publish
from catalog.release.digest import canonical
from catalog.store import Store, put_over
from pipelines.refresh import decide
from pipelines.trace.restore import Restored, restore

FILES = ("data", "texts", "schema", "declaration", "quality", "provenance", "changes", "quarantine")
HOW: dict[str, Callable[[bytes], bytes | None]] = {
    "gone": lambda body: None,
    "empty": lambda body: b"",
    "cut": lambda body: body[: len(body) // 2],
    "flipped": lambda body: body[:-8] + bytes([body[-8] ^ 4]) + body[-7:],
    "other JSON": lambda body: b"{}",
}


@pytest.fixture(scope="module")
def three_releases(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(tmp_path_factory.mktemp("three"))
    world.declare(declaration(fields=DAILY, guards=LOOSE, **MONTHS))
    for level in (1, 2, 3):
        world.tell(f"site,day,level\na,2026-01-01,{level}\na,2026-0{level}-02,{level}\nb,2026-01-01,x{level}\n")
    assert world.newest().n == 3
    return world


@pytest.fixture
def world(three_releases: World, tmp_path: Path) -> World:
    """Three releases by month, each with quarantine and changes."""
    return three_releases.copied(tmp_path / "home")


def harm(store: Store, key: str, how: str) -> None:
    body = HOW[how](store.get(key).body)
    store.delete(key)
    if body is not None:
        store.put_new(key, body)


def released(world: World) -> dict[str, bytes]:
    """What was released, and must never change; and the evidence."""
    return {
        key: body
        for key, body in state(world).items()
        if key.startswith(("public/datasets", "private/evidence", "private/releases")) and "status.json" not in key
    }


def path_of(world: World, what: str, n: int) -> str:
    release = publish.load(world.public, SLUG, n)
    if what in ("data", "texts"):
        return (release.partitions if what == "data" else release.texts)["2026-01"].path
    if what == "schema":
        return release.facts.schema.path
    resource = release.resource(what)
    return resource.path if resource else release.facts.facts[what].path


def lose_candidates(world: World) -> None:
    for key in list(world.private.list(f"candidates/{SLUG}/")):
        world.private.delete(key)


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("what", FILES)
def test_a_file_comes_back_from_its_candidate(world: World, what: str, how: str) -> None:
    before = released(world)
    key = keys.dataset(SLUG, path_of(world, what, 2))
    harm(world.public, key, how)
    found = list(restore(world.ctx, SLUG))
    assert found == [Restored(key, "gone" if how == "gone" else "altered", "the candidate that brought it")]
    assert released(world) == before
    assert list(restore(world.ctx, SLUG)) == []


@pytest.mark.parametrize(
    ("what", "source"),
    [
        ("texts", "the Parquet file of the same rows"),
        ("data", "the evidence, folded again"),
        ("schema", "the declaration"),
        ("quality", None),
        ("quarantine", None),
    ],
)
def test_without_candidates_it_comes_back_from_what_says_the_same(world: World, what: str, source: str | None) -> None:
    lose_candidates(world)
    before = released(world)
    key = keys.dataset(SLUG, path_of(world, what, 3))
    harm(world.public, key, "gone")
    assert list(restore(world.ctx, SLUG)) == [Restored(key, "gone", source)]
    assert (released(world) == before) == (source is not None)


def test_all_data_come_back_from_the_evidence_alone(world: World) -> None:
    lose_candidates(world)
    before = released(world)
    for key in list(world.public.list(f"datasets/{SLUG}/data/")):
        harm(world.public, key, "flipped")
    found = list(restore(world.ctx, SLUG))
    assert {each.source for each in found} == {"the evidence, folded again"}
    assert released(world) == before
    sound(world)


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_document_comes_back_from_its_copy_and_then_the_nights_go_on(world: World, n: int, how: str) -> None:
    before = released(world)
    harm(world.public, keys.document(SLUG, n), how)
    found = list(restore(world.ctx, SLUG))
    was = "gone" if how == "gone" else "altered"
    assert found == [Restored(keys.document(SLUG, n), was, keys.kept_document(SLUG, n))]
    assert released(world) == before
    assert said(world.tell("site,day,level\nz,2026-01-01,1\n")) == [("released", 4)]
    sound(world)


def test_copies_are_made_of_documents_that_have_none(world: World) -> None:
    before = released(world)
    for n in (1, 2, 3):
        world.private.delete(keys.kept_document(SLUG, n))
    assert list(restore(world.ctx, SLUG)) == []
    assert released(world) == before


def test_a_document_that_no_witness_proves_is_named_and_left(world: World) -> None:
    key = keys.document(SLUG, 3)
    body = canonical({**world.newest().document, "created": "2026-07-09T00:00:00+08:00"})
    for each in (keys.pointer(SLUG), keys.sums(SLUG, 3)):
        world.public.delete(each)
    put_over(world.public, key, body)
    assert Restored(key, "altered", None) in list(restore(world.ctx, SLUG))
    assert world.public.get(key).body == body
    with pytest.raises(IntegrityError):
        world.settle()


@pytest.mark.parametrize("how", HOW)
def test_what_is_lost_of_the_evidence_is_named(world: World, how: str) -> None:
    digest = world.ctx.evidence(SLUG).read(2).bodies[0]
    was = "gone" if how == "gone" else "altered"
    for key in (keys.evidence(SLUG, 1), keys.blob(digest)):
        harm(world.private, key, how)
    before = state(world)
    world.ctx = dataclasses.replace(world.ctx)
    assert list(restore(world.ctx, SLUG)) == [
        Restored(keys.evidence(SLUG, 1), was, None),
        Restored(keys.blob(digest), was, None),
    ]
    assert state(world) == before


def test_a_broken_outcome_is_derived_again(world: World) -> None:
    before = released(world)
    put_over(world.private, keys.outcome(SLUG, 3), b"{}")
    world.public.delete(keys.status(SLUG))
    assert list(restore(world.ctx, SLUG)) == [Restored(keys.outcome(SLUG, 3), "altered", "what is stored of the fetch")]
    world.ctx = dataclasses.replace(world.ctx)
    world.settle()
    assert released(world) == before


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("what", ["document.json", "data/", "facts/quality"])
def test_a_candidate_that_is_not_whole_cannot_be_approved_and_is_made_again(make: Make, what: str, how: str) -> None:
    world = make(approve="always")
    world.tell("site,level\na,1\n")
    waiting = world.state().waiting
    assert waiting
    folder = keys.candidate(SLUG, waiting.identity, "")
    key = next(key for key in world.private.list(folder) if key.startswith(f"{folder}{what}"))
    harm(world.private, key, how)
    with pytest.raises((IntegrityError, DecisionError)):
        decide.approve(world.ctx, SLUG, waiting.identity, "chen", "fine")
    assert world.state().decisions == (), "nothing is recorded that nobody could carry out"
    found = list(restore(world.ctx, SLUG))
    if what != "document.json":  # of that one the decision saw already that it does not wait
        assert found == [Restored(key, "gone" if how == "gone" else "altered", "the evidence, by the next run")]
    world.ctx = dataclasses.replace(world.ctx)
    world.settle()
    again = world.state().waiting
    assert again
    assert again.identity == waiting.identity
    assert decide.approve(world.ctx, SLUG, waiting.identity, "chen", "fine").release == 1
    sound(world)


def test_of_a_document_and_its_copy_that_differ_the_other_witnesses_tell_which_is_right(world: World) -> None:
    before = released(world)
    other = canonical({**world.newest().document, "created": "2026-07-09T00:00:00+08:00"})
    for store, key in ((world.private, keys.kept_document(SLUG, 3)), (world.public, keys.document(SLUG, 3))):
        put_over(store, key, other)
        world.ctx = dataclasses.replace(world.ctx)
        with pytest.raises(IntegrityError, match=r"datapackage-3\.json is not the document that was committed"):
            world.settle()
        list(restore(world.ctx, SLUG))
        assert released(world) == before
    assert said(world.tell("site,day,level\nz,2026-01-01,1\n")) == [("released", 4)]


def test_a_repair_that_is_killed_at_any_call_is_finished_by_the_next(
    world: World, counted: Callable[[str, int], None]
) -> None:
    before = released(world)
    gone = [
        (world.public, keys.document(SLUG, 2)),
        *((world.public, key) for key in list(world.public.list(f"datasets/{SLUG}/data/"))[:3]),
        (world.public, keys.dataset(SLUG, world.newest().facts.schema.path)),
    ]
    with watching(world, Calls()) as calls:
        list(restore(world.ctx, SLUG))
    for index in range(len(calls.made)):
        for store, key in gone:
            harm(store, key, "flipped")
        killed(world, lambda: list(restore(world.ctx, SLUG)), die_at=(index, "after"))
        world.ctx = dataclasses.replace(world.ctx)
        assert not [each for each in restore(world.ctx, SLUG) if each.source is None]
        assert released(world) == before
    counted("kill points of `minsheng repair`", len(calls.made))
    assert len(calls.made) > 40
