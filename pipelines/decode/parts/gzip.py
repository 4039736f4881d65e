"""Gzip (RFC 1952): unpacks with a bound, since a small file can hold a huge one."""

import re
import zlib

from catalog.errors import SourceError

MAGIC = b"\x1f\x8b"
_PADDING = re.compile(rb"\0*")
_FIRST_BYTES = 256


def unpack(body: bytes, limit_bytes: int) -> bytes:
    """Return what a gzip file holds; a body that is no gzip file is returned as it is.

    Args:
        body: the bytes.
        limit_bytes: how much it may hold.

    Raises:
        SourceError: cut short, broken, or more than the limit.
    """
    if not body.startswith(MAGIC):
        return body
    view, parts, size, at = memoryview(body), [], 0, 0
    while at < len(body):
        stream, step = zlib.decompressobj(wbits=31), _FIRST_BYTES
        while not stream.eof:
            fed = view[at : at + step]
            if not fed:
                raise SourceError(
                    f"expected a whole gzip file, found one that is cut short after {size:,} bytes of content"
                )
            part = _decompress(stream, fed, limit_bytes - size + 1)
            size += len(part)
            if size > limit_bytes:
                raise SourceError(f"expected at most {limit_bytes:,} bytes, found a gzip file that holds more")
            parts.append(part)
            at += len(fed) - len(stream.unused_data)
            # zlib copies what is left behind a member: little is fed first, lest many small ones take quadratic time.
            step *= 2
        at = _padding_end(body, at)
    return b"".join(parts)


def _decompress(stream: "zlib._Decompress", fed: memoryview, most: int) -> bytes:
    try:
        return stream.decompress(fed, most)
    except zlib.error as error:
        raise SourceError(f"expected a gzip file, found broken compression ({error})") from error


def _padding_end(body: bytes, at: int) -> int:
    """Where the zeros end that may stand behind a member."""
    found = _PADDING.match(body, at)
    return found.end() if found else at
