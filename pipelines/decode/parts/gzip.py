"""Gzip (RFC 1952), unpacked by the standard library piece by piece: a small file can hold a huge one."""

import gzip
import io
import zlib

from catalog.errors import SourceError

MAGIC = b"\x1f\x8b"
_PIECE_BYTES = 1 << 16


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
    pieces, size = [], 0
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
            while piece := file.read1(_PIECE_BYTES):
                pieces.append(piece)
                size += len(piece)
                if size > limit_bytes:
                    raise SourceError(f"expected at most {limit_bytes:,} bytes, found a gzip file that holds more")
    except EOFError as error:
        raise SourceError(
            f"expected a whole gzip file, found one that is cut short after {size:,} bytes of content"
        ) from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise SourceError(f"expected a gzip file, found broken compression ({error})") from error
    return b"".join(pieces)
