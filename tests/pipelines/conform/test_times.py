"""Texts of one column as dates and times."""

import datetime as dt
import zoneinfo
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
        ("0115-07-01", "mixed", "%Y-%m-%d", None),
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


@pytest.mark.parametrize(
    ("text", "pattern", "more", "utc"),
    [
        ("2024-11-03T01:00:00-04:00", "%Y-%m-%dT%H:%M:%S%z", {"zone": "America/New_York"}, "2024-11-03 05:00:00"),
        ("2024-11-03T01:00:00-05:00", "%Y-%m-%dT%H:%M:%S%z", {"zone": "America/New_York"}, "2024-11-03 06:00:00"),
        ("2024-07-03T00:00:00Z", "%Y-%m-%dT%H:%M:%S%z", {}, "2024-07-03 00:00:00"),
        ("2024-07-03 24:00+0800", "%Y-%m-%d %H:%M%z", {"24:00": True}, "2024-07-03 16:00:00"),
        ("2024-07-03 08:00 CST", "%Y-%m-%d %H:%M %z", {"offsets": {"CST": "+08:00"}}, "2024-07-03 00:00:00"),
        ("2024-07-03 08:00 EST", "%Y-%m-%d %H:%M %z", {"offsets": {"CST": "+08:00"}}, None),
        ("2024-07-03 08:00+99:00", "%Y-%m-%d %H:%M%z", {}, None),
        ("2010/5/1 上午 12:00:00", "%Y/%m/%d %p %I:%M:%S", {}, "2010-04-30 16:00:00"),
        ("2010/5/1 下午 12:00:00", "%Y/%m/%d %p %I:%M:%S", {}, "2010-05-01 04:00:00"),
        ("2010/5/1 11:30 pm", "%Y/%m/%d %I:%M %p", {}, "2010-05-01 15:30:00"),
        ("2010/5/1 11:30 a.m.", "%Y/%m/%d %I:%M %p", {}, "2010-05-01 03:30:00"),
        ("2010/5/1 13:30 pm", "%Y/%m/%d %I:%M %p", {}, None),
        ("2010/5/1 00:30 am", "%Y/%m/%d %I:%M %p", {}, None),
        ("Wed, 01 JUL 2026 08:00", "%a, %d %b %Y %H:%M", {}, "2026-07-01 00:00:00"),
        ("Thu, 01 Jul 2026 08:00", "%a, %d %b %Y %H:%M", {}, None),
        ("Wednesday 1 July 2026", "%A %d %B %Y", {"zone": "UTC"}, "2026-07-01 00:00:00"),
        ("010726", "%d%m%y", {"pivot": 70, "zone": "UTC"}, "2026-07-01 00:00:00"),
        ("010770", "%d%m%y", {"pivot": 70, "zone": "UTC"}, "1970-07-01 00:00:00"),
        ("2026-07-01 23:59:59.5", "%Y-%m-%d %H:%M:%S.%f", {"fraction": "round", "zone": "UTC"}, "2026-07-02 00:00:00"),
        ("2026-07-01 23:59:59.5", "%Y-%m-%d %H:%M:%S.%f", {"fraction": "drop", "zone": "UTC"}, "2026-07-01 23:59:59"),
    ],
)
def test_times_with_more_parts(text: str, pattern: str, more: dict[str, Any], utc: str | None):
    found = value(text, "datetime", date={"patterns": [pattern]} | more)
    assert (found and found.astimezone(dt.UTC)) == (dt.datetime.fromisoformat(f"{utc}+00:00") if utc else None)


@pytest.mark.parametrize(("fold", "utc"), [("first", 5), ("second", 6), ("refuse", None)])
def test_an_hour_that_stands_twice_is_the_one_that_is_said(fold: str, utc: int | None):
    more = {"date": {"patterns": ["%Y-%m-%d %H:%M"], "zone": "America/New_York", "fold": fold}}
    found = value("2024-11-03 01:00", "datetime", **more)
    assert (found and found.astimezone(dt.UTC).hour) == utc
    assert value("2024-11-03 02:00", "datetime", **more) == dt.datetime(2024, 11, 3, 7, tzinfo=dt.UTC)


