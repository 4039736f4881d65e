"""Scales: from values to shares of a picture, ticks, which time steps are named, what is left of very many points."""

import datetime as dt
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Literal

Number = Callable[[float], str]
"""Writes a number for people, in the language of the page."""
Values = Sequence[float | None]
"""One value for each step; None, NaN and infinity are missing."""
Grain = Literal["hour", "day", "week", "month", "year"]
Moment = dt.date | dt.datetime

_MANTISSAS = (10, 20, 25, 50)
_HUGE = 1e300
"""Beyond it the difference of two numbers may be none."""


@dataclass(frozen=True)
class Scale:
    """A range of values, from the first tick to the last.

    Attributes:
        ticks: 3 to 5 round values, ascending; 2 where whole numbers leave no more.
    """

    ticks: tuple[float, ...]

    @property
    def low(self) -> float:
        """The least value."""
        return self.ticks[0]

    @property
    def high(self) -> float:
        """The greatest value."""
        return self.ticks[-1]

    def at(self, value: float) -> float:
        """Return where a value stands: 0 at the bottom, 1 at the top; what lies beyond stands at the edge."""
        share = (value - self.low) / (self.high - self.low)
        return min(1.0, max(0.0, share))


def real(values: Iterable[float | None]) -> list[float | None]:
    """Return the values with None for all that is no finite number; beyond ±1e300 they stand at ±1e300."""
    return [
        None if value is None or not math.isfinite(value) else min(_HUGE, max(-_HUGE, float(value))) for value in values
    ]


def filled(values: Values, count: int) -> list[float | None]:
    """Return a value for each of so many steps: real ones, None where there are fewer, none beyond the last step."""
    numbers = real(values[:count])
    return [*numbers, *[None] * (count - len(numbers))]


def scale_of(values: Iterable[float | None], zero: bool = False) -> Scale:
    """Return a scale that holds all values.

    Args:
        values: any numbers; the missing ones are left out.
        zero: whether the scale must hold zero.
    """
    numbers = [value for value in real(values) if value is not None] or [0.0, 1.0]
    whole = all(value.is_integer() for value in numbers)
    low, high = min(numbers), max(numbers)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if high - low <= max(1e-12 * max(abs(low), abs(high)), 1e-290):
        low, high = _widened(low, whole)
    return Scale(_ticks(low, high, whole))


def _widened(value: float, whole: bool) -> tuple[float, float]:
    if abs(value) <= 1e-280:
        return 0.0, 1.0
    if whole and abs(value) < 1e12:
        return value - 1, value + 1
    return value - abs(value) / 10, value + abs(value) / 10


def _ticks(low: float, high: float, whole: bool) -> tuple[float, ...]:
    """Of all round steps that give 3 to 5 ticks the one that wastes least, then the one with more ticks."""
    exponent = math.floor(math.log10((high - low) / 4))
    found = []
    for power in range(exponent - 1, exponent + 3):
        for mantissa in _MANTISSAS:
            step = float(f"{mantissa}e{power - 1}")
            if whole and not step.is_integer():
                continue
            first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
            if 3 <= last - first + 1 <= 5 or (whole and step == 1 and first < last <= first + 1):
                # 2.5 and 0.25 need a digit more than their neighbours.
                waste = (last - first) * step / (high - low) * (1.3 if mantissa == 25 and step < 25 else 1)
                found.append((waste, first - last, first, last, mantissa, power))
    # Fewer than 5 ticks may be tighter; a tenth more room is worth a more even picture.
    least = min(one[0] for one in found)
    _, _, first, last, mantissa, power = min(found, key=lambda one: (one[0] > least * 1.1, one[1], one[0]))
    return tuple(float(f"{index * mantissa}e{power - 1}") for index in range(first, last + 1))


