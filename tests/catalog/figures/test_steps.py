"""Moments as steps: in the field's zone, without gaps, and how each is written."""

import datetime as dt

import pyarrow as pa
import pytest

from catalog.declaration.views import Step
from catalog.figures.steps import NEVER, StepScale


def times(zone: str | None, *utc: str | None) -> pa.ChunkedArray:
    """Times, told in UTC."""
    found = pa.array([each and dt.datetime.fromisoformat(each) for each in utc], pa.timestamp("ms"))
    return pa.chunked_array([found.cast(pa.timestamp("ms", zone)) if zone else found])


def dates(*days: str | None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array([each and dt.date.fromisoformat(each) for each in days], pa.date32())])


def names(moments: pa.ChunkedArray, step: Step) -> list[str | None]:
    scale = StepScale.of(moments, step)
    return [None if place == NEVER else scale.name(int(place)) for place in scale.places(moments)]


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("hour", "2026-07-01T00:00:00+08:00"),
        ("day", "2026-07-01"),
        ("week", "2026-06-29"),
        ("month", "2026-07"),
        ("year", "2026"),
    ],
)
def test_a_step_is_one_of_the_zone_and_not_of_utc(step: Step, expected: str) -> None:
    assert names(times("Asia/Taipei", "2026-06-30T16:59:59", None), step) == [expected, None]


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Asia/Kathmandu", ["2026-11-01T11:00:00+05:45"] * 2),
        ("UTC", ["2026-11-01T05:00:00+00:00", "2026-11-01T06:00:00+00:00"]),
        (None, ["2026-11-01T05:00:00", "2026-11-01T06:00:00"]),
    ],
)
def test_hours_begin_where_the_clock_of_the_zone_strikes(zone: str | None, expected: list[str]) -> None:
    assert names(times(zone, "2026-11-01T05:30:00", "2026-11-01T06:14:00"), "hour") == expected


def test_an_hour_that_comes_twice_is_two_and_one_that_is_skipped_is_none() -> None:
    autumn = times("America/New_York", "2026-11-01T05:30:00", "2026-11-01T06:30:00")
    assert names(autumn, "hour") == ["2026-11-01T01:00:00-04:00", "2026-11-01T01:00:00-05:00"]
    spring = times("America/New_York", "2026-03-08T06:30:00", "2026-03-08T07:30:00")
    assert names(spring, "hour") == ["2026-03-08T01:00:00-05:00", "2026-03-08T03:00:00-04:00"]
    assert (
        list(map(int, StepScale.of(spring, "hour").places(spring)))[1]
        - int(StepScale.of(spring, "hour").places(spring)[0])
        == 1
    )


@pytest.mark.parametrize("step", ["day", "week", "month", "year"])
def test_dates_far_away_have_steps_too(step: Step) -> None:
    shape = {"day": 10, "week": 10, "month": 7, "year": 4}[step]
    found = names(dates("0001-01-01", "9999-12-27", None), step)
    assert found == ["0001-01-01"[:shape], "9999-12-27"[:shape], None]


def test_a_week_begins_on_monday() -> None:
    days = dates("1969-12-28", "1969-12-29", "2026-11-29", "2026-11-30")
    assert names(days, "week") == ["1969-12-22", "1969-12-29", "2026-11-23", "2026-11-30"]


@pytest.mark.parametrize(
    ("step", "day", "expected"),
    [
        ("hour", "2026-11-02", "2026-11-02T00:00:00+08:00"),
        ("day", "2026-11-02", "2026-11-02"),
        ("week", "2026-11-02", "2026-11-02"),
        ("week", "2026-11-03", "2026-11-09"),
        ("month", "2026-11-01", "2026-11"),
        ("month", "2026-11-02", "2026-12"),
        ("year", "2026-01-01", "2026"),
        ("year", "2026-02-01", "2027"),
    ],
)
def test_the_first_whole_step_since_a_day(step: Step, day: str, expected: str) -> None:
    scale = StepScale.of(times("Asia/Taipei", "2026-11-20T00:00:00"), step)
    assert scale.name(scale.whole_since(dt.date.fromisoformat(day))) == expected


@pytest.mark.parametrize("moments", [times("UTC"), times("UTC", None), dates(), pa.chunked_array([], pa.date32())])
def test_no_moment_has_no_step(moments: pa.ChunkedArray) -> None:
    assert [place for place in StepScale.of(moments, "hour").places(moments) if place != NEVER] == []
