"""Bytes -> the encoding in which they are text; what Frictionless guesses is tried first, and proved by the decoder."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from catalog.errors import SourceError
from pipelines.decode.parts import text
from pipelines.decode.parts.text import NO_TEXT, Encoding

_CHINESE: tuple[Encoding, ...] = ("cp950", "big5-eten", "big5-uao", "big5-hkscs")
_WESTERN: tuple[Encoding, ...] = ("windows-1252", "latin-1")
_WORD = re.compile(r"\w{0,9}[^\W\x00-\x7f]\w{0,9}")
_FEW = 0.001
"""The share of bytes that may be no text in a file that is still of an encoding."""
_LOOKED_AT, _SHORTEST, _ZEROS = 20_000, 8, 0.4
"""Bytes that are looked at for UTF-16, the fewest that tell it, and the share of zeros in every second one."""
_NAMES: Mapping[str, Encoding] = {
    "utf_8": "utf-8",
    "utf_8_sig": "utf-8",
    "ascii": "utf-8",
    "big5": "cp950",
    "cp950": "cp950",
    "utf_16": "utf-16",
    "windows_1252": "windows-1252",
    "cp1252": "windows-1252",
    "iso8859_1": "windows-1252",
}
"""Those that Frictionless names, as our decoders call them."""


class Encoded(NamedTuple):
    """How a body is text."""

    encoding: Encoding
    lost: int = 0
    """Bytes that are none in it."""

    def decoded(self, body: bytes) -> str:
        """Return the text; bytes that are none stay visible."""
        return text.decode(body, self.encoding, "quarantine" if self.lost else "refuse")

    @property
    def options(self) -> dict[str, Any]:
        """The keys of a reading; none where all is as by default."""
        found: dict[str, Any] = {} if self.encoding == "utf-8" else {"encoding": self.encoding}
        return found | ({"undecodable": "quarantine"} if self.lost else {})

    def notes(self, text: str) -> list[str]:
        """Return what a steward should know.

        Args:
            text: as decoded.
        """
        found = _WORD.search(text) if self.encoding not in ("utf-8", "utf-16") else None
        notes = [f"Guess: the text is in {self.encoding}, as in {found[0]!r}."] if found else []
        if self.lost:
            notes.append(
                f"Seen: {self.lost:,} bytes that are no text in {self.encoding}; their cells go to quarantine."
            )
        return notes


def encoding_of(body: bytes, guess: str = "") -> Encoded:
    """Return the encoding of a body.

    Args:
        body: the bytes.
        guess: what a library takes it for; tried first among those that are not UTF-8.
    """
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return Encoded("utf-16")
    if len(body) > _SHORTEST and body[1:_LOOKED_AT:2].count(0) > _ZEROS * len(body[1:_LOOKED_AT:2]):
        return Encoded("utf-16")  # without a mark of its order, the little end first
    guessed = _NAMES.get(guess.lower().replace("-", "_"))
    if not _lost(body, "utf-8"):
        return Encoded("utf-8")
    lost = _lost(body, "utf-8", every=True)
    if lost <= _FEW * len(body) and len(body) - len(body.decode(errors="ignore")) > 2 * lost:
        return Encoded("utf-8", lost)  # most of what is no ASCII is right
    others = _WESTERN if _is_western(body) else _CHINESE
    for encoding in dict.fromkeys((*((guessed,) if guessed in others else ()), *others)):
        if not _lost(body, encoding):
            return Encoded(encoding)
    counted = {encoding: _lost(body, encoding, every=True) for encoding in others}
    best = min(counted, key=lambda encoding: counted[encoding])
    if counted[best] > _FEW * len(body) + 1:
        raise SourceError(f"expected text in UTF-8 or Big5, found {counted[best]:,} bytes that are none in {best}")
    return Encoded(best, counted[best])


def _is_western(body: bytes) -> bool:
    """Whether bytes above 0x7f are accents: these are 0xc9 and more, and common characters of Big5 begin below."""
    leads = [body[at] for at in range(len(body[:200_000])) if body[at] > 0x7F and (at == 0 or body[at - 1] < 0x80)]
    return bool(leads) and sum(1 for octet in leads if octet >= 0xC9) > 0.7 * len(leads)


def _lost(body: bytes, encoding: Encoding, *, every: bool = False) -> int:
    try:
        text.decode(body, encoding)
    except SourceError:
        return text.decode(body, encoding, "quarantine").count(NO_TEXT) if every else 1
    return 0
