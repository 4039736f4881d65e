"""Candidates that wait: one for each dataset, the one before marked, made again when something came between."""

from nights import Make, levels
from worlds import SLUG, many, table_csv

from catalog import keys
from catalog.release import publish
from pipelines.refresh.state import superseded_by
from pipelines.refresh.waiting import later


def batch(*sites: str) -> str:
    """Rows with a column that nobody declared: held."""
    return "site,level,extra\n" + "".join(f"{site},9,x\n" for site in sites)


def test_a_second_held_fetch_waits_together_with_the_first(make: Make) -> None:
    world = make()
    world.tell(table_csv({"a": 1}))
    (first,) = world.tell(batch("b"))
    (second,) = world.tell(batch("c"))
    waiting = world.state().waiting
    assert waiting is not None
    assert (waiting.evidence, waiting.identity) == ((2, 3), second.candidate)
    assert superseded_by(world.private, SLUG, first.candidate or "") is not None
    assert publish.read_json(world.private, keys.waiting(SLUG))["candidate"] == second.candidate


def test_it_waits_since_the_first_of_it_was_held(make: Make) -> None:
    world = make()
    world.tell(table_csv({"a": 1}))
    world.tell(batch("b"))
    since = getattr(world.state().waiting, "since", None)
    world.tell(batch("c"))
    assert getattr(world.state().waiting, "since", None) == since is not None


def test_a_release_in_between_makes_it_again_on_top(make: Make) -> None:
    world = make()
    world.tell(table_csv({"a": 1}))
    (held,) = world.tell(batch("b"))
    world.tell(table_csv({"c": 3}))
    waiting = world.state().waiting
    assert waiting is not None
    assert waiting.identity != held.candidate
    assert world.state().waiting_follows
    assert levels(world) == {"a": 1, "c": 3}


def test_what_came_later_and_counts_keeps_the_last_word(make: Make) -> None:
    world = make()
    world.tell(table_csv({"a": 1}))
    world.tell(batch("a"))
    world.tell(table_csv({"a": 3}))
    assert later(world.state(), (2,)) == (3,)
    assert later(world.state(), (3,)) == ()


def test_with_replace_a_newer_fetch_that_is_held_takes_its_place(make: Make) -> None:
    world = make(load="replace")
    world.tell(table_csv(many(10)))
    world.tell(table_csv(many(5)))
    world.tell(table_csv(many(4)))
    state = world.state()
    assert state.waiting is not None
    assert (state.waiting.evidence, state.pending) == ((3,), (3,))
