"""Each guard at, below and above its limit."""

from typing import Any

import pytest

from catalog.declaration.pipeline import Guards
from catalog.reasons.measures import (
    AgeOfNewest,
    AtMostAge,
    AtMostShare,
    PeriodCount,
    PeriodCounts,
    PeriodLimits,
    ShareOfRows,
)
from catalog.reasons.sentences import published
from catalog.release.changes import Counts
from quality.guards import FetchFigures, FoldFigures, GuardFinding, judge, share


def figures(fetch: int = 1, **more: Any) -> FetchFigures:
    return FetchFigures(**({"fetch": fetch, "heard": 1000, "quarantined": 0, "collapsed": 0} | more))


def fold(**counts: int) -> FoldFigures:
    return FoldFigures(Counts(**counts), 1000, 1000)


def asked(name: str, guards: dict[str, Any], fold_: FoldFigures, *fetches: FetchFigures) -> GuardFinding:
    found = judge(Guards.model_validate(guards), fold_, list(fetches) or [figures()])
    return next(one for one in found if one.id == f"guard.{name}")


@pytest.mark.parametrize(("part", "whole", "found"), [(0, 0, 0.0), (1, 0, 1.0), (5, 0, 1.0), (1, 4, 0.25), (0, 4, 0.0)])
def test_a_share_of_nothing(part: int, whole: int, found: float):
    assert share(part, whole) == found


@pytest.mark.parametrize(
    ("name", "guards", "counts", "passes"),
    [
        ("removed", {}, {"delete": 9}, True),
        ("removed", {}, {"delete": 10}, True),
        ("removed", {}, {"delete": 11}, False),
        ("removed", {"removed": 0}, {"delete": 0}, True),
        ("removed", {"removed": 0}, {"delete": 1}, False),
        ("removed", {"removed": 1}, {"delete": 1000}, True),
        ("removed", {}, {"insert": 9999, "update": 999}, True),
        ("changed", {"changed": 0.5}, {"update": 500}, True),
        ("changed", {"changed": 0.5}, {"update": 501}, False),
        ("changed", {"changed": 0}, {"update": 1}, False),
    ],
)
def test_guards_of_the_fold(name: str, guards: dict[str, Any], counts: dict[str, int], passes: bool):
    found = asked(name, guards, fold(**counts))
    assert (found.success, found.severity) == (passes, "hold")
    assert found.fetches == (() if passes else (1,))


@pytest.mark.parametrize(
    ("name", "default", "word"), [("quarantined", 10, "quarantined"), ("collapsed", 1, "collapsed")]
)
def test_guards_of_a_fetch_at_and_above_their_default(name: str, default: int, word: str):
    assert asked(name, {}, fold(), figures(**{word: default})).success
    found = asked(name, {}, fold(), figures(**{word: default + 1}))
    assert not found.success
    assert found.observed == ShareOfRows(rows=name, share=(default + 1) / 1000)
    assert found.expected == AtMostShare(share=default / 1000)


def test_one_bad_fetch_among_many_is_enough_and_is_named():
    many = [figures(i, heard=100) for i in range(1, 10)]
    found = asked("quarantined", {}, fold(), *many, figures(10, heard=10, quarantined=1))
    assert (found.success, found.fetches, published(found.observed)[:6]) == (False, (10,), "10.00%")


def test_many_fetches_together_never_trip_what_none_does():
    assert asked("quarantined", {}, fold(), *[figures(i, quarantined=10) for i in range(5)]).success


def test_a_fetch_that_heard_nothing_has_no_share():
    assert asked("quarantined", {}, fold(), figures(heard=0)).success


@pytest.mark.parametrize("name", ["unknown", "vanished"])
def test_columns(name: str):
    assert asked(f"columns-{name}", {}, fold()).success
    found = asked(
        f"columns-{name}", {}, fold(), figures(1), figures(2, **{name: ("a", "b")}), figures(3, **{name: ("a",)})
    )
    told = {"unknown": "unknown columns: 2", "vanished": "a, b"}  # only declared names are published
    assert (found.success, published(found.observed), found.fetches) == (False, told[name], (2, 3))
    assert found.observed.slots["names"] == ("a", "b")


def test_a_long_list_is_cut():
    found = asked("columns-vanished", {}, fold(), figures(vanished=tuple(f"c{i}" for i in range(25))))
    assert published(found.observed).endswith("c19, and 5 more")


def test_rows_per_period_and_age_are_asked_only_if_declared():
    assert {one.id for one in judge(Guards(), fold(), [figures()])} == {
        "guard.removed",
        "guard.quarantined",
        "guard.collapsed",
        "guard.columns-unknown",
        "guard.columns-vanished",
    }


def test_rows_per_period():
    guards = {"rows": {"field": "day", "period": "day", "minimum": 5}}
    assert asked("rows", guards, fold()).success
    few = PeriodCount(period="2026-07-01", rows=3)
    found = asked("rows", guards, fold(), figures(periods_outside=(few,)))
    assert (found.success, found.observed) == (False, PeriodCounts(count=1, periods=(few,)))
    assert found.expected == PeriodLimits(minimum=5, maximum=None, period="day")


@pytest.mark.parametrize(("seconds", "passes"), [(None, True), (-5, True), (7199, True), (7200, True), (7201, False)])
def test_age(seconds: int | None, passes: bool):
    found = asked("age", {"age": "2h"}, fold(), figures(age_seconds=seconds))
    assert found.success is passes
    assert found.fetches == (() if passes else (1,))
    assert (found.observed, found.expected) == (AgeOfNewest(seconds=seconds or 0), AtMostAge(number="2", unit="h"))


def test_growth_alone_holds_nothing():
    found = judge(Guards(), FoldFigures(Counts(insert=10**9), 0, 0), [figures(heard=10**9)])
    assert all(one.success for one in found)


def test_what_only_several_fetches_together_trip_names_none():
    found = asked("removed", {}, fold(delete=50), figures(1), figures(2))
    assert (found.success, found.fetches) == (False, ())


@pytest.mark.parametrize(
    ("limit", "counts", "trips"),
    [
        (0.5, [(10, None), (10, 10), (15, 10), (5, 10)], ()),
        (0.5, [(16, 10), (4, 10), (3, 0), (0, 0)], (1, 2, 3)),
        ({"number": 2}, [(12, 10), (8, 10), (13, 10), (2, 0)], (3,)),
        (1, [(0, 10), (20, 10), (21, 10)], (3,)),
    ],
)
def test_omitted_records_that_jump_or_fall(limit: object, counts: list[tuple[int, int | None]], trips: tuple[int, ...]):
    fetches = [figures(k, omitted=now, omitted_before=before) for k, (now, before) in enumerate(counts, 1)]
    found = asked("omitted", {"omitted": limit}, fold(), *fetches)
    assert (found.success, found.fetches) == (not trips, trips)


def test_weeks_and_quarters_have_limits_too():
    for period in ("week", "quarter"):
        found = asked("rows", {"rows": {"field": "day", "period": period, "minimum": 1}}, fold())
        assert (found.success, found.expected.period) == (True, period)
