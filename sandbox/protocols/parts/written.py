"""Rows as bytes, and records as JSON."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any


def csv_text(
    columns: Sequence[str],
    rows: Sequence[Mapping[str, str]],
    line_end: str = "\r\n",
    head: Sequence[str] = (),
    foot: Sequence[str] = (),
) -> str:
    """Return rows as CSV, under a header.

    Args:
        columns: which, in order.
        rows: the rows; a column that a row lacks is an empty cell.
        line_end: what ends a line.
        head: lines that stand instead of the header, such as titles and two lines of names. A place as `{year}` has
            the text of that column in the first row.
        foot: lines below the rows.
    """
    text = io.StringIO()
    for line in head:
        text.write(filled(line, rows) + line_end)
    writer = csv.DictWriter(text, columns, lineterminator=line_end, restval="", extrasaction="ignore")
    if not head:
        writer.writeheader()
    writer.writerows(rows)
    for line in foot:
        text.write(filled(line, rows) + line_end)
    return text.getvalue()


def filled(line: str, rows: Sequence[Mapping[str, str]]) -> str:
    """Return a line with the texts of the first row in its places, as `{year}`."""
    for column, text in (rows[0] if rows else {}).items():
        line = line.replace(f"{{{column}}}", text)
    return line


def csv_bytes(
    columns: Sequence[str], rows: Sequence[Mapping[str, str]], line_end: str = "\r\n", bom: bool = False
) -> bytes:
    """Return rows as CSV in UTF-8, with a header.

    Args:
        columns: which, in order.
        rows: the rows; a column that a row lacks is an empty cell.
        line_end: what ends a line.
        bom: whether a byte-order mark begins it.
    """
    return csv_text(columns, rows, line_end).encode("utf-8-sig" if bom else "utf-8")


def json_value(text: str) -> Any:
    """Return a text as the JSON value that it is; a text that is none stays one, for a fault put it there."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def put(document: dict[str, Any], place: str, value: Any) -> None:
    """Put a value into a document.

    Args:
        document: into which.
        place: keys joined by dots. With `[]` at its end the value is added to a list there.
        value: what.
    """
    *above, last = place.split(".")
    for key in above:
        document = document.setdefault(key, {})
    if last.endswith("[]"):
        document.setdefault(last.removesuffix("[]"), []).append(value)
    else:
        document[last] = value
