"""An object of a store as a file that is read by spans: of a large one only what is asked for is fetched."""

import io

from catalog.store.base import Absent, Store

_AT_ONCE_BYTES = 65_536
"""An object below is fetched whole, in one request."""


class Spans(io.RawIOBase):
    """A file over an object of a store; what was fetched last is held."""

    def __init__(self, store: Store, key: str) -> None:
        """Look at the object.

        Raises:
            Absent: no object has this key.
        """
        self._store, self._key, self._at, self._first = store, key, 0, 0
        self._held = store.get(key, (0, _AT_ONCE_BYTES)).body
        self._size = len(self._held)
        self.whole: bytes | None = self._held
        """Of a small object, all of it."""
        if self._size == _AT_ONCE_BYTES:
            head = store.head(key)
            if head is None:
                raise Absent(f"{key!r} is gone from {store.url}")
            self._size, self.whole = head.size, None

    @property
    def size(self) -> int:
        """Its bytes, all together."""
        return self._size

    def hold(self, first: int, end: int) -> None:
        """Fetch a span in one request, for the reads that follow."""
        if not self._first <= first <= end <= self._first + len(self._held):
            self._held, self._first = self._store.get(self._key, (first, end)).body, first

    def readable(self) -> bool:
        """Say yes."""
        return True

    def seekable(self) -> bool:
        """Say yes."""
        return True

    def tell(self) -> int:
        """Return where the next read begins."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to an offset from the start, from here or from the end."""
        position = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if position < 0:
            raise OSError(f"{self._key} has no byte {position}")
        self._at = position
        return position

    def read(self, size: int = -1) -> bytes:
        """Return so many bytes; fewer at the end."""
        end = self._size if size < 0 else min(self._size, self._at + size)
        if end <= self._at:
            return b""
        self.hold(self._at, end)
        body = self._held[self._at - self._first : end - self._first]
        self._at += len(body)
        return body
