"""Faults in what is said: they change the rows before the protocol writes them. The name of a function is the fault's.

Which rows are met is a function of the row itself, so that the same fault meets the same rows at each call.
"""

import itertools
from collections.abc import Callable
from typing import Any

from pydantic import Field

from sandbox.faults.params import Params
from sandbox.messages import Table
from sandbox.noise import unit


class ColumnOnly(Params):
    """Parameters: a column."""

    column: str


class ColumnTo(ColumnOnly):
    """Parameters: a column and its new name."""

    to: str


class ColumnText(ColumnOnly):
    """Parameters: a column and a text."""

    text: str = "?"


class Contents(ColumnText):
    """Parameters: a column outside the key, the text of the second row, how many rows have a second one."""

    rows: int = Field(default=1, ge=1)


class ShareOfRows(Params):
    """Parameters: a share of the rows."""

    share: float = Field(default=0.05, ge=0, le=1)


class BadValue(ColumnText):
    """Parameters: a column, the text, and in how many rows or what share of them (unsaid: one row)."""

    rows: int | None = Field(default=None, ge=1)
    share: float | None = Field(default=None, ge=0, le=1)


class BadPublication(ColumnText):
    """Parameters: a column, the text, the share of rows that get it, the share of rows left out."""

    share: float = Field(default=1.0, ge=0, le=1)
    vanish: float = Field(default=0.0, ge=0, le=1)


class ImpossibleDate(ColumnOnly):
    """Parameters: a column of dates, the texts that take turns in it, and in how many rows."""

    texts: list[str] = Field(default=["115.02.30", "115.13.01", "0.00.00"], min_length=1)
    rows: int = Field(default=3, ge=1)


class Columns(Params):
    """Parameters: how many columns more."""

    columns: int = Field(default=1_000_000, ge=1)


def _drawn(row: dict[str, str], why: str, share: float) -> bool:
    return unit(why, *row.values()) < share


def renamed_column(table: Table, params: ColumnTo) -> Table:
    """A column has another name."""
    new = {params.column: params.to}
    columns = [new.get(name, name) for name in table.columns]
    return table._replace(
        columns=columns,
        rows=[{new.get(name, name): text for name, text in row.items()} for row in table.rows],
    )


def vanished_column(table: Table, params: ColumnOnly) -> Table:
    """A column is gone."""
    return table._replace(
        columns=[name for name in table.columns if name != params.column],
        rows=[{name: text for name, text in row.items() if name != params.column} for row in table.rows],
    )


def unknown_column(table: Table, params: ColumnText) -> Table:
    """A column is there that nobody declared."""
    return table._replace(
        columns=[*table.columns, params.column], rows=[{**row, params.column: params.text} for row in table.rows]
    )


def same_key_two_contents(table: Table, params: Contents) -> Table:
    """A row comes twice with different contents: the column, which is outside the key, has the text in the second."""
    again = [{**row, params.column: params.text} for row in table.rows if row[params.column] != params.text]
    return table._replace(rows=[*table.rows, *again[: params.rows]])


def duplicate_rows(table: Table, params: ShareOfRows) -> Table:
    """A share of the rows comes twice, cell for cell."""
    again = [dict(row) for row in table.rows if _drawn(row, "duplicate", params.share)]
    return table._replace(rows=[*table.rows, *again])


def bad_value(table: Table, params: BadValue) -> Table:
    """A column has a text that it should not have, in some rows."""
    if params.share is not None:
        met = [_drawn(row, "bad", params.share) for row in table.rows]
    else:
        met = [number < (params.rows or 1) for number in range(len(table.rows))]
    return table._replace(
        rows=[{**row, params.column: params.text} if hit else row for row, hit in zip(table.rows, met, strict=True)]
    )


def impossible_date(table: Table, params: ImpossibleDate) -> Table:
    """Some rows have a day that does not exist."""
    texts = itertools.chain(itertools.islice(itertools.cycle(params.texts), params.rows), itertools.repeat(None))
    return table._replace(
        rows=[
            row if text is None else {**row, params.column: text} for row, text in zip(table.rows, texts, strict=False)
        ]
    )


def many_columns(table: Table, params: Columns) -> Table:
    """One row is left, and it has very many columns."""
    more = {f"c{number}": "0" for number in range(params.columns)}
    return table._replace(columns=[*table.columns, *more], rows=[{**row, **more} for row in table.rows[:1]])


def bad_publication(table: Table, params: BadPublication) -> Table:
    """The whole table went wrong: a text instead of a column's values in a share of rows, and rows are missing."""
    kept = [row for row in table.rows if not _drawn(row, "vanish", params.vanish)]
    return table._replace(
        rows=[{**row, params.column: params.text} if _drawn(row, "bad", params.share) else row for row in kept]
    )


ALL: tuple[tuple[Callable[[Table, Any], Table], type[Params]], ...] = (
    (renamed_column, ColumnTo),
    (vanished_column, ColumnOnly),
    (unknown_column, ColumnText),
    (same_key_two_contents, Contents),
    (duplicate_rows, ShareOfRows),
    (bad_value, BadValue),
    (impossible_date, ImpossibleDate),
    (many_columns, Columns),
    (bad_publication, BadPublication),
)
