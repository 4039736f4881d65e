"""JavaScript bodies -> records: the JSON value behind a declared prefix. Nothing is ever run."""

import re

import pyarrow as pa
from pydantic import Field

from catalog.errors import SourceError
from pipelines.decode.parts import text
from pipelines.decode.parts.json_layout import JsonLayout, lay
from pipelines.decode.parts.json_values import parse_from
from pipelines.decode.parts.text import Encoding


class Reading(JsonLayout):
    """What a declaration may say of JavaScript: where the value begins, and all that it may say of JSON."""

    prefix: str = Field(min_length=1, description="what stands before the value, once: `var list =` or `callback(`")
    encoding: Encoding = "utf-8"


def decode(body: bytes, reading: Reading) -> pa.Table:
    """Return the records of the value behind the prefix; blanks in the prefix are any blanks.

    Raises:
        SourceError: the prefix stands nowhere or more than once, what follows is no JSON, or it holds no records.
    """
    said = text.decode(body, reading.encoding)
    blanks = r"\s+".join(map(re.escape, reading.prefix.split()))
    found = list(re.finditer(rf"(?<![\w$]){blanks}\s*", said))
    if len(found) != 1:
        times = f"it {len(found)} times" if found else f"a body that begins {said[:60]!r}"
        raise SourceError(f"expected {reading.prefix!r} once, found {times}")
    return lay(parse_from(said, found[0].end()), reading)
