"""JSON bytes -> records of text (RFC 8259).

A number becomes its text as written, a nested value JSON text, null and an absent key null; true and false their
names. Nothing is guessed: types are the declaration's affair. An element of a list that is no record is a fault beside
the records (`pipelines.decode.parts.beside`).
"""

import pyarrow as pa
from pydantic import Field

from pipelines.decode.parts.json_layout import JsonLayout, lay
from pipelines.decode.parts.json_values import parse
from pipelines.decode.parts.text import Encoding, Undecodable


class Reading(JsonLayout):
    """What a declaration may say of JSON."""

    encoding: Encoding = "utf-8"
    undecodable: Undecodable = Field(default="refuse", description="as in CSV")


_PLAIN = Reading()


def decode(body: bytes, reading: Reading = _PLAIN) -> pa.Table:
    """Return the records of a JSON body.

    Raises:
        SourceError: not JSON, no records where they are declared, or records of another shape.
    """
    return lay(parse(body, reading.encoding, reading.undecodable), reading)
