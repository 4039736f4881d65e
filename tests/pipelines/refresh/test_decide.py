"""What waits for a steward, and what a steward's word does."""

import json
from typing import Any

import pytest
from nights import Make, approve, killed, levels, reject, said, sound, waits, what
from worlds import SLUG, World, many, table_csv

from catalog import keys
from catalog.errors import DecisionError
from catalog.reasons.values import ByRejection
from catalog.release import publish
from pipelines.records import Outcome
from pipelines.refresh import decide
from pipelines.refresh.state import superseded_by

BAD = table_csv(many(40, 1.0), "site,level,extra").replace(",1.0\n", ",7.0,x\n")
"""A batch with a column that nobody declared: it is held whatever its rows say."""


def test_a_batch_held_by_a_guard_waits_and_is_released_when_approved(make: Make):
    world = make(load="replace")
    world.tell(table_csv(many(10)))
    (item,) = world.tell(table_csv(many(5)))
    assert (item.outcome, item.release, item.failed_checks) == ("held", 1, ("guard.removed",))
    assert "guard.removed: expected at most 1.00%, found 50.00% of rows removed" in str(item.reason)
    assert len(levels(world)) == 10
    waiting = world.state().waiting
    assert waiting is not None
    assert approve(world).release == 2
    assert len(levels(world)) == 5
    assert world.newest().document["minsheng"]["approval"] == {
        "by": "chen",
        "reason": "looked at it",
        "candidate": waiting.identity,
        "i": 1,
    }
    # Approving once more says the same release and records nothing.
    again = decide.approve(world.ctx, SLUG, waiting.identity[:8], "chen", "again")
    assert (again.outcome, again.release) == ("released", 2)
    assert len(world.state().decisions) == 1
    sound(world)


def test_the_first_release_may_have_to_wait(make: Make):
    world = make(approve="first")
    assert said(world.tell("site,level\na,1\n")) == [("held", None)]
    assert publish.newest(world.public, SLUG) is None
    assert approve(world).release == 1
    assert said(world.tell("site,level\na,2\n")) == [("released", 2)]


def test_always_means_each_release(make: Make):
    world = make(approve="always")
    world.tell("site,level\na,1\n")
    approve(world)
    assert said(world.tell("site,level\na,2\n")) == [("held", 1)]


def test_what_was_approved_before_a_newer_release_is_refused(make: Make):
    world = make(load="replace")
    world.tell(table_csv(many(10)))
    world.tell(table_csv(many(5)))
    old = world.state().waiting
    assert old is not None
    assert said(world.tell(table_csv(many(10, 2)))) == [("released", 2)]
    for identity in (old.identity, old.identity[:16]):
        with pytest.raises(DecisionError, match="none waits"):
            decide.approve(world.ctx, SLUG, identity, "chen", "late")
    with pytest.raises(DecisionError, match="superseded by release 2"):
        decide.approve(world.ctx, SLUG, old.identity, "chen", "late")
    assert world.state().decisions == ()
    assert levels(world)["s001"] == 2
    assert what(world, 2) == Outcome("superseded", by=3)


@pytest.mark.parametrize(
    ("identity", "by", "reason"),
    [("short", "chen", "x"), ("0" * 64, "chen", "x"), ("", "chen", "x"), ("12345678", " ", "x")],
)
def test_a_decision_without_candidate_name_or_reason_is_refused(make: Make, identity: str, by: str, reason: str):
    world = make()
    world.tell("site,level\na,1\n")
    with pytest.raises(DecisionError):
        decide.approve(world.ctx, SLUG, identity, by, reason)
    assert world.state().decisions == ()


def test_a_source_bad_for_five_fetches_leaves_one_candidate(make: Make):
    world = make(load="replace")
    world.tell(table_csv(many(10)))
    ids = {world.tell(table_csv(many(5)))[0].candidate for _ in range(5)}
    assert len(ids) == 1
    assert [what(world, k) and what(world, k).what for k in (2, 3, 4, 5, 6)] == [None, "same", "same", "same", "same"]
    # Mended: the table is what is published, and nothing waits any more.
    assert said(world.tell(table_csv(many(10)))) == [("unchanged", 1)]
    assert world.state().waiting is None
    assert world.state().pending == ()


