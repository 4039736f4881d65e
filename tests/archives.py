"""Bytes as agencies pack them."""

import io
import zipfile
import zlib


def zipped(content: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of two members; the content is the second."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as made:
        made.writestr("other", b"x" * 100)
        made.writestr("member", content)
    return file.getvalue()


def deflated(content: bytes) -> bytes:
    """Bare deflate, without head and sum."""
    made = zlib.compressobj(wbits=-15)
    return made.compress(content) + made.flush()
