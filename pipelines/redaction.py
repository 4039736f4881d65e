"""Takes secrets out of bytes and texts, in whatever way they are written there.

Raw, percent-encoded, in JSON, in HTML. What agencies wrote is left out of public reasons by `catalog.reasons`.
"""

import functools
import re
from collections.abc import Mapping

STARS = b"***"
SHORTEST_SECRET = 8
"""A shorter one could not be taken out of a body without spoiling it."""


def redact(body: bytes, secrets: Mapping[str, str]) -> bytes:
    """Return bytes without the values of secrets.

    Args:
        body: anything.
        secrets: values, by the name of their environment variable.
    """
    for value in secrets.values():
        if value:
            body = _pattern(value).sub(STARS, body)
    return body


def redact_text(text: str, secrets: Mapping[str, str]) -> str:
    """Return a text without the values of secrets."""
    return redact(text.encode("utf-8", "surrogatepass"), secrets).decode("utf-8", "replace")


@functools.cache
def _pattern(value: str) -> re.Pattern[bytes]:
    """A secret, each character of which may be written in any of the ways that texts have for it."""
    return re.compile(b"".join(_ways(mark) for mark in value))


def _ways(mark: str) -> bytes:
    raw = re.escape(mark.encode())
    if mark.isascii() and mark.isalnum():
        return raw
    percent = b"".join(b"%%(?i:%02x)" % byte for byte in mark.encode())
    code = ord(mark)
    escaped = rb"\\+u(?i:%04x)" % code if code <= 0xFFFF else raw
    entity = rb"&#(?:0*%d|[xX]0*(?i:%x));" % (code, code)
    named = {"&": b"&amp;", "<": b"&lt;", ">": b"&gt;", '"': b"&quot;", "'": b"&apos;", " ": rb"\+"}.get(mark, raw)
    return b"(?:" + b"|".join([raw, rb"\\+" + raw, percent, escaped, entity, named]) + b")"