def runs(values: Values, most: int = 240) -> list[list[tuple[int, float]]]:
    """Return the unbroken runs of a line as (index, value); a missing value ends a run, and nothing joins two runs.

    Args:
        values: one for each step.
        most: of more than twice as many, that many buckets are made, and the least and greatest value of each are kept.
    """
    numbers = real(values)
    size = 1 if len(numbers) <= 2 * most else math.ceil(len(numbers) / most)
    kept: list[tuple[int, float]] = []
    for start in range(0, len(numbers), size):
        bucket = [(i, value) for i, value in enumerate(numbers[start : start + size], start) if value is not None]
        if bucket:
            ends = {min(bucket, key=lambda one: one[1]), max(bucket, key=lambda one: one[1])}
            kept += sorted(ends) if size > 1 else bucket
    final = next(((i, one) for i, one in reversed(list(enumerate(numbers))) if one is not None), None)
    if final and kept[-1] != final:
        kept.append(final)
    missing = [0, *accumulate(value is None for value in numbers)]
    parts: list[list[tuple[int, float]]] = [[]]
    for one, before in zip(kept, [None, *kept], strict=False):
        if before is not None and missing[one[0]] > missing[before[0]]:
            parts.append([])
        parts[-1].append(one)
    return [part for part in parts if part]


def buckets(values: Values, most: int) -> list[tuple[float, float] | None]:
    """Return at most so many (least, greatest) of neighbours; None where all of them are missing."""
    numbers = real(values)
    size = max(1, math.ceil(len(numbers) / most))
    parts = ([one for one in numbers[i : i + size] if one is not None] for i in range(0, len(numbers), size))
    return [(min(part), max(part)) if part else None for part in parts]


def apart(wanted: Sequence[float], gap: float, low: float, high: float) -> list[list[int]]:
    """Return groups of indexes of labels that would touch; the labels of a group are written one below the other.

    Args:
        wanted: where each label wants to stand, in any unit.
        gap: the least distance of two labels, in the same unit.
        low: the least place of a label.
        high: the greatest place of a label.
    """
    groups = [[i] for i in sorted(range(len(wanted)), key=lambda i: (wanted[i], i))]
    while True:
        centres = [middle([wanted[i] for i in group], gap, low, high) for group in groups]
        for at, (one, other) in enumerate(pairwise(centres)):
            need = gap * (len(groups[at]) + len(groups[at + 1])) / 2
            if other - one < need - 1e-9:
                groups[at : at + 2] = [groups[at] + groups[at + 1]]
                break
        else:
            return groups


def middle(places: Sequence[float], gap: float, low: float, high: float) -> float:
    """Return the middle of a group of labels, so that all of it stands between low and high where there is room."""
    half = gap * (len(places) - 1) / 2
    return max(low + half, min(high - half, sum(places) / len(places)))


def time_ticks(steps: Sequence[Moment], grain: Grain, most: int = 6) -> list[int]:
    """Return the indexes of the steps that get a label: where a new hour, day, week, month or year begins.

    Of 1, 3, 6, 12 hours, 1 or 2 days, 1 or 2 weeks from Monday on, 1, 3, 6 months, 1, 2, 5, 10 … years the finest that
    gives no more labels than that.

    Args:
        steps: ascending dates or times, all in one zone.
        grain: what one step is.
        most: how many labels there may be.
    """
    if not steps:
        return []
    hours, months = [_hour(step) for step in steps], [step.year * 12 + step.month - 1 for step in steps]
    before = {"hour": 1, "day": 24, "week": 168}.get(grain, 24)
    hours = [hours[0] - before, *hours]
    months = [months[0] - 1 if grain in ("month", "year") else _month(hours[0]), *months]
    for unit, count in _RULES[_FIRST[grain] :]:
        keys = [hour // count for hour in hours] if unit == "hours" else [month // count for month in months]
        found = [i for i, (one, other) in enumerate(pairwise(keys)) if one != other]
        if 0 < len(found) <= most:
            return found
    return [0]


_WEEK = 7 * 24
_RULES = (
    *(("hours", count) for count in (1, 3, 6, 12, 24, 48, _WEEK, 2 * _WEEK)),
    *(("months", count) for count in (1, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 12000)),
)
_FIRST = {"hour": 0, "day": 4, "week": 6, "month": 8, "year": 11}


def _hour(step: Moment) -> int:
    """Hours since a Monday."""
    return (step.toordinal() - 1) * 24 + (step.hour if isinstance(step, dt.datetime) else 0)


def _month(hour: int) -> int:
    day = dt.date.fromordinal(max(1, hour // 24 + 1))
    return day.year * 12 + day.month - 1
