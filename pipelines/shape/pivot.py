"""Rows to columns, for long tables: the texts of one column become the names of columns."""

from typing import Literal, NamedTuple, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, model_validator

from catalog.declaration.names import fold_name
from catalog.declaration.strict import Strict, Texts
from catalog.errors import SourceError
from pipelines.decode.parts import limits
from pipelines.decode.parts.beside import FAULT, check_names, is_beside
from pipelines.decode.parts.nested import written
from pipelines.shape.parts.origin import header_of, record_of, records_of
from pipelines.shape.parts.table import (
    Claims,
    StepNames,
    agency_columns,
    check_free,
    coded,
    empty,
    faults,
    find,
    group_numbers,
    optional,
    texts,
    told_beside,
)


class Pivot(Strict):
    """What a declaration may say of it."""

    index: Texts = Field(min_length=1, description="the columns that together say which row it is")
    names: str = Field(min_length=1, description="the column whose texts become names of columns")
    values: Texts = Field(
        min_length=1, description="the column with the cells; of several, the new names are `name column`"
    )
    columns: Texts = Field(default=(), description="names that are columns even in a fetch without them")
    unnamed: str | None = Field(
        default=None, min_length=1, description="what the column is called whose text in `names` is empty"
    )
    twice: Literal["refuse", "same", "quarantine"] = Field(
        default="refuse",
        description="two records for one cell: refuse the fetch; same: once if they are alike, else refuse; quarantine:"
        " all records of that cell",
    )

    @model_validator(mode="after")
    def _apart(self) -> Self:
        read = [fold_name(name) for name in (*self.index, self.names, *self.values)]
        if len(set(read)) < len(read):
            raise ValueError("index, names and values: a column stands in one of them, once")
        return self


OPTIONS = Pivot
"""What the registry checks a declared step by."""


def names(step: Pivot) -> StepNames:
    """Return the columns that it reads and makes, as far as it names them."""
    made = {_called(name, value, step): (value,) for name in step.columns for value in step.values}
    return StepNames((*step.index, step.names, *step.values), made)


def _called(name: str, value: str, step: Pivot) -> str:
    return name if len(step.values) == 1 else f"{name} {value}"


def apply(records: pa.Table, step: Pivot, claims: Claims) -> pa.Table:
    """Return a row for each text of the index, in the order in which they come first.

    A column that the step does not read stays, with the text of the first record; one that a field reads belongs to the
    index or the values.

    Args:
        records: as they are.
        step: as declared.
        claims: the columns that something else reads.

    Raises:
        SourceError: a column is not there, a record has no name, two have one cell, a control character stands in a
            name, or there are more columns or cells than the limits.
    """
    index, name_column, values = _columns(records, step, claims)
    records = _once(records, index, name_column, step)
    cells = _numbered(records, index, name_column, step)
    first = _firsts(cells.row, faults(records))
    kept = [name for name in records.column_names if name not in (name_column, *values)]
    made = [_called(name, value, step) for name in cells.names for value in values]
    check_names(made)
    check_free(made, [name for name in kept if not is_beside(name)])
    limits.columns(len(made) + len(kept))
    limits.cells(len(first) * (len(made) + len(kept)))
    found = {name: records.column(name).take(pa.array(first)) for name in kept}
    row_of = np.full(int(cells.row.max(initial=-1)) + 1, -1, np.int64)
    groups = cells.row[first]
    row_of[groups[groups >= 0]] = np.flatnonzero(groups >= 0)
    known = np.flatnonzero(cells.row >= 0)
    known = known[np.argsort(cells.name[known], kind="stable")]
    ends = np.searchsorted(cells.name[known], np.arange(len(cells.names) + 1))
    held = {value: _of_values(records, value) for value in values}
    for number, name in enumerate(cells.names):
        of_name = known[ends[number] : ends[number + 1]]
        source = np.full(len(first), -1, np.int64)
        source[row_of[cells.row[of_name]]] = of_name
        for value in values:
            found |= _taken(held[value], _called(name, value, step), optional(source))
    return pa.table(found)


def _columns(records: pa.Table, step: Pivot, claims: Claims) -> tuple[list[str], str, list[str]]:
    """The columns of the index, of the names, and of the values."""
    index, values = [find(records, name) for name in step.index], [find(records, name) for name in step.values]
    name_column = find(records, step.names)
    for name in agency_columns(records):
        if name not in (*index, name_column, *values) and claims.read(name):
            raise SourceError(
                f"expected the column {name!r} in index or values of the step, for something else reads it"
            )
    return index, name_column, values


