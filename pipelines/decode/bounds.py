"""How wide a table may be: a body of a few megabytes can have a million columns, and each costs memory and time."""

import csv
import io

from catalog.errors import SourceError

MOST_COLUMNS = 4_096
"""Several times the widest table that an agency is known to publish."""
_HEADER_BYTES = 1 << 20


def columns(count: int) -> None:
    """Refuse more columns than a table may have.

    Raises:
        SourceError: there are more.
    """
    if count > MOST_COLUMNS:
        raise SourceError(f"expected at most {MOST_COLUMNS:,} columns, found {count:,}")


def header(body: bytes) -> None:
    """Refuse a CSV whose header is too wide, before anything else of it is read.

    Raises:
        SourceError: more columns than a table may have, or no end of the header within 1 MiB.
    """
    start = io.StringIO(body[:_HEADER_BYTES].decode("utf-8", "replace"), newline="")
    try:
        # a blank line is no header, to other readers neither
        names: list[str] = next((line for line in csv.reader(start) if line), [])
    except csv.Error:  # one name is longer than its reader takes
        names = []
    if len(body) > _HEADER_BYTES and (not names or not start.read(1)):
        raise SourceError(
            f"expected at most {MOST_COLUMNS:,} columns, found a header without an end in {_HEADER_BYTES:,} bytes"
        )
    columns(len(names))
