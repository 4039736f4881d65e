"""XLS workbooks (BIFF in a compound file, [MS-XLS]; or XML Spreadsheet 2003) -> records of text.

xlrd reads the cells. It believes what a file says: sectors that lead back to each other keep it busy for ever; a link
of 32 bytes can claim every cell; a short formula can double a text until the memory is full. Only reading the file
shows it, so this format relies on the bounds of `pipelines.decode.parts.bounded`.
"""

import datetime as dt
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import xlrd

from catalog.errors import SourceError
from pipelines.decode.parts import sheets, spreadsheet_xml
from pipelines.decode.parts.limits import LIMITS
from pipelines.decode.parts.sheets import COMPOUND_FILE, Reading

__all__ = ["Reading", "decode"]

_DURATION = 7
"""A kind of cell, beside those of xlrd: a number that is shown as `[h]:mm`."""
_ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_MOST_DAYS, _DAY_SECONDS = 999_999_999, 86_400
"""The days that a duration of Python may have; the seconds of a day."""


def decode(body: bytes, reading: Reading) -> pa.Table:
    """Return the records of a sheet; what `sheets.decode` says holds.

    Raises:
        SourceError: no .xls workbook, one that claims more than the limits, or what `sheets.decode` says.
    """
    if spreadsheet_xml.is_spreadsheet(body):
        workbook = spreadsheet_xml.read(body)
        return sheets.table(workbook.names, workbook.rows.__getitem__, reading, workbook.hidden)
    if not body.startswith(COMPOUND_FILE):
        raise SourceError(f"expected an .xls workbook, found a body that begins {body[:60]!r}")
    names, rows, hidden = _read(body)
    return sheets.table(names, rows.__getitem__, reading, hidden)


def _read(body: bytes) -> tuple[list[str], dict[str, list[list[Any]]], set[str]]:
    """The sheets' names and rows, and which are hidden; whatever error xlrd ends with, the workbook caused it."""
    try:
        with (
            Path(os.devnull).open("w") as log,
            xlrd.open_workbook(file_contents=body, logfile=log, on_demand=True, ragged_rows=True) as book,
        ):
            names, rows = book.sheet_names(), _rows(book)
            hidden = {name for name, hides in zip(names, book._sheet_visibility, strict=True) if hides}
            return names, rows, hidden
    except (SourceError, MemoryError):
        raise
    except Exception as error:
        why = f"{type(error).__name__}: {error}"[:200].rstrip(": \n")
        raise SourceError(f"expected an .xls workbook, found one that cannot be read ({why})") from error


def _rows(book: Any) -> dict[str, list[list[Any]]]:
    if book.nsheets > LIMITS.sheets:
        raise SourceError(f"expected at most {LIMITS.sheets:,} sheets, found {book.nsheets:,}")
    _mark_durations(book)
    found: dict[str, list[list[Any]]] = {}
    cells = characters = 0
    for number, name in enumerate(book.sheet_names()):
        sheet = book.sheet_by_index(number)
        cells += sheet.nrows * sheet.ncols
        if cells > LIMITS.cells:
            raise SourceError(f"expected at most {LIMITS.cells:,} cells in all sheets together, found more")
        characters += _characters(sheet)
        if characters > LIMITS.unpacked_bytes:
            raise SourceError(
                f"expected at most {LIMITS.unpacked_bytes:,} characters in all cells together, found more"
            )
        rows = [
            [_value(*cell, book.datemode) for cell in _cells(sheet, row)] + [""] * (sheet.ncols - sheet.row_len(row))
            for row in range(sheet.nrows)
        ]
        found.setdefault(name, rows)
        book.unload_sheet(number)
    return found


def _cells(sheet: Any, row: int) -> Iterator[tuple[int, Any]]:
    """The kind and the value of each cell, up to the last that the file holds."""
    return zip(sheet.row_types(row), sheet.row_values(row), strict=True)


def _characters(sheet: Any) -> int:
    """One text may stand in many cells; each of them is a text of its own in the table."""
    return sum(len(value) for row in range(sheet.nrows) for kind, value in _cells(sheet, row) if isinstance(value, str))


def _mark_durations(book: Any) -> None:
    """A duration is a date to xlrd, which tells the format of a cell only together with all of its looks."""
    for style in book.xf_list:
        shown = book.format_map.get(style.format_key)
        if shown is not None and _ELAPSED.search(shown.format_str or ""):
            book._xf_index_to_xl_type_map[style.xf_index] = _DURATION


def _value(kind: int, value: Any, datemode: int) -> Any:
    """What a cell holds, an error as it is shown; nothing where it is empty."""
    if kind in (xlrd.XL_CELL_TEXT, xlrd.XL_CELL_NUMBER):
        return value
    if kind == xlrd.XL_CELL_BOOLEAN:
        return bool(value)
    if kind == xlrd.XL_CELL_DATE:
        return _moment(value, datemode)
    if kind == xlrd.XL_CELL_ERROR:
        return xlrd.error_text_from_code.get(value, f"#{value}")
    if kind == _DURATION:
        return dt.timedelta(seconds=value * _DAY_SECONDS) if abs(value) < _MOST_DAYS else value
    return ""


def _moment(days: float, datemode: int) -> str | float:
    """A time of day below 1, else a day with or without a time; the number itself where no calendar has such a day."""
    try:
        moment = xlrd.xldate_as_datetime(days, datemode)
    except (OverflowError, ValueError):
        return days
    if days < 0:
        return days
    if days < 1:
        return str(moment.time().isoformat())
    return str((moment.date() if days.is_integer() else moment).isoformat())
