"""Candidates are found by the beginning of their ids, in any dataset."""

import pytest
from nights import LOOSE, Make, waits
from worlds import SLUG, World, declaration

from catalog import keys
from catalog.errors import DecisionError
from pipelines.trace.candidates import MOST_CHANGES, examples, find_candidate, is_id, shown_candidate


@pytest.fixture
def world(make: Make) -> World:
    world = make(approve="first", guards=LOOSE)
    world.tell("site,level\na,1\nb,x\n")
    return world


@pytest.mark.parametrize(
    ("text", "it_is"),
    [("0123abcd", True), ("12345678", True), ("1234567", False), ("0123ABCD", False), ("../../ab", False)],
)  # fmt: skip
def test_an_id_is_told_by_its_form(text: str, it_is: bool):
    assert is_id(text) is it_is


def test_one_is_found_in_any_dataset(world: World):
    identity = waits(world) or ""
    assert find_candidate(world.private, ["lakes", SLUG], identity[:8]).identity == identity
    with pytest.raises(DecisionError, match="no candidate"):
        find_candidate(world.private, ["lakes"], identity)


def test_two_that_begin_alike_are_told(world: World):
    identity = waits(world) or ""
    other = keys.candidate("lakes", identity[:-1] + ("0" if identity[-1] != "0" else "1"))
    world.private.put_new(other, b"{}")
    with pytest.raises(DecisionError, match="2 candidates begin with"):
        find_candidate(world.private, ["lakes", SLUG], identity[:8])


def test_of_a_first_release(world: World):
    shown = shown_candidate(world.ctx, [SLUG], waits(world) or "")
    assert (shown.became.what, shown.key, len(shown.first)) == ("waits", ("site",), 2)
    assert shown.failing is not None
    assert shown.failing.num_rows == 1
    assert list(shown.began) == [1]


def test_of_each_kind_some_changes(make: Make):
    world = make(guards=LOOSE, load="replace")
    world.tell("site,level\n" + "".join(f"s{i},1\n" for i in range(30)))
    world.tell("site,level\n" + "".join(f"s{i},{2 if i < 10 else 1}\n" for i in range(15)) + "t,1\n")
    moved = shown_candidate(world.ctx, [SLUG], world.newest().candidate)
    assert moved.became == ("released", None, 2, None)
    found = [one["_change"] for one in examples(moved.moved)]
    assert {kind: found.count(kind) for kind in set(found)} == {
        "insert": 1,
        "update": MOST_CHANGES,
        "delete": MOST_CHANGES,
    }
    assert examples(None) == []


def test_one_that_a_crash_left(world: World):
    identity = waits(world) or ""
    world.private.delete(keys.waiting(SLUG))
    world.declare(declaration(approve="first", guards=LOOSE))
    assert shown_candidate(world.ctx, [SLUG], identity).became.what == "left"