class _Cells(NamedTuple):
    """The cells of a column of values, and where they stood."""

    text: pa.Array
    record: pa.Array
    header: pa.Array


def _of_values(records: pa.Table, value: str) -> _Cells:
    stood = header_of(value)
    there = stood in records.column_names
    headers = coded(records, stood) if there else pa.repeat(value, records.num_rows).dictionary_encode()
    return _Cells(texts(records, value), records_of(records, value), headers)


def _taken(cells: _Cells, name: str, source: pa.Array) -> dict[str, pa.Array]:
    """The cells of a new column, and where they stood."""
    return {
        name: cells.text.take(source),
        record_of(name): cells.record.take(source),
        header_of(name): cells.header.take(source),
    }


class _Numbers(NamedTuple):
    """Which cell each record holds."""

    row: np.ndarray
    """-1: it is no record."""
    name: np.ndarray
    names: list[str]


def _numbered(records: pa.Table, index: list[str], name_column: str, step: Pivot) -> _Numbers:
    labels, fault = pc.utf8_trim_whitespace(texts(records, name_column)), faults(records)
    if step.unnamed:
        labels = pc.if_else(pa.array(empty(labels)), step.unnamed, labels)
    unnamed = empty(labels) & ~fault
    if unnamed.any():
        row = int(np.argmax(unnamed)) + 1
        raise SourceError(f"expected a name in {name_column!r} of every row, found none in row {row:,} of the table")
    # A row is of one sheet, one member and one request.
    groups = group_numbers(records, [*told_beside(records), *index])
    found = labels.filter(pa.array(~fault)).unique().to_pylist()
    label_names = list(dict.fromkeys([*step.columns, *found]))
    limits.columns(len(label_names))
    numbers = pc.fill_null(pc.index_in(labels, value_set=pa.array(label_names, pa.string())), -1)
    return _Numbers(np.where(fault, -1, groups), numbers.to_numpy(zero_copy_only=False).astype(np.int64), label_names)


def _firsts(groups: np.ndarray, fault: np.ndarray) -> np.ndarray:
    """The records that rows begin with: the first of each group, and each one that is none; in order."""
    known = np.flatnonzero(groups >= 0)
    first = known[np.unique(groups[known], return_index=True)[1]]
    return np.sort(np.concatenate([first, np.flatnonzero(fault)]))


def _once(records: pa.Table, index: list[str], name_column: str, step: Pivot) -> pa.Table:
    """The records without a second one for a cell, as `twice` says."""
    numbers = _numbered(records, index, name_column, step)
    cell = np.where(numbers.row < 0, -1 - np.arange(len(numbers.row)), numbers.row * len(numbers.names) + numbers.name)
    _, back, counts = np.unique(cell, return_inverse=True, return_counts=True)
    rows = np.flatnonzero(counts[back.reshape(-1)] > 1)
    if not len(rows):
        return records
    columns = agency_columns(records)
    raw = [written({name: records.column(name)[int(row)].as_py() for name in columns}) for row in rows]
    if step.twice == "quarantine":
        return _faulty(records, dict(zip(map(int, rows), raw, strict=True)))
    kept: dict[int, str] = {}
    for row, text in zip(rows, raw, strict=True):
        if step.twice == "refuse" or kept.setdefault(int(cell[row]), text) != text:
            raise SourceError(
                f"expected one record for each cell, found {len(rows):,} records that share theirs with another, as "
                f"{text[:120]!r}; add a column to index, or write twice: quarantine"
            )
    again = np.ones(len(cell), bool)
    again[np.unique(cell, return_index=True)[1]] = False
    return records.filter(pa.array(~again))


def _faulty(records: pa.Table, raw: dict[int, str]) -> pa.Table:
    """The records, of which some are none, with their raw texts."""
    old = records.column(FAULT).to_pylist() if FAULT in records.column_names else [None] * records.num_rows
    told = pa.array([raw.get(row, text) for row, text in enumerate(old)], pa.string())
    mask = np.zeros(records.num_rows, bool)
    mask[list(raw)] = True
    emptied = {
        name: records.column(name) if is_beside(name) else pc.if_else(pa.array(mask), None, texts(records, name))
        for name in records.column_names
    }
    return pa.table(emptied | {FAULT: told})
