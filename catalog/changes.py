"""Row changes between two tables by key: what was inserted, updated, deleted."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from catalog import rows
from catalog.errors import IntegrityError

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


def compare(old: pa.Table, new: pa.Table, key: list[str]) -> pa.Table:
    """Compare two tables over the columns that both have.

    Args:
        old: rows before; each key once.
        new: rows after; each key once.
        key: key columns, in both.

    Returns:
        A row for each change, in key order: `_change` (insert, update or delete), the key, each other shared column
        (its value after; null for a delete) and `_before_<column>` (null for an insert).

    Raises:
        IntegrityError: a key column is not in both tables or has two types.
    """
    for name in key:
        if name not in old.column_names or name not in new.column_names:
            raise IntegrityError(f"the key column {name} is not in both tables: rows cannot be compared")
        if old.schema.field(name).type != new.schema.field(name).type:
            types = f"{old.schema.field(name).type} before and {new.schema.field(name).type} after"
            raise IntegrityError(f"the key column {name} is {types}: rows cannot be compared")
    shared = [name for name in new.column_names if name in old.column_names and name not in key]
    old, new = old.select(key + shared), new.select(key + shared).cast(_types(old, key + shared), safe=False)
    found = rows.match(old, new, key)
    changed = np.zeros(len(found.old), bool)
    before, after = old.take(pa.array(found.old)), new.take(pa.array(found.new))
    for name in shared:
        changed |= rows.differ(before.column(name), after.column(name))
    mask = pa.array(changed)
    inserted, deleted = new.take(pa.array(found.only_new)), old.take(pa.array(found.only_old))
    parts = [
        _part("insert", inserted, None, key, shared),
        _part("update", after.filter(mask), before.filter(mask), key, shared),
        _part("delete", None, deleted, key, shared),
    ]
    return rows.by_key(pa.concat_tables(parts), key)


def count(changes: pa.Table) -> Counts:
    """Count a table of changes."""
    kinds = changes.column(CHANGE).combine_chunks().value_counts().to_pylist() if changes.num_rows else []
    return Counts(**{kind["values"]: kind["counts"] for kind in kinds})


def _types(table: pa.Table, names: list[str]) -> pa.Schema:
    return pa.schema([table.schema.field(name) for name in names])


def _part(kind: str, after: pa.Table | None, before: pa.Table | None, key: list[str], shared: list[str]) -> pa.Table:
    some = after if after is not None else before
    if some is None:
        raise ValueError("a change has a row before, or after, or both")
    columns: dict[str, pa.ChunkedArray | pa.Array] = {CHANGE: pa.array([kind] * some.num_rows, pa.string())}
    columns |= {name: some.column(name) for name in key}
    for name in shared:
        none = pa.nulls(some.num_rows, some.schema.field(name).type)
        columns[name] = none if after is None else after.column(name)
        columns[BEFORE + name] = none if before is None else before.column(name)
    return pa.table(columns)
