"""Bytes -> text in a declared encoding. A byte that is no text is refused with its place, or stays visible."""

import codecs
import itertools
import re
from typing import Literal

from catalog.errors import SourceError

Encoding = Literal["utf-8", "cp950", "big5", "utf-16", "latin-1"]
Undecodable = Literal["refuse", "quarantine"]

NO_TEXT = "\ufffd\\x"
"""Begins a byte that is no text, as `decode` leaves it visible: 0xf9 is a replacement character, `\\xf9`."""
_VISIBLE = re.compile(re.escape(NO_TEXT) + "([0-9a-f]{2})")
_SHOWN = 3
_LOOKED_AT_BYTES = 1024 * 1024
"""Behind the first byte that is no text; of another encoding most are."""
_HANDLER = "minsheng-visible"


def _visible(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)  # noqa: S101 - only decoding asks
    return "".join(f"{NO_TEXT}{byte:02x}" for byte in error.object[error.start : error.end]), error.end


codecs.register_error(_HANDLER, _visible)


def decode(body: bytes, encoding: str, undecodable: Undecodable = "refuse") -> str:
    """Return the text of a body, without a byte-order mark.

    Args:
        body: the bytes.
        encoding: as declared; never guessed.
        undecodable: `refuse`, or `quarantine`: a byte that is no text stays visible behind `NO_TEXT`, by which its
            cell is found and set aside (`pipelines.conform.cells`).

    Raises:
        SourceError: bytes that are no text in this encoding; says how many, and where the first are.
    """
    codec = "utf-8-sig" if encoding == "utf-8" else encoding
    try:
        return body.decode(codec)
    except UnicodeDecodeError as error:
        if undecodable == "quarantine":
            return body.decode(codec, errors=_HANDLER)
        text, whole = _marked(body, codec, error.start + _LOOKED_AT_BYTES)
    places = [_place(text, one) for one in itertools.islice(_VISIBLE.finditer(text), _SHOWN)]
    count = text.count(NO_TEXT)
    found = "a byte that is none" if count == 1 else f"{count:,} bytes that are none"
    found = found if whole else f"at least {found}"
    more = ", …" if count > _SHOWN else ""
    raise SourceError(
        f"expected text in {encoding.upper()}, found {found}: {', '.join(places)}{more}; is `encoding` declared right?"
    )


def _marked(body: bytes, codec: str, until: int) -> tuple[str, bool]:
    """The text up to a place, each byte that is none marked, and whether that is all."""
    if until >= len(body) or codec == "utf-16":
        return body.decode(codec, errors=_HANDLER), True
    # What the cut leaves of a character is no fault.
    return codecs.getincrementaldecoder(codec)(_HANDLER).decode(body[:until]), False


def _place(text: str, found: re.Match[str]) -> str:
    line_start = text.rfind("\n", 0, found.start()) + 1
    line = text.count("\n", 0, line_start) + 1
    column = len(_VISIBLE.sub("?", text[line_start : found.start()])) + 1
    return f"0x{found[1]} in line {line} at character {column}"
