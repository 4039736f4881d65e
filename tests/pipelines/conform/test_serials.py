"""Numbers that are times."""

import datetime as dt

import pyarrow as pa
import pytest

from pipelines.conform.serials import of_spreadsheet, since_1970


def written(*parts: int) -> dt.datetime:
    return dt.datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001


@pytest.mark.parametrize(
    ("text", "unit", "fraction", "expected"),
    [
        ("0", "seconds", None, (1970, 1, 1)),
        ("-1", "seconds", None, (1969, 12, 31, 23, 59, 59)),
        ("1388620046", "seconds", None, (2014, 1, 1, 23, 47, 26)),
        ("1388620046.501", "seconds", "drop", (2014, 1, 1, 23, 47, 26)),
        ("1388620046.501", "seconds", "round", (2014, 1, 1, 23, 47, 27)),
        ("1388620046.501", "seconds", None, None),
        ("-0.25", "seconds", "drop", (1969, 12, 31, 23, 59, 59)),
        ("-0.25", "seconds", "round", (1970, 1, 1)),
        ("1388620046501", "milliseconds", "drop", (2014, 1, 1, 23, 47, 26)),
        ("1388620046501", "milliseconds", "round", (2014, 1, 1, 23, 47, 27)),
        ("1388620046501", "milliseconds", None, None),
        ("1388620046000.0", "milliseconds", None, (2014, 1, 1, 23, 47, 26)),
        ("-1", "milliseconds", "drop", (1969, 12, 31, 23, 59, 59)),
        ("1e9", "seconds", "drop", None),
        ("", "seconds", "drop", None),
    ],
)
def test_since_1970(text: str, unit: str, fraction: str | None, expected: tuple[int, ...] | None):
    found = since_1970(pa.array([None, text]), unit, fraction).to_pylist()
    assert found == [None, written(*expected) if expected else None]


@pytest.mark.parametrize(
    ("text", "first", "day", "expected"),
    [
        ("42403", 1900, True, (2016, 2, 3)),
        ("42403.0", 1900, True, (2016, 2, 3)),
        ("42403.5", 1900, True, None),
        ("42403.5", 1900, False, (2016, 2, 3, 12)),
        ("42403.3541666667", 1900, False, (2016, 2, 3, 8, 30)),
        ("0", 1900, True, None),
        ("1", 1900, True, (1900, 1, 1)),
        ("59", 1900, True, (1900, 2, 28)),
        ("60", 1900, True, None),
        ("60.5", 1900, False, None),
        ("61", 1900, True, (1900, 3, 1)),
        ("0", 1904, True, (1904, 1, 1)),
        ("40941", 1904, True, (2016, 2, 3)),
        ("-1", 1904, True, None),
        ("4.2e4", 1900, True, None),
    ],
)
def test_days_of_a_spreadsheet(text: str, first: int, day: bool, expected: tuple[int, ...] | None):
    found = of_spreadsheet(pa.array([None, text]), first, day=day).to_pylist()
    assert found == [None, written(*expected) if expected else None]
