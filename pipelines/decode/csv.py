"""CSV bytes -> records of text (RFC 4180), and its kin: tabs, other encodings, comments, title and header lines.

pyarrow reads plain tables, Python's csv the others, and both are strict about quotes. What stands here is what neither
has: a bound on the columns before one is made, a proof of the quotes, and the line in which a row begins, for messages.
"""

import csv as stdlib
import io
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Literal, Self

import pyarrow as pa
import pyarrow.csv as pacsv
from pydantic import Field, model_validator

from catalog.errors import SourceError
from pipelines.decode.parts import limits, quotes
from pipelines.decode.parts import text as texts
from pipelines.decode.parts.table import Cells, Layout, Row, RowsWritten, lay, unique
from pipelines.decode.parts.text import Encoding, Undecodable

_BOM = b"\xef\xbb\xbf"
"""Where it begins a later line, of files that were put together, Arrow would take it for a part of the cell."""
_ROW_SHOWN = re.compile(r"(got [0-9]+): .*", re.DOTALL)
_JSON = re.compile(rb'[\[{]\s*["\[\]{}]')


class Reading(Layout):
    """What a declaration may say of CSV."""

    encoding: Encoding = "utf-8"
    undecodable: Undecodable = Field(
        default="refuse", description="bytes that are no text: quarantine sets their cells aside, visible"
    )
    separator: str = Field(default=",", pattern=r"^[\t !#-~]$", description='between cells; a tab is "\\t"')
    quoted: bool = Field(default=True, description="false: a quote is a sign like any other")
    escape: str | None = Field(
        default=None,
        pattern=r"^[!#-/:-@\[-`{-~]$",
        description="before a quote, a separator or itself: that one is a sign like any other; anywhere else it is one",
    )
    comment: str | None = Field(default=None, min_length=1, description="how a line begins that is no data")

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.escape == self.separator:
            raise ValueError("escape: expected another sign than the separator")
        return self


_PLAIN = Reading()
# A cell can be a polygon of a million corners; the body has its own bound.
stdlib.field_size_limit(limits.LIMITS.unpacked_bytes)


def decode(body: bytes, reading: Reading = _PLAIN) -> pa.Table:
    """Return a table of text, a column for each name of the header; an empty cell is an empty text.

    A blank line is no row, except between the rows of a single column: there it is an empty cell.

    Raises:
        SourceError: no header, a name twice, a line with more or fewer cells than the header, too many columns, a
            page of markup, JSON, or bytes that are no text; names the line as the parser counts it, or the character.
    """
    if not body.strip():
        raise SourceError("expected CSV, found an empty body")
    begins = body[:1024].removeprefix(_BOM).lstrip()
    if begins.startswith(b"<"):
        raise SourceError(f"expected CSV, found a page of markup that begins {body[:60]!r}")
    if _JSON.match(begins):
        raise SourceError(f"expected CSV, found JSON that begins {body[:200].decode(errors='replace')!r}")
    if reading.encoding != "utf-8" or reading.undecodable != "refuse":
        body = texts.decode(body, reading.encoding, reading.undecodable).encode()
    leaves = reading.ragged == "quarantine"
    plain = reading.model_copy(
        update={name: getattr(_PLAIN, name) for name in ("encoding", "undecodable", "separator", "quoted")}
        | ({"ragged": "refuse"} if leaves else {})
    )
    if plain == _PLAIN and not any(end + _BOM in body for end in (b"\n", b"\r")):
        try:
            return _by_arrow(body, reading)
        except SourceError:
            if not leaves:
                raise  # else the other parser says which rows are of another width, or the same fault
    above: list[list[str]] = []
    text, ends = texts.decode(body, "utf-8"), dict[int, int]()
    return lay(_rows(text, reading, above, ends), reading, RowsWritten(raw=_raw_of(text, ends)), above)


