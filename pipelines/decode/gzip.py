"""Gzip (RFC 1952): unpacks with a bound, since a small file can hold a huge one."""

import zlib

from catalog.errors import SourceError

MAGIC = b"\x1f\x8b"


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
    parts, size, rest = [], 0, body
    try:
        while rest:
            stream = zlib.decompressobj(wbits=31)
            part = stream.decompress(rest, limit_bytes - size + 1)
            size += len(part)
            if size > limit_bytes:
                raise SourceError(f"expected at most {limit_bytes:,} bytes, found a gzip file that holds more")
            if not stream.eof:
                raise SourceError(
                    f"expected a whole gzip file, found one that is cut short after {size:,} bytes of content"
                )
            parts.append(part)
            rest = stream.unused_data.lstrip(b"\0")
    except zlib.error as error:
        raise SourceError(f"expected a gzip file, found broken compression ({error})") from error
    return b"".join(parts)
