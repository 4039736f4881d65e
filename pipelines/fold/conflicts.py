"""A key that stands twice in one fetch: which of its rows stay, as `minsheng.conflict` says; and rows without a key."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog import rows
from catalog.declaration.dataset import Dataset
from catalog.declaration.rows import NewestRow
from pipelines.conform.columns import FETCH, ROW


class Settled(NamedTuple):
    """The rows of fetches, after conflicts of keys are settled."""

    rows: pa.Table
    """The rows that stay."""
    left: pa.Table
    """`_fetch`, `_row` and `column`, the first field that differs, of each row that leaves."""
    older: dict[int, int]
    """By fetch: rows that do not count, because another of the same key is newer."""


def settle(dataset: Dataset, conformed: pa.Table) -> Settled:
    """Let the rows of a key with two contents leave, or keep the newest. With `conflict: refuse` nothing is done.

    Of equally new rows with different contents none can be preferred: all rows of their key leave.

    Args:
        dataset: the declaration.
        conformed: `_fetch`, `_row` and the published fields; no key cell is null.
    """
    none = pa.schema([(FETCH, pa.int64()), (ROW, pa.int64()), ("column", pa.string())]).empty_table()
    conflict = dataset.minsheng.conflict
    if conflict == "refuse":
        return Settled(conformed, none, {})
    ordered = rows.by_key(conformed, [*dataset.table.primary_key, FETCH, ROW])
    group = _groups(dataset, ordered)
    differing = _first_differences(dataset, ordered, group)
    if not any(column is not None for column in differing):
        return Settled(conformed, none, {})
    older = np.zeros(ordered.num_rows, bool)
    if isinstance(conflict, NewestRow):
        settled = np.array([column is not None for column in differing], bool)[group]
        older = settled & _below_greatest(ordered.column(conflict.newest), group)
        differing = _first_differences(dataset, ordered, group, ~older)
    column_of = pa.array(differing, pa.string()).take(pa.array(group))
    leaves = pc.is_valid(column_of).to_numpy(zero_copy_only=False)
    left = ordered.select([FETCH, ROW]).append_column("column", column_of).filter(pa.array(leaves))
    counted = ordered.column(FETCH).filter(pa.array(older & ~leaves)).value_counts().to_pylist()
    return Settled(
        ordered.filter(pa.array(~(older | leaves))), left, {each["values"]: each["counts"] for each in counted}
    )


def number(dataset: Dataset, conformed: pa.Table) -> pa.Table:
    """Count the rows that are alike in the rest of the key, in each fetch, in the order of their content.

    Args:
        dataset: the declaration; without a field of `occurrence` the rows stay as they are.
        conformed: `_fetch`, `_row` and the published fields.
    """
    name = dataset.occurrence
    if name is None:
        return conformed
    alike = [part for part in dataset.table.primary_key if part != name]
    rest = [column for column in dataset.arrow.names if column != name and column not in alike]
    ordered = rows.by_key(conformed, [*alike, FETCH, *rest, ROW])
    first = ~np.append(False, rows.same_as_next(ordered, [*alike, FETCH])[:-1])[: ordered.num_rows]
    place = np.arange(ordered.num_rows)
    numbers = place - np.maximum.accumulate(np.where(first, place, 0)) + 1
    return ordered.set_column(ordered.schema.get_field_index(name), name, pa.array(numbers, pa.int64()))


def _groups(dataset: Dataset, ordered: pa.Table) -> np.ndarray:
    """For each row the number of its key in its fetch, from 0."""
    same = rows.same_as_next(ordered, [*dataset.table.primary_key, FETCH])
    starts = ~np.append(False, same[:-1])[: ordered.num_rows]
    groups: np.ndarray = np.cumsum(starts) - 1
    return groups


def _first_differences(
    dataset: Dataset, ordered: pa.Table, group: np.ndarray, among: np.ndarray | None = None
) -> np.ndarray:
    """By key of a fetch, the first field in which its rows differ; None where they are alike."""
    first = np.full(int(group[-1]) + 1 if len(group) else 0, None, object)
    if among is not None:
        ordered, group = ordered.filter(pa.array(among)), group[among]
    together = np.append(group[:-1] == group[1:], False)[: len(group)]
    above, below = ordered.filter(pa.array(together)), ordered.slice(1).filter(pa.array(together[:-1]))
    of_pair = group[together]
    for name in dataset.arrow.names:
        differs = of_pair[rows.differ(above.column(name), below.column(name))]
        fresh = differs[first[differs] == None]  # noqa: E711  compares each element
        first[fresh] = name
    return first


def _below_greatest(column: pa.ChunkedArray, group: np.ndarray) -> np.ndarray:
    """For each row, whether another of its key has a greater value. No value is less than any."""
    rank = pc.rank(column, sort_keys="ascending", tiebreaker="dense").to_numpy()
    rank = np.where(pc.is_null(column).to_numpy(), 0, rank)
    greatest = np.zeros(int(group[-1]) + 1, rank.dtype)
    np.maximum.at(greatest, group, rank)
    below: np.ndarray = rank < greatest[group]
    return below