def test_a_rejection_excludes_the_bad_fetch_and_folds_the_rest(make: Make):
    world = make()
    world.tell(table_csv(many(3)))
    world.hear(table_csv({"a": 1}))
    world.hear(BAD)
    world.hear(table_csv({"b": 2}))
    assert said(world.settle()) == [("held", 1)]
    waiting = world.state().waiting
    assert waiting is not None
    assert (waiting.evidence, waiting.alone) == ((2, 3, 4), (3,))
    assert said(reject(world)) == [("released", 2)]
    assert levels(world) == many(3) | {"a": 1, "b": 2}
    assert world.state().excluded == (3,)
    assert world.settle() == []
    sound(world)


def test_a_rejection_of_what_is_not_in_the_candidate_is_refused(make: Make):
    world = make(guards={"changed": 0.5})
    world.tell(table_csv(many(3)))
    world.tell(table_csv(many(3, 2)))
    with pytest.raises(DecisionError, match=r"fetch 1 is not in candidate .*; it has \[2\]"):
        reject(world, 1)
    assert world.state().decisions == ()


def test_what_only_the_whole_fold_trips_needs_names(make: Make):
    world = make(guards={"changed": 0.5})
    world.tell(table_csv(many(4)))
    world.hear(table_csv({"s001": 2, "s002": 2}))
    world.hear(table_csv({"s003": 2}))
    assert said(world.settle()) == [("held", 1)]
    with pytest.raises(DecisionError, match=r"not clear what to exclude; name fetches with --evidence, of \[2, 3\]"):
        reject(world)
    assert said(reject(world, 2)) == [("released", 2)]
    assert levels(world) == many(4) | {"s003": 2}


def test_a_bad_batch_held_and_rejected_loses_nothing_that_came_after(make: Make):
    world = make()
    world.tell(table_csv(many(3)))
    assert said(world.tell(BAD)) == [("held", 1)]
    assert said(world.tell(table_csv({"a": 1}))) == [("released", 2)]
    assert world.state().waiting is not None
    assert said(world.tell(table_csv({"b": 2}))) == [("released", 3)]
    reject(world)
    assert levels(world) == many(3) | {"a": 1, "b": 2}
    assert world.state().waiting is None
    sound(world)


def test_a_held_batch_is_made_again_on_top_and_later_words_stay(make: Make):
    world = make()
    world.tell(table_csv(many(3)))
    world.tell(BAD)
    before = world.state().waiting
    world.tell(table_csv({"s001": 3}))
    after = world.state().waiting
    assert before is not None
    assert after is not None
    assert before.identity != after.identity
    approve(world)
    assert levels(world) == many(40, 7) | {"s001": 3}
    sound(world)


def test_a_later_word_that_takes_back_a_waiting_batch_leaves_nothing_to_decide(make: Make):
    world = make(guards={"changed": 0.1})
    world.tell(table_csv(many(5)))
    assert said(world.tell(table_csv(many(5, 9)))) == [("held", 1)]
    # The later word takes back all that waited: nothing is left to decide.
    assert said(world.tell(table_csv(many(5)))) == [("unchanged", 1), ("unchanged", 1)]
    assert world.state().waiting is None
    assert levels(world) == many(5)


def test_a_later_word_that_changed_nothing_keeps_it_when_an_older_batch_is_approved(make: Make):
    world = make(guards={"changed": 0.1})
    world.tell(table_csv(many(5)))
    assert said(world.tell(table_csv(many(5, 9)))) == [("held", 1)]
    assert said(world.tell(table_csv({"s001": 1}))) == [("unchanged", 1)]
    approve(world)
    assert levels(world) == many(5, 9) | {"s001": 1}
    sound(world)


def test_a_batch_that_no_longer_has_to_wait_does_not_overrule_what_came_after(make: Make):
    world = make(guards={"changed": 0.5})
    world.tell(table_csv(many(4)))
    assert said(world.tell(table_csv(many(3, 2)))) == [("held", 1)]
    # Adds so many rows that the waiting batch is a small change now.
    world.tell(table_csv({"s001": 3} | {f"t{i}": 1 for i in range(10)}))
    assert levels(world)["s001"] == 3
    assert (levels(world)["s002"], levels(world)["s003"]) == (2, 2)


