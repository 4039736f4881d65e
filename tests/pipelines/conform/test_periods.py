"""Texts as years, quarters, months and weeks."""

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import column, dataset

from pipelines.conform.cells import read


def value(kind: str, text: str | None, *patterns: str, **more: Any) -> Any:
    field = dataset(fields=[column("site"), column("x", kind, date={"patterns": list(patterns)} | more)]).field("x")
    return read(pa.array([text, None], pa.string()), field).to_pylist()[0]


@pytest.mark.parametrize(
    ("kind", "text", "pattern", "more", "expected"),
    [
        ("week", "2026-W27", "%Y-W%V", {}, "2026-W27"),
        ("week", "2026-W7", "%Y-W%V", {}, "2026-W07"),
        ("week", "20267", "%Y%V", {}, None),  # without separators a week has two digits
        ("week", "2020-53", "%Y-%V", {}, "2020-W53"),
        ("week", "2021-53", "%Y-%V", {}, None),
        ("week", "2021-00", "%Y-%V", {}, None),
        ("week", "2021-54", "%Y-%V", {}, None),
        ("week", "2014-53", "%Y-%V", {"weeks": "sunday"}, "2014-W53"),
        ("week", "2015-53", "%Y-%V", {"weeks": "sunday"}, None),
        ("week", "2026-01-04", "%Y-%m-%d", {}, "2026-W01"),
        ("week", "2026-01-04", "%Y-%m-%d", {"weeks": "sunday", "patterns": ["%Y-%V", "%Y-%m-%d"]}, "2026-W01"),
        ("week", "11527", "%Y%V", {"calendar": "roc"}, "2026-W27"),
        ("week", "9999-52", "%Y-%V", {}, "9999-W52"),
        ("week", "0001-01", "%Y-%V", {}, "0001-W01"),
        ("quarter", "109S1", "%YS%q", {"calendar": "roc"}, "2020-Q1"),
        ("quarter", "109S5", "%YS%q", {"calendar": "roc"}, None),
        ("quarter", "2026Q3", "%YQ%q", {}, "2026-Q3"),
        ("quarter", "2026年第四季", "%Y年第%q季", {}, "2026-Q4"),
        ("quarter", "2026-12", "%Y-%m", {}, "2026-Q4"),
        ("month", "10901", "%Y%m", {"calendar": "roc"}, "2020-01"),
        ("month", "9901", "%Y%m", {"calendar": "roc"}, "2010-01"),
        ("month", "10913", "%Y%m", {"calendar": "roc"}, None),
        ("month", "2026年7月", "%Y年%m月", {}, "2026-07"),
        ("month", "July 2026", "%B %Y", {}, "2026-07"),
        ("month", "2026-07-31", "%Y-%m-%d", {}, "2026-07"),
        ("month", "2026-06-31", "%Y-%m-%d", {}, None),
        ("month", "1782835200", "%Y-%m", {"epoch": "seconds"}, "2026-07"),  # 00:00 of 1 July in Taipei
        ("month", "2026-07-01 00", "%Y-%m-%d %H", {"shift": "-1h"}, "2026-06"),
        ("year", "115", "%Y", {"calendar": "roc"}, 2026),
        ("year", "2026", "%Y", {}, 2026),
        ("year", "26", "%Y", {}, None),
        ("year", "99", "%y", {"pivot": 70}, 1999),
        ("date", "2026Q3", "%YQ%q", {}, "2026-07-01"),
        ("date", "2026-W27", "%Y-W%V", {}, "2026-06-29"),
        ("date", "2026-W27", "%Y-W%V", {"weeks": "sunday"}, "2026-07-05"),
    ],
)
def test_texts_as_periods(kind: str, text: str, pattern: str, more: dict[str, Any], expected: Any):
    found = value(kind, text, *more.pop("patterns", [pattern]), **more)
    assert (str(found) if kind == "date" else found) == expected


def test_no_text_is_no_period():
    assert [value(kind, None, "%Y-%m-%d") for kind in ("year", "quarter", "month", "week")] == [None] * 4


@given(st.integers(1, 9999), st.integers(0, 60))
def test_a_year_has_the_weeks_that_the_standard_gives_it(year: int, week: int):
    try:
        begins = dt.date.fromisocalendar(year, week, 4)
    except ValueError:
        begins = None
    expected = f"{year:04}-W{week:02}" if begins and begins.year == year else None
    assert value("week", f"{year:04}-{week:02}", "%Y-%V") == expected
