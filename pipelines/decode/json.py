"""JSON bytes -> records of text (RFC 8259).

A number becomes its text as written, a nested value JSON text, null and an absent key null; true and false their
names. Nothing is guessed: types are the declaration's affair.
"""

import pyarrow as pa

from pipelines.decode.parts.json_layout import JsonLayout, lay
from pipelines.decode.parts.json_values import parse


class Reading(JsonLayout):
    """What a declaration may say of JSON."""


_PLAIN = Reading()


def decode(body: bytes, reading: Reading = _PLAIN) -> pa.Table:
    """Return the records of a JSON body.

    Raises:
        SourceError: not JSON, no records where they are declared, or records of another shape.
    """
    return lay(parse(body), reading)
