"""A table of an HTML page (https://html.spec.whatwg.org/multipage/tables.html) -> records of text.

Some agencies call such a page .xls. Python's html.parser reads it: nothing is run, nothing else is fetched, scripts
and styles are no text.
"""

import re
from html.parser import HTMLParser
from typing import Literal

import pyarrow as pa
from pydantic import Field

from catalog.declaration.names import begins
from catalog.errors import SourceError
from pipelines.decode.parts import text as texts
from pipelines.decode.parts.limits import LIMITS, columns
from pipelines.decode.parts.table import Layout, Row, RowsWritten, lay
from pipelines.decode.parts.text import Encoding, Undecodable

_MOST_SPANNED = 1_000
"""Columns that one cell may take, as in HTML."""
_BLANKS = re.compile(r"[^\S\x1c-\x1f\x85]+")
"""Without what Python counts as blank too: control characters, which are no text."""
_UNSEEN = ("script", "style", "template")


_STRUCK = ("s", "del", "strike")
"""What is struck out; what follows is no part of it."""


class Reading(Layout):
    """What a declaration may say of a table in a page; its rows are counted from 1."""

    table: int | str = Field(
        default=1, description="its number in the page, from 1, or how its caption or its first text begins"
    )
    spans: Literal["refuse", "spread"] = Field(
        default="refuse", description="a cell over several rows or columns: spread puts its text into each"
    )
    encoding: Encoding = "utf-8"
    undecodable: Undecodable = Field(default="refuse", description="as in CSV")


_PLAIN = Reading()


def decode(body: bytes, reading: Reading = _PLAIN) -> pa.Table:
    """Return the records of the declared table; runs of blanks in a cell are one, entities are their characters.

    Raises:
        SourceError: no table of this number or name, one without an end, a cell that spans others where that is not
            declared, bytes that are no text, more than the limits, or what the layout says.
    """
    said = texts.decode(body, reading.encoding, reading.undecodable)
    if "<" not in said:
        raise SourceError(f"expected HTML, found a body that begins {said[:60]!r}")
    if said.count("<") > LIMITS.elements:
        raise SourceError(f"expected at most {LIMITS.elements:,} elements, found more")
    if "<" in said[said.rfind(">") + 1 :]:
        raise SourceError("expected HTML, found a page that ends within a tag: it is cut")
    page = _Page()
    try:
        page.feed(said)
        page.close()
    except AssertionError as error:
        raise SourceError(f"expected HTML, found a page that cannot be read ({error})") from error
    found = _chosen(page.tables, reading.table)
    if not found.ended:
        raise SourceError("expected the end of the table, found none: the page is cut")
    rows: list[Row] = [
        (number, cells) for number, cells in enumerate(_grid(found, reading), 1) if number > reading.skip
    ]
    above = [[_text(found.caption or [])], *([_text(one.pieces) for one in row] for row in found.rows[: reading.skip])]
    return lay(rows, reading, RowsWritten("row"), above)


class _Cell:
    def __init__(self, attributes: dict[str, str | None]) -> None:
        self.pieces: list[str] = []
        self.columns = min(_count(attributes.get("colspan")) or 1, _MOST_SPANNED)
        rows = _count(attributes.get("rowspan"))
        self.rows = 1 if rows is None else rows or LIMITS.cells  # 0: to the end of the table
        self.holds_table = False


class _Table:
    def __init__(self) -> None:
        self.rows: list[list[_Cell]] = []
        self.caption: list[str] | None = None
        self.cell: list[str] | None = None
        """Where text goes now: a cell, the caption, or nowhere."""
        self.raised = False
        """Whether the text stands above the line, where a digit is no part of a number before it."""
        self.ended = False

    def name(self) -> list[str]:
        """By what it may be called: its caption, and its first text."""
        first = next((one for row in self.rows for cell in row if (one := _text(cell.pieces))), "")
        return [_text(self.caption or []), first]


