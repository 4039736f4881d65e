"""The ways in which a reader may decode a text: escapes, UTF-16, base64, hexadecimal.

A view is what one of them makes of some bytes. It knows where in the body each of its own bytes stands, so that what is
found in a view can be taken out of the body. Each step takes time in proportion to the bytes.
"""

import array
import binascii
import bisect
import functools
import html.entities
import re
import string
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np

Token = tuple[int, int, int]
"""Where something begins and ends that is decoded, and how many bytes it becomes; what is between stays as it is."""
Unescape = Callable[["View"], "View | None"]
_ROUNDS = 6
"""How often escapes may be escaped."""
_LEAST_BASE64, _LEAST_HEX = 11, 16
"""What a secret of 8 bytes becomes."""
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_NAMES = {
    name.encode(): mark.encode()
    for name, mark in html.entities.html5.items()
    if name.endswith(";") and len(mark) == 1 and mark.isascii()
}


def _kind(marks: str) -> bytes:
    return bytes(chr(code) in marks for code in range(256))


_BASE64, _HEX = _kind(string.ascii_letters + string.digits + "+/_-"), _kind(string.hexdigits)


class View(NamedTuple):
    """Decoded bytes."""

    data: bytes
    locate: Callable[[int, int], tuple[int, int]]
    """Tells where a span of them stands in the body."""


def plain(data: bytes, at: int = 0) -> View:
    """Return bytes as they are, which stand `at` in the body."""
    return View(data, lambda start, end: (at + start, at + end))


def _decoded(parent: View, data: bytes, tokens: Callable[[], Iterable[Token]]) -> View:
    """A view in which some tokens of another are decoded; they are listed only if something is found."""

    @functools.cache
    def listed() -> tuple[list[int], list[Token]]:
        positions, found, shift = [], [], 0
        for start, end, width in tokens():
            positions.append(start + shift)
            found.append((start, end, width))
            shift += width - (end - start)
        return positions, found

    def edges(at: int) -> tuple[int, int]:
        positions, found = listed()
        k = bisect.bisect_right(positions, at) - 1
        if k < 0:
            return at, at + 1
        (start, end, width), offset = found[k], at - positions[k]
        return (start, end) if offset < width else (end + offset - width, end + offset - width + 1)

    return View(data, lambda start, end: parent.locate(edges(start)[0], edges(end - 1)[1]))


def _without(view: View, marks: bytes) -> View:
    """The same without some bytes."""
    gone = re.compile(b"[%b]+" % re.escape(marks))
    return _decoded(
        view,
        view.data.translate(None, marks),
        lambda: ((found.start(), found.end(), 0) for found in gone.finditer(view.data)),
    )


def _runs(view: View, kind: bytes, least: int) -> View:
    """The long runs of one kind of bytes alone, with one byte of that kind between them.

    Args:
        view: where to look.
        kind: 1 for each byte of that kind, 0 for the others.
        least: how long a run must be, in bytes.
    """
    marks = np.frombuffer(view.data.translate(kind), np.int8)
    edges = np.flatnonzero(np.diff(marks, prepend=0, append=0))
    starts, ends = edges[::2], edges[1::2]
    long = ends - starts >= least
    runs = list(zip(starts[long].tolist(), ends[long].tolist(), strict=True))

    def gaps() -> Iterator[Token]:
        before = 0
        for start, end in runs:
            yield before, start, int(start != runs[0][0])
            before = end

    return _decoded(view, b"A".join([view.data[start:end] for start, end in runs]), gaps)


