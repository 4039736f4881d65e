"""ODS workbooks (OpenDocument, ISO/IEC 26300) -> records of text.

python-calamine reads the cells. It writes out cells and rows that are said to repeat, so they are counted first.
"""

import io
import re
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

import pyarrow as pa
from defusedxml import DefusedXmlException
from defusedxml.sax import parse

from catalog.errors import SourceError
from pipelines.decode.parts import sheets
from pipelines.decode.parts.archive import Archive, around
from pipelines.decode.parts.limits import LIMITS
from pipelines.decode.parts.sheets import Reading
from pipelines.decode.parts.text import RAISED

__all__ = ["Reading", "decode"]

_CONTENT = "content.xml"
_MOST_DIGITS = 9
_CELL = re.compile(rb"<((?:[\w.-]+:)?table-cell)(\s[^<>]*[^<>/])>(\s*<(?:[\w.-]+:)?p(?:\s[^<>]*)?>)([^<]{1,60})<")
_ERROR = re.compile(rb"#(?:DIV/0!|REF!|N/A|NAME\?|VALUE!|NUM!|NULL!)|Err:[0-9]{3}")
_VALUE = re.compile(rb"""\s[\w.-]+:(?:[a-z]+-)?value(?:-type)?\s*=\s*(?:"[^"]*"|'[^']*')""")
_STYLE = re.compile(rb"""<style:style\s[^<>]*?style:name="([^"]+)"[^<>]*>\s*<style:text-properties\s[^<>]*>""")
_SUPER = re.compile(rb"""style:text-position\s*=\s*"super""")
_SPAN = re.compile(rb"""(<text:span\s[^<>]*?text:style-name="([^"]+)"[^<>]*>)([^<]*)""")
_IS_ERROR = re.compile(rb"""\scalcext:value-type\s*=\s*["']error["']""")


def decode(body: bytes, reading: Reading) -> pa.Table:
    """Return the records of a sheet; what `sheets.decode` says holds. Repeated cells and rows are written out.

    Raises:
        SourceError: no .ods workbook, one that unpacks to more or claims more than the limits, or what `sheets.decode`
            says.
    """
    archive = Archive(body, "an .ods workbook")
    if _CONTENT not in archive.names:
        raise SourceError(f"expected an .ods workbook, found a zip file of {', '.join(archive.names[:5]) or 'nothing'}")
    members = archive.unpack_all()
    content = members[_CONTENT]
    if content.count(b"<") > LIMITS.elements:
        raise SourceError(f"expected at most {LIMITS.elements:,} elements, found more in {_CONTENT}")
    extent = _Extent()
    try:
        parse(io.BytesIO(content), extent, forbid_dtd=True)
    except (SAXParseException, DefusedXmlException, LookupError) as error:
        raise SourceError(f"expected an .ods workbook, found {_CONTENT} broken ({type(error).__name__})") from error
    if extent.sheets > LIMITS.sheets or extent.cells > LIMITS.cells:
        raise SourceError(
            f"expected at most {LIMITS.sheets:,} sheets and {LIMITS.cells:,} cells, found {extent.sheets:,} and "
            f"{extent.cells:,}, repeated ones written out"
        )
    members[_CONTENT] = _with_raised_digits(_CELL.sub(_with_error, content))
    return sheets.decode(around(members), reading)


def _with_raised_digits(content: bytes) -> bytes:
    """Texts in which digits above the line are signs of their own: calamine knows no styles, and 5² would be 52."""
    styles = {found[1] for found in _STYLE.finditer(content) if _SUPER.search(found[0])}
    if not styles:
        return content

    def raised(found: re.Match[bytes]) -> bytes:
        if found[2] not in styles:
            return found[0]
        return found[1] + found[3].decode("utf-8", "surrogateescape").translate(RAISED).encode(
            "utf-8", "surrogateescape"
        )

    return _SPAN.sub(raised, content)


def _with_error(cell: re.Match[bytes]) -> bytes:
    """A cell that shows an error, as a text: its value is said to be an empty text, or 0."""
    tag, said, begins, shown = cell.groups()
    if not (_IS_ERROR.search(said) or _ERROR.fullmatch(shown)):
        return cell[0]
    return b'<%b%b office:value-type="string">%b%b<' % (tag, _VALUE.sub(b"", said), begins, shown)


class _Extent(ContentHandler):
    """How many cells the sheets have up to the last that is filled, once repeated ones are written out."""

    def __init__(self) -> None:
        super().__init__()
        self.sheets = self.cells = 0
        self._within = False
        self._row = self._height = self._width = self._column = self._used = self._repeat = 0

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        local = name.rpartition(":")[2]
        if local == "table":
            if self._within:
                raise SourceError("expected an .ods workbook, found a table within a table")
            self.sheets, self._within = self.sheets + 1, True
            self._row = self._height = self._width = 0
        elif local == "table-row":
            self._column = self._used = 0
            self._repeat = _times(attrs, "number-rows-repeated")
        elif local in ("table-cell", "covered-table-cell"):
            self._column += _times(attrs, "number-columns-repeated")
            if any(key.endswith(":value-type") for key in attrs.getNames()):
                self._used = self._column
        elif local == "p":
            self._used = self._column

    def endElement(self, name: str) -> None:
        local = name.rpartition(":")[2]
        if local == "table-row":
            self._row += self._repeat
            if self._used:
                self._height, self._width = self._row, max(self._width, self._used)
        elif local == "table":
            self.cells, self._within = self.cells + self._height * self._width, False


def _times(attrs: AttributesImpl, key: str) -> int:
    said = next((attrs.getValue(name) for name in attrs.getNames() if name.endswith(f":{key}")), "1")
    return int(said[:_MOST_DIGITS]) if said.isascii() and said.isdigit() else 1
