"""Bins of numbers: merged parts are what counting at once gives, and edges are numbers that people write."""

import itertools

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from catalog.profile.bins import (
    MOST_KEPT,
    MOST_SHOWN,
    NumberBins,
    WideningHistogram,
    bin_numbers,
    bin_widening,
    merge_bins,
    merge_widening,
    shown,
    widening,
)

FLOATS = st.lists(
    st.one_of(
        st.floats(allow_nan=False, allow_infinity=False),
        st.decimals(-1000, 1000, places=2).map(float),
        st.floats(0, 1),
    ),
    max_size=30,
)
INTEGERS = st.lists(st.one_of(st.integers(-(2**63), 2**63 - 1), st.integers(-50, 500)), max_size=30)


def floats(values: list[float]) -> NumberBins:
    return bin_numbers(np.array(values, np.float64))


@given(FLOATS, FLOATS, FLOATS)
@example([0.1], [0.3, 12.7], [-5e-324, 1.7e308])
@example([1e12, 1e12 + 0.0001], [3.0], [])
def test_merged_floats_are_those_counted_at_once(one: list[float], other: list[float], third: list[float]) -> None:
    whole = floats(one + other + third)
    assert merge_bins(merge_bins(floats(one), floats(other)), floats(third)) == whole
    assert merge_bins(floats(third), merge_bins(floats(other), floats(one))) == whole


@given(INTEGERS, INTEGERS)
def test_merged_integers_are_those_counted_at_once(one: list[int], other: list[int]) -> None:
    parts = [bin_numbers(np.array(each, np.int64)) for each in (one, other, one + other)]
    assert merge_bins(parts[0], parts[1]) == parts[2]
    assert all(part.power >= 0 for part in parts)


@given(FLOATS)
def test_every_value_lies_in_its_bin(values: list[float]) -> None:
    bins = floats(values)
    assert sum(count for _, count in bins.counts) == len(values)
    if values:
        assert bins.counts[-1][0] - bins.counts[0][0] < MOST_KEPT
    histogram = shown(bins)
    if histogram is None:
        assert len(bins.counts) < 2
        return
    assert len(histogram.counts) <= MOST_SHOWN
    edges = np.array(histogram.edges)
    for (low, high), count in zip(itertools.pairwise(edges), histogram.counts, strict=True):
        assert sum(low <= value < high for value in values) == count


@pytest.mark.parametrize(
    ("values", "edges", "counts"),
    [
        ([0.1, 0.2, 0.3, 0.3], [0.1, 0.2, 0.3, 0.4], [1, 1, 2]),
        ([1.0, 2.0, 4.0], [1, 2, 3, 4, 5], [1, 1, 0, 1]),
        ([10, 20, 20, 40], [10, 20, 30, 40, 50], [1, 2, 0, 1]),
    ],
)
def test_edges_are_round(values: list[float], edges: list[float], counts: list[int]) -> None:
    histogram = shown(floats(values))
    assert histogram is not None
    assert (histogram.edges, list(histogram.counts)) == (edges, counts)


def test_one_value_or_none_has_no_picture() -> None:
    assert shown(floats([])) is None
    assert shown(floats([7.5] * 9)) is None


def widened(values: list[float]) -> WideningHistogram | None:
    array = np.array(values, np.float64)
    return widening(shown(bin_numbers(array)), bin_widening(array), min(values))


@given(FLOATS, FLOATS)
def test_merged_widening_bins_are_those_counted_at_once(one: list[float], other: list[float]) -> None:
    parts = [bin_widening(np.array(each, np.float64)) for each in (one, other, one + other)]
    assert merge_widening(parts[0], parts[1]) == parts[2]


@given(st.lists(st.floats(0, 1e12), min_size=1, max_size=60))
def test_widening_bins_hold_every_value(values: list[float]) -> None:
    found = widened(values)
    if found:
        assert sum(found.counts) == len(values)
        assert len(found.counts) == len(found.edges) - 1 <= MOST_SHOWN
        for (low, high), count in zip(itertools.pairwise(found.edges), found.counts, strict=True):
            assert sum(low <= value < high for value in values) == count


def test_bins_widen_where_most_values_are_small_and_some_are_large() -> None:
    prices = [0.0, 1.5, 3, 3, 4, 7, 12, 30, 45, 3000]
    assert widened(prices) == WideningHistogram(
        (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000), (1, 1, 3, 1, 1, 2, 0, 0, 0, 0, 0, 1)
    )
    assert widened([-1.0, *prices]) is None
    assert widened([1.0, 2, 3, 4, 5, 6]) is None
    assert widened([0.0] * 9 + [5000.0]) is None
