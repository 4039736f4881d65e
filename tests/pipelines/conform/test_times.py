"""Texts of one column as dates and times."""

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import column, dataset

from catalog.declaration.fields import FieldDeclaration
from pipelines.conform.cells import read


def field(kind: str, **more: Any) -> FieldDeclaration:
    return dataset(fields=[column("site"), column("x", kind, **more)]).field("x")


def value(text: str | None, kind: str, **more: Any) -> Any:
    return read(pa.array([text, None, text], pa.string()), field(kind, **more)).to_pylist()[0]


def dates(*patterns: str, **more: Any) -> dict[str, Any]:
    return {"date": {"patterns": list(patterns)} | more}


@pytest.mark.parametrize(
    ("text", "calendar", "pattern", "expected"),
    [
        ("2026/07/01", "gregorian", "%Y/%m/%d", (2026, 7, 1)),
        ("2026/7/1", "gregorian", "%Y/%m/%d", (2026, 7, 1)),
        ("2026-07", "gregorian", "%Y-%m", (2026, 7, 1)),
        ("2026", "gregorian", "%Y", (2026, 1, 1)),
        ("20260701", "gregorian", "%Y%m%d", (2026, 7, 1)),
        ("2026年7月1日", "gregorian", "%Y年%m月%d日", (2026, 7, 1)),
        ("2026.07.01", "gregorian", "%Y.%m.%d", (2026, 7, 1)),
        ("2026x07x01", "gregorian", "%Y.%m.%d", None),  # a point is a point
        ("2024-02-29", "gregorian", "%Y-%m-%d", (2024, 2, 29)),
        ("2023-02-29", "gregorian", "%Y-%m-%d", None),
        ("2000-02-29", "gregorian", "%Y-%m-%d", (2000, 2, 29)),
        ("1900-02-29", "gregorian", "%Y-%m-%d", None),
        ("2026-02-31", "gregorian", "%Y-%m-%d", None),
        ("2026-04-31", "gregorian", "%Y-%m-%d", None),
        ("2026-13-01", "gregorian", "%Y-%m-%d", None),
        ("2026-00-10", "gregorian", "%Y-%m-%d", None),
        ("2026-07-00", "gregorian", "%Y-%m-%d", None),
        ("0001-01-01", "gregorian", "%Y-%m-%d", (1, 1, 1)),
        ("9999-12-31", "gregorian", "%Y-%m-%d", (9999, 12, 31)),
        ("26-07-01", "gregorian", "%Y-%m-%d", None),
        ("115-07-01", "gregorian", "%Y-%m-%d", None),
        ("2026-07-01 ", "gregorian", "%Y-%m-%d", None),
        ("2026-07-01\n", "gregorian", "%Y-%m-%d", None),
        ("２０２６-07-01", "gregorian", "%Y-%m-%d", None),
        ("-2026-07-01", "gregorian", "%Y-%m-%d", None),
        ("115", "roc", "%Y", (2026, 1, 1)),
        ("11507", "roc", "%Y%m", (2026, 7, 1)),
        ("1150701", "roc", "%Y%m%d", (2026, 7, 1)),
        ("990701", "roc", "%Y%m%d", (2010, 7, 1)),
        ("0990701", "roc", "%Y%m%d", (2010, 7, 1)),
        ("115/7/1", "roc", "%Y/%m/%d", (2026, 7, 1)),
        ("113/02/29", "roc", "%Y/%m/%d", (2024, 2, 29)),
        ("112/02/29", "roc", "%Y/%m/%d", None),
        ("民國115年7月1日", "roc", "民國%Y年%m月%d日", (2026, 7, 1)),
        ("2026/07/01", "roc", "%Y/%m/%d", None),
        ("1150701", "mixed", "%Y%m%d", (2026, 7, 1)),
        ("20260701", "mixed", "%Y%m%d", (2026, 7, 1)),
        ("990701", "mixed", "%Y%m%d", (2010, 7, 1)),
        ("115/07/01", "mixed", "%Y/%m/%d", (2026, 7, 1)),
        ("2026/07/01", "mixed", "%Y/%m/%d", (2026, 7, 1)),
        ("115", "mixed", "%Y", (2026, 1, 1)),
        ("2026", "mixed", "%Y", (2026, 1, 1)),
        ("11507", "mixed", "%Y%m", (2026, 7, 1)),
        ("202607", "mixed", "%Y%m", (2026, 7, 1)),
    ],
)
def test_dates(text: str, calendar: str, pattern: str, expected: tuple[int, int, int] | None):
    found = value(text, "date", **dates(pattern, calendar=calendar))
    assert found == (dt.date(*expected) if expected else None)


