"""Two stores as one: what some datasets have lies in the other store, under the same keys."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from catalog import keys
from catalog.store.base import Blob, Head, OpenObject, Span, Store


@dataclass(frozen=True)
class Apart:
    """A store in front of two. A listing of all datasets gives those of the first one only."""

    store: Store
    other: Store
    is_apart: Callable[[str], bool]
    """Whether a dataset lies in the other store."""

    @property
    def url(self) -> str:
        """The address of the first store."""
        return self.store.url

    def put_new(self, key: str, body: bytes) -> None:
        """Create the object; see `Store.put_new`."""
        self._of(key).put_new(key, body)

    def put_if(self, key: str, body: bytes, etag: str | None) -> str:
        """Replace the object; see `Store.put_if`."""
        return self._of(key).put_if(key, body, etag)

    def get(self, key: str, span: Span | None = None) -> Blob:
        """Return the bytes; see `Store.get`."""
        return self._of(key).get(key, span)

    def open(self, key: str) -> OpenObject:
        """Open the object; see `Store.open`."""
        return self._of(key).open(key)

    def head(self, key: str) -> Head | None:
        """Return size, etag and type; see `Store.head`."""
        return self._of(key).head(key)

    def list(self, prefix: str) -> Iterator[str]:
        """Give the keys; see `Store.list`."""
        return self._of(prefix).list(prefix)

    def sizes(self, prefix: str) -> dict[str, int]:
        """Return the size of each object; see `Store.sizes`."""
        return self._of(prefix).sizes(prefix)

    def delete(self, key: str) -> None:
        """Remove the object; see `Store.delete`."""
        self._of(key).delete(key)

    def _of(self, key: str) -> Store:
        slug = keys.dataset_of(key)
        return self.other if slug is not None and self.is_apart(slug) else self.store
