"""Texts of one column as values of one type."""

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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", 12),
        ("-12", -12),
        ("+12", 12),
        ("0012", 12),
        ("-0", 0),
        ("999999999999999999", 999_999_999_999_999_999),
        ("9999999999999999999", None),
        ("12.0", None),
        ("1e3", None),
        ("1,234", None),
        ("１２", None),
        ("0x10", None),
        ("--1", None),
        ("", None),
        ("1 2", None),
        ("12\n", None),
    ],
)
def test_integers(text: str, expected: int | None):
    assert value(text, "integer") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", 12.0),
        ("-1.50", -1.5),
        ("+.5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("1E-7", 1e-7),
        ("5e-324", 5e-324),
        ("1e-999", 0.0),
        ("1e999", None),
        ("NaN", None),
        ("inf", None),
        ("1,234.5", None),
        (".", None),
        ("1e", None),
        ("1_0", None),
        ("1.2.3", None),
        ("ND", None),
        ("9" * 400, None),
    ],
)
def test_numbers(text: str, expected: float | None):
    assert value(text, "number") == expected


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_reads_as_itself(number: float):
    assert value(repr(number), "number") == number


@pytest.mark.parametrize(
    ("text", "kind", "scale", "expected"),
    [
        ("1.5", "number", 1000, 1500.0),
        ("3", "number", 0.1, 0.3),
        ("1.5", "integer", 1000, 1500),
        ("1.5", "integer", 1, None),
        ("9007199254740993", "integer", 1, None),
        ("1e300", "integer", 10, None),
    ],
)
def test_scale(text: str, kind: str, scale: float, expected: float | None):
    assert value(text, kind, scale=scale) == pytest.approx(expected)


def test_a_number_that_scaling_makes_infinite_is_not_read():
    assert value("1e308", "number", scale=1000) is None


@pytest.mark.parametrize(
    ("text", "scale", "expected"),
    [("0.29", 100, 29), ("0.07", 100, 7), ("-0.29", 100, -29), ("0", 100, 0), ("4035.57", 100, 403_557)],
)
def test_scaling_a_decimal_to_an_integer_is_exact(text: str, scale: float, expected: int):
    assert value(text, "integer", scale=scale) == expected


@pytest.mark.parametrize("text", ["0.291", "1234567890.001", "1e-20", "0.0000000001"])
def test_what_scaling_leaves_broken_is_no_integer(text: str):
    assert value(text, "integer", scale=100) is None


@given(st.integers(-(10**14), 10**14), st.integers(0, 6))
def test_every_decimal_scales_to_its_integer(number: int, digits: int):
    sign, text = "-" if number < 0 else "", str(abs(number)).rjust(digits + 1, "0")
    written = f"{sign}{text[: len(text) - digits]}.{text[len(text) - digits :]}"
    assert value(written, "integer", scale=10**digits) == number


def test_booleans_are_the_declared_words():
    words = {"trueValues": ["是", "1"], "falseValues": ["否", "0"]}
    found = read(pa.array(["是", "1", "否", "0", "true", "", None]), field("boolean", **words))
    assert found.to_pylist() == [True, True, False, False, None, None, None]


@pytest.mark.parametrize("kind", ["string", "integer", "number", "boolean", "date", "datetime"])
@pytest.mark.parametrize("texts", [[], [None]])
def test_nothing_reads_as_nothing(kind: str, texts: list[None]):
    found = read(pa.array(texts, pa.string()), field(kind))
    assert found.type == field(kind).arrow
    assert found.to_pylist() == texts
