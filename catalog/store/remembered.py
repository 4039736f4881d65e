"""A store that is asked once for each small object, for as long as nobody else is expected to change it.

`Remembered` lasts a run, and remembers what never changes. What a run puts into a candidate is kept too, for it is read
next, to be published; and the private copy of a release document, for it proves the release next. All else that is
written is not kept: to read it back asks the store itself.

`Session` lasts while one caller writes what is derived. It remembers what that caller has read and written, too, and
forgets it where another writer comes between.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from catalog import keys
from catalog.store.base import Blob, Head, OpenObject, Span, Store

LARGEST_BYTES = 1 << 20
"""A larger object is read each time: rows are, documents and facts are not."""
MOST_BYTES = 64 << 20
"""What is kept in all; beyond it nothing more is kept."""


@dataclass
class Remembered:
    """A store in front of a store."""

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
        if key.startswith(keys.READ_BACK):
            self._keep(key, Blob(body, ""))

    def put_if(self, key: str, body: bytes, etag: str | None) -> str:
        """Replace the object; see `Store.put_if`."""
        self._forget(key)
        return self.store.put_if(key, body, etag)

    def get(self, key: str, span: Span | None = None) -> Blob:
        """Return the bytes; see `Store.get`."""
        if key in self._kept:
            blob = self._kept[key]
            return blob if span is None else Blob(blob.body[span[0] : span[1]], blob.etag)
        blob = self.store.get(key, span)
        if span is None:
            self._keep(key, blob)
        return blob

    def open(self, key: str) -> OpenObject:
        """Open the object in the store behind; see `Store.open`."""
        return self.store.open(key)

    def head(self, key: str) -> Head | None:
        """Return size, etag and type; see `Store.head`. Of an object that is remembered, without asking."""
        if key in self._kept:
            blob = self._kept[key]
            return Head(len(blob.body), blob.etag, keys.headers(key).content_type)
        return self.store.head(key)

    def list(self, prefix: str) -> Iterator[str]:
        """Give the keys; see `Store.list`."""
        return self.store.list(prefix)

    def sizes(self, prefix: str) -> dict[str, int]:
        """Return the size of each object; see `Store.sizes`."""
        return self.store.sizes(prefix)

    def delete(self, key: str) -> None:
        """Remove the object; see `Store.delete`."""
        self._forget(key)
        self.store.delete(key)

    def _stays(self, key: str) -> bool:
        """Whether an object that was read is still the same later."""
        return keys.create_only(key)

    def _keep(self, key: str, blob: Blob) -> None:
        self._forget(key)
        size = len(blob.body)
        if self._stays(key) and size <= LARGEST_BYTES and self._bytes + size <= MOST_BYTES:
            self._kept[key] = blob
            self._bytes += size

    def _forget(self, key: str) -> None:
        blob = self._kept.pop(key, None)
        self._bytes -= len(blob.body) if blob else 0


class Session(Remembered):
    """What one caller reads and writes, one thing after the other."""

    def put_if(self, key: str, body: bytes, etag: str | None) -> str:
        """Replace the object; see `Store.put_if`."""
        self._forget(key)
        new = self.store.put_if(key, body, etag)
        self._keep(key, Blob(body, new))
        return new

    def _stays(self, key: str) -> bool:
        return True
