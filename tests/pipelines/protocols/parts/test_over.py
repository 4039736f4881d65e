"""What a template is asked over."""

import datetime as dt
from typing import Any

import pytest

from catalog.errors import SourceError
from pipelines.protocols import file
from pipelines.protocols.parts.over import Over, narrow, window_of, windows

NOW = dt.datetime(2026, 3, 31, 13, 45, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("said", "begun"),
    [
        ({"each": "hour", "last": 2}, ["2026-03-31T12:00:00", "2026-03-31T13:00:00"]),
        ({"each": "day", "last": 2, "ago": 1}, ["2026-03-29", "2026-03-30"]),
        ({"each": "month", "last": 3}, ["2026-01-01", "2026-02-01", "2026-03-01"]),
        ({"each": "quarter", "last": 2}, ["2025-10-01", "2026-01-01"]),
        ({"each": "year", "last": 2, "since": "2026-05-01"}, ["2026-01-01"]),
    ],
)
def test_periods_end_with_the_present_one(said: dict[str, Any], begun: list[str]):
    assert Over(**said).periods(NOW) == begun


@pytest.mark.parametrize(
    ("each", "value", "days"),
    [
        ("month", "2026-02-01", ("2026-02-01", "2026-02-28")),
        ("quarter", "2025-10-01", ("2025-10-01", "2025-12-31")),
        ("year", "2024-01-01", ("2024-01-01", "2024-12-31")),
        ("day", "2024-02-29", ("2024-02-29", "2024-02-29")),
    ],
)
def test_a_period_is_a_window_of_its_days(each: Any, value: str, days: tuple[str, str]):
    assert Over(each=each).range_of(value) == days


@pytest.mark.parametrize("said", [{}, {"values": ["a"], "each": "day"}, {"column": "a"}, {"values": ["a", "a"]}])
def test_it_is_one_kind(said: dict[str, Any]):
    with pytest.raises(ValueError, match=r"write a list|each value once"):
        Over(**said)


def test_windows_are_days_and_values_and_each_narrows_what_is_asked():
    over = {"day": {"each": "day", "since": "2026-03-02"}, "k": ["x", "y"], "other": ["p", "q"]}
    source = file.Source(address="https://a.example/{day:%d}/{k}/{other}", format="csv", over=over)
    told = source.told(["day", "k"], {})
    found = windows(told, dt.date(2026, 3, 1), dt.date(2026, 3, 3))
    assert [(window["day"][0][-2:], window["k"][0]) for window in found] == [
        ("02", "x"), ("02", "y"), ("03", "x"), ("03", "y")
    ]  # fmt: skip
    assert narrow(told, found[0]).combinations(NOW) == [
        {"day": "2026-03-02", "k": "x", "other": other} for other in "pq"
    ]


def test_an_address_alone_says_of_no_window():
    with pytest.raises(SourceError, match="found a replay"):
        window_of(None, "https://a.example/x")
