"""NDJSON bytes -> records of text: one JSON value a line (https://github.com/ndjson/ndjson-spec).

A line that is none is a fault beside the records, for a line feed tells where the next begins. Only the last one has no
such end: where it is no value, the file is cut.
"""

import json as stdlib
from typing import Any

import pyarrow as pa
from pydantic import Field

from catalog.errors import SourceError
from pipelines.decode.parts import json_values
from pipelines.decode.parts.json_layout import JsonLayout, lay
from pipelines.decode.parts.text import Encoding, Undecodable


class Reading(JsonLayout):
    """What a declaration may say of NDJSON: as of a JSON list that holds the lines."""

    encoding: Encoding = "utf-8"
    undecodable: Undecodable = Field(default="refuse", description="as in CSV")


_PLAIN = Reading()


def decode(body: bytes, reading: Reading = _PLAIN) -> pa.Table:
    """Return the records of all lines; an empty line is none.

    Raises:
        SourceError: an empty body, no line is a JSON value, the last one is cut, two values stand in one line, one
            value takes several lines, or the records are of another shape.
    """
    if not body.strip():
        raise SourceError("expected NDJSON, found an empty body")
    text = json_values.decoded(body, reading.encoding, reading.undecodable)
    decoder = json_values.decoder(text)
    values: list[Any] = []
    faults: list[str] = []
    first = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            values.append(decoder.decode(line))
        except (ValueError, RecursionError, SourceError) as error:
            _check_one(line, number, decoder)
            first = first or f"line {number}, which begins {line[:60]!r} ({error})"
            faults.append(line.removesuffix("\r"))
    if faults:
        _check_lines(text, faults[-1], decoder)
        if not values:
            raise SourceError(f"expected one JSON value a line, found none: {first}")
    return lay(values, reading, faults)


def _check_one(line: str, number: int, decoder: stdlib.JSONDecoder) -> None:
    """Refuse two values in a line: nobody knows how many records a file without line feeds has."""
    try:
        start = len(line) - len(line.lstrip())
        one, end = decoder.raw_decode(line, start)
        following = line[end:].lstrip()
        other, _ = decoder.raw_decode(following)
    except (ValueError, RecursionError, SourceError):
        return
    if isinstance(one, dict | list) and isinstance(other, dict | list):
        raise SourceError(
            f"expected one JSON value a line, found two in line {number}; the second begins {following[:60]!r}"
        )


def _check_lines(text: str, last_fault: str, decoder: stdlib.JSONDecoder) -> None:
    """Refuse a file that is cut, and a document of several lines, whose lines are no records."""
    cut = text.rsplit("\n", 1)[-1]
    if cut.strip() and cut.removesuffix("\r") == last_fault:
        raise SourceError(f"expected a JSON value in the last line, found one that is cut: {cut[:60]!r}")
    try:
        decoder.decode(text)
    except (ValueError, RecursionError, SourceError):
        return
    raise SourceError("expected one JSON value a line, found one value in several lines; that is the format json")
