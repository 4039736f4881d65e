"""CSV and its kin: the encoding, the separator, quotes, comments, and where the table lies."""

import csv as stdlib
import io
import re
from collections import Counter
from typing import Any

from pipelines.propose.described import describe_text
from pipelines.propose.forms import Form, first_that_reads
from pipelines.propose.forms.parts.encodings import Encoded, encoding_of
from pipelines.propose.forms.parts.rows import RowsSeen, see_rows, usual_width

_SEPARATORS = (",", "\t", ";", "|")
_LOOKED_AT = 400
"""Lines by which the separator is told."""
_FEWEST_COMMENTS = 3
"""NDBC names its columns in one or two lines that begin with the sign of comments."""


def see(body: bytes) -> Form | None:
    """Return how a body is written, or None if its lines have no separator that cuts them alike."""
    guess = describe_text(body)
    encoded = encoding_of(body, guess.encoding)
    text = encoded.decoded(body).lstrip("\ufeff")
    if text.lstrip()[:1] in ("<", "{", "["):
        return None
    comment = "#" if _comments(text) >= _FEWEST_COMMENTS else None
    separator = _separator(text, comment, guess.delimiter)
    if separator is None:
        return None
    options: dict[str, Any] = {} if separator == "," else {"separator": separator}
    options |= {"comment": comment} if comment else {}
    ways: tuple[dict[str, Any], ...] = ({}, {"escape": "\\"}, {"quoted": False})
    return first_that_reads(body, (_form(text, encoded, options, way) for way in ways))


def _form(text: str, encoded: Encoded, options: dict[str, Any], way: dict[str, Any]) -> Form:
    seen = _rows(text, options.get("separator", ","), options.get("comment"), way)
    reading = encoded.options | options | way | seen.options
    return Form("csv", reading, (*encoded.notes(text), *seen.notes), seen.titles, seen.units)


def _comments(text: str) -> int:
    """How many lines at the beginning are comments."""
    lines = text.splitlines()
    return next((number for number, line in enumerate(lines) if not line.startswith("#")), len(lines))


def _separator(text: str, comment: str | None, guess: str) -> str | None:
    """The sign that cuts most lines into the same number of cells, more than one."""
    lines = [line for line in text.splitlines()[: 10 * _LOOKED_AT] if line.strip()]
    lines = [line for line in lines if not (comment and line.startswith(comment))][:_LOOKED_AT]
    scores: dict[str, float] = {}
    for separator in dict.fromkeys((guess, *_SEPARATORS)):
        if len(separator) != 1 or separator not in _SEPARATORS:
            continue
        widths = Counter(len(row) for row in stdlib.reader(lines, delimiter=separator) if row)
        width = usual_width(widths)
        count = widths[width]
        if width > 1:
            scores[separator] = count / sum(widths.values()) * min(width, 5)
    if scores:
        return max(scores, key=lambda separator: scores[separator])
    return None if any(re.search(r"\S[ \t]{2,}\S", line) for line in lines) or len(lines) < 2 else ","


def _rows(text: str, separator: str, comment: str | None, way: dict[str, Any]) -> RowsSeen:
    """Where the table lies in the rows; a fault of the quotes is for the decoder to tell."""
    lines, numbers = io.StringIO(text, newline=""), [0]
    kept = (line for line in _counted(lines, numbers) if not (comment and line.startswith(comment)))
    reader = stdlib.reader(
        kept,
        delimiter=separator,
        escapechar=way.get("escape"),
        quoting=stdlib.QUOTE_MINIMAL if way.get("quoted", True) else stdlib.QUOTE_NONE,
    )
    rows, starts, before = [], [], 0
    for row in reader:
        rows.append(row)
        starts.append(before + 1)
        before = numbers[0]
    seen = see_rows(rows, starts)
    if comment:
        seen.options.pop("skip", None)  # comments are lines that `comment` leaves out
        seen.notes = [note for note in seen.notes if not note.startswith("Seen above")]
    return seen


def _counted(lines: io.StringIO, numbers: list[int]) -> Any:
    for line in lines:
        numbers[0] += 1
        yield line
