"""`load: window`: a fetch replaces the rows in the window that it asked for, and no other rows."""

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog import periods, rows
from catalog.declaration.pipeline import Partition
from catalog.periods import Grain
from pipelines.conform.columns import FETCH, ROW
from pipelines.protocols import in_fields
from pipelines.records import Record

_LABELS = {"month": 7, "year": 4}
"""How many first characters of a day are the label of its partition."""
_BASE = 0
"""Stands for the base; fetches have numbers from 1."""


@dataclass(frozen=True)
class Window:
    """Closed ranges of key fields, as texts: days as 2026-04-17, hours as 2026-04-17T05:00:00, codes as they are.

    Days and hours of a time are taken in the zone of the field.
    """

    ranges: Mapping[str, tuple[str, str]]

    def covers(self, table: pa.Table) -> np.ndarray:
        """Return, for each row, whether it lies in the window. A row with a null in one of the fields does not."""
        inside = np.ones(table.num_rows, bool)
        for name, limits in self.ranges.items():
            column = table.column(name)
            low, high = (pa.scalar(value, column.type) for value in _values(limits, column.type))
            below = pc.less if pa.types.is_timestamp(column.type) else pc.less_equal
            in_range = pc.and_(pc.greater_equal(column, low), below(column, high))
            inside &= pc.fill_null(in_range, False).to_numpy()
        return inside

    def reaches(self, partition: Partition, label: str) -> bool:
        """Return whether a partition may hold rows in the window."""
        if partition.field is None or partition.field not in self.ranges:
            return True
        low, high = (day[: _LABELS[partition.grain]] for day in self.ranges[partition.field])
        return low <= label <= high

    def meets(self, other: "Window | ValueWindow") -> bool:
        """Return whether a row may lie in both windows."""
        if isinstance(other, ValueWindow):
            return True  # of another declaration
        shared = set(self.ranges) & set(other.ranges)
        return all(_begins(self, other, name) and _begins(other, self, name) for name in shared)

    def __str__(self) -> str:
        ranges = self.ranges.items()
        return ", ".join(f"{name} {low}" if low == high else f"{name} {low} to {high}" for name, (low, high) in ranges)


@dataclass(frozen=True)
class ValueWindow:
    """Values of key fields that a fetch speaks of, each a row: it replaces all rows with the same values."""

    values: pa.Table
    """Typed; no row twice, no null."""

    @property
    def ranges(self) -> tuple[str, ...]:
        """The fields."""
        return tuple(self.values.column_names)

    def covers(self, table: pa.Table) -> np.ndarray:
        """Return, for each row, whether it lies in the window. A row with a null in one of the fields does not."""
        inside = np.ones(table.num_rows, bool)
        # The values of all fields so far as one number: equal numbers, equal values.
        place, wanted = np.zeros(table.num_rows, np.int64), np.zeros(self.values.num_rows, np.int64)
        for name in self.ranges:
            distinct = pc.unique(self.values.column(name))
            at = pc.index_in(table.column(name).cast(distinct.type), value_set=distinct)
            inside &= pc.is_valid(at).to_numpy()
            mine = pc.index_in(self.values.column(name), value_set=distinct).to_numpy()
            both = np.concatenate(
                [place * len(distinct) + pc.fill_null(at, 0).to_numpy(), wanted * len(distinct) + mine]
            )
            _, both = np.unique(both, return_inverse=True)  # small again, however many fields
            place, wanted = both[: len(place)], both[len(place) :]
        return inside & np.isin(place, wanted)

    def reaches(self, partition: Partition, label: str) -> bool:
        """Return whether a partition may hold rows in the window."""
        if partition.field is None or partition.field not in self.ranges:
            return bool(self.values.num_rows)
        grain: Grain = "month" if partition.grain == "month" else "year"
        return label in set(periods.labels(self.values.column(partition.field), grain).to_pylist())

    def meets(self, other: "Window | ValueWindow") -> bool:
        """Return whether a row may lie in both windows."""
        if isinstance(other, Window):
            return True  # of another declaration
        shared = [name for name in self.ranges if name in other.ranges]
        both = ValueWindow(other.values.select(shared)).covers(self.values.select(shared))
        return bool(np.any(both))

    def __str__(self) -> str:
        first, more = self.values.slice(0, 3).to_pylist(), self.values.num_rows - 3
        shown = "; ".join(", ".join(f"{name} {value}" for name, value in row.items()) for row in first)
        return f"{shown} and {more} more" if more > 0 else shown


def of_values(rows_of_fetch: pa.Table, fields: Sequence[str]) -> ValueWindow:
    """Return the window of the values that stand in rows; a row with a null in one of the fields has none.

    Args:
        rows_of_fetch: typed.
        fields: of the window.
    """
    values = rows_of_fetch.select(fields).drop_null()
    return ValueWindow(values.group_by(list(fields), use_threads=False).aggregate([]))


@dataclass(frozen=True)
class WindowCounts:
    """Rows in the window of one fetch."""

    covered: int = 0
    """Rows that were in the window before the fetch."""
    removed: int = 0
    """Those of them that the fetch does not bring again."""

    def __add__(self, other: "WindowCounts") -> "WindowCounts":
        return WindowCounts(self.covered + other.covered, self.removed + other.removed)


