"""Row changes between two tables by key: what was inserted, updated, deleted."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog import rows
from catalog.errors import IntegrityError
from catalog.formats import csv

CHANGE = "_change"
BEFORE = "_before_"
"""Begins the name of a column that holds the value before an update or a delete."""


class Counts(NamedTuple):
    """How many rows came, changed, went."""

    insert: int = 0
    update: int = 0
    delete: int = 0

    def __add__(self, other: object) -> "Counts":
        if not isinstance(other, Counts):
            return NotImplemented
        return Counts(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))

    @property
    def any(self) -> bool:
        """Whether anything changed."""
        return sum(self) > 0

    @property
    def signed(self) -> str:
        """The counts as `+133 ~4 -1`; nothing for none."""
        return " ".join(f"{sign}{count:,}" for sign, count in zip("+~-", self, strict=True) if count)


def compare(old: pa.Table, new: pa.Table, key: list[str]) -> pa.Table:
    """Compare two tables over the columns that both have; where a column has two types, by the texts published.

    Args:
        old: rows before; each key once.
        new: rows after; each key once.
        key: key columns, in both.

    Returns:
        A row for each change, in key order: `_change` (insert, update or delete), the key, each other shared column
        (its value after, of the new type; null for a delete) and `_before_<column>` (of the old type; null for an
        insert).

    Raises:
        IntegrityError: a key column is not in both tables or has two types.
    """
    for name in key:
        if name not in old.column_names or name not in new.column_names:
            raise IntegrityError(f"the key column {name} is not in both tables: rows cannot be compared")
        if old.schema.field(name).type != new.schema.field(name).type:
            types = f"{old.schema.field(name).type} before and {new.schema.field(name).type} after"
            raise IntegrityError(f"the key column {name} is {types}: rows cannot be compared")
    of_old = set(old.column_names) - set(key)
    shared = [name for name in new.column_names if name in of_old]
    matched = rows.match(old, new, key)
    moved = np.zeros(len(matched.old), bool)
    before, after = old.take(pa.array(matched.old)), new.take(pa.array(matched.new))
    for name in shared:
        moved |= _differ(before.column(name), after.column(name), name)
    old_rows, new_rows = matched.old[moved], matched.new[moved]
    kinds = np.repeat(np.arange(3), [len(matched.only_new), len(new_rows), len(matched.only_old)])
    # An index of null takes a row of nulls: what there was not.
    before = _taken(old, _indices(len(matched.only_new), [old_rows, matched.only_old], 0))
    after = _taken(new, _indices(0, [matched.only_new, new_rows], len(matched.only_old)))
    columns = {CHANGE: pa.array(Counts._fields).take(pa.array(kinds))}
    columns |= {name: pc.coalesce(after.column(name), before.column(name)) for name in key}
    for name in shared:
        columns |= {name: after.column(name), BEFORE + name: before.column(name)}
    return rows.by_key(pa.table(columns), key)


def count(changes: pa.Table) -> Counts:
    """Count a table of changes."""
    kinds = changes.column(CHANGE).combine_chunks().value_counts().to_pylist() if changes.num_rows else []
    return Counts(**{kind["values"]: kind["counts"] for kind in kinds})


def told(change: Mapping[str, Any], key: Sequence[str]) -> tuple[str, str, str]:
    """Return one row of a table of changes for people: what happened, to which key, and from what to what.

    Args:
        change: the row.
        key: the key columns.
    """
    where = ", ".join(f"{name}={change[name]}" for name in key)
    names = [name for name in change if name not in key and not name.startswith("_")]
    values = [
        f"{name}: {change[BEFORE + name]} -> {change[name]}" for name in names if change[name] != change[BEFORE + name]
    ]
    return change[CHANGE], where, "; ".join(values)


def _differ(before: pa.ChunkedArray, after: pa.ChunkedArray, name: str) -> np.ndarray:
    if before.type == after.type:
        return rows.differ(before, after)
    return rows.differ(csv.cell_text(before, name), csv.cell_text(after, name))


def _taken(table: pa.Table, indices: pa.Array) -> pa.Table:
    """The rows at these places. What is taken whole, or not at all, is not copied: a first release takes all anew."""
    if indices.null_count == len(indices):
        nulls = {kind: pa.nulls(len(indices), kind) for kind in set(table.schema.types)}
        return pa.table({field.name: nulls[field.type] for field in table.schema}, schema=table.schema)
    if indices.equals(pa.array(np.arange(table.num_rows))):
        return table
    return table.take(indices)


def _indices(nulls_before: int, indices: list[np.ndarray], nulls_after: int) -> pa.Array:
    some = pa.array(np.concatenate(indices), pa.int64())
    return pa.concat_arrays([pa.nulls(nulls_before, pa.int64()), some, pa.nulls(nulls_after, pa.int64())])
