"""A workbook (Office Open XML, ECMA-376) that a spreadsheet cannot misread: texts stay texts, codes keep their zeros.

Nothing in it is a formula or a link, whatever an agency wrote. The same rows and words give the same bytes.
"""

import datetime as dt
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Sequence
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc
import xlsxwriter  # type: ignore[import-untyped]  # it has no types

END = "xlsx"
MOST_CELLS = 100_000
"""At most 1.5 s to write and 0.5 MB, each time a release changed, and opened at once by an office machine."""
MOST_ROWS = 1_048_576
"""Of a sheet, the header among them."""
LONGEST_TEXT = 32_767
"""Characters of a cell."""
WRITER = f"xlsxwriter {xlsxwriter.__version__}"

_MOST_DIGITS = 10**15
"""A spreadsheet keeps 15 digits of a number."""
_FIRST_DAY = dt.date(1900, 3, 1)
"""Before it spreadsheets disagree on the day: Excel knows a 29 February 1900."""
_MADE_OF = "made-of"
_PROPERTIES, _MOST_BYTES = "docProps/custom.xml", 4_096
_DATA, _ABOUT = "data 資料", "about 說明"
_WIDEST = 60
_LOOKED_AT = 200
"""Rows from which the width of a column is taken."""

Write = Callable[[int, int, Any], object]


class Broken(ValueError):
    """It is no workbook of ours."""


def fits(table: pa.Table) -> bool:
    """Return whether a table is small enough for a workbook, and each text for a cell."""
    if table.num_rows * table.num_columns > MOST_CELLS or table.num_rows >= MOST_ROWS:
        return False
    texts = [column for column in table.columns if pa.types.is_string(column.type)]
    return all(_longest(column) <= LONGEST_TEXT for column in texts)


def render(table: pa.Table, about: Sequence[Sequence[str]], made_of: str, created: dt.datetime) -> bytes:
    """Return the workbook of a table: its rows on the first sheet, what they mean on the second.

    Args:
        table: rows in the order in which they are to stand; it must fit.
        about: the lines of the second sheet.
        made_of: kept as a property of the workbook, see `made_of`.
        created: the time that the workbook names as that of its making.
    """
    sink = io.BytesIO()
    book = xlsxwriter.Workbook(sink, {"in_memory": True})
    book.set_properties({"created": created.astimezone(dt.UTC).replace(tzinfo=None)})
    book.set_custom_property(_MADE_OF, made_of)
    head = book.add_format({"bold": True, "bottom": 1, "num_format": "@"})
    sheet = book.add_worksheet(_DATA)
    for i, name in enumerate(table.column_names):
        sheet.write_string(0, i, name, head)
        write = _writer(book, sheet, table.schema.field(name).type)
        values = table.column(name).to_pylist()
        for row, value in enumerate(values, 1):
            if value is not None:
                write(row, i, value)
        sheet.set_column(i, i, _width([name, *values[:_LOOKED_AT]]))
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, table.num_rows, table.num_columns - 1)
    _about(book, about)
    book.close()
    return sink.getvalue()


def made_of(workbook: IO[bytes] | io.RawIOBase) -> str:
    """Return what a stored workbook says that it was made of.

    Raises:
        Broken: it is no workbook of ours.
    """
    try:
        with zipfile.ZipFile(workbook) as parts, parts.open(_PROPERTIES) as part:
            match = re.search(rb'name="made-of"[^>]*><vt:lpwstr>([0-9a-f]{64})<', part.read(_MOST_BYTES))
    except (zipfile.BadZipFile, KeyError, NotImplementedError, OSError, ValueError, zlib.error) as error:
        raise Broken(str(error)) from error
    if not match:
        raise Broken(f"{_PROPERTIES} names nothing")
    return match[1].decode()


def _writer(book: Any, sheet: Any, kind: pa.DataType) -> Write:
    """How a value of a column is written: always by its type, never by what it looks like."""
    text = book.add_format({"num_format": "@"})

    def string(row: int, column: int, value: Any) -> object:
        return sheet.write_string(row, column, str(value), text)

    if pa.types.is_boolean(kind):
        return lambda row, column, value: sheet.write_boolean(row, column, value)
    if pa.types.is_floating(kind):
        return lambda row, column, value: sheet.write_number(row, column, value)
    if pa.types.is_integer(kind):
        return lambda row, column, value: (
            sheet.write_number(row, column, value) if abs(value) < _MOST_DIGITS else string(row, column, value)
        )
    if pa.types.is_date32(kind):
        return _times(sheet, book.add_format({"num_format": "yyyy-mm-dd"}), string)
    if pa.types.is_timestamp(kind):
        # A cell knows no zone: it holds the local time of the column's, which the second sheet names.
        return _times(sheet, book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}), string)
    return string


def _times(sheet: Any, how: Any, string: Write) -> Write:
    def write(row: int, column: int, value: Any) -> object:
        day = value.date() if isinstance(value, dt.datetime) else value
        if day < _FIRST_DAY:
            return string(row, column, value.isoformat())
        local = value.replace(tzinfo=None) if isinstance(value, dt.datetime) else value
        return sheet.write_datetime(row, column, local, how)

    return write


def _about(book: Any, lines: Sequence[Sequence[str]]) -> None:
    sheet = book.add_worksheet(_ABOUT)
    wrapped = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    for row, line in enumerate(lines):
        for column, text in enumerate(line):
            sheet.write_string(row, column, text[:LONGEST_TEXT], wrapped)
    for column in range(max(map(len, lines), default=0)):
        sheet.set_column(column, column, _width([line[column] for line in lines if len(line) > column]), wrapped)


def _width(values: Sequence[Any]) -> int:
    """The width of a column in characters; one of Chinese takes two."""
    texts = [str(value) for value in values if value is not None]
    return min(_WIDEST, 2 + max((len(text) + sum(mark > "\u2e7f" for mark in text) for text in texts), default=0))


def _longest(column: pa.ChunkedArray) -> int:
    lengths = pc.max(pc.utf8_length(column)).as_py()
    return lengths or 0
