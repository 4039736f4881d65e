"""Control characters in texts: made visible, so that none gets into a published text unseen.

A text with U+0000 is refused by PostgreSQL and by spreadsheets, and U+0085 is what "…" of windows-1252 becomes when it
is read as latin-1. As a byte that is no text, a control character becomes a mark, by which its cell is set aside.
"""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.decode.parts.text import NO_TEXT

_BLANK = r"\x0b\x0c"
"""Line and page feeds of printers: blanks around a text, as tabs and line breaks are, and nothing within one."""
_OTHER = r"\x00-\x08\x0e-\x1f\x7f-\x9f"
_CONTROL = np.array([(octet < 0x20 and octet not in b"\t\n\r") or octet == 0x7F for octet in range(256)])


def trimmed(texts: pa.Array) -> pa.Array:
    """Return texts without the blanks and byte-order marks around them, with visible control characters.

    Args:
        texts: strings; null stays null.
    """
    if not _has_controls(texts):
        return _trimmed(texts)
    return _marked(_trimmed(_marked(texts, _OTHER)), _BLANK)


def visible(texts: pa.Array) -> pa.Array:
    """Return texts in which each control character but tabs and line breaks is written as its number."""
    return _marked(texts, _BLANK + _OTHER) if _has_controls(texts) else texts


def _trimmed(texts: pa.Array) -> pa.Array:
    return pc.utf8_trim_whitespace(pc.utf8_trim(texts, "\ufeff"))


def _has_controls(texts: pa.Array) -> bool:
    """Whether there may be one, by a look at all bytes at once: C0 and DEL are bytes, C1 is 0xc2 and 0x80 to 0x9f."""
    data = texts.buffers()[2]
    octets = np.frombuffer(data, np.uint8) if data is not None else np.empty(0, np.uint8)
    if _CONTROL[octets].any():
        return True
    leads = np.flatnonzero(octets[:-1] == 0xC2)
    return bool((octets[leads + 1] < 0xA0).any())


def _marked(texts: pa.Array, controls: str) -> pa.Array:
    pattern = f"[{controls}]"
    at = pc.fill_null(pc.match_substring_regex(texts, pattern), False)
    if not pc.any(at).as_py():
        return texts
    mark = re.compile(pattern)
    marked = [mark.sub(lambda found: f"{NO_TEXT}{ord(found[0]):02x}", text) for text in texts.filter(at).to_pylist()]
    return pc.replace_with_mask(texts, at, pa.array(marked, pa.string()))
