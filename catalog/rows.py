"""Rows by key: sorting, runs of equal keys, and which rows of two tables belong together."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def by_key(table: pa.Table, key: list[str]) -> pa.Table:
    """Return the rows in key order: texts by bytes, numbers and times by value."""
    return table.take(pc.sort_indices(table, sort_keys=[(name, "ascending") for name in key]))


def same_as_next(table: pa.Table, key: list[str]) -> np.ndarray:
    """Return, for rows in key order, whether the next row has the same key; the last has none.

    Args:
        table: rows sorted by the key; no key cell is null.
        key: column names.
    """
    same = np.ones(max(table.num_rows - 1, 0), bool)
    for name in key:
        column = table.column(name)
        same &= pc.equal(column.slice(0, len(same)), column.slice(1)).to_numpy()
    return np.append(same, False)[: table.num_rows]


def last_of_each_key(table: pa.Table, key: list[str], order: str) -> pa.Table:
    """Return, in key order, of the rows of each key the one that is highest in `order`."""
    ordered = by_key(table, [*key, order])
    return ordered.filter(pa.array(~same_as_next(ordered, key)))


class Matched(NamedTuple):
    """Row numbers of two tables, all in key order."""

    only_old: np.ndarray
    only_new: np.ndarray
    old: np.ndarray
    """Row of the old table ..."""
    new: np.ndarray
    """... and the row of the new one with the same key."""


def match(old: pa.Table, new: pa.Table, key: list[str]) -> Matched:
    """Match the rows of two tables by key; in each table a key stands once."""
    both = pa.concat_tables([old.select(key), new.select(key)])
    order = pc.sort_indices(both, sort_keys=[(name, "ascending") for name in key]).to_numpy()
    paired = same_as_next(both.take(pa.array(order)), key)
    second = np.append(False, paired[:-1]) if len(paired) else paired
    # Sorting is stable, and the old rows come first.
    first, alone = order[paired], order[~paired & ~second]
    partner = order[second]
    return Matched(
        alone[alone < old.num_rows], alone[alone >= old.num_rows] - old.num_rows, first, partner - old.num_rows
    )


def differ(old: pa.ChunkedArray, new: pa.ChunkedArray) -> np.ndarray:
    """Return where two columns differ; null equals null and nothing else."""
    unequal = pc.fill_null(pc.not_equal(old, new), False)
    nulls = pc.not_equal(pc.is_null(old), pc.is_null(new))
    found: np.ndarray = pc.or_(unequal, nulls).to_numpy()
    return found