class Merged(NamedTuple):
    """The rows of a partition after new rows are folded in."""

    rows: pa.Table
    """In key order."""
    of_windows: Mapping[int, WindowCounts] = {}
    """By judged fetch."""
    in_windows: int = 0
    """Rows of the base that lie in a judged window and in no later window of a fetch that is in the base."""


def of_record(record: Record, fields: Mapping[str, str]) -> Window | None:
    """Return the window that a fetch asked for, by the fields' names of today: a field may have a new name since then.

    Args:
        record: the fetch.
        fields: as for `pipelines.protocols.in_fields`.

    Returns:
        The window; None if the fetch asked for no window.

    Raises:
        DeclarationError: as `in_fields`.
    """
    asked = record.asked.get("window")
    if not asked:
        return None
    return Window({name: (low, high) for name, (low, high) in in_fields(asked, fields).items()})


def check(table: pa.Table, windows: Mapping[int, Window | ValueWindow]) -> tuple[int, str] | None:
    """Return the first fetch with a row outside its window, and the sentence that says so; None if there is none.

    Args:
        table: `_fetch`, `_row` and the published fields; no key cell is null.
        windows: by fetch, what was asked for.
    """
    for fetch, window in windows.items():
        rows_of_fetch = table.filter(pc.equal(table.column(FETCH), fetch))
        outside = ~window.covers(rows_of_fetch)
        if outside.any():
            row = rows_of_fetch.filter(pa.array(outside)).slice(0, 1).to_pylist()[0]
            place = ", ".join(f"{name} {row[name]}" for name in window.ranges)
            return (
                fetch,
                f"expected rows of {window}, as asked, found row {row[ROW]} of {place}: not what was asked",
            )
    return None


def merge(
    before: pa.Table, new: pa.Table, windows: Mapping[int, Window | ValueWindow], judged: Iterable[int], key: list[str]
) -> Merged:
    """Let fetches replace the rows in their windows, one fetch after the other.

    Args:
        before: the base's rows, in key order.
        new: `_fetch` and the published fields; no key twice in a fetch.
        windows: by fetch. A fetch without a window replaces the rows with the keys that it brings.
        judged: the fetches that are judged. The others are in the base already: there, the later fetch counts.
        key: the primary key.

    Returns:
        The rows that are left in the end, and the counts of each judged window.
    """
    judged = set(judged)
    base = before.append_column(FETCH, pa.array(np.full(before.num_rows, _BASE)))
    both = pa.concat_tables([base, new.select(base.column_names)])
    fetch = both.column(FETCH).to_numpy()
    # The fetch that a row comes from: a row of the base comes from the last fetch in the base whose window covers it.
    owner = fetch.copy()
    for k, window in sorted(windows.items()):
        if k not in judged:
            owner[window.covers(both) & (fetch == _BASE)] = k
    # The next and the last fetch that covers a row. No mask is kept: a year of nights has thousands of windows.
    next_, last, removable = np.zeros_like(owner), owner.copy(), np.zeros(len(owner), bool)
    for k, window in sorted(windows.items()):
        mask = window.covers(both) & (owner < k)
        next_[mask & (next_ == 0)] = k
        last[mask] = k
        if k in judged:
            removable |= mask
    of_windows = {k: _counts(both, next_ == k, fetch == k, key) for k in windows if k in judged}
    stands = both.filter(pa.array(last == fetch))
    merged = rows.last_of_each_key(stands, key, FETCH).drop_columns([FETCH])
    return Merged(merged.select(before.column_names), of_windows, int((removable & (fetch == _BASE)).sum()))


def _counts(both: pa.Table, covered: np.ndarray, brought: np.ndarray, key: list[str]) -> WindowCounts:
    """Count rows by key: a key counts once, also if the base and several fetches have it."""
    stood = rows.last_of_each_key(both.filter(pa.array(covered)).select([*key, FETCH]), key, FETCH)
    if stood.num_rows == 0:
        return WindowCounts()
    missing = rows.match(stood, both.filter(pa.array(brought)).select(key), key).only_old
    return WindowCounts(stood.num_rows, len(missing))


def _begins(one: Window, other: Window, name: str) -> bool:
    """Whether a range begins before another one ends. A day ends with its last hour: `~` is behind all of them."""
    low, high = one.ranges[name][0], other.ranges[name][1]
    return low <= (f"{high}~" if low.startswith(f"{high}T") else high)


def _values(limits: tuple[str, str], kind: pa.DataType) -> tuple[Any, Any]:
    """Limits as values of a field; of a time the beginning of the first day or hour, and the end of the last one."""
    if pa.types.is_date32(kind):
        low, high = map(dt.date.fromisoformat, limits)
        return low, high
    if not pa.types.is_timestamp(kind):
        return limits
    zone = zoneinfo.ZoneInfo(kind.tz) if kind.tz else None
    first, last = (dt.datetime.fromisoformat(limit) for limit in limits)
    end = last + (dt.timedelta(hours=1) if "T" in limits[1] else dt.timedelta(days=1))
    return first.replace(tzinfo=zone), end.replace(tzinfo=zone)
