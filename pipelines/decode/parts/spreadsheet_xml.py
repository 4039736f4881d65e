"""XML Spreadsheet 2003, which programs write as .xls -> rows of cells.

https://learn.microsoft.com/en-us/previous-versions/office/developer/office-xp/aa140066(v=office.10). No library that is
installed reads it.
"""

import datetime as dt
import re
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from catalog.errors import SourceError
from pipelines.decode.parts.limits import LIMITS

_SPACE = "{urn:schemas-microsoft-com:office:spreadsheet}"
_EXCEL = "{urn:schemas-microsoft-com:office:excel}"
_SIGN = b"urn:schemas-microsoft-com:office:spreadsheet"
_PAGE = re.compile(rb"<html[\s>]", re.IGNORECASE)
"""A page of HTML for Excel names the same space."""
_LOOKED_AT = 4_096
_MOST_DIGITS = 9


class XmlSheets(NamedTuple):
    """The sheets of a workbook."""

    names: list[str]
    rows: dict[str, list[list[Any]]]
    """By name; each row is as long as the longest."""
    hidden: set[str]


def is_spreadsheet(body: bytes) -> bool:
    """Return whether a body begins as such a workbook."""
    begins = body[:_LOOKED_AT].removeprefix(b"\xef\xbb\xbf").lstrip()
    return begins.startswith(b"<") and _SIGN in begins and not _PAGE.search(begins)


def read(body: bytes) -> XmlSheets:
    """Return the sheets of a workbook.

    Raises:
        SourceError: broken, or more sheets, elements or cells than the limits.
    """
    if body.count(b"<") > LIMITS.elements:
        raise SourceError(f"expected at most {LIMITS.elements:,} elements, found more")
    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise SourceError(f"expected an XML spreadsheet, found one that cannot be read ({error})") from error
    sheets = root.findall(f"{_SPACE}Worksheet")
    if len(sheets) > LIMITS.sheets:
        raise SourceError(f"expected at most {LIMITS.sheets:,} sheets, found {len(sheets):,}")
    found, left = XmlSheets([], {}, set()), LIMITS.cells
    for sheet in sheets:
        name = sheet.get(f"{_SPACE}Name", "")
        rows = _rows(sheet, left)
        left -= sum(map(len, rows))
        found.names.append(name)
        found.rows[name] = rows
        if (sheet.findtext(f"{_EXCEL}WorksheetOptions/{_EXCEL}Visible") or "SheetVisible") != "SheetVisible":
            found.hidden.add(name)
    return found


def _rows(sheet: Element, most: int) -> list[list[Any]]:
    places: dict[int, dict[int, Any]] = {}
    number = width = 0
    for row in sheet.iterfind(f"{_SPACE}Table/{_SPACE}Row"):
        number = _index(row) or number + 1
        column = 0
        cells = places.setdefault(number, {})
        for cell in row.iterfind(f"{_SPACE}Cell"):
            column = _index(cell) or column + 1
            cells[column] = _value(cell.find(f"{_SPACE}Data"))
            width = max(width, column)
            column += _number(cell.get(f"{_SPACE}MergeAcross")) or 0
        if number * width > most:
            raise SourceError(f"expected at most {LIMITS.cells:,} cells, found more")
    return [[places.get(at, {}).get(column, "") for column in range(1, width + 1)] for at in range(1, number + 1)]


def _index(element: Element) -> int | None:
    """The place that an element says it has; it follows what is before where it says none."""
    return _number(element.get(f"{_SPACE}Index"))


def _number(said: str | None) -> int | None:
    return int(said[:_MOST_DIGITS]) if said and said.isascii() and said.isdigit() else None


def _value(data: Element | None) -> Any:
    """What a cell holds, as the cells of other workbooks; an error as the text that is shown."""
    if data is None:
        return ""
    kind, text = data.get(f"{_SPACE}Type", "String"), "".join(data.itertext())
    try:
        if kind == "Number":
            return float(text)
        if kind == "DateTime":
            moment = dt.datetime.fromisoformat(text)
            return moment.date() if moment.time() == dt.time() else moment
    except ValueError:
        return text
    return text == "1" if kind == "Boolean" else text
