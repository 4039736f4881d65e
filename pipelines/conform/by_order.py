"""An hour that stands twice when clocks are set back: which of the two a row means, by the order of the rows."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.declaration.dates import Dates
from catalog.declaration.shifts import delta

Whole = np.ndarray[tuple[int], np.dtype[np.int64]]
Truths = np.ndarray[tuple[int], np.dtype[np.bool_]]


def by_order(value: pa.Array, dates: Dates, groups: Sequence[pa.Array]) -> tuple[pa.Array, pa.Array]:
    """Give the two rows of an hour that stands twice the earlier and the later moment.

    In a group whose times rise the first of the two is the earlier one; where they fall, the later one. The order does
    not tell where a group has other than two rows of such a time, or neither rises nor falls.

    Args:
        value: times, of which those that stand twice are the earlier moment.
        dates: how they are written; its zone and its shift.
        groups: the columns that are alike in the rows of one order: the fetch, and the rest of the key.

    Returns:
        The times, null where the order does not tell; and where it does not.
    """
    shift = pa.scalar(delta(dates.shift), pa.duration("s"))
    local = pc.local_timestamp(pc.subtract(value, shift))
    again = pc.assume_timezone(local, dates.zone, ambiguous="latest", nonexistent="latest")
    second = pc.add(again, shift).cast(value.type)
    twice = pc.fill_null(pc.not_equal(value, second), False).to_numpy(zero_copy_only=False)
    if not twice.any():
        return value, pa.array(np.zeros(len(value), bool))
    group = _numbered(groups)
    rows = np.flatnonzero(np.isin(group, np.unique(group[twice])) & pc.is_valid(value).to_numpy(zero_copy_only=False))
    rows = rows[np.argsort(group[rows], kind="stable")]
    later, told = _told(group[rows], _whole(value)[rows], _whole(second)[rows], twice[rows])
    use_second, lost = np.zeros(len(value), bool), np.zeros(len(value), bool)
    use_second[rows], lost[rows] = later, ~told
    found = pc.if_else(pa.array(use_second), second, value)
    return pc.if_else(pa.array(lost), pa.scalar(None, value.type), found), pa.array(lost)


def _told(group: Whole, first: Whole, second: Whole, twice: Truths) -> tuple[Truths, Truths]:
    """For rows in the order of their groups: which mean the later moment, and for which the order tells."""
    _, pair = np.unique(np.stack([group[twice], first[twice]]), axis=1, return_inverse=True)
    pair = pair.reshape(-1)
    whole, after = np.ones(len(group), bool), np.zeros(len(group), bool)
    whole[twice] = np.bincount(pair)[pair] == 2
    after[twice] = _seen_before(pair)
    rises = _monotone(group, np.where(after, second, first), whole, falling=False)
    falls = _monotone(group, np.where(twice & ~after, second, first), whole, falling=True)
    later = twice & np.where(rises, after, ~after)
    return later, ~twice | (whole & (rises | falls))


def _seen_before(pair: Whole) -> Truths:
    """Whether the number stood before, of numbers in order of the rows."""
    before = np.ones(len(pair), bool)
    before[np.unique(pair, return_index=True)[1]] = False
    return before


def _monotone(group: Whole, moment: Whole, counted: Truths, *, falling: bool) -> Truths:
    """For each row, whether the moments of its group rise, or fall, from row to row; of the rows that count."""
    inside, moments = group[counted], moment[counted]
    steps = np.diff(moments) * (-1 if falling else 1)
    breaks = np.unique(inside[1:][(steps < 0) & (inside[1:] == inside[:-1])])
    return ~np.isin(group, breaks)


def _numbered(columns: Sequence[pa.Array]) -> Whole:
    """A number for each row: equal numbers, equal cells in all columns."""
    number = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        coded = column.dictionary_encode()
        place = pc.fill_null(coded.indices.cast(pa.int64()), -1).to_numpy(zero_copy_only=False)
        number = np.unique(number * (len(coded.dictionary) + 1) + place + 1, return_inverse=True)[1]
    return number


def _whole(times: pa.Array) -> Whole:
    found: Whole = pc.fill_null(times.cast(pa.int64()), 0).to_numpy(zero_copy_only=False)
    return found