def test_the_rest_of_a_rejected_batch_does_not_overrule_what_came_after(make: Make):
    world = make(guards={"changed": 0.4})
    world.tell(table_csv(many(4)))
    assert said(world.tell(table_csv({"s001": 2, "s002": 2, "s003": 2}))) == [("held", 1)]
    assert said(world.tell(table_csv({"s001": 3}))) == [("released", 2)]
    assert said(world.tell(table_csv({"s004": 9, "s003": 9, "s002": 9}))) == [("held", 2)]
    reject(world, 4)
    if world.state().waiting:
        approve(world)
    assert levels(world) == {"s001": 3, "s002": 2, "s003": 2, "s004": 1}


# A candidate is decided once --------------------------------------------------------------------------------


def held(make: Make) -> tuple[World, str]:
    """Something waits on release 1; its id."""
    world = make()
    world.tell(table_csv(many(3)))
    world.tell(BAD)
    identity = waits(world)
    assert identity is not None
    return world, identity


def status(world: World) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(world.public.get(keys.status(SLUG)).body)
    return found


def test_a_rejection_that_was_killed_once_it_was_stored_is_carried_out_by_the_next_night(make: Make):
    world, identity = held(make)
    assert killed(world, lambda: reject(world), after_key=keys.decision(SLUG, 1))
    assert status(world)["state"] == "held"
    assert world.settle() == []
    assert (status(world)["state"], status(world)["candidate"]) == ("fresh", None)
    assert publish.read_json(world.private, keys.waiting(SLUG)) == {"candidate": None}
    assert superseded_by(world.private, SLUG, identity) == ByRejection(by="chen", why="it is wrong")
    assert levels(world) == many(3)


def test_an_approval_that_was_killed_once_it_was_stored_is_the_same_approval_when_it_is_repeated(make: Make):
    world, identity = held(make)
    work = lambda: decide.approve(world.ctx, SLUG, identity, "chen", "looked at it")  # noqa: E731
    assert killed(world, work, after_key=keys.decision(SLUG, 1))
    assert work().release == 2
    assert [one.i for one in world.state().decisions] == [1]
    assert world.newest().document["minsheng"]["approval"]["i"] == 1


def test_the_same_decision_again_is_that_decision(make: Make):
    world, identity = held(make)
    again = lambda: list(decide.reject(world.ctx, SLUG, identity[:9], " chen", "it is wrong "))  # noqa: E731
    assert again() == again() == []
    world.tell(table_csv({"a": 1}))
    world.tell(BAD)
    second = waits(world)
    assert second is not None
    assert decide.approve(world.ctx, SLUG, second, "chen", "well").release == 3
    world.tell(table_csv({"b": 1}))
    assert decide.approve(world.ctx, SLUG, second[:8], "chen", "well").release == 3, "although release 4 came since"
    assert again() == []
    assert [(one.i, one.action) for one in world.state().decisions] == [(1, "reject"), (2, "approve")]
    sound(world)


@pytest.mark.parametrize(
    ("by", "reason", "evidence"), [("lin", "it is wrong", ()), ("chen", "too low", ()), ("chen", "it is wrong", (3,))]
)
def test_who_rejects_otherwise_what_is_rejected_is_told(make: Make, by: str, reason: str, evidence: tuple[int, ...]):
    world, identity = held(make)
    reject(world)
    with pytest.raises(DecisionError, match=r"was rejected by chen \(it is wrong\), which sets fetches \[2\] aside"):
        list(decide.reject(world.ctx, SLUG, identity, by, reason, evidence))
    assert len(world.state().decisions) == 1


def test_who_approves_what_is_rejected_is_told_and_the_rejection_is_carried_out(make: Make):
    world, identity = held(make)
    world.hear(table_csv({"a": 1}))
    assert killed(world, lambda: reject(world), after_key=keys.decision(SLUG, 1))
    with pytest.raises(DecisionError, match="was rejected by chen"):
        decide.approve(world.ctx, SLUG, identity[:8], "lin", "it is right")
    assert (levels(world), waits(world)) == (many(3) | {"a": 1}, None)
    assert len(world.state().decisions) == 1


