"""What one answer may hold: a small body can unpack to a huge one, and a short one can claim a huge table."""

import csv
import io
from dataclasses import dataclass
from typing import Literal

from catalog.errors import SourceError


@dataclass(frozen=True)
class DecodeLimits:
    """Bounds far above what agencies publish, and below what a machine can bear."""

    unpacked_bytes: int = 256 * 1024 * 1024
    columns: int = 4_096
    cells: int = 20_000_000
    """Of one table; of all sheets of a workbook together."""
    sheets: int = 256
    members: int = 4_096
    """Of an archive."""
    elements: int = 10_000_000
    """Of an XML document."""
    namespace: int = 512
    """Characters of the name of an XML namespace; those in use have fewer than 100."""
    nesting: int = 300
    """Levels of a JSON value that becomes a text."""


LIMITS = DecodeLimits()
HEADER_BYTES = 1 << 20
"""What the header of a CSV file may hold, and the first row with it."""


def columns(count: int) -> None:
    """Refuse more columns than a table may have.

    Raises:
        SourceError: there are more.
    """
    if count > LIMITS.columns:
        raise SourceError(f"expected at most {LIMITS.columns:,} columns, found {count:,}")


def cells(count: int) -> None:
    """Refuse more cells than a table may have.

    Raises:
        SourceError: there are more.
    """
    if count > LIMITS.cells:
        raise SourceError(f"expected at most {LIMITS.cells:,} cells, found {count:,}")


def header(body: bytes, separator: str, *, quoted: bool) -> None:
    """Refuse a CSV file whose header is too wide, before anything else of it is read.

    Raises:
        SourceError: more columns than a table may have, or no end of the header within 1 MiB.
    """
    start = io.StringIO(body[:HEADER_BYTES].decode("utf-8", "replace"), newline="")
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    # A blank line is no header, to other readers neither.
    names: list[str] = next((line for line in csv.reader(start, delimiter=separator, quoting=quoting) if line), [])
    if len(body) > HEADER_BYTES and (not names or not start.read(1)):
        raise SourceError(
            f"expected at most {LIMITS.columns:,} columns, found a header without an end in {HEADER_BYTES:,} bytes"
        )
    columns(len(names))