class _Page(HTMLParser):
    """Gathers the tables of a page, in the order in which they begin. End tags of rows and cells may be left out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[_Table] = []
        self._open: list[_Table] = []
        self._unseen = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen = self._unseen or tag
        elif tag == "table":
            self._in_cell()
            self.tables.append(_Table())
            self._open.append(self.tables[-1])
        elif self._open:
            self._in_table(self._open[-1], tag, dict(attrs))

    def _in_cell(self) -> None:
        """Mark the cell in which another table begins: the text of that one is not its own."""
        if self._open and self._open[-1].rows and self._open[-1].rows[-1] and self._open[-1].cell is not None:
            self._open[-1].rows[-1][-1].holds_table = True

    def _in_table(self, table: _Table, tag: str, attributes: dict[str, str | None]) -> None:
        if tag == "tr":
            table.rows.append([])
            table.cell = None
        elif tag in ("td", "th"):
            if not table.rows:
                table.rows.append([])
            cell = _Cell(attributes)
            table.rows[-1].append(cell)
            table.cell = cell.pieces
        elif tag == "caption":
            table.caption = table.cell = []
        elif tag in ("br", "p", "div", "li") and table.cell is not None:
            table.cell.append(" ")
        elif tag == "sup":
            table.raised = True

    def handle_endtag(self, tag: str) -> None:
        if tag == self._unseen:
            self._unseen = ""
        elif tag == "table" and self._open:
            self._open.pop().ended = True
        elif tag in ("td", "th", "tr", "caption") and self._open:
            self._open[-1].cell = None
            self._open[-1].raised = False
        elif tag == "sup" and self._open:
            self._open[-1].raised = False
        elif tag in _STRUCK and self._open and self._open[-1].cell is not None:
            self._open[-1].cell.append(" ")

    def handle_data(self, data: str) -> None:
        if self._open and not self._unseen and self._open[-1].cell is not None:
            self._open[-1].cell.append(data.translate(texts.RAISED) if self._open[-1].raised else data)


def _chosen(tables: list[_Table], said: int | str) -> _Table:
    if isinstance(said, int):
        if not 1 <= said <= len(tables):
            raise SourceError(f"expected the table {said}, found {len(tables)} tables in the page")
        return tables[said - 1]
    names = [table.name() for table in tables]
    fits = [table for table, called in zip(tables, names, strict=True) if any(begins(one, (said,)) for one in called)]
    if len(fits) != 1:
        there = ", ".join(repr((called[0] or called[1])[:40]) for called in names[:8])
        raise SourceError(
            f"expected one table that begins with {said!r}, found {len(fits)}; there are {there or 'none'}"
        )
    return fits[0]


def _grid(table: _Table, reading: Reading) -> list[list[str]]:
    """The cells of each row, with those that reach into it from above."""
    grid: list[list[str]] = []
    reaching: dict[int, tuple[int, str]] = {}
    size, ended = 0, False
    for number, row in enumerate(table.rows, start=1):
        first = next((text for cell in row if (text := _text(cell.pieces))), "")
        ended = ended or (bool(reading.until) and begins(first, reading.until))
        is_data = number > reading.skip and not ended and not (reading.notes and begins(first, reading.notes))
        cells: dict[int, str] = {at: text for at, (_, text) in reaching.items()}
        reaching = {at: (left - 1, text) for at, (left, text) in reaching.items() if left > 1}
        at = 0
        for cell in row:
            text = _text(cell.pieces)
            if cell.holds_table and is_data:
                raise SourceError(
                    f"expected text in each cell, found a table in one of row {number}; `table` chooses the one inside"
                )
            reaches = number + cell.rows - 1 > reading.skip and cell.rows > 1 and not ended
            if reading.spans == "refuse" and (reaches or (is_data and cell.columns > 1)):
                raise SourceError(
                    f"expected cells of one row and column, found {text[:40]!r} over several in row {number}; "
                    "`spans: spread` puts its text into each"
                )
            while at in cells:
                at += 1
            for column in range(at, at + cell.columns):
                cells[column] = text
                if cell.rows > 1:
                    reaching[column] = (cell.rows - 1, text)
            at += cell.columns
        columns(len(cells))
        size += len(cells)
        if size > LIMITS.cells:
            raise SourceError(f"expected at most {LIMITS.cells:,} cells, found more")
        grid.append([cells.get(column, "") for column in range(max(cells, default=-1) + 1)])
    return grid


def _text(pieces: list[str]) -> str:
    return _BLANKS.sub(" ", "".join(pieces)).strip(" ")


def _count(said: str | None) -> int | None:
    said = (said or "").strip()
    return int(said[:6]) if said.isascii() and said[:6].isdigit() else None
