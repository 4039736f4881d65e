"""Rows as bytes, and records as JSON."""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any


def csv_text(
    columns: Sequence[str],
    rows: Sequence[Mapping[str, str]],
    line_end: str = "\r\n",
    head: Sequence[str] = (),
    foot: Sequence[str] = (),
    line: str | None = None,
) -> str:
    """Return rows as CSV, under a header.

    Args:
        columns: which, in order.
        rows: the rows; a column that a row lacks is an empty cell.
        line_end: what ends a line.
        head: lines that stand instead of the header, such as titles and two lines of names. A place as `{year}` has
            the text of that column in the first row.
        foot: lines below the rows.
        line: how each row is written, with places of its own, if not as CSV; then there is no header.
    """
    text = io.StringIO()
    for above in head:
        text.write(filled(above, rows) + line_end)
    if line is None:
        writer = csv.DictWriter(text, columns, lineterminator=line_end, restval="", extrasaction="ignore")
        if not head:
            writer.writeheader()
        writer.writerows(rows)
    else:
        text.writelines(filled(line, [row]) + line_end for row in rows)
    for below in foot:
        text.write(filled(below, rows) + line_end)
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


def nested(
    rows: Sequence[Mapping[str, str]],
    levels: Sequence[tuple[list[str], str]],
    columns: list[str],
    make: Callable[[Mapping[str, str], list[str]], Any],
) -> list[Any]:
    """Return rows as lists in lists.

    Args:
        rows: the rows.
        levels: from the outside, the columns whose texts rows share that are one object, and the key of its list, with
            dots where it lies deeper.
        columns: all columns; those of no level stand in the innermost records.
        make: a row and columns of it -> a record.
    """
    if not levels:
        return [make(row, columns) for row in rows]
    (shared, key), *further = levels
    groups: dict[tuple[str, ...], list[Mapping[str, str]]] = {}
    for row in rows:
        groups.setdefault(tuple(row.get(column, "") for column in shared), []).append(row)
    others = [column for column in columns if column not in shared]
    found = []
    for group in groups.values():
        record = make(group[0], shared)
        put(record, key, nested(group, further, others, make))
        found.append(record)
    return found


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
