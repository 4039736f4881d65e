"""Periods in a declaration: patterns that name them, limits, partitions, guards; and the order of hours."""

from typing import Any

import pytest
from worlds import column, dataset

from catalog.declaration.dataset import Dataset
from catalog.errors import DeclarationError

BY_ORDER = {"patterns": ["%Y-%m-%d %H:%M"], "zone": "America/New_York", "fold": "by_order"}


def of(kind: str, pattern: str, *, field: dict[str, Any] | None = None, **more: Any) -> Dataset:
    fields = [column("x", kind, **({"date": {"patterns": [pattern]}} | (field or {}))), column("site")]
    return dataset(fields=fields, key=["x", "site"], **more)


@pytest.mark.parametrize(
    ("kind", "pattern", "words"),
    [
        ("month", "%Y", "names no month; it needs %m or %b or %B or %j"),
        ("quarter", "%Y", "names no quarter; it needs %q or %m"),
        ("week", "%Y-%m", "names no week; it needs %V or %d"),
        ("month", "%Y-%V", "names no month"),
        ("year", "%Y-%V", "names a week, which may lie in two years"),
        ("week", "%Y-%m-W%V", "holds %V, a week, beside %m; write one of them"),
        ("quarter", "%YQ%q-%d", "holds %q, a quarter, beside %d"),
        ("week", "W%V", "needs %Y"),
    ],
)
def test_a_pattern_names_the_period(kind: str, pattern: str, words: str):
    with pytest.raises(DeclarationError, match=words):
        of(kind, pattern)


@pytest.mark.parametrize(
    ("kind", "pattern", "grain", "words"),
    [
        ("month", "%Y-%m", "month", ""),
        ("month", "%Y-%m", "year", ""),
        ("quarter", "%YQ%q", "year", ""),
        ("week", "%Y-%V", "year", ""),
        ("year", "%Y", "year", ""),
        ("quarter", "%YQ%q", "month", "of type quarter, has no month of its own; it has quarter, year"),
        ("week", "%Y-%V", "month", "of type week, has no month of its own; it has week, year"),
        ("year", "%Y", "month", "it has year"),
    ],
)
def test_a_partition_holds_whole_periods(kind: str, pattern: str, grain: str, words: str):
    if not words:
        assert of(kind, pattern, partition={"field": "x", "grain": grain}).minsheng.partition.grain == grain
        return
    with pytest.raises(DeclarationError, match=words):
        of(kind, pattern, partition={"field": "x", "grain": grain})


def test_a_guard_counts_by_what_a_value_lies_in():
    assert of("week", "%Y-%V", guards={"rows": {"field": "x", "period": "week"}}).minsheng.guards.rows
    with pytest.raises(
        DeclarationError, match=r"guards\.rows: the field 'x' has no month of its own; it has week, year"
    ):
        of("week", "%Y-%V", guards={"rows": {"field": "x", "period": "month"}})
    with pytest.raises(DeclarationError, match="'site' is no published date, datetime or period; there are x"):
        of("week", "%Y-%V", guards={"rows": {"field": "site", "period": "year"}})


@pytest.mark.parametrize(
    ("kind", "pattern", "limit", "words"),
    [
        ("year", "%Y", 2008, ""),
        ("year", "%Y", "2008", "expected a year from 1 to 9999, found '2008'"),
        ("year", "%Y", 0, "expected a year from 1 to 9999, found 0"),
        ("month", "%Y-%m", "2008-12", ""),
        ("month", "%Y-%m", "2008", "expected a month as text, as '2019-12', found '2008'"),
        ("quarter", "%YQ%q", "2008-Q4", ""),
        ("quarter", "%YQ%q", "2008-Q5", "found '2008-Q5'"),
        ("week", "%Y-%V", "2008-W52", ""),
        ("week", "%Y-%V", 200852, "found 200852"),
    ],
)
def test_a_period_has_limits(kind: str, pattern: str, limit: Any, words: str):
    constraints = {"constraints": {"minimum": limit}}
    if not words:
        assert of(kind, pattern, field=constraints).field("x").constraints.minimum == limit
        return
    with pytest.raises(DeclarationError, match=words):
        of(kind, pattern, field=constraints)


def test_the_order_of_rows_tells_one_hour_of_the_key():
    times = [column(name, "datetime", date=BY_ORDER) for name in ("x", "y")]
    assert dataset(fields=[times[0], column("site")], key=["x", "site"])
    with pytest.raises(DeclarationError, match="the field x: fold: by_order looks at the rows that are alike"):
        dataset(fields=[column("site"), times[0]])
    with pytest.raises(DeclarationError, match="expected one field, found x and y"):
        dataset(fields=times, key=["x", "y"])
    with pytest.raises(DeclarationError, match="fold: by_order belongs to a datetime"):
        of("date", "%Y", field={"date": BY_ORDER})
    with pytest.raises(DeclarationError, match="for times that do not say which of two equal hours"):
        of("datetime", "%Y", field={"date": BY_ORDER | {"patterns": ["%Y-%m-%d %H%z"]}})
    with pytest.raises(DeclarationError, match="weeks: belongs to a week"):
        of("month", "%Y-%m", field={"date": {"patterns": ["%Y-%m"], "weeks": "sunday"}})