def _by_arrow(body: bytes, reading: Reading) -> pa.Table:
    """The plain table, by the fastest parser."""
    if reading.quoted and (wrong := quotes.fault(body, reading.separator)):
        raise SourceError(f"expected CSV, found in line {wrong.line}: {wrong}")
    limits.header(body, reading.separator, quoted=reading.quoted)
    if b"\n" not in body and b"\r" not in body:
        body += b"\n"  # Arrow takes a header without an end of line for nothing
    parse = pacsv.ParseOptions(
        newlines_in_values=True, delimiter=reading.separator, quote_char='"' if reading.quoted else False
    )
    read = pacsv.ReadOptions(use_threads=False, block_size=max(len(body) + 1, 1 << 16))
    try:
        # One block is parsed for the header; as one block with all the rest, every row would be parsed twice.
        first = pacsv.ReadOptions(use_threads=False, block_size=min(read.block_size, limits.HEADER_BYTES))
        header = pacsv.open_csv(pa.BufferReader(body), read_options=first, parse_options=parse).schema.names
        unique(header, reading)
        convert = pacsv.ConvertOptions(
            column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=False, check_utf8=True
        )
        rows = body
        if len(header) == 1:
            parse.ignore_empty_lines = False
            rows = body.removeprefix(_BOM).strip(b"\r\n") + b"\n"
        return pacsv.read_csv(pa.BufferReader(rows), read_options=read, parse_options=parse, convert_options=convert)
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        texts.decode(body, "utf-8")
        # Arrow tells the number of the row, and then shows it all.
        where = _ROW_SHOWN.sub(r"\1", str(error))
        raise SourceError(f"expected CSV, found a body that begins {body[:60]!r} ({where})") from error


def _raw_of(text: str, ends: dict[int, int]) -> Callable[[int, Cells], str]:
    """What gives the raw text of a row by its first line; `ends` has the last line of those of several."""
    lines: list[str] = []

    def raw(number: int, _: Cells) -> str:
        lines.extend(() if lines else io.StringIO(text, newline=""))
        return "".join(lines[number - 1 : ends.get(number, number)]).rstrip("\r\n")

    return raw


def _rows(text: str, reading: Reading, above: list[list[str]], ends: dict[int, int]) -> Iterator[Row]:
    """The rows below the lines that are skipped, each with the number of its first line."""
    lines = _Lines(text, reading.skip, reading.comment)
    quoting: Literal[0, 3] = stdlib.QUOTE_MINIMAL if reading.quoted else stdlib.QUOTE_NONE
    read = stdlib.reader(
        _escaping(lines, reading), delimiter=reading.separator, escapechar=reading.escape, quoting=quoting, strict=True
    )
    try:
        for row in read:
            if not above:
                above += lines.skipped(reading.separator)
            if lines.number > lines.row_began:
                ends[lines.row_began] = lines.number
            yield lines.row_began, row
            lines.row_began = 0
    except stdlib.Error as error:
        rest = "".join(io.StringIO(text, newline="").readlines()[lines.row_began - 1 :])
        wrong = quotes.fault(rest.encode(), reading.separator, reading.escape, lines.row_began)
        line = wrong.line if wrong else lines.number
        raise SourceError(f"expected CSV, found in line {line}: {wrong or error}") from error


def _escaping(lines: Iterable[str], reading: Reading) -> Iterable[str]:
    """The lines, with an escape doubled where it escapes nothing: Python's csv would drop it."""
    if reading.escape is None:
        return lines
    sign = re.escape(reading.escape)
    pattern = re.compile(f'{sign}([{sign}"{re.escape(reading.separator)}]?)')
    return (pattern.sub(lambda found: found[0] if found[1] else found[0] * 2, line) for line in lines)


class _Lines:
    """The lines of a text, as an editor counts them; a comment is one only where a row could begin."""

    def __init__(self, text: str, skip: int, comment: str | None) -> None:
        self._text, self._skip, self._comment = io.StringIO(text, newline=""), skip, comment
        self.number = self.row_began = 0
        self._skipped: list[str] = []

    def skipped(self, separator: str) -> list[list[str]]:
        """The cells of the lines above the table, as far as they can be told apart."""
        return [next(stdlib.reader([line], delimiter=separator), []) for line in self._skipped]

    def __iter__(self) -> Iterator[str]:
        for line in self._text:
            self.number += 1
            outside = not self.row_began
            if outside:  # files that were put together keep the mark that each began with
                line = line.removeprefix("\ufeff")
            if self.number <= self._skip:
                self._skipped.append(line)
                continue
            if outside and self._comment and line.startswith(self._comment):
                continue
            self.row_began = self.row_began or self.number
            yield line
