"""Bytes -> text in a declared encoding. A byte that is no text is refused with its place, or stays visible."""

import codecs
import itertools
import re
from typing import Literal

from catalog.errors import SourceError
from pipelines.decode.parts import big5
from pipelines.decode.parts.big5 import NONE

Encoding = Literal["utf-8", "cp950", "big5", "big5-eten", "big5-hkscs", "big5-uao", "utf-16", "latin-1", "windows-1252"]
Undecodable = Literal["refuse", "quarantine"]

NO_TEXT = "\ufffd\\x"
"""Begins a byte that is no text, as `decode` leaves it visible: 0xf9 is a replacement character, `\\xf9`."""
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
"""Digits above the line, as of a footnote: behind a number they are no digits of it."""
_NONE = re.compile("[\udc00-\udcff]")
_RUN = re.compile("[\udc00-\udcff]+")
_SHOWN, _SHOWN_BYTES = 3, 8
_LOOKED_AT_BYTES = 1024 * 1024
"""Behind the first byte that is no text; of another encoding most are."""
_HANDLER = "minsheng-none"


def _none(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)  # noqa: S101 - only decoding asks
    return "".join(chr(NONE + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error(_HANDLER, _none)


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
    if encoding.startswith("big5") or encoding == "cp950":
        whole = True
        text, sound = big5.decode(body, encoding)
        if sound:
            return text
    else:
        codec = {"utf-8": "utf-8-sig", "windows-1252": "cp1252"}.get(encoding, encoding)
        try:
            return body.decode(codec)
        except UnicodeDecodeError as error:
            until = len(body) if undecodable == "quarantine" else error.start + _LOOKED_AT_BYTES
            text, whole = _marked(body, codec, until)
    if undecodable == "quarantine":
        return _NONE.sub(lambda found: f"{NO_TEXT}{ord(found[0]) - NONE:02x}", text)
    places = [_place(text, one) for one in itertools.islice(_RUN.finditer(text), _SHOWN + 1)]
    count = sum(len(one[0]) for one in _RUN.finditer(text))
    found = "a byte that is none" if count == 1 else f"{count:,} bytes that are none"
    found = found if whole else f"at least {found}"
    more = ", …" if len(places) > _SHOWN else ""
    raise SourceError(
        f"expected text in {encoding.upper()}, found {found}: {', '.join(places[:_SHOWN])}{more}; is `encoding` "
        "declared right?"
    )


def _marked(body: bytes, codec: str, until: int) -> tuple[str, bool]:
    """The text up to a place, each byte that is none marked, and whether that is all."""
    if until >= len(body) or codec == "utf-16":
        return body.decode(codec, errors=_HANDLER), True
    # What the cut leaves of a character is no fault.
    return codecs.getincrementaldecoder(codec)(_HANDLER).decode(body[:until]), False


def _place(text: str, found: re.Match[str]) -> str:
    """Where a run of bytes that are no text stands, and which they are."""
    line_start = text.rfind("\n", 0, found.start()) + 1
    line = text.count("\n", 0, line_start) + 1
    shown = "".join(f"{ord(one) - NONE:02x}" for one in found[0][:_SHOWN_BYTES])
    more = "…" if len(found[0]) > _SHOWN_BYTES else ""
    return f"0x{shown}{more} in line {line} at character {found.start() - line_start + 1}"
