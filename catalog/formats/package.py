"""A zip file without clock, part by part: the same parts, the same bytes."""

import io
import zipfile
from collections.abc import Iterable

import pyarrow as pa

_LEVEL = 4
"""Of zlib: three fifths of the time of level 6, for as many bytes."""
_DAY = (1980, 1, 1, 0, 0, 0)
"""The first day that a zip file knows."""


class Package:
    """A zip file in memory; a part is compressed piece by piece, so only one piece of it need be there."""

    def __init__(self) -> None:
        """Begin one without parts."""
        self._sink = io.BytesIO()
        self._zip = zipfile.ZipFile(self._sink, "w")

    def add(self, name: str, pieces: Iterable[bytes | pa.Buffer]) -> None:
        """Add a part.

        Args:
            name: in ASCII.
            pieces: its bytes, one after the other.
        """
        about = zipfile.ZipInfo(name, _DAY)
        about.compress_type = zipfile.ZIP_DEFLATED
        about._compresslevel = _LEVEL  # type: ignore[attr-defined]  # public from Python 3.13 on, by another name
        with self._zip.open(about, "w") as part:
            for piece in pieces:
                part.write(piece)

    def close(self) -> bytes:
        """Write the directory of parts and return the whole file."""
        self._zip.close()
        return self._sink.getvalue()
