"""Merged cells: the text of the first row goes down into the empty cells below it."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from catalog.declaration.strict import Strict, Texts
from pipelines.shape.parts.origin import record_of, records_of
from pipelines.shape.parts.table import Claims, StepNames, agency_columns, begins, codes, empty, faults, find, texts


class FillDown(Strict):
    """What a declaration may say of it."""

    columns: Texts = Field(
        min_length=1, description="from the widest to the narrowest: where one changes, those after it begin anew"
    )
    stop: Texts = Field(
        default=(), description="rows whose first text begins so, as a total: they stay, and nothing goes past them"
    )


OPTIONS = FillDown
"""What the registry checks a declared step by."""


def names(step: FillDown) -> StepNames:
    """Return the columns that it reads and makes."""
    return StepNames(step.columns, {name: (name,) for name in step.columns})


def apply(records: pa.Table, step: FillDown, claims: Claims) -> pa.Table:
    """Return the records with the empty cells of the columns filled; a row without any text stays as it is.

    Args:
        records: as they are.
        step: as declared.
        claims: not used here.

    Raises:
        SourceError: a column is not there.
    """
    places, fault = np.arange(records.num_rows), faults(records)
    said = {name: ~empty(texts(records, name)) for name in agency_columns(records)}
    stops = _stops(records, step.stop)
    plain = np.logical_or.reduce([*said.values(), np.zeros(len(places), bool)]) & ~fault & ~stops
    # Nothing comes from above the first row of a table, or above a row that stops.
    first = np.maximum.accumulate(np.where(stops, places + 1, begins(records))) if len(places) else places
    for name in (find(records, one) for one in step.columns):
        last = np.maximum.accumulate(np.where(said[name] & plain, places, -1)) if len(places) else places
        source = np.where(plain & ~said[name] & (last >= first), last, places)
        filled = texts(records, name).take(pa.array(source))
        moved = records_of(records, name).take(pa.array(source))
        records = records.set_column(records.column_names.index(name), name, filled)
        records = _with(records, record_of(name), moved)
        first = np.maximum(first, _changes(filled, plain))
    return records


def _with(records: pa.Table, name: str, column: pa.Array) -> pa.Table:
    kept = records.drop_columns([name]) if name in records.column_names else records
    return kept.append_column(name, column)


def _stops(records: pa.Table, marks: tuple[str, ...]) -> np.ndarray:
    """The rows whose first text begins with a mark."""
    stops = np.zeros(records.num_rows, bool)
    if not marks:
        return stops
    trimmed = [pc.utf8_trim_whitespace(texts(records, name)) for name in agency_columns(records)]
    first = pc.coalesce(*[pc.if_else(pc.equal(text, ""), None, text) for text in trimmed])
    for mark in marks:
        stops |= pc.fill_null(pc.starts_with(first, pattern=mark), False).to_numpy(zero_copy_only=False)
    return stops


def _changes(filled: pa.Array, plain: np.ndarray) -> np.ndarray:
    """For each row the last one, up to it, in which the text is not that of the row above."""
    numbers = codes(pc.utf8_trim_whitespace(filled))
    rows = np.flatnonzero(plain)
    new = np.zeros(len(numbers), np.int64)
    changed = rows[1:][numbers[rows[1:]] != numbers[rows[:-1]]]
    new[changed] = changed
    return np.maximum.accumulate(new) if len(new) else new
