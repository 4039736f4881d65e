"""What is approved of a candidate: by how many people, and until when under embargo."""

import datetime as dt
from typing import Any

import pytest

from catalog.errors import DecisionError
from catalog.reasons.sentences import sentences
from pipelines.decisions import Decision
from pipelines.refresh.approval import approvals, check_ahead, read_embargo

NOW = dt.datetime.fromisoformat("2026-07-01T08:00:00+08:00")
LATER = "2026-07-02T09:00:00+08:00"


def decision(action: Any = "approve", identity: str | None = "os:lin", **more: Any) -> Decision:
    told = {"by": "Lin", "reason": "x", "at": NOW.isoformat(), "candidate": "c1"} | more
    return Decision(action=action, identity=identity, **told)


WU = decision(identity="os:wu", by="Wu")


@pytest.mark.parametrize(
    ("needed", "taken", "by"),
    [
        (1, [], []),
        (1, [decision()], ["Lin"]),
        (1, [decision(identity=None)], ["Lin"]),
        (1, [decision(), decision("reject")], []),
        (1, [decision(candidate="c2")], []),
        (1, [decision(embargo=LATER), WU], ["Wu"]),
        (2, [decision()], ["Lin"]),
        (2, [decision(), WU], ["Lin", "Wu"]),
        (2, [decision(), decision(by="Wu")], ["Lin"]),
        (2, [decision(), decision(identity="proxy:wu")], ["Lin"]),
        (2, [decision(identity=None), WU], ["Wu"]),
        (2, [decision(), decision("reject"), WU], ["Wu"]),
        (2, [decision(), decision(candidate="c2", identity="os:wu")], ["Lin"]),
    ],
)
def test_approvals_count_by_identity_and_since_the_last_rejection(needed: int, taken: list[Decision], by: list[str]):
    found = approvals(taken, "c1", needed)
    assert [each.by for each in found.taken] == by
    assert found.complete == (len(by) >= needed)


def test_an_embargo_lets_nothing_pass_before_its_time():
    found = approvals([decision(embargo=LATER)], "c1", 1)
    at = dt.datetime.fromisoformat(LATER)
    for now, over in ((NOW, False), (at - dt.timedelta(seconds=1), False), (at, True)):
        assert (found.lets_pass(now), found.is_embargoed(now), found.is_open(now)) == (over, not over, not over)
    assert sentences(found.reasons) == f"approved by Lin, public from {LATER}"
    assert LATER in sentences(found.reasons, "zh-TW")


def test_what_may_follow_an_approval():
    open_, done = approvals([decision(embargo=LATER)], "c1", 1), approvals([decision()], "c1", 1)
    first, both = approvals([decision()], "c1", 2), approvals([decision(), WU], "c1", 2)
    rejection = decision("reject")
    assert [each.may_follow(rejection, NOW) for each in (open_, done, first, both)] == [True, False, True, False]
    assert not open_.may_follow(rejection, dt.datetime.fromisoformat(LATER)), "too late"
    assert open_.may_follow(decision(), NOW), "public at once"
    assert not open_.may_follow(decision(embargo=LATER), NOW), "nothing new"
    assert [first.may_follow(each, NOW) for each in (decision(by="Wu"), WU)] == [False, True]
    assert not first.may_follow(decision(identity="os:wu", embargo=LATER), NOW), "they want different things"
    assert not approvals([], "c1", 1).may_follow(rejection, NOW)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (None, None),
        ("", None),
        (" ", None),
        ("2026-12-01T09:00+08:00", "2026-12-01T09:00:00+08:00"),
        ("2026-12-01T01:00Z", "2026-12-01T09:00:00+08:00"),
        ("2026-12-01T09:00", "2026-12-01T09:00:00+08:00"),
        ("2026-12-01", "2026-12-01T00:00:00+08:00"),
    ],
)
def test_an_embargo_is_a_time_or_the_start_of_a_day(text: str | None, read: str | None):
    assert read_embargo(text) == read


@pytest.mark.parametrize("text", ["tomorrow", "2026-13-01", "9999-12-31T23:59:59-23:59", "12/01", "<b>", "1"])
def test_what_is_no_time_is_refused(text: str):
    with pytest.raises(DecisionError, match="expected the embargo to be a time or a day"):
        read_embargo(text)


def test_an_embargo_that_is_over_is_refused():
    check_ahead(LATER, NOW)
    check_ahead(None, NOW)
    with pytest.raises(DecisionError, match="expected the embargo to end after now"):
        check_ahead(NOW.isoformat(), NOW)
