"""The calendar as numbers: hours, days, weeks, months, years since 1970, each of which lies in one wider one.

A week is a quarter of a month here (days 1 to 7, 8 to 14, 15 to 21, 22 to the end), so that it lies in one month and in
one partition; every weekly rhythm meets each of them.
"""

from collections import Counter
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

Grain = Literal["hour", "day", "week", "month", "year", "decade", "century"]
GRAINS: tuple[Grain, ...] = ("hour", "day", "month", "year", "decade", "century")
"""Of a histogram, each within the next."""
MOST_BINS = 60
_MS_PER_HOUR, _HOURS_PER_DAY, _EPOCH = 3_600_000, 24, 1970
_WEEKS = 4
"""In a month."""

Ints = npt.NDArray[np.int64]
Local = npt.NDArray[np.datetime64]
"""Times by the clock of the field's zone, in milliseconds."""


class TimeBins(NamedTuple):
    """How many values lie in each hour, day, month ...; without values the grain says nothing."""

    grain: Grain
    counts: tuple[tuple[int, int], ...]
    """(number of the hour, day ..., count), in order."""


class TimeHistogram(NamedTuple):
    """Bins as they are shown, without a gap."""

    grain: Grain
    first: int
    counts: tuple[int, ...]

    @property
    def labels(self) -> list[str]:
        """Each bin's hour, day, month or year, as `2026-07`; of a decade or century its first year."""
        return [label(self.grain, self.first + i) for i in range(len(self.counts))]


def steps(times: Local, grain: Grain) -> Ints:
    """Return the number of the hour, day, week, month or year of each time."""
    found: Ints
    if grain == "hour":
        found = times.astype("datetime64[ms]").astype(np.int64) // _MS_PER_HOUR
        return found
    days = times.astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    if grain == "day":
        return days.astype(np.int64)
    if grain == "month":
        return months.astype(np.int64)
    if grain == "week":
        weeks = (days - months.astype("datetime64[D]")).astype(np.int64) // 7
        found = months.astype(np.int64) * _WEEKS + np.minimum(weeks, _WEEKS - 1)
        return found
    years = days.astype("datetime64[Y]").astype(np.int64)
    return years if grain == "year" else (years + _EPOCH) // (10 if grain == "decade" else 100)


def first_moment(grain: Grain, step: int) -> np.datetime64:
    """Return when an hour, day, week ... begins, by the clock of the field's zone."""
    if grain == "hour":
        return np.datetime64(step * _MS_PER_HOUR, "ms")
    if grain == "day":
        return np.datetime64(step, "D")
    if grain == "week":
        first: np.datetime64 = np.datetime64(step // _WEEKS, "M").astype("datetime64[D]")
        return first + np.timedelta64(step % _WEEKS * 7, "D")
    if grain == "month":
        return np.datetime64(step, "M")
    if grain == "year":
        return np.datetime64(step, "Y")
    return np.datetime64(step * (10 if grain == "decade" else 100) - _EPOCH, "Y")


def within(grain: Grain, step: int, wider: Grain) -> int:
    """Return the number of the wider period in which a step lies."""
    return int(steps(np.array([first_moment(grain, step)]), wider)[0])


def starts(grain: Grain, period: int, finer: Grain) -> int:
    """Return the number of the first finer step of a period; of the next period, it is one after the last."""
    return int(steps(np.array([first_moment(grain, period)]), finer)[0])


def label(grain: Grain, step: int) -> str:
    """Return a step as ISO 8601 writes it: 2026-07-03T22, 2026-07-03, 2026-07, 2026; of a week its first day."""
    text = str(first_moment(grain, step))
    return text[: text.index("T") + 3] if grain == "hour" else text


def bin_times(times: Local, finest: Grain) -> TimeBins:
    """Count times by the narrowest grain that fits."""
    if not len(times):
        return TimeBins(finest, ())
    low, high = times.min(), times.max()
    for grain in GRAINS[GRAINS.index(finest) :]:
        first, last = steps(np.array([low, high]), grain)
        if last - first < MOST_BINS:
            break
    found, counts = np.unique(steps(times, grain), return_counts=True)
    return TimeBins(grain, tuple(zip(found.tolist(), counts.tolist(), strict=True)))


def merge_times(one: TimeBins, other: TimeBins) -> TimeBins:
    """Return the bins of the times of both, as if they had been counted at once."""
    if not one.counts or not other.counts:
        return one if one.counts else other
    at = max(GRAINS.index(one.grain), GRAINS.index(other.grain))
    for grain in GRAINS[at:]:
        counts = _wider(one, grain) + _wider(other, grain)
        if max(counts) - min(counts) < MOST_BINS:
            break
    return TimeBins(grain, tuple(sorted(counts.items())))


def shown(bins: TimeBins) -> TimeHistogram | None:
    """Return the bins without a gap; None where all values lie in one."""
    counts = dict(bins.counts)
    if len(counts) < 2:
        return None
    return TimeHistogram(bins.grain, min(counts), tuple(counts.get(i, 0) for i in range(min(counts), max(counts) + 1)))


def _wider(bins: TimeBins, grain: Grain) -> Counter[int]:
    wider: Counter[int] = Counter()
    for step, count in bins.counts:
        wider[within(bins.grain, step, grain)] += count
    return wider
