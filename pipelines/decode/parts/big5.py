"""The tables called Big5, whole bodies at a time. A pair of bytes that two tables in use read differently is no text.

Python's codecs read C6A1 to C7FC as a withdrawn table does: where ETEN and WHATWG have の, they have ソ, and Microsoft
has signs of the user. So here each encoding is a table of its own:

- cp950: Python's, which is Microsoft's except for these pairs.
- big5: Python's, without the eleven signs that Microsoft, WHATWG (https://encoding.spec.whatwg.org/#big5) and glibc
  read differently.
- big5-hkscs: Python's (2004), without the same signs.
- big5-eten: cp950, and ETEN's signs C6A1 to C8D3 as WHATWG has them. Python's big5hkscs lacks six of them. Behind C8D3
  the tables differ.
- big5-uao: cp950, and Unicode-at-on 2.50 (big5_uao.txt).
"""

import contextlib
import functools
from collections.abc import Iterator
from pathlib import Path

import numpy as np

NONE = 0xDC00
"""Half of a surrogate pair, which no text has: with a byte added, it stands for a byte that is no text."""
_LEADS, _TRAILS = range(0x81, 0xFF), (*range(0x40, 0x7F), *range(0xA1, 0xFF))
_WITHDRAWN = range(0xC6A1, 0xC7FD)
_ETEN = range(0xC6A1, 0xC8D4)
_NOT_IN_HKSCS = {0xC6CF: "廴", 0xC6D3: "无", 0xC6D5: "癶", 0xC6D7: "隶", 0xC6DE: "〃", 0xC6DF: "仝"}
_DIFFERING = (0xA145, 0xA14E, 0xA1C2, 0xA1E3, 0xA1F2, 0xA1F3, 0xA241, 0xA242, 0xA244, 0xA246, 0xA247)
_COMBINED = {"\ufdd0": "\u00ca\u0304", "\ufdd1": "\u00ca\u030c", "\ufdd2": "\u00ea\u0304", "\ufdd3": "\u00ea\u030c"}
"""Two characters for one pair, in HKSCS; while decoding, one that is none stands for them."""
_LETTER = np.array([chr(octet).isascii() and chr(octet).isalpha() for octet in range(256)])
_CODECS = {"big5": "big5", "big5-hkscs": "big5hkscs"}
_CHUNK_BYTES = 1 << 22
_LOOKED_AT = 1 << 17
"""Characters at once: few enough for the nearest cache of the processor."""


def decode(body: bytes, encoding: str) -> tuple[str, bool]:
    """Return the text of a body, and whether all of it is text; a byte that is not becomes one of U+DC00 to U+DCFF.

    A byte behind half a pair belongs to it, unless it is ASCII and no letter: then it is read by itself, so that no
    separator is lost. So the pairs behind a pair that is no text stay pairs.

    Args:
        body: the bytes.
        encoding: `cp950`, `big5`, `big5-hkscs`, `big5-eten` or `big5-uao`.
    """
    with contextlib.suppress(UnicodeDecodeError):  # Python's codec is six times as fast, and nearly always right
        text = body.decode(_CODECS.get(encoding, "cp950"))
        if not _is_suspect(text, _suspects(encoding)):
            return text, True
    characters = _table(encoding)
    parts = [_decoded(part, characters) for part in _parts(body)]
    text = "".join(part for part, _ in parts)
    if encoding == "big5-hkscs":
        for sign, pair in _COMBINED.items():
            text = text.replace(sign, pair)
    return text, all(sound for _, sound in parts)


def _is_suspect(text: str, suspects: np.ndarray) -> bool:
    parts = (text[start : start + _LOOKED_AT] for start in range(0, len(text), _LOOKED_AT))
    return any(suspects[np.frombuffer(part.encode("utf-16-le"), np.uint16)].any() for part in parts)


def _parts(body: bytes) -> Iterator[bytes]:
    """The body in parts; between them no pair is torn, for a line feed is part of none."""
    start = 0
    while start < len(body):
        end = body.find(b"\n", start + _CHUNK_BYTES) + 1 or len(body)
        yield body[start:end]
        start = end


def _decoded(part: bytes, characters: np.ndarray) -> tuple[str, bool]:
    if part.isascii():
        return part.decode("ascii"), True
    octets = np.frombuffer(part + b"\0", np.uint8)
    at = np.flatnonzero((octets > 0x80) & (octets < 0xFF))
    # In a run of such bytes every second one begins a pair, from the first on: what stands before it is no half.
    place = np.arange(len(at))
    begins = np.ones(len(at), bool)
    begins[1:] = np.diff(at) != 1
    leads = at[(place - np.maximum.accumulate(np.where(begins, place, 0))) % 2 == 0]
    read = characters[(octets[leads].astype(np.uint16) << 8) | octets[leads + 1]]
    known = read != 0
    text = octets.astype(np.uint32)
    text[octets >= 0x80] += NONE
    text[leads[known]] = read[known]
    lost = leads[~known] + 1
    text[lost[_LETTER[octets[lost]]]] += NONE
    kept = np.ones(len(text), bool)
    kept[leads[known] + 1] = kept[-1] = False
    sound = bool(known.all()) and int((octets[kept] >= 0x80).sum()) == len(leads)
    return text[kept].tobytes().decode("utf-32-le", "surrogatepass"), sound


@functools.cache
def _table(encoding: str) -> np.ndarray:
    """For each pair of bytes, its character; 0: none."""
    if encoding == "big5-hkscs":
        said = {pair: text for pair, text in _codec("big5hkscs").items() if pair not in _DIFFERING}
    elif encoding == "big5":
        said = {pair: text for pair, text in _codec("big5").items() if pair not in (*_WITHDRAWN, *_DIFFERING)}
    else:
        said = {pair: text for pair, text in _codec("cp950").items() if pair not in _WITHDRAWN}
    if encoding == "big5-eten":
        said |= {pair: text for pair, text in _codec("big5hkscs").items() if pair in _ETEN} | _NOT_IN_HKSCS
    if encoding == "big5-uao":
        said |= _unicode_at_on()
    single = {pair: sign for sign, pair in _COMBINED.items()}
    table = np.zeros(1 << 16, np.uint32)
    table[list(said)] = [ord(single.get(text, text)) for text in said.values()]
    return table


@functools.cache
def _suspects(encoding: str) -> np.ndarray:
    """For each UTF-16 unit, whether Python's codec may have read it otherwise than the table says."""
    table, suspects = _table(encoding), np.zeros(1 << 16, bool)
    for pair, text in _codec(_CODECS.get(encoding, "cp950")).items():
        if len(text) == 1 and table[pair] != ord(text):
            suspects[ord(text)] = True
    return suspects


@functools.cache
def _codec(name: str) -> dict[int, str]:
    """The pairs of one of Python's codecs."""
    pairs = (lead << 8 | trail for lead in _LEADS for trail in _TRAILS)
    read = ((pair, pair.to_bytes(2).decode(name, "ignore")) for pair in pairs)
    return {pair: text for pair, text in read if text and not text[-1].isascii()}


def _unicode_at_on() -> dict[int, str]:
    said: dict[int, str] = {}
    for line in Path(__file__).with_name("big5_uao.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            lead = int(line[:2], 16) << 8
            said |= {lead | trail: text for trail, text in zip(_TRAILS, line[3:], strict=True) if text != "-"}
    return said
