"""Text in columns without a separator -> records of text: cells between runs of blanks, or of declared widths."""

import itertools
import re
import unicodedata
from typing import Annotated, Self

import pyarrow as pa
from pydantic import Field, field_validator, model_validator

from catalog.declaration.strict import Listed
from catalog.errors import SourceError
from pipelines.decode.parts import text as texts
from pipelines.decode.parts.table import Layout, Row, RowsWritten, lay
from pipelines.decode.parts.text import NO_TEXT, Encoding, Undecodable

_BLANKS = re.compile(r"[ \t]+")


class Reading(Layout):
    """What a declaration may say of text in columns."""

    encoding: Encoding = "utf-8"
    undecodable: Undecodable = Field(default="refuse", description="as in CSV")
    widths: Annotated[tuple[int, ...], Listed] = Field(
        default=(), description="characters of each column, from the left; default: runs of blanks stand between cells"
    )
    wide: bool = Field(default=False, description="with widths: a Chinese sign takes two, as bytes of Big5 do")
    comment: str | None = Field(default=None, min_length=1, description="how a line begins that is no data")

    @model_validator(mode="after")
    def _of_widths(self) -> Self:
        if self.wide and not self.widths:
            raise ValueError("wide: belongs to widths")
        return self

    @field_validator("widths")
    @classmethod
    def _positive(cls, widths: tuple[int, ...]) -> tuple[int, ...]:
        if not all(0 < width <= 1_000_000 for width in widths):
            raise ValueError("widths: expected widths of at least 1 character")
        return widths


_PLAIN = Reading()
_WIDE = ("W", "F", "A")
"""What takes two bytes in Big5: wide signs, full-width ones, and those of both widths, such as ※."""
_SIGN = re.compile(rf"{re.escape(NO_TEXT)}[0-9a-f]{{2}}|.", re.DOTALL)


def decode(body: bytes, reading: Reading = _PLAIN) -> pa.Table:
    """Return a table of text; blanks around a cell are none of it, an empty line is no row.

    Raises:
        SourceError: an empty body, a page of markup, bytes that are no text, or what the layout says.
    """
    if not body.strip():
        raise SourceError("expected text in columns, found an empty body")
    said = texts.decode(body, reading.encoding, reading.undecodable)
    if said.lstrip().startswith("<"):
        raise SourceError(f"expected text in columns, found a page of markup that begins {said[:60]!r}")
    ends = list(itertools.accumulate(reading.widths))
    rows: list[Row] = []
    lines = re.split(r"\r\n|\n|\r", said)
    for number, line in enumerate(lines, start=1):
        if number > reading.skip and not (reading.comment and line.startswith(reading.comment)):
            rows.append((number, _cut(line, ends, wide=reading.wide) if ends else _split(line)))
    above = [[line] for line in lines[: reading.skip]]
    return lay(rows, reading, RowsWritten(raw=lambda number, _: lines[number - 1]), above)


def _split(line: str) -> list[str]:
    line = line.strip(" \t")
    return _BLANKS.split(line) if line else []


def _cut(line: str, ends: list[int], *, wide: bool) -> list[str]:
    """The cells of a line; what stands behind the last column is a cell too many, which the layout refuses."""
    line = line.rstrip(" \t")
    ends = _in_signs(line, ends) if wide else ends
    starts = [0, *ends]
    cells = [line[start:end].strip(" \t") for start, end in zip(starts, ends, strict=False) if start < len(line)]
    return (
        [*cells, line[ends[-1] :]] if len(line) > ends[-1] else cells + [""] * (len(ends) - len(cells)) if cells else []
    )


def _in_signs(line: str, ends: list[int]) -> list[int]:
    """Ends of columns as numbers of signs, where wide ones take two; one that is cut in two is of the left column."""
    taken, signs, places = 0, 0, [0]
    for sign in _SIGN.finditer(line):
        # A byte that is no text is shown by several signs.
        width = 1 if len(sign[0]) > 1 or unicodedata.east_asian_width(sign[0]) not in _WIDE else 2
        taken, signs = taken + width, signs + len(sign[0])
        places += [signs] * width
    return [places[end] if end < len(places) else len(line) + end - taken for end in ends]
