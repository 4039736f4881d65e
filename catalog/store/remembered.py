"""A store that is asked once, for the time of one run, for each small object that never changes."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from catalog import keys
from catalog.store.base import Blob, Head, Span, Store

LARGEST_BYTES = 1 << 20
"""A larger object is read each time: rows are, documents and facts are not."""
MOST_BYTES = 64 << 20
"""What is kept in all; beyond it nothing more is kept."""


@dataclass
class Remembered:
    """A store in front of a store. What is written is not kept: to read it back asks the store itself."""

    store: Store
    _kept: dict[str, Blob] = field(default_factory=dict, repr=False)
    _bytes: int = 0

    @property
    def url(self) -> str:
        """The address of the store behind."""
        return self.store.url

    def put_new(self, key: str, body: bytes) -> None:
        """Create the object; see `Store.put_new`."""
        self.store.put_new(key, body)

    def put_if(self, key: str, body: bytes, etag: str | None) -> str:
        """Replace the object; see `Store.put_if`."""
        return self.store.put_if(key, body, etag)

    def get(self, key: str, span: Span | None = None) -> Blob:
        """Return the bytes; see `Store.get`. One that is never replaced is read once."""
        if key in self._kept:
            blob = self._kept[key]
            return blob if span is None else Blob(blob.body[span[0] : span[1]], blob.etag)
        blob = self.store.get(key, span)
        size = len(blob.body)
        if span is None and keys.create_only(key) and size <= LARGEST_BYTES and self._bytes + size <= MOST_BYTES:
            self._kept[key] = blob
            self._bytes += size
        return blob

    def head(self, key: str) -> Head | None:
        """Return size, etag and type; see `Store.head`. Of an object that was read before, without asking."""
        if key in self._kept:
            blob = self._kept[key]
            return Head(len(blob.body), blob.etag, keys.headers(key).content_type)
        return self.store.head(key)

    def list(self, prefix: str) -> Iterator[str]:
        """Give the keys; see `Store.list`."""
        return self.store.list(prefix)

    def delete(self, key: str) -> None:
        """Remove the object; see `Store.delete`."""
        blob = self._kept.pop(key, None)
        self._bytes -= len(blob.body) if blob else 0
        self.store.delete(key)
