"""Counts by bins of numbers whose widths are powers of ten, aligned at zero: parts merge exactly, in any order.

The edge i of width 10^p is the float nearest to i * 10^p. So the edges of a wider bin are edges of the narrower ones,
0.3 lies in the bin that begins at 0.3, and whether bins of one width fit depends on the least and greatest value only.
"""

import math
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

MOST_KEPT = 200
"""Bins of a part, from the first to the last that has values."""
MOST_SHOWN = 30
_FINEST = -9
_DIGITS = 12
"""A bin is no narrower than this many digits of the greatest value, for beyond them floats are too sparse."""
_MULTIPLES = (1, 2, 5, 10)
_SCALE = np.array([float(f"{i}e{power}") for power in range(_FINEST, 308) for i in (1, 2, 5)])
"""Edges of the widening bins; what lies below the first is the bin 0."""
_CROWDED = 0.5
"""Share of the values in one bin of even widths, from which widening bins say more."""
_LEAST_WIDENING = 4

Counts = tuple[tuple[int, int], ...]
"""(bin, count) for each bin that has values, in order."""


class NumberBins(NamedTuple):
    """How many values lie in each bin of the width 10^power; without values the power says nothing."""

    power: int
    counts: Counts
    """The bin i begins at i * 10^power."""


class NumberHistogram(NamedTuple):
    """Bins as they are shown: each as wide as `multiple` (1, 2, 5, or 10) * 10^power, without a gap."""

    power: int
    multiple: int
    first: int
    """The first bin begins at first * multiple * 10^power."""
    counts: tuple[int, ...]

    @property
    def edges(self) -> list[float]:
        """Where each bin begins, and where the last one ends."""
        return [_edge((self.first + i) * self.multiple, self.power) for i in range(len(self.counts) + 1)]


class WideningHistogram(NamedTuple):
    """Bins that begin at 1, 2, 5, 10, 20, 50 ..., for values of which most are small and some are large."""

    edges: tuple[float, ...]
    """Where each bin begins, and where the last one ends; from 0 where some values are 0."""
    counts: tuple[int, ...]


def bin_numbers(values: npt.NDArray[np.int64] | npt.NDArray[np.float64]) -> NumberBins:
    """Count values by the narrowest bins that fit.

    Args:
        values: finite; integers get no bin narrower than 1.
    """
    if not len(values):
        return NumberBins(0, ())
    finest = _FINEST if values.dtype == np.float64 else 0
    floats = values.astype(np.float64)
    low, high = float(floats.min()), float(floats.max())
    power = max(finest, Decimal(max(abs(low), abs(high))).adjusted() - _DIGITS, _too_narrow(low, high))
    while (last := _index(high, power)) - (first := _index(low, power)) >= MOST_KEPT:
        power += 1
    edges = np.array([_edge(i, power) for i in range(first, last + 2)])
    found = np.bincount(np.searchsorted(edges, floats, side="right") - 1, minlength=1)
    return NumberBins(power, tuple((first + i, int(count)) for i, count in enumerate(found) if count))


def merge_bins(one: NumberBins, other: NumberBins) -> NumberBins:
    """Return the bins of the values of both, as if they had been counted at once."""
    if not one.counts or not other.counts:
        return one if one.counts else other
    power = max(one.power, other.power)
    counts = Counter(_widened(one, power)) + Counter(_widened(other, power))
    while max(counts) - min(counts) >= MOST_KEPT:
        power += 1
        counts = _grouped(counts, 10)
    return NumberBins(power, tuple(sorted(counts.items())))


def shown(bins: NumberBins) -> NumberHistogram | None:
    """Return bins of 1, 2 or 5 times a power of ten, at most `MOST_SHOWN`; None where all values lie in one bin."""
    power, counts = bins.power, Counter(dict(bins.counts))
    if len(counts) < 2:
        return None
    while all(i % 10 == 0 for i in counts):  # values that are rarer than the bins would make a comb
        power, counts = power + 1, _grouped(counts, 10)
    for multiple in _MULTIPLES:
        wider = _grouped(counts, multiple)
        first, last = min(wider), max(wider)
        if last - first < MOST_SHOWN:
            break
    return NumberHistogram(power, multiple, first, tuple(wider[i] for i in range(first, last + 1)))


def bin_widening(values: npt.NDArray[np.int64] | npt.NDArray[np.float64]) -> Counts:
    """Count values by widening bins; what is no more than 0 is in the bin 0."""
    found, counts = np.unique(np.searchsorted(_SCALE, values.astype(np.float64), side="right"), return_counts=True)
    return tuple(zip(found.tolist(), counts.tolist(), strict=True))


def merge_widening(one: Counts, other: Counts) -> Counts:
    """Return the bins of the values of both."""
    return tuple(sorted((Counter(dict(one)) + Counter(dict(other))).items()))


def widening(even: NumberHistogram | None, counts: Counts, low: float) -> WideningHistogram | None:
    """Return widening bins where they show more than even ones; None where they do not.

    Args:
        even: the bins of even widths.
        counts: as `bin_widening` gives them.
        low: the least value.
    """
    found, all_of_them = Counter(dict(counts)), sum(count for _, count in counts)
    above = [i for i in found if i > 0]
    if even is None or low < 0 or max(even.counts) <= _CROWDED * all_of_them or max(found.values()) >= max(even.counts):
        return None
    first, last = min(above), max(above)
    if len(above) < _LEAST_WIDENING or last - first >= MOST_SHOWN - 1:
        return None
    edges, inside = _SCALE[first - 1 : last + 1].tolist(), [found[i] for i in range(first, last + 1)]
    return (
        WideningHistogram((0.0, *edges), (found[0], *inside))
        if found[0]
        else WideningHistogram(tuple(edges), tuple(inside))
    )


def _widened(bins: NumberBins, power: int) -> Counter[int]:
    return _grouped(Counter(dict(bins.counts)), 10 ** (power - bins.power))


def _grouped(counts: Counter[int], by: int) -> Counter[int]:
    wider: Counter[int] = Counter()
    for i, count in counts.items():
        wider[i // by] += count
    return wider


def _edge(i: int, power: int) -> float:
    return float(f"{i}e{power}")


def _index(value: float, power: int) -> int:
    """The last edge that is not above the value."""
    i = math.floor(Fraction(value) / Fraction(10) ** power)
    while _edge(i + 1, power) <= value:
        i += 1
    while _edge(i, power) > value:
        i -= 1
    return i


def _too_narrow(low: float, high: float) -> int:
    """A power whose bins are surely too many, near the first that is not."""
    reach = Fraction(high) - Fraction(low)
    if not reach:
        return _FINEST
    return math.floor(math.log10(reach.numerator) - math.log10(reach.denominator)) - len(str(MOST_KEPT)) - 1