def at(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.timezone(dt.timedelta(hours=8)))  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("text", "pattern", "end_of_day", "expected"),
    [
        ("2026-07-01 08:30", "%Y-%m-%d %H:%M", False, at(2026, 7, 1, 8, 30)),
        ("2026/07/01 08:30:59", "%Y/%m/%d %H:%M:%S", False, at(2026, 7, 1, 8, 30, 59)),
        ("2026-07-01 8", "%Y-%m-%d %H", False, at(2026, 7, 1, 8)),
        ("2026070108", "%Y%m%d%H", False, at(2026, 7, 1, 8)),
        ("2026-07-01T08:30", "%Y-%m-%dT%H:%M", False, at(2026, 7, 1, 8, 30)),
        ("2026-07-01", "%Y-%m-%d", False, at(2026, 7, 1)),
        ("2026-07-01 24:00", "%Y-%m-%d %H:%M", False, None),
        ("2026-07-01 24:00", "%Y-%m-%d %H:%M", True, at(2026, 7, 2)),
        ("2026-12-31 24:00:00", "%Y-%m-%d %H:%M:%S", True, at(2027, 1, 1)),
        ("2024-02-28 24", "%Y-%m-%d %H", True, at(2024, 2, 29)),
        ("2026-07-01 24:01", "%Y-%m-%d %H:%M", True, None),
        ("2026-07-01 24:00:01", "%Y-%m-%d %H:%M:%S", True, None),
        ("2026-02-31 24:00", "%Y-%m-%d %H:%M", True, None),
        ("2026-07-01 00:00", "%Y-%m-%d %H:%M", True, at(2026, 7, 1)),
        ("2026-07-01 25:00", "%Y-%m-%d %H:%M", True, None),
        ("2026-07-01 08:60", "%Y-%m-%d %H:%M", False, None),
        ("2026-07-01 08:30:60", "%Y-%m-%d %H:%M:%S", False, None),
        ("2026-07-01 08:3", "%Y-%m-%d %H:%M", False, None),
        ("2026-07-01 08:30+08:00", "%Y-%m-%d %H:%M", False, None),
    ],
)
def test_times(text: str, pattern: str, end_of_day: bool, expected: dt.datetime | None):
    assert value(text, "datetime", **dates(pattern, **{"24:00": end_of_day})) == expected


def test_a_zone_is_the_fields():
    found = value("2026-07-01 08:00", "datetime", **dates("%Y-%m-%d %H:%M", zone="UTC"))
    assert found == dt.datetime(2026, 7, 1, 8, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        pytest.param("2026-10-25 02:30", "00:30:00", id="twice"),
        pytest.param("2026-03-29 03:00", "01:00:00", id="just after"),
        pytest.param("2026-03-29 02:30", "01:00:00", id="never"),
    ],
)
def test_hours_when_clocks_change(text: str, utc: str):
    found = value(text, "datetime", **dates("%Y-%m-%d %H:%M", zone="Europe/Berlin"))
    assert found.astimezone(dt.UTC).strftime("%H:%M:%S") == utc


def test_the_first_pattern_that_reads_a_text_counts():
    patterns = dates("%Y/%m/%d", "%Y/%d/%m", "%Y%m%d")
    assert value("2026/03/04", "date", **patterns) == dt.date(2026, 3, 4)
    assert value("2026/13/04", "date", **patterns) == dt.date(2026, 4, 13)
    assert value("20260304", "date", **patterns) == dt.date(2026, 3, 4)


@given(st.dates(dt.date(1912, 1, 1), dt.date(2910, 12, 31)))
def test_every_day_reads_in_every_calendar(day: dt.date):
    texts = {
        "gregorian": day.strftime("%Y%m%d"),
        "roc": f"{day.year - 1911:03}{day:%m%d}",
    }
    for calendar, text in texts.items():
        for known in (calendar, "mixed"):
            assert value(text, "date", **dates("%Y%m%d", calendar=known)) == day


@pytest.mark.parametrize(
    ("text", "kind", "pattern"),
    [
        ("0000-01-01", "date", "%Y-%m-%d"),
        ("0001-01-01 00:00", "datetime", "%Y-%m-%d %H:%M"),  # before year 1 in UTC
        ("9999-12-31 24:00", "datetime", "%Y-%m-%d %H:%M"),
        ("9999-12-31 24", "date", "%Y-%m-%d %H"),
    ],
)
def test_years_outside_1_to_9999_are_not_read(text: str, kind: str, pattern: str):
    assert value(text, kind, **dates(pattern, **{"24:00": True})) is None


def test_the_last_hour_of_a_western_zone_is_after_the_year_9999():
    zoned = dates("%Y-%m-%d %H:%M", zone="America/New_York")
    assert value("9999-12-31 20:00", "datetime", **zoned) is None
    assert value("9999-12-31 18:00", "datetime", **zoned) is not None
