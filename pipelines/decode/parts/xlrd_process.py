"""Reads an .xls workbook with xlrd: the program of a process that may use only so much memory and time.

xlrd believes what a file says. Sectors that lead back to each other keep it busy for ever; a link of 32 bytes can claim
every cell; a short formula can double a text until the memory is full. Only reading the file shows it, so xlrd works
where the system can stop it. The program imports nothing but xlrd and the standard library, and starts in 0.1 s.

Input: the workbook. Output: lines of JSON. First the names of the sheets; then, for each sheet, how many rows and
columns it has, and its rows up to the last cell of each. A cell is a text, a number, true or false; a list of one
number is a duration in seconds. An object ends the output: it tells why the workbook is refused.
"""

import json
import os
import re
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import xlrd

_DURATION = 7
"""A kind of cell, beside those of xlrd: a number that is shown as `[h]:mm`."""
_ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_MOST_DAYS, _DAY_SECONDS = 999_999_999, 86_400
"""The days that a duration of Python may have; the seconds of a day."""


class Bounds(NamedTuple):
    """What the process may use and what a workbook may hold: the arguments of the program, in this order."""

    memory_bytes: int
    processor_seconds: int
    sheets: int
    cells: int
    characters: int


class Refused(Exception):
    """The workbook is none, or holds more than the bounds; the text says it in a sentence."""


def main(bounds: Bounds) -> None:
    """Read the workbook from the standard input; write its cells, or why it is refused, to the standard output."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (bounds.processor_seconds, bounds.processor_seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (bounds.memory_bytes, bounds.memory_bytes))
    try:
        for line in _readable(sys.stdin.buffer.read(), bounds):
            _write(line)
    except Refused as error:
        _write({"refused": str(error)})


def _write(line: Any) -> None:
    sys.stdout.buffer.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")


def _readable(body: bytes, bounds: Bounds) -> Iterator[Any]:
    """The lines to write; whatever error xlrd ends with, the workbook caused it."""
    try:
        yield from _lines(body, bounds)
    except Refused:
        raise
    except MemoryError as error:
        raise Refused("expected an .xls workbook, found one that needs far more memory than its size") from error
    except Exception as error:
        why = f"{type(error).__name__}: {error}"[:200].rstrip(": \n")
        raise Refused(f"expected an .xls workbook, found one that cannot be read ({why})") from error


def _lines(body: bytes, bounds: Bounds) -> Iterator[Any]:
    with (
        Path(os.devnull).open("w") as log,
        xlrd.open_workbook(file_contents=body, logfile=log, on_demand=True, ragged_rows=True) as book,
    ):
        if book.nsheets > bounds.sheets:
            raise Refused(f"expected at most {bounds.sheets:,} sheets, found {book.nsheets:,}")
        yield book.sheet_names()
        _mark_durations(book)
        cells = characters = 0
        for number in range(book.nsheets):
            sheet = book.sheet_by_index(number)
            cells += sheet.nrows * sheet.ncols
            if cells > bounds.cells:
                raise Refused(f"expected at most {bounds.cells:,} cells in all sheets together, found more")
            characters += _characters(sheet)
            if characters > bounds.characters:
                raise Refused(f"expected at most {bounds.characters:,} characters in all cells together, found more")
            yield [sheet.nrows, sheet.ncols]
            for row in range(sheet.nrows):
                yield [_value(*cell, book.datemode) for cell in _cells(sheet, row)]
            book.unload_sheet(number)


def _cells(sheet: Any, row: int) -> Iterator[tuple[int, Any]]:
    """The kind and the value of each cell, up to the last that the file holds."""
    return zip(sheet.row_types(row), sheet.row_values(row), strict=True)


def _characters(sheet: Any) -> int:
    """One text may stand in many cells; only the process that writes them out pays for each."""
    return sum(len(value) for row in range(sheet.nrows) for kind, value in _cells(sheet, row) if isinstance(value, str))


def _mark_durations(book: Any) -> None:
    """A duration is a date to xlrd, which tells the format of a cell only together with all of its looks."""
    for style in book.xf_list:
        shown = book.format_map.get(style.format_key)
        if shown is not None and _ELAPSED.search(shown.format_str or ""):
            book._xf_index_to_xl_type_map[style.xf_index] = _DURATION


def _value(kind: int, value: Any, datemode: int) -> Any:
    """What a cell holds; nothing where it is empty or shows an error."""
    if kind in (xlrd.XL_CELL_TEXT, xlrd.XL_CELL_NUMBER):
        return value
    if kind == xlrd.XL_CELL_BOOLEAN:
        return bool(value)
    if kind == xlrd.XL_CELL_DATE:
        return _moment(value, datemode)
    if kind == _DURATION:
        return [value * _DAY_SECONDS] if abs(value) < _MOST_DAYS else value
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


if __name__ == "__main__":
    main(Bounds(*map(int, sys.argv[1:])))
