"""Faults in the rows: each one changes the rows before the protocol writes them.

The name of a function is the name of its fault, and the first line of its docstring is the description of the fault.
The texts of a row decide whether a fault meets it. So the same fault meets the same rows at each request.
"""

import itertools
from collections.abc import Callable
from typing import Any

from pydantic import Field

from sandbox.faults.params import FaultParams
from sandbox.messages import AgencyTable
from sandbox.noise import noise_value


class ColumnParams(FaultParams):
    """Parameters: a column."""

    column: str


class RenamedColumnParams(ColumnParams):
    """Parameters: a column and its new name."""

    to: str


class ColumnTextParams(ColumnParams):
    """Parameters: a column and a text."""

    text: str = "?"


class SameKeyParams(ColumnTextParams):
    """Parameters: a column outside the key, the text of the second row, and how many rows get a second one."""

    rows: int = Field(default=1, ge=1)


class DuplicateRowsParams(FaultParams):
    """Parameters: the share of the rows that come twice."""

    share: float = Field(default=0.05, ge=0, le=1)


class BadValueParams(ColumnTextParams):
    """Parameters: a column, the wrong text, and how many rows or what share of them get it. Default: one row."""

    rows: int | None = Field(default=None, ge=1)
    share: float | None = Field(default=None, ge=0, le=1)


class BadPublicationParams(ColumnTextParams):
    """Parameters: a column, the wrong text, the share of rows that get it, and the share of rows that are missing."""

    share: float = Field(default=1.0, ge=0, le=1)
    vanish: float = Field(default=0.0, ge=0, le=1)


class ImpossibleDateParams(ColumnParams):
    """Parameters: a date column, the wrong texts, used in turn, and how many rows get one."""

    texts: list[str] = Field(default=["115.02.30", "115.13.01", "0.00.00"], min_length=1)
    rows: int = Field(default=3, ge=1)


class ManyColumnsParams(FaultParams):
    """Parameters: how many columns are added."""

    columns: int = Field(default=1_000_000, ge=1)


def _is_selected(row: dict[str, str], purpose: str, share: float) -> bool:
    return noise_value(purpose, *row.values()) < share


def renamed_column(table: AgencyTable, params: RenamedColumnParams) -> AgencyTable:
    """A column has another name."""
    new_names = {params.column: params.to}
    return table._replace(
        columns=[new_names.get(name, name) for name in table.columns],
        rows=[{new_names.get(name, name): text for name, text in row.items()} for row in table.rows],
    )


def vanished_column(table: AgencyTable, params: ColumnParams) -> AgencyTable:
    """A column is missing."""
    return table._replace(
        columns=[name for name in table.columns if name != params.column],
        rows=[{name: text for name, text in row.items() if name != params.column} for row in table.rows],
    )


def unknown_column(table: AgencyTable, params: ColumnTextParams) -> AgencyTable:
    """There is a column that nobody declared."""
    return table._replace(
        columns=[*table.columns, params.column], rows=[{**row, params.column: params.text} for row in table.rows]
    )


def same_key_two_contents(table: AgencyTable, params: SameKeyParams) -> AgencyTable:
    """Some rows come twice with one key and different contents. The second row has the given text in the column."""
    second_rows = [{**row, params.column: params.text} for row in table.rows if row[params.column] != params.text]
    return table._replace(rows=[*table.rows, *second_rows[: params.rows]])


def duplicate_rows(table: AgencyTable, params: DuplicateRowsParams) -> AgencyTable:
    """A share of the rows comes twice, with the same contents."""
    duplicates = [dict(row) for row in table.rows if _is_selected(row, "duplicate", params.share)]
    return table._replace(rows=[*table.rows, *duplicates])


def bad_value(table: AgencyTable, params: BadValueParams) -> AgencyTable:
    """Some rows have a wrong text in a column."""
    if params.share is not None:
        selected = [_is_selected(row, "bad", params.share) for row in table.rows]
    else:
        selected = [number < (params.rows or 1) for number in range(len(table.rows))]
    return table._replace(
        rows=[
            {**row, params.column: params.text} if is_bad else row
            for row, is_bad in zip(table.rows, selected, strict=True)
        ]
    )


def impossible_date(table: AgencyTable, params: ImpossibleDateParams) -> AgencyTable:
    """Some rows have a day that does not exist."""
    wrong_texts = itertools.islice(itertools.cycle(params.texts), min(params.rows, len(table.rows)))
    changed = [{**row, params.column: text} for row, text in zip(table.rows, wrong_texts, strict=False)]
    return table._replace(rows=[*changed, *table.rows[len(changed) :]])


def many_columns(table: AgencyTable, params: ManyColumnsParams) -> AgencyTable:
    """Only one row is left, and it has very many columns."""
    added = {f"c{number}": "0" for number in range(params.columns)}
    return table._replace(columns=[*table.columns, *added], rows=[{**row, **added} for row in table.rows[:1]])


def bad_publication(table: AgencyTable, params: BadPublicationParams) -> AgencyTable:
    """The whole table is wrong: a share of the rows has a wrong text in a column, and some rows are missing."""
    remaining = [row for row in table.rows if not _is_selected(row, "vanish", params.vanish)]
    return table._replace(
        rows=[
            {**row, params.column: params.text} if _is_selected(row, "bad", params.share) else row for row in remaining
        ]
    )


ROW_FAULTS: tuple[tuple[Callable[[AgencyTable, Any], AgencyTable], type[FaultParams]], ...] = (
    (renamed_column, RenamedColumnParams),
    (vanished_column, ColumnParams),
    (unknown_column, ColumnTextParams),
    (same_key_two_contents, SameKeyParams),
    (duplicate_rows, DuplicateRowsParams),
    (bad_value, BadValueParams),
    (impossible_date, ImpossibleDateParams),
    (many_columns, ManyColumnsParams),
    (bad_publication, BadPublicationParams),
)