def _escape(others: set[str]) -> re.Pattern[bytes]:
    """A pattern of one escape; of what is not ASCII, only of some characters."""
    codes = b"|".join([rb"00[0-7][0-9A-Fa-f]", *(b"(?i:%04x)" % ord(unit) for unit in set(units("".join(others))))])
    decimal = b"|".join([rb"1[01][0-9]|12[0-7]|[0-9]{1,2}", *(b"%d" % ord(mark) for mark in others)])
    hexadecimal = b"|".join([rb"[0-7]?[0-9A-Fa-f]", *(b"(?i:%x)" % ord(mark) for mark in others)])
    return re.compile(
        rb"%(?:25)*([0-9A-Fa-f]{2})"
        rb"|&#0*+(" + decimal + rb")(?![0-9]);?"
        rb"|&#[xX]0*+(" + hexadecimal + rb")(?![0-9A-Fa-f]);?"
        rb"|&(" + b"|".join(map(re.escape, sorted(_NAMES))) + rb")"
        # a run of backslashes is met at its first: else n of them would be read n times
        rb"|\\(?<!\\\\)\\*+(?:u(" + codes + rb")|u\{0*+(" + hexadecimal + rb")\}|x([0-7][0-9A-Fa-f])"
        rb"|(?!u[0-9A-Fa-f]{4})([\0-\xff]?))"
    )


@functools.cache
def unescape(secrets: str) -> Unescape:
    """Return what decodes percent-encoding, escapes of JSON and JavaScript, and entities of HTML, one level of each.

    Args:
        secrets: all of them together: of what is not ASCII only their characters are decoded.
    """
    escape = _escape({mark for mark in secrets if not mark.isascii()})

    def decode(found: re.Match[bytes]) -> bytes:
        group = found.lastindex or 0
        said = found[group]
        if group == 1:
            return binascii.unhexlify(said)
        if group == 4:
            return _NAMES[said]
        if group == 8:
            return said
        return chr(int(said, 10 if group == 2 else 16)).encode("utf-8", "surrogatepass")

    def decoded(view: View) -> View | None:
        if not any(mark in view.data for mark in (b"%", b"\\", b"&")):
            return None
        data, count = escape.subn(decode, view.data)
        if not count:
            return None
        return _decoded(
            view, data, lambda: ((it.start(), it.end(), len(decode(it))) for it in escape.finditer(view.data))
        )

    return decoded


def units(text: str) -> str:
    """Return a text in units of UTF-16, each as a character: so JSON escapes what four digits do not hold."""
    found = array.array("H", text.encode("utf-16" + ("-le" if sys.byteorder == "little" else "-be"), "surrogatepass"))
    return "".join(map(chr, found))


def texts(view: View, unescaped: Unescape) -> Iterator[View]:
    """Yield a view, then without the NULs of UTF-16, then without escapes, level by level."""
    yield view
    if b"\0" in view.data:
        view = _without(view, b"\0")
        yield view
    for _ in range(_ROUNDS):
        deeper = unescaped(view)
        if deeper is None:
            return
        view = deeper
        yield view


def unbroken(view: View) -> View:
    """Return a view without its escaped ends of lines, in UTF-16 too."""
    if b"\0" in view.data:
        view = _without(view, b"\0")
    if b"\\r" not in view.data and b"\\n" not in view.data:
        return view
    breaks = re.compile(rb"\\(?<!\\\\)\\*+[rn]")
    return _decoded(
        view, breaks.sub(b"", view.data), lambda: ((it.start(), it.end(), 0) for it in breaks.finditer(view.data))
    )


def from_base64(view: View) -> Iterator[View]:
    """Yield what base64 decodes to, beginning at each of four characters: where it truly began is not known."""
    runs = _runs(_without(view, b"\r\n"), _BASE64, _LEAST_BASE64)
    size = len(runs.data)
    text = runs.data.translate(_URL_SAFE) + b"AAA"  # so that a last group without its padding is decoded too
    for at in range(min(4, size)):
        last = len(text) - (len(text) - at) % 4
        yield View(
            binascii.a2b_base64(text[at:last])[: (size - at) * 6 // 8],
            lambda start, end, at=at: runs.locate(at + start * 8 // 6, at + (end * 8 - 1) // 6 + 1),  # type: ignore[misc]
        )


def from_hex(view: View) -> Iterator[View]:
    """Yield what hexadecimal digits decode to, beginning at each of two digits."""
    runs = _runs(_without(view, b" :-\r\n\t"), _HEX, _LEAST_HEX)
    for at in range(min(2, len(runs.data) // 2)):
        last = len(runs.data) - (len(runs.data) - at) % 2
        yield View(
            binascii.unhexlify(runs.data[at:last]),
            lambda start, end, at=at: runs.locate(at + start * 2, at + end * 2),  # type: ignore[misc]
        )
