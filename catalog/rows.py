"""Rows by key: sorting, runs of equal keys, and which rows of two tables belong together."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def each_once(column: pa.Array | pa.ChunkedArray, make: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """Make a value of each cell, working on each distinct one once: of times, words and measurements there are few.

    Args:
        column: the cells.
        make: distinct values, none of them null -> as many new ones; each depends on its own value only.

    Returns:
        A new value for each cell; null where the cell is null.
    """
    coded = (column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column).dictionary_encode()
    return make(coded.dictionary).take(coded.indices)


def by_key(table: pa.Table, key: list[str]) -> pa.Table:
    """Return the rows in key order: texts by bytes, numbers and times by value; a table in order as it is, uncopied."""
    places = order(table, key)
    return table if places is None else table.take(places)


def order(table: pa.Table, key: list[str]) -> pa.Array | None:
    """Return the places of the rows in key order, nulls last; None where they stand in order already."""
    if _in_order(table, key):
        return None
    return pc.sort_indices(table, sort_keys=[(name, "ascending") for name in key])


def _in_order(table: pa.Table, key: list[str]) -> bool:
    """Whether no row comes before the one above it; with a null among the keys that is not looked into."""
    if table.num_rows < 2:
        return True
    same = pa.array(np.ones(table.num_rows - 1, bool))
    for name in key:
        column = table.column(name)
        if column.null_count:
            return False
        above, below = column.slice(0, len(same)), column.slice(1)
        if pc.any(pc.and_(same, pc.greater(above, below))).as_py():
            return False
        same = pc.and_(same, pc.equal(above, below))
    return True


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
    followed = same_as_next(ordered, key)
    return ordered.filter(pa.array(~followed)) if followed.any() else ordered


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
    places: np.ndarray = pc.or_(unequal, nulls).to_numpy()
    return places
