"""Where the cells of shaped records stood in the agency's table: columns beside the others, which steps carry along."""

from typing import NamedTuple

import pyarrow as pa

RECORD = "\0record"
"""For each row, the record that it comes from, from 0: the first one, where a row comes from several."""


def record_of(column: str) -> str:
    """Return the name of the column that says in which record the cells of a column stood, where it is not RECORD."""
    return f"\0record\0{column}"


def header_of(column: str) -> str:
    """Return the name of the column that says in which column of the agency's the cells of a column stood."""
    return f"\0header\0{column}"


def is_place(name: str) -> bool:
    """Return whether a column is one of these."""
    return name == RECORD or name.startswith((record_of(""), header_of("")))


class CellPlace(NamedTuple):
    """A cell of the agency's table."""

    record: int
    """From 0."""
    column: str | None
    """None where the text stands in no cell."""


def place_of(shaped: pa.Table, column: str | None, row: int) -> CellPlace:
    """Return where the cell of a shaped table stood in the table of the agency.

    Args:
        shaped: as `pipelines.shape.shaped` gives it.
        column: one of its columns; None for a place without a column.
        row: one of its rows, from 0.
    """

    def told(name: str, otherwise: int | str | None) -> int | str | None:
        found = shaped.column(name)[row].as_py() if name in shaped.column_names else None
        return otherwise if found is None else found

    record = told(RECORD, row)
    if column is None:
        return CellPlace(int(record or 0), None)
    record, header = told(record_of(column), record), told(header_of(column), column)
    return CellPlace(int(record or 0), None if header is None else str(header))


def records_of(records: pa.Table, column: str) -> pa.Array:
    """Return for each row the record in which the cell of a column stood."""
    name = record_of(column)
    return records.column(name if name in records.column_names else RECORD).combine_chunks()
