"""`load: window`: a fetch speaks for the rows within what it asked for, and for no others."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog import rows
from catalog.declaration.pipeline import Partition
from pipelines.conform.columns import FETCH, ROW
from pipelines.evidence import Record
from pipelines.protocols import in_fields

_LABELS = {"month": 7, "year": 4}
"""Characters of a day that are a partition's label."""
_BASE = 0
"""Stands for the base where fetches are numbered from 1."""


@dataclass(frozen=True)
class Window:
    """Closed ranges of key fields, as texts: days as 2026-04-17, codes as they are."""

    ranges: Mapping[str, tuple[str, str]]

    def covers(self, table: pa.Table) -> np.ndarray:
        """Return, for each row, whether it lies within; a row with a null there does not."""
        inside = np.ones(table.num_rows, bool)
        for name, limits in self.ranges.items():
            column = table.column(name)
            low, high = (pa.scalar(_value(one, column.type), column.type) for one in limits)
            here = pc.and_(pc.greater_equal(column, low), pc.less_equal(column, high))
            inside &= pc.fill_null(here, False).to_numpy()
        return inside

    def reaches(self, partition: Partition, label: str) -> bool:
        """Return whether a partition may hold rows within."""
        if partition.field is None or partition.field not in self.ranges:
            return True
        low, high = (day[: _LABELS[partition.grain]] for day in self.ranges[partition.field])
        return low <= label <= high

    def meets(self, other: "Window") -> bool:
        """Return whether a row may lie within both."""
        shared = set(self.ranges) & set(other.ranges)
        return all(self.ranges[one][0] <= other.ranges[one][1] for one in shared) and all(
            other.ranges[one][0] <= self.ranges[one][1] for one in shared
        )

    def __str__(self) -> str:
        ranges = self.ranges.items()
        return ", ".join(f"{name} {low}" if low == high else f"{name} {low} to {high}" for name, (low, high) in ranges)


@dataclass(frozen=True)
class Spoken:
    """What a fetch speaks for."""

    covered: int = 0
    """Rows that stood in its window before it."""
    removed: int = 0
    """Those of them that it does not bring again."""

    def __add__(self, other: "Spoken") -> "Spoken":
        return Spoken(self.covered + other.covered, self.removed + other.removed)


def of_record(record: Record, fields: Mapping[str, str]) -> Window | None:
    """Return what a fetch asked for, in the fields of today: a field may have been named anew since; None for nothing.

    Args:
        record: the fetch.
        fields: as for `pipelines.protocols.in_fields`.

    Raises:
        DeclarationError: as `in_fields`.
    """
    said = record.asked.get("window")
    if not said:
        return None
    return Window({name: (low, high) for name, (low, high) in in_fields(said, fields).items()})


def check(table: pa.Table, windows: Mapping[int, Window]) -> tuple[int, str] | None:
    """Return the first fetch that brings a row it was not asked for, and the sentence that says so.

    Args:
        table: `_fetch`, `_row` and the published fields; no key cell is null.
        windows: by fetch, what was asked for.
    """
    for fetch, window in windows.items():
        mine = table.filter(pc.equal(table.column(FETCH), fetch))
        outside = ~window.covers(mine)
        if outside.any():
            row = mine.filter(pa.array(outside)).slice(0, 1).to_pylist()[0]
            found = ", ".join(f"{name} {row[name]}" for name in window.ranges)
            return (
                fetch,
                f"expected rows of {window}, as asked, found row {row[ROW]} of {found}: not what was asked",
            )
    return None


def over(
    before: pa.Table, new: pa.Table, windows: Mapping[int, Window], own: Iterable[int], key: list[str]
) -> tuple[pa.Table, dict[int, Spoken], int]:
    """Let fetches replace, one after the other, what stands in their windows.

    Args:
        before: the base's rows, in key order.
        new: `_fetch` and the published fields; no key twice in a fetch.
        windows: by fetch, in order; a fetch without one speaks for the keys that it brings.
        own: the fetches that are judged; the others are in the base already, and keep the last word there.
        key: the primary key.

    Returns:
        The rows that stand in the end, in key order; what each judged fetch speaks for; and how many of the base's
        rows lie in a judged window that no later one of the base overrules.
    """
    judged = set(own)
    base = before.append_column(FETCH, pa.array(np.full(before.num_rows, _BASE)))
    both = pa.concat_tables([base, new.select(base.column_names)])
    fetch = both.column(FETCH).to_numpy()
    # Of whom a row is: one of the base that a later fetch brought there already is that fetch's.
    owner = fetch.copy()
    for k, window in sorted(windows.items()):
        if k not in judged:
            owner[window.covers(both) & (fetch == _BASE)] = k
    # Who covers it next and who last. Masks are not kept: a year of nights has thousands of windows.
    next_, last, removable = np.zeros_like(owner), owner.copy(), np.zeros(len(owner), bool)
    for k, window in sorted(windows.items()):
        mask = window.covers(both) & (owner < k)
        next_[mask & (next_ == 0)] = k
        last[mask] = k
        if k in judged:
            removable |= mask
    spoken = {k: _spoken(both, next_ == k, fetch == k, key) for k in windows if k in judged}
    stands = both.filter(pa.array(last == fetch))
    kept = rows.last_of_each_key(stands, key, FETCH).drop_columns([FETCH])
    return kept.select(before.column_names), spoken, int((removable & (fetch == _BASE)).sum())


def _spoken(both: pa.Table, covered: np.ndarray, brought: np.ndarray, key: list[str]) -> Spoken:
    """Count rows by key: one that is in the base and was heard again, or was heard of old in many fetches, is one."""
    stood = rows.last_of_each_key(both.filter(pa.array(covered)).select([*key, FETCH]), key, FETCH)
    if stood.num_rows == 0:
        return Spoken()
    missing = rows.match(stood, both.filter(pa.array(brought)).select(key), key).only_old
    return Spoken(stood.num_rows, len(missing))


def _value(text: str, kind: pa.DataType) -> Any:
    return dt.date.fromisoformat(text) if pa.types.is_date32(kind) else text