def test_texts_and_numbers_may_stand_in_one_column():
    mixed = {"date": {"patterns": ["%Y-%m-%d"], "excel": 1900}}
    assert value("2016-02-09", "date", **mixed) == dt.date(2016, 2, 9)
    assert value("42403", "date", **mixed) == dt.date(2016, 2, 3)


def test_a_day_with_an_offset_is_the_day_in_the_zone():
    assert value("2026-07-01T20:00Z", "date", date={"patterns": ["%Y-%m-%dT%H:%M%z"]}) == dt.date(2026, 7, 2)
    assert value("1388620046501", "date", date={"epoch": "milliseconds", "fraction": "drop"}) == dt.date(2014, 1, 2)


@given(
    st.integers(157_766_400, 2_145_830_400),
    st.sampled_from(
        ["Asia/Taipei", "UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu"]
    ),
)
def test_every_time_with_its_offset_reads_as_itself(seconds: int, zone: str):
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    for pattern in ("%Y-%m-%dT%H:%M:%S%z", "%a %d %b %y %I:%M:%S %p %z"):
        text = moment.astimezone(zoneinfo.ZoneInfo(zone)).strftime(pattern)
        assert value(text, "datetime", date={"patterns": [pattern], "zone": zone, "pivot": 70}) == moment


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("凌晨 12:30", "00:30"), ("凌晨 5:00", "05:00"), ("凌晨 7:00", None), ("早上 8:05", "08:05"),
        ("早上 12:00", None), ("中午 11:59", "11:59"), ("中午 12:00", "12:00"), ("中午 1:10", "13:10"),
        ("中午 3:00", None), ("晚上 7:00", "19:00"), ("晚上 12:00", None), ("a.m. 12:00", "00:00"),
        ("pm 12:00", "12:00"), ("PM 0:30", None), ("上午 13:00", None), ("下午 99:00", None), ("下午 1:00", "13:00"),
    ],
)  # fmt: skip
def test_parts_of_a_day_in_chinese(text: str, clock: str | None):
    found = value(f"2026-07-01 {text}", "datetime", **dates("%Y-%m-%d %p %I:%M"))
    assert (found and f"{found:%H:%M}") == clock


@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [
        ("2024-366", "%Y-%j", (2024, 12, 31)), ("2023-366", "%Y-%j", None), ("2023-0", "%Y-%j", None),
        ("2023-1", "%Y-%j", (2023, 1, 1)), ("2024060", "%Y%j", (2024, 2, 29)), ("202460", "%Y%j", None),
        ("9999-365", "%Y-%j", (9999, 12, 31)), ("9999-999", "%Y-%j", None), ("Wed 2026-182", "%a %Y-%j", (2026, 7, 1)),
        ("Thu 2026-182", "%a %Y-%j", None),
    ],
)  # fmt: skip
def test_days_of_a_year(text: str, pattern: str, expected: tuple[int, int, int] | None):
    assert value(text, "date", **dates(pattern)) == (expected and dt.date(*expected))


@pytest.mark.parametrize(
    ("kind", "text", "pattern", "more", "expected"),
    [
        ("datetime", "2026-07-01 00:00", "%Y-%m-%d %H:%M", {"shift": "-1h"}, "2026-06-30 23:00:00+08:00"),
        ("datetime", "2026-07-01 00:00Z", "%Y-%m-%d %H:%M%z", {"shift": "90m"}, "2026-07-01 09:30:00+08:00"),
        ("date", "2026-07-01 00:00", "%Y-%m-%d %H:%M", {"shift": "-1h"}, "2026-06-30"),
        ("date", "2026-07-01", "%Y-%m-%d", {"shift": "-1d"}, "2026-06-30"),
        ("date", "0001-01-01", "%Y-%m-%d", {"shift": "-1d"}, None),
        ("date", "46204", "%Y-%m-%d", {"excel": 1900, "shift": "1d"}, "2026-07-02"),
        ("date", "1782835200", "%Y-%m-%d", {"epoch": "seconds", "shift": "-1h"}, "2026-06-30"),
    ],
)
def test_times_are_moved(kind: str, text: str, pattern: str, more: dict[str, Any], expected: str | None):
    found = value(text, kind, **dates(pattern, **more))
    assert (found and str(found)) == expected
