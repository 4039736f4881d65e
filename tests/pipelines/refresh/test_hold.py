"""Decisions on no candidate: a dataset that a steward holds, and fetches that are let in again."""

import pytest
from nights import Make, approve, killed, levels, reject, said, waits
from worlds import SLUG, many, table_csv

from catalog import keys
from catalog.errors import DecisionError
from catalog.reasons.values import ByLift
from pipelines.refresh import hold as orders
from pipelines.refresh.state import superseded_by


def test_what_was_set_aside_can_be_let_in_again(make: Make) -> None:
    world = make()
    world.tell(table_csv(many(3)))
    world.tell("site,level,extra\nb,9,x\n")
    reject(world, 2)
    assert levels(world) == many(3)
    assert said(list(orders.lift(world.ctx, SLUG, (2,), "Lin", "it was right"))) == [("held", 1)]
    assert list(orders.lift(world.ctx, SLUG, (2,), "Lin", "it was right")) == []
    assert [each.action for each in world.state().decisions] == ["reject", "lift"]
    approve(world)
    assert levels(world) == many(3) | {"b": 9}


def test_nobody_lifts_what_is_not_set_aside(make: Make) -> None:
    world = make()
    world.tell(table_csv(many(3)))
    for evidence, words in (
        ((1,), "fetch 1 is not set aside; set aside are"),
        ((), "is not held by a steward; to let fetches in again name them"),
    ):
        with pytest.raises(DecisionError, match=words):
            list(orders.lift(world.ctx, SLUG, evidence, "Lin", "x"))
    assert world.state().decisions == ()


def test_while_a_steward_holds_a_dataset_what_is_new_waits(make: Make) -> None:
    world = make()
    world.tell(table_csv(many(3)))
    decision = orders.hold(world.ctx, SLUG, "Lin", "the agency doubts it")
    assert orders.hold(world.ctx, SLUG, "Wu", "once more") == decision
    (held,) = world.tell(table_csv({"b": 9}))
    assert (held.outcome, held.failed_checks) == ("held", ("approve.hold",))
    approve(world)
    assert levels(world) == many(3) | {"b": 9}, "who approves knows of the hold"
    assert said(world.tell(table_csv({"c": 9}))) == [("held", 2)], "it is held on"


@pytest.mark.parametrize("dies", [True, False])
def test_what_only_a_hold_kept_goes_on_when_it_is_lifted_also_after_a_crash(make: Make, dies: bool) -> None:
    world = make()
    world.tell(table_csv(many(3)))
    orders.hold(world.ctx, SLUG, "Lin", "the agency doubts it")
    world.tell(table_csv({"b": 9}))
    waited = waits(world) or ""
    work = lambda: list(orders.lift(world.ctx, SLUG, (), "Lin", "it is right"))  # noqa: E731
    if dies:
        assert killed(world, work, after_key=keys.decision(SLUG, 2))
        assert said(world.settle()) == [("released", 2)]
    else:
        assert said(work()) == [("released", 2)]
        assert work() == []
    assert levels(world) == many(3) | {"b": 9}
    assert superseded_by(world.private, SLUG, waited) == ByLift()
    assert [each.action for each in world.state().decisions] == ["hold", "lift"]
    orders.hold(world.ctx, SLUG, "Lin", "again")
    work()
    assert [each.action for each in world.state().decisions] == ["hold", "lift", "hold", "lift"]
