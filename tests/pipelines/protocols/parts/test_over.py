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
        ("hour", "2024-02-29T05:00:00", ("2024-02-29T05:00:00", "2024-02-29T05:00:00")),
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


def test_windows_are_hours_of_days_and_an_address_says_its_hour():
    over = {"hour": {"each": "hour", "calendar": "roc", "since": "2026-03-31"}}
    source = file.Source(address="https://a.example/{hour:%Y%m%d}/{hour:%H}.csv", format="csv", over=over)
    told = source.told(["hour"], {})
    found = [window["hour"] for window in windows(told, dt.date(2026, 3, 30), dt.date(2026, 4, 1))]
    assert (len(found), found[0], found[-1]) == (48, ("2026-03-31T00:00:00",) * 2, ("2026-04-01T23:00:00",) * 2)
    assert window_of(told, "https://a.example/1150331/05.csv") == {"hour": ("2026-03-31T05:00:00",) * 2}
    for other in ("https://a.example/1150331/25.csv", "https://a.example/1150331.csv"):
        with pytest.raises(SourceError, match="expected an address that says hour"):
            window_of(told, other)


@pytest.mark.parametrize(
    ("address", "day"),
    [
        ("https://a.example/x/N04?Start=115.07.02&End=115.07.02", "2026-07-02"),
        ("https://a.example/x/N04?Start=115.07.02&End=115.07.02&Market=A", None),
        ("https://a.example/x/N04?End=115.07.02&Start=115.07.02", "2026-07-02"),
        ("https://a.example/x/N04?Start=115.07.02&End=115.07.03", None),
        ("https://a.example/x/N04?Start=115.07.02", None),
        ("https://a.example/x/N04?Start=115.02.30&End=115.02.30", None),
        ("https://b.example/x/N04?Start=115.07.02&End=115.07.02", None),
        ("x.json", None),
    ],
)
def test_a_recorded_address_says_its_window(address: str, day: str | None):
    over = {"day": {"each": "day", "calendar": "roc"}, "kind": ["N04"]}
    query = {"Start": "{day:%Y.%m.%d}", "End": "{day:%Y.%m.%d}"}
    source = file.Source(address="https://a.example/x/{kind}", query=query, format="json", over=over)
    told = source.told(["day", "kind"], {})
    if day:
        assert window_of(told, address) == {"day": (day, day), "kind": ("N04", "N04")}
        return
    with pytest.raises(SourceError, match="expected an address that says day, kind"):
        window_of(told, address)
