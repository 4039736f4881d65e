"""Rows as bytes."""

import csv
import io
from collections.abc import Mapping, Sequence


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
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator=line_end, restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig" if bom else "utf-8")
