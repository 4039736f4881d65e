"""Which periods have data: complete, partial, missing, and of how many places."""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pytest

from catalog.profile.coverage import MOST_CELLS, Coverage, CoverageCell, Strip, cover
from catalog.profile.plan import Plan
from catalog.profile.steps import GRAINS, count_steps
from catalog.profile.times import Grain


def covered(rows: Iterable[tuple[str, str]], finest: Grain = "hour", widest: Grain = "month") -> Coverage | None:
    """Of rows (time, place), in a table cut by month unless its widest grain is a year."""
    times, sites = zip(*rows, strict=True) if (rows := list(rows)) else ((), ())
    grains = GRAINS[GRAINS.index(finest) : GRAINS.index(widest) + 1]
    plan = Plan("at", ("site",), grains, widest != "year", "s")
    column = pa.chunked_array([pa.array(sites, pa.string())])
    return cover(count_steps(np.array(times, "datetime64[ms]"), [column], grains), plan)


def hours(first: str, count: int, sites: str = "abc") -> list[tuple[str, str]]:
    moments = np.datetime64(first, "h") + np.arange(count)
    return [(str(moment), site) for moment in moments for site in sites]


def said(strip: Strip) -> list[tuple[str, str, str, int, int]]:
    return [(cell.first, cell.last, cell.state, cell.steps, cell.of_steps) for cell in strip.cells]


def test_three_hours_and_four_days_are_shown_as_what_they_are() -> None:
    rows = [*hours("2019-11-15T12", 1), *hours("2022-08-26T13", 1), *hours("2024-10-08T16", 1)]
    found = covered([*rows, *hours("2026-07-03T22", 96)])
    assert found is not None
    assert (found.step, found.places, found.steps, found.first, found.last) == (
        "hour", 3, 99, "2019-11-15T12", "2026-07-07T21"
    )  # fmt: skip
    months, days, newest = found.strips
    assert said(months) == [
        ("2019-11", "2019-11", "partial", 1, 720),
        ("2019-12", "2022-07", "missing", 0, 32 * 730 + 16),
        ("2022-08", "2022-08", "partial", 1, 744),
        ("2022-09", "2024-09", "missing", 0, 18264),
        ("2024-10", "2024-10", "partial", 1, 744),
        ("2024-11", "2026-06", "missing", 0, 14568),
        ("2026-07", "2026-07", "partial", 96, 6 * 24 + 22),
    ]
    assert [cell.periods for cell in months.cells] == [1, 32, 1, 25, 1, 20, 1]
    assert [cell.state for cell in days.cells] == ["missing"] * 2 + ["partial"] + ["complete"] * 4
    assert (days.grain, newest.grain, len(newest.cells)) == ("day", "hour", 22)


def test_a_place_that_falls_silent_makes_a_day_partial() -> None:
    found = covered([*hours("2026-07-01T00", 24), *hours("2026-07-02T00", 23), *hours("2026-07-02T23", 1, "ab")])
    assert found is not None
    first, second = found.strips[1].cells
    assert (first.state, first.places, first.of_places) == ("complete", 72, 72)
    assert (second.state, second.steps, second.places, second.of_places) == ("partial", 24, 71, 72)
    assert found.strips[2].cells[-1].state == "partial"


def test_a_month_that_has_just_begun_expects_the_places_of_the_one_before() -> None:
    found = covered([*hours("2026-06-01T00", 720), *hours("2026-07-01T00", 1, "ab")])
    assert found is not None
    assert found.places == 3
    assert [cell.state for cell in found.strips[0].cells] == ["complete", "partial"]


def test_where_places_report_only_what_happened_steps_alone_are_judged() -> None:
    days = [str(np.datetime64("2026-06-01") + i) for i in range(30)]
    rows = [(day, site) for i, day in enumerate(days) for site in "abcdefghij"[: 1 + i % 10]]
    found = covered(rows, "day", "year")
    assert found is not None
    assert found.places is None
    assert [(cell.state, cell.steps, cell.places) for cell in found.strips[0].cells] == [("complete", 30, None)]


@pytest.mark.parametrize(
    ("dates", "step", "cells"),
    [
        (["2026-01-05", "2026-01-12", "2026-01-19", "2026-01-26", "2026-02-02"], "week", 2),
        (["2026-01-31", "2026-02-28", "2026-03-31"], "month", 1),
        (["2019-06-30", "2020-06-30", "2021-06-30"], "year", 3),
    ],
)
def test_the_grain_is_that_of_the_rhythm(dates: list[str], step: str, cells: int) -> None:
    found = covered([(date, "a") for date in dates], "day", "year")
    assert found is not None
    assert (found.step, len(found.strips[0].cells)) == (step, cells)


def test_times_without_rhythm_are_no_coverage_unless_the_table_is_cut_by_them() -> None:
    rows = [("2011-05-02T07", "a"), ("2019-11-15T12", "b"), ("2024-02-03T04", "c")]
    assert covered(rows, widest="year") is None
    found = covered(rows)
    assert found is not None
    assert (found.step, found.steps) == ("month", 3)
    assert [cell.state for cell in found.strips[0].cells] == ["partial", "missing", "partial", "missing", "partial"]
    assert covered([]) is None
    assert covered([], widest="year") is None
    assert cover(count_steps(np.array([], "datetime64[ms]"), [], ()), Plan(None, (), (), False, "s")) is None


def test_a_long_history_is_shown_by_years() -> None:
    months = [str(np.datetime64("1990-01") + i) for i in range(MOST_CELLS + 12) if i != 40]
    found = covered([(f"{month}-{day:02}", "a") for month in months for day in range(1, 29)], "day")
    assert found is not None
    years, days = found.strips
    assert (years.grain, len(years.cells), years.cells[3].steps) == ("year", 11, 28 * 11)
    assert (days.grain, len(days.cells)) == ("day", 28)


def test_short_gaps_stay_apart() -> None:
    found = covered([*hours("2026-01-01T00", 24), *hours("2026-04-01T00", 24)])
    assert found is not None
    assert [cell.periods for cell in found.strips[0].cells] == [1, 1, 1, 1]
    assert isinstance(found.strips[0].cells[0], CoverageCell)
