"""Outcomes: what a crash left unwritten is written once, and writing it again changes nothing."""

from nights import Make, finished, killed, state
from worlds import SLUG, table_csv

from catalog import keys
from pipelines.records import Outcome
from pipelines.refresh.repair import conclude, repaired, supersede_before


def test_repairing_twice_is_repairing_once(make: Make) -> None:
    world = make()
    world.tell(table_csv({"a": 1}))
    world.hear(table_csv({"a": 2}))
    assert killed(world, world.settle, after_key=keys.document(SLUG, 2))
    first = repaired(world.ctx, SLUG)
    finished(world)
    before = state(world)
    assert repaired(world.ctx, SLUG).unwritten == first.unwritten == {}
    assert state(world) == before


def test_what_is_concluded_is_not_pending_and_stays_as_it_was_concluded_first(make: Make) -> None:
    world = make()
    for level in (1, 2, 3):
        world.hear(table_csv({"a": level}))
    now = conclude(world.state(), (1, 3), Outcome("unchanged", n=0))
    assert now.pending == (2,)
    assert conclude(now, (1,), Outcome("superseded", by=9)).outcome(1) == Outcome("unchanged", n=0)


def test_only_what_is_older_is_superseded(make: Make) -> None:
    world = make(load="replace")
    for level in (1, 2, 3):
        world.hear(table_csv({"a": level}))
    now = supersede_before(world.state(), 2)
    assert now.pending == (2, 3)
    assert [now.outcome(k) for k in (1, 2, 3)] == [Outcome("superseded", by=2), None, None]


def test_a_lost_pointer_and_lost_sums_are_written_again(make: Make) -> None:
    world = make()
    world.tell(table_csv({"a": 1}))
    for key in (keys.pointer(SLUG), keys.sums(SLUG, 1)):
        whole = world.public.get(key).body
        world.public.delete(key)
        repaired(world.ctx, SLUG)
        assert world.public.get(key).body == whole
