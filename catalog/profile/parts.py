"""What is kept of one partition, so that the whole is merged from the parts without reading their rows again.

Merging gives exactly what counting all rows at once would give, in any order: sums are fractions, bins are aligned,
values are counted up to a limit and beyond it not at all.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from functools import reduce
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from catalog.profile.bins import Counts, NumberBins, merge_bins, merge_widening
from catalog.profile.steps import StepsPart, merge_steps
from catalog.profile.times import TimeBins, merge_times

MOST_TEXTS, MOST_NUMBERS = 500, 24
"""Different values of a column that are counted one by one."""

Values = dict[str, int] | None
"""How often each value stands in the column; None where there are more different ones than are counted."""


class Kept(BaseModel):
    """What is stored of a partition."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NumberPart(Kept):
    """A column of integers or of numbers."""

    kind: Literal["number"] = "number"
    missing: int
    low: str | None = None
    """Least and greatest value, as Python writes them; None without values."""
    high: str | None = None
    total: str = "0"
    """The exact sum, as a fraction."""
    bins: NumberBins
    widening: Counts
    """Of bins that widen."""
    values: Values


class TimePart(Kept):
    """A column of days or times."""

    kind: Literal["time"] = "time"
    missing: int
    first: str | None = None
    """ISO 8601, by the clock of the field's zone; None without values."""
    last: str | None = None
    bins: TimeBins


class ValuesPart(Kept):
    """A column of texts, codes, or true and false."""

    kind: Literal["text", "boolean"]
    missing: int
    shortest: int | None = None
    """Characters of the shortest and of the longest text; None without values."""
    longest: int | None = None
    values: Values


ColumnPart = Annotated[NumberPart | TimePart | ValuesPart, Field(discriminator="kind")]


class PartitionPart(Kept):
    """A partition: each column by name, and how its rows lie in time."""

    rows: int
    columns: dict[str, ColumnPart]
    steps: StepsPart


def merge(parts: Iterable[PartitionPart]) -> PartitionPart:
    """Return what would have been counted of the rows of all parts at once.

    Args:
        parts: of partitions of one table; at least one.
    """
    return reduce(_merge, parts)


def _merge(one: PartitionPart, other: PartitionPart) -> PartitionPart:
    columns = {name: _merge_column(column, other.columns[name]) for name, column in one.columns.items()}
    return PartitionPart(rows=one.rows + other.rows, columns=columns, steps=merge_steps(one.steps, other.steps))


def _merge_column(one: ColumnPart, other: ColumnPart) -> ColumnPart:
    missing = one.missing + other.missing
    if isinstance(one, NumberPart) and isinstance(other, NumberPart):
        return NumberPart(
            missing=missing,
            low=_choose(min, one.low, other.low, Fraction),
            high=_choose(max, one.high, other.high, Fraction),
            total=str(Fraction(one.total) + Fraction(other.total)),
            bins=merge_bins(one.bins, other.bins),
            widening=merge_widening(one.widening, other.widening),
            values=merge_values(one.values, other.values, MOST_NUMBERS),
        )
    if isinstance(one, TimePart) and isinstance(other, TimePart):
        return TimePart(
            missing=missing,
            first=_choose(min, one.first, other.first, str),
            last=_choose(max, one.last, other.last, str),
            bins=merge_times(one.bins, other.bins),
        )
    if isinstance(one, ValuesPart) and isinstance(other, ValuesPart) and one.kind == other.kind:
        return ValuesPart(
            kind=one.kind,
            missing=missing,
            shortest=_choose(min, one.shortest, other.shortest, int),
            longest=_choose(max, one.longest, other.longest, int),
            values=merge_values(one.values, other.values, MOST_TEXTS),
        )
    raise ValueError(f"parts of one column are of two kinds: {one.kind} and {other.kind}")


def merge_values(one: Values, other: Values, most: int) -> Values:
    """Return the counts of both; None where that is more than `most` different values."""
    if one is None or other is None:
        return None
    return limited(Counter(one) + Counter(other), most)


def limited(counts: Mapping[str, int], most: int) -> Values:
    """Return the counts; None where there are more than `most`."""
    return dict(sorted(counts.items())) if len(counts) <= most else None


_Value = TypeVar("_Value", str, int)


def _choose(
    which: Callable[..., _Value], one: _Value | None, other: _Value | None, order: Callable[[_Value], object]
) -> _Value | None:
    if one is None or other is None:
        return one if other is None else other
    return which(one, other, key=order)
