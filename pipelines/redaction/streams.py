"""What is compressed in a body: gzip and members of zip files wherever they begin, zlib and deflate at the start.

https://www.rfc-editor.org/rfc/rfc1950 to 1952, and https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
"""

import contextlib
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

PIECE_BYTES = 256 * 1024 * 1024
"""What is unpacked at once; decoding takes no more."""
_BEGIN = re.compile(rb"\x1f\x8b\x08|PK\x03\x04")
_ZIP = struct.Struct("<4s5H3I2H")
_DEFLATED = 8
_READ_BYTES = 1 << 16
_SLOW = 64
"""What a byte costs that is unpacked alone."""
_LEAST_BYTES = 256
"""What an attempt costs, though it gives nothing."""


class TooMuch(Exception):
    """More is compressed than may be unpacked."""


@dataclass
class Budget:
    """What may still be unpacked of one body."""

    bytes: int

    def spend(self, count: int) -> None:
        """Count what was unpacked; raises TooMuch."""
        self.bytes -= count
        if self.bytes < 0:
            raise TooMuch


def packed(body: bytes) -> bool:
    """Whether something may be compressed in bytes."""
    return b"\x1f\x8b\x08" in body or b"PK\x03\x04" in body


def unpacked(body: bytes, budget: Budget) -> Iterator[bytes]:
    """Yield what the compressed parts of a body hold, as far as they can be unpacked.

    Args:
        body: the bytes.
        budget: what may be unpacked.

    Raises:
        TooMuch: they hold more.
    """
    if body[:1] and not body.startswith(b"\x1f\x8b"):
        for bits in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
            yield from _inflate(body, 0, bits, budget)
    for found in _BEGIN.finditer(body) if packed(body) else ():
        at = found.start()
        if found[0].startswith(b"\x1f"):
            yield from _inflate(body, at, zlib.MAX_WBITS | 16, budget)
        elif at + _ZIP.size <= len(body):
            _, _, _, method, *_, name, extra = _ZIP.unpack_from(body, at)
            if method == _DEFLATED:
                yield from _inflate(body, at + _ZIP.size + name + extra, -zlib.MAX_WBITS, budget)


def _inflate(body: bytes, at: int, bits: int, budget: Budget) -> Iterator[bytes]:
    """What one stream holds, piece by piece, up to where it is broken."""
    stream, piece, waiting = zlib.decompressobj(bits), bytearray(), b""
    budget.spend(_LEAST_BYTES)
    while not stream.eof:
        if not waiting:
            waiting = body[at : at + _READ_BYTES]
            at += len(waiting)
        before = stream.copy()
        try:
            part = stream.decompress(waiting, _READ_BYTES)
        except zlib.error:
            piece += _up_to_the_fault(before, waiting, budget)
            break
        budget.spend(len(part))
        piece += part
        if not part and not waiting:
            break
        waiting = stream.unconsumed_tail
        if len(piece) >= PIECE_BYTES:
            yield bytes(piece)
            del piece[:-_READ_BYTES]
    if piece:
        yield bytes(piece)


def _up_to_the_fault(stream: "zlib._Decompress", waiting: bytes, budget: Budget) -> bytes:
    """What comes before a fault, or a wrong checksum: zlib does not give it, unless it is asked byte by byte."""
    found = bytearray()
    with contextlib.suppress(zlib.error):
        for k in range(len(waiting)):
            found += stream.decompress(waiting[k : k + 1])
            budget.spend(_SLOW)
    budget.spend(len(found))
    return bytes(found)
