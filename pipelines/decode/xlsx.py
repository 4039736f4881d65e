"""XLSX workbooks (Office Open XML, ECMA-376) -> records of text.

python-calamine reads the cells. It makes room for all cells up to the last one, so the places are looked at first.
"""

import re

import pyarrow as pa

from catalog.errors import SourceError
from pipelines.decode.parts import sheets
from pipelines.decode.parts.archive import Archive, around
from pipelines.decode.parts.limits import LIMITS
from pipelines.decode.parts.sheets import COMPOUND_FILE, Reading
from pipelines.decode.parts.text import RAISED

__all__ = ["Reading", "decode"]

_ROW, _CELL = (re.compile(rb"<(?:[\w.-]+:)?%b(?=[\s/>])" % name) for name in (b"row", b"c"))
_PLACE = re.compile(rb"""\sr\s*=\s*["']([A-Z]*)([0-9]+)["']""")
"""Of a row, or with letters of a cell; both may be left out, and then follow what is before."""
_LETTERS = 26
_SUPERSCRIPT = b'"superscript"'
_END_OF_RUN = re.compile(rb"(</(?:[\w.-]+:)?r>)")
_TEXT_OF_RUN = re.compile(rb"(<(?:[\w.-]+:)?t(?:\s[^<>]*)?>)([^<]*)")
"""Of rich text: a run has its font, and then its text."""
_ERROR = re.compile(rb"""(<(?:[\w.-]+:)?c\s(?:[^<>]*?\s)?t\s*=\s*)(?:"e"|'e')""")
"""The type of a cell with an error, whose value is its text: `<c r="B2" t="e"><v>#DIV/0!</v></c>`."""


def decode(body: bytes, reading: Reading) -> pa.Table:
    """Return the records of a sheet; what `sheets.decode` says holds.

    Raises:
        SourceError: no .xlsx workbook, one that unpacks to more or claims more than the limits, or what `sheets.decode`
            says.
    """
    if body.startswith(COMPOUND_FILE):
        raise SourceError("expected an .xlsx workbook, found a compound file: an .xls, or one locked by a password")
    archive = Archive(body, "an .xlsx workbook")
    if "[Content_Types].xml" not in archive.names:
        raise SourceError(
            f"expected an .xlsx workbook, found a zip file of {', '.join(archive.names[:5]) or 'nothing'}"
        )
    members = archive.unpack_all()
    for name, member in members.items():
        if b"sheetData" in member:
            _bounded(member, name)
            members[name] = _ERROR.sub(rb'\1"str"', member)  # calamine drops an error, and keeps a text
        if _SUPERSCRIPT in member:
            members[name] = _with_raised_digits(members[name])
    return sheets.decode(around(members), reading)


def _with_raised_digits(member: bytes) -> bytes:
    """Texts in which digits above the line are signs of their own: calamine knows no fonts, and 5² would be 52."""
    parts = _END_OF_RUN.split(member)
    for at, run in enumerate(parts):
        before, mark, text = run.rpartition(_SUPERSCRIPT)
        if mark:
            parts[at] = before + mark + _TEXT_OF_RUN.sub(_raised, text)
    return b"".join(parts)


def _raised(found: re.Match[bytes]) -> bytes:
    return found[1] + found[2].decode("utf-8", "surrogateescape").translate(RAISED).encode("utf-8", "surrogateescape")


def _bounded(sheet: bytes, name: str) -> None:
    """A library makes room for every cell up to the last: one cell far away is a whole sheet."""
    rows = columns = row = 0
    for part in _ROW.split(sheet)[1:]:
        places = [(_number(found[1]), int(found[2][:9])) for found in _PLACE.finditer(part)]
        row = max((number for _, number in places), default=row + 1)
        rows = max(rows, row)
        columns = max(columns, len(_CELL.findall(part)), *(column for column, _ in places), 0)
    if rows * columns > LIMITS.cells:
        raise SourceError(
            f"expected at most {LIMITS.cells:,} cells, found {rows:,} rows of {columns:,} columns in {name[:60]}"
        )


def _number(letters: bytes) -> int:
    """A column's number by its letters: A is 1, AA is 27."""
    number = 0
    for letter in letters[:4]:
        number = number * _LETTERS + letter - ord("A") + 1
    return number
