"""Text in columns without a separator -> records of text: cells between runs of blanks, or of declared widths."""

import itertools
import re
from typing import Annotated

import pyarrow as pa
from pydantic import Field, field_validator

from catalog.declaration.strict import Listed
from catalog.errors import SourceError
from pipelines.decode.parts import text as texts
from pipelines.decode.parts.table import Layout, Row, RowsWritten, lay
from pipelines.decode.parts.text import Encoding, Undecodable

_BLANKS = re.compile(r"[ \t]+")


class Reading(Layout):
    """What a declaration may say of text in columns."""

    encoding: Encoding = "utf-8"
    undecodable: Undecodable = Field(default="refuse", description="as in CSV")
    widths: Annotated[tuple[int, ...], Listed] = Field(
        default=(), description="characters of each column, from the left; default: runs of blanks stand between cells"
    )
    comment: str | None = Field(default=None, min_length=1, description="how a line begins that is no data")

    @field_validator("widths")
    @classmethod
    def _positive(cls, widths: tuple[int, ...]) -> tuple[int, ...]:
        if not all(0 < width <= 1_000_000 for width in widths):
            raise ValueError("widths: expected widths of at least 1 character")
        return widths


_PLAIN = Reading()


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
            rows.append((number, _cut(line, ends) if ends else _split(line)))
    above = [[line] for line in lines[: reading.skip]]
    return lay(rows, reading, RowsWritten(raw=lambda number, _: lines[number - 1]), above)


def _split(line: str) -> list[str]:
    line = line.strip(" \t")
    return _BLANKS.split(line) if line else []


def _cut(line: str, ends: list[int]) -> list[str]:
    """The cells of a line; what stands behind the last column is a cell too many, which the layout refuses."""
    line = line.rstrip(" \t")
    starts = [0, *ends]
    cells = [line[start:end].strip(" \t") for start, end in zip(starts, ends, strict=False) if start < len(line)]
    return (
        [*cells, line[ends[-1] :]] if len(line) > ends[-1] else cells + [""] * (len(ends) - len(cells)) if cells else []
    )
