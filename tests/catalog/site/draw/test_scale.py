"""Scales hold their values, ticks are round, gaps stay, and few points are left of many."""

import datetime as dt
import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import values

from catalog.site.draw import scale_of, time_ticks
from catalog.site.draw.scale import Grain, apart, buckets, filled, middle, real, runs


@given(values, st.booleans())
def test_a_scale_has_few_ascending_ticks_and_holds_every_value(numbers: list[float | None], zero: bool) -> None:
    scale = scale_of(numbers, zero)
    assert 2 <= len(scale.ticks) <= 5
    assert list(scale.ticks) == sorted(set(scale.ticks))
    found = [value for value in real(numbers) if value is not None]
    assert all(0 <= scale.at(value) <= 1 for value in found)
    slack = (scale.high - scale.low) * 1e-6
    assert all(scale.low - slack <= value <= scale.high + slack for value in found)
    if zero:
        assert scale.low <= 0 <= scale.high


@given(st.lists(st.integers(-(10**9), 10**9), min_size=1))
def test_whole_values_have_whole_ticks(numbers: list[int]) -> None:
    assert all(tick.is_integer() for tick in scale_of(numbers).ticks)


@pytest.mark.parametrize(
    ("numbers", "ticks"),
    [
        ([0, 100], (0, 25, 50, 75, 100)),
        ([0, 83], (0, 25, 50, 75, 100)),
        ([0, 1], (0, 1)),
        ([2328.0, 2336.1], (2327.5, 2330, 2332.5, 2335, 2337.5)),
        ([1e-9, 5e-9], (1e-9, 2e-9, 3e-9, 4e-9, 5e-9)),
        ([1e12, 3e12], (1e12, 1.5e12, 2e12, 2.5e12, 3e12)),
        ([5, 5], (4, 5, 6)),
        ([], (0, 1)),
        ([None], (0, 1)),
        ([math.nan, math.inf], (0, 1)),
        ([0.1, 0.3], (0.1, 0.15, 0.2, 0.25, 0.3)),
    ],
)
def test_ticks_are_round(numbers: list[float | None], ticks: tuple[float, ...]) -> None:
    assert scale_of(numbers).ticks == ticks


@given(values, st.integers(1, 20))
def test_a_run_never_joins_over_a_missing_value(numbers: list[float | None], most: int) -> None:
    clean = real(numbers)
    for run in runs(numbers, most):
        between = clean[run[0][0] : run[-1][0] + 1]
        assert None not in between
        assert all(clean[i] == value for i, value in run)
        assert [i for i, _ in run] == sorted({i for i, _ in run})


@given(values)
def test_of_few_points_all_are_kept(numbers: list[float | None]) -> None:
    kept = [one for run in runs(numbers) for one in run]
    assert kept == [(i, value) for i, value in enumerate(real(numbers)) if value is not None]


def test_of_many_points_the_extremes_and_the_last_are_kept() -> None:
    numbers: list[float | None] = [math.sin(i / 50) for i in range(10_000)]
    numbers[1234], numbers[5678], numbers[9_000] = 99.0, -99.0, None
    kept = dict(one for run in runs(numbers) for one in run)
    assert len(kept) <= 481
    assert (kept[1234], kept[5678]) == (99.0, -99.0)
    assert 9_999 in kept
    assert len(runs(numbers)) == 2


def test_each_step_has_a_value_or_none() -> None:
    assert filled([1, math.nan], 3) == [1, None, None]
    assert filled([1, 2, 3], 2) == [1, 2]


def test_neighbours_become_a_range_and_a_gap_stays_one() -> None:
    assert buckets([1, 5, None, 2, None, None], 3) == [(1, 5), (2, 2), None]
    assert buckets([], 3) == []


@given(st.lists(st.floats(0, 1), max_size=6), st.floats(0.01, 0.15))
def test_labels_are_pushed_apart_and_stay_inside(places: list[float], gap: float) -> None:
    written = []
    for group in apart(places, gap, 0, 1):
        centre = middle([places[i] for i in group], gap, 0, 1)
        written += [centre + gap * (row - (len(group) - 1) / 2) for row in range(len(group))]
    assert len(written) == len(places)
    assert all(other - one >= gap - 1e-6 for one, other in pairwise(written))
    assert all(-1e-9 <= one <= 1 + 1e-9 for one in written)


def hours(count: int, start: dt.datetime = dt.datetime(2026, 7, 3, 22)) -> list[dt.datetime]:  # noqa: DTZ001  local time
    return [start + dt.timedelta(hours=i) for i in range(count)]


def days(count: int, step: int = 1) -> list[dt.date]:
    return [dt.date(2026, 6, 28) + dt.timedelta(days=i * step) for i in range(count)]


def months(count: int) -> list[dt.date]:
    return [dt.date(2025 + i // 12, 1 + i % 12, 1) for i in range(count)]


@pytest.mark.parametrize(
    ("steps", "grain", "found"),
    [
        ([], "day", []),
        (hours(1), "hour", [0]),
        (hours(96), "hour", [2, 26, 50, 74]),
        (hours(24), "hour", [2, 8, 14, 20]),
        (days(5), "day", [0, 1, 2, 3, 4]),
        (days(30), "day", [1, 8, 15, 22, 29]),
        (days(90), "day", [8, 22, 36, 50, 64, 78]),
        (days(120), "day", [3, 34, 65, 95]),
        (days(50, 7), "week", [1, 14, 27, 40]),
        (months(8), "month", [0, 3, 6]),
        (months(40), "month", [0, 12, 24, 36]),
        ([dt.date(year, 1, 1) for year in range(1990, 2027)], "year", [0, 10, 20, 30]),
    ],
)
def test_steps_are_named_where_something_begins(steps: list[dt.date], grain: Grain, found: list[int]) -> None:
    assert time_ticks(steps, grain) == found


@given(
    st.lists(st.dates(), unique=True, max_size=80).map(sorted),
    st.sampled_from(["hour", "day", "week", "month", "year"]),
)
def test_of_any_steps_few_are_named(steps: list[dt.date], grain: Grain) -> None:
    found = time_ticks(steps, grain)
    assert len(found) <= 6
    assert found == sorted(set(found))
    assert all(0 <= i < len(steps) for i in found)
    assert bool(found) == bool(steps)
