"""Workbooks -> records of text: which sheet, and how its table is laid out. What .xls, .xlsx and .ods share."""

import datetime as dt
import fnmatch
import io
from collections.abc import Callable, Collection, Iterator
from typing import Any, Self

import pyarrow as pa
from pydantic import Field, model_validator
from python_calamine import CalamineError, SheetTypeEnum, SheetVisibleEnum, load_workbook

from catalog.errors import SourceError
from pipelines.decode.parts.beside import SHEET, with_constant
from pipelines.decode.parts.limits import LIMITS
from pipelines.decode.parts.table import Layout, Row, RowsWritten, lay
from pipelines.decode.parts.together import Together, together

COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How an .xls begins, and any workbook that is locked by a password."""
_ALL = "*"
_EXACT = 2**53


class Reading(Layout, Together):
    """What a declaration may say of a workbook; lines are rows, counted from the first row of the sheet."""

    sheet: int | str = Field(
        default=1, description='its number among those to be seen, or its name; "*": all, one below the other'
    )
    sheets: str | None = Field(
        default=None, min_length=1, description="or a pattern of the names of all that are one table: 20*"
    )
    sheet_column: str | None = Field(default=None, min_length=1, description="a column with the name of the sheet")

    @model_validator(mode="after")
    def _which(self) -> Self:
        if self.sheets is not None and self.sheet != 1:
            raise ValueError('which sheets? Write sheet for one or "*", or sheets for all that fit a pattern')
        return self


def decode(body: bytes, reading: Reading) -> pa.Table:
    """Return the records of an .xlsx or .ods workbook that is safe to open.

    A number is its shortest text, a day `2026-07-01`, a time `2026-07-01T12:30:00`; an empty cell is null. A cell that
    shows an error must have been made a text before: calamine drops it.

    Raises:
        SourceError: no workbook, no such sheet, or what the layout says.
    """
    try:
        with load_workbook(io.BytesIO(body)) as workbook:
            sheets = [sheet for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
            hidden = {sheet.name for sheet in sheets if sheet.visible != SheetVisibleEnum.Visible}
            names = [sheet.name for sheet in sheets]
            return table(names, lambda name: _cells(workbook, name), reading, hidden)
    except SourceError:
        raise
    except BaseException as error:
        # A panic of the library is no Exception; a duration of a million years is an OverflowError.
        if not isinstance(error, CalamineError | OverflowError) and type(error).__name__ != "PanicException":
            raise
        raise SourceError(f"expected a workbook, found one that cannot be read ({error})") from error


def _cells(workbook: Any, name: str) -> list[list[Any]]:
    rows: list[list[Any]] = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
    return rows


def table(
    names: list[str], rows_of: Callable[[str], list[list[Any]]], reading: Reading, hidden: Collection[str]
) -> pa.Table:
    """Return the records of the sheets that are declared, one below the other.

    Args:
        names: of all sheets, in order.
        rows_of: the rows of a sheet, by its name; each is as long as the longest.
        reading: as declared.
        hidden: the names of those that a reader of the workbook does not see; no number means them.

    Raises:
        SourceError: too many sheets, no such sheet, or what the layout says.
    """
    if len(names) > LIMITS.sheets:
        raise SourceError(f"expected at most {LIMITS.sheets:,} sheets, found {len(names):,}")
    chosen = {name: _sheet(name, rows_of(name), reading) for name in _chosen(names, reading, hidden)}
    return together(chosen, reading)


def _chosen(names: list[str], reading: Reading, hidden: Collection[str]) -> list[str]:
    seen = [name for name in names if name not in hidden]
    if reading.sheets is not None:
        fit = [name for name in names if fnmatch.fnmatchcase(name, reading.sheets)]
        if fit:
            return fit
        raise SourceError(f"expected sheets {reading.sheets!r}, found none; there are {_there(names, seen)}")
    if reading.sheet == _ALL and names:
        return names
    if reading.sheet in names:
        return [str(reading.sheet)]
    if isinstance(reading.sheet, int) and 1 <= reading.sheet <= len(seen):
        return [seen[reading.sheet - 1]]
    raise SourceError(f"expected the sheet {reading.sheet!r}, found none; there are {_there(names, seen)}")


def _there(names: list[str], seen: list[str]) -> str:
    number = {name: i for i, name in enumerate(seen, start=1)}
    return ", ".join(f"{number.get(name, 'hidden')} {name!r}" for name in names[:30]) or "none"


def _sheet(name: str, rows: list[list[Any]], reading: Reading) -> pa.Table:
    try:
        above = [[_text(cell) for cell in row] for row in rows[: reading.skip]]
        table = lay(_rows(rows, reading), reading, RowsWritten("row", open_end=True), above)
    except SourceError as error:
        raise SourceError(f"sheet {name!r}: {error}") from error
    table = with_constant(table, SHEET, name)
    if reading.sheet_column is None:
        return table
    if reading.sheet_column in table.column_names:
        raise SourceError(f"sheet {name!r}: expected each column once, found {reading.sheet_column!r}, as sheet_column")
    return table.append_column(reading.sheet_column, pa.array([name] * table.num_rows, pa.string()))


def _rows(rows: list[list[Any]], reading: Reading) -> Iterator[Row]:
    for number, row in enumerate(rows[reading.skip :], start=reading.skip + 1):
        cells = [_text(cell) for cell in row]
        # Each row is as long as the longest. What is wider than the header has a text behind it.
        while reading.ragged == "quarantine" and len(cells) > 1 and not (cells[-1] or "").strip():
            cells.pop()
        yield number, cells


def _text(cell: Any) -> str | None:
    if isinstance(cell, str):
        return cell or None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < _EXACT else repr(cell)
    if isinstance(cell, dt.timedelta):
        minutes, seconds = divmod(round(cell.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return cell.isoformat() if isinstance(cell, dt.date | dt.time) else str(cell)
