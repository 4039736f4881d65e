"""Hours, days, months as numbers, and histograms of them that merge."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.profile.times import (
    MOST_BINS,
    Grain,
    Local,
    bin_times,
    first_moment,
    label,
    merge_times,
    shown,
    starts,
    steps,
    within,
)


def minutes(first: str, last: str) -> st.SearchStrategy[np.datetime64]:
    span = [int(np.datetime64(day, "m").astype(int)) for day in (first, last)]
    return st.integers(*span).map(lambda minute: np.datetime64(minute, "m"))


EVER, NEAR = minutes("0001-01-01", "9999-12-31"), minutes("2026-01-01", "2026-12-31")
MOMENTS = st.one_of(st.lists(EVER, max_size=20), st.lists(NEAR, max_size=20))


def local(moments: list[np.datetime64]) -> Local:
    return np.array(moments, "datetime64[ms]")


@given(MOMENTS, MOMENTS)
def test_merged_times_are_those_counted_at_once(one: list[np.datetime64], other: list[np.datetime64]) -> None:
    assert merge_times(bin_times(local(one), "hour"), bin_times(local(other), "hour")) == bin_times(
        local(one + other), "hour"
    )


@given(MOMENTS)
def test_no_time_is_lost_and_bins_are_few(moments: list[np.datetime64]) -> None:
    bins = bin_times(local(moments), "day")
    assert sum(count for _, count in bins.counts) == len(moments)
    assert bins.grain != "hour"
    histogram = shown(bins)
    if histogram:
        assert sum(histogram.counts) == len(moments)
        assert len(histogram.counts) <= MOST_BINS or histogram.grain == "century"
        assert len(histogram.labels) == len(histogram.counts)


@given(minutes("1900-01-01", "2100-01-01"))
def test_a_step_lies_in_one_wider_period_which_ends_where_the_next_begins(moment: np.datetime64) -> None:
    at = local([moment])
    pairs: list[tuple[Grain, Grain]] = [("hour", "day"), ("day", "week"), ("day", "month"), ("week", "month"),
                                        ("month", "year"), ("year", "decade"), ("decade", "century")]  # fmt: skip
    for fine, wide in pairs:
        step, period = int(steps(at, fine)[0]), int(steps(at, wide)[0])
        assert within(fine, step, wide) == period
        assert starts(wide, period, fine) <= step < starts(wide, period + 1, fine)
        assert first_moment(fine, step) <= at[0]


@pytest.mark.parametrize(
    ("grain", "text"),
    [("hour", "2026-07-31T22"), ("day", "2026-07-31"), ("week", "2026-07-22"), ("month", "2026-07"), ("year", "2026"),
     ("decade", "2020"), ("century", "2000")],
)  # fmt: skip
def test_labels(grain: Grain, text: str) -> None:
    assert label(grain, int(steps(local([np.datetime64("2026-07-31T22:40")]), grain)[0])) == text


def test_a_gap_is_a_bin_without_values() -> None:
    histogram = shown(bin_times(local([np.datetime64("2026-01-01"), np.datetime64("2026-04-01")]), "day"))
    assert histogram is not None
    assert (histogram.grain, histogram.labels) == ("month", ["2026-01", "2026-02", "2026-03", "2026-04"])
    assert histogram.counts == (1, 0, 0, 1)