@pytest.mark.parametrize("dies", [keys.decision(SLUG, 1), keys.document(SLUG, 2), None])
def test_who_rejects_what_is_approved_is_told_and_the_approval_is_carried_out(make: Make, dies: str | None):
    world, identity = held(make)
    work = lambda: decide.approve(world.ctx, SLUG, identity, "chen", "looked at it")  # noqa: E731
    assert killed(world, work, after_key=dies) == (dies is not None)
    with pytest.raises(DecisionError, match=r"was approved by chen \(looked at it\); .* decision 1 and it stands"):
        list(decide.reject(world.ctx, SLUG, identity, "lin", "it is wrong"))
    assert (world.newest().n, world.newest().approval.by, status(world)["state"]) == (2, "chen", "fresh")
    assert len(world.state().decisions) == 1


def test_a_decision_on_another_candidate_first_carries_out_the_approval(make: Make):
    world, identity = held(make)
    work = lambda: decide.approve(world.ctx, SLUG, identity, "chen", "looked at it")  # noqa: E731
    assert killed(world, work, after_key=keys.decision(SLUG, 1))
    with pytest.raises(DecisionError, match="none waits"):
        decide.approve(world.ctx, SLUG, "0" * 16, "lin", "a slip of the pen")
    assert world.newest().n == 2


def test_what_was_approved_and_overtaken_by_a_release_is_told_and_waits_again(make: Make):
    world, identity = held(make)
    work = lambda: decide.approve(world.ctx, SLUG, identity, "chen", "looked at it")  # noqa: E731
    assert killed(world, work, after_key=keys.decision(SLUG, 1))
    approved = world.private.get(keys.decision(SLUG, 1)).body
    world.private.delete(keys.decision(SLUG, 1))  # another publisher read the decisions before it was stored
    assert said(world.tell(table_csv({"a": 1}))) == [("released", 2)]
    world.private.put_new(keys.decision(SLUG, 1), approved)
    anew = waits(world)
    with pytest.raises(DecisionError, match=r"was approved by chen, but is superseded by candidate .* waits"):
        work()
    assert anew is not None
    assert decide.approve(world.ctx, SLUG, anew, "chen", "looked at it").release == 3
    assert [one.i for one in world.state().decisions] == [1, 2]


def test_what_was_released_without_an_approval_cannot_be_rejected(make: Make):
    world = make()
    world.tell(table_csv(many(3)))
    with pytest.raises(DecisionError, match="is release 1 already"):
        list(decide.reject(world.ctx, SLUG, world.newest().candidate, "chen", "late"))


def test_a_fetch_that_repeats_what_waits_is_rejected_with_it_also_when_it_was_made_again(make: Make):
    world, _ = held(make)
    world.tell(BAD)
    assert (what(world, 3) or Outcome("folded")).what == "same"
    assert said(world.tell(table_csv({"a": 1}))) == [("released", 2)]
    assert said(reject(world)) == []
    assert waits(world) is None, "what was rejected is not offered a second time"
    assert world.settle() == []
    world.public.delete(keys.status(SLUG))
    assert world.settle() == [], "although all is looked at again"
    assert levels(world) == many(3) | {"a": 1}
    sound(world)


def test_an_old_link_says_what_became_of_the_candidate(make: Make) -> None:
    world = make()
    world.tell(table_csv(many(3)))
    world.tell("site,level,extra\nb,9,x\n")
    first = waits(world) or ""
    world.tell("site,level,extra\nc,9,x\n")
    second = waits(world) or ""
    with pytest.raises(DecisionError, match=f"{first[:16]} is superseded by candidate {second[:16]}.*waits"):
        decide.approve(world.ctx, SLUG, first[:16], "Lin", "x")
    world.settle()
    passed = world.newest()
    world.tell(table_csv({"z": 1}))
    with pytest.raises(DecisionError, match=f"{passed.candidate[:16]} is release 1 already, let pass by auto; "):
        decide.approve(world.ctx, SLUG, passed.candidate[:16], "Lin", "x")
