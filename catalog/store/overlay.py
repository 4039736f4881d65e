"""A store in front of a store: what is written stays in memory, and the store behind is only read.

So a whole run can be tried on real stores, by the same code, and nothing of it stays.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from catalog import keys
from catalog.store.base import Absent, Blob, Changed, Exists, Head, OpenObject, RemoteObject, Span, Store, check_prefix


@dataclass
class Overlay:
    """What is written here hides what the store behind has under the same key."""

    store: Store
    _written: dict[str, bytes | None] = field(default_factory=dict, repr=False)
    """By key; None: it was removed."""

    @property
    def url(self) -> str:
        """The address of the store behind."""
        return self.store.url

    def put_new(self, key: str, body: bytes) -> None:
        """Create the object; see `Store.put_new`."""
        if self.head(key) is not None:
            raise Exists(f"{key!r} is taken in {self.url}")
        self._written[keys.check_key(key)] = body

    def put_if(self, key: str, body: bytes, etag: str | None) -> str:
        """Replace the object; see `Store.put_if`."""
        head = self.head(key)
        if (head.etag if head else None) != etag:
            raise Changed(f"{key!r} in {self.url} is not the object that was read")
        self._written[keys.check_key(key)] = body
        return _etag(body)

    def get(self, key: str, span: Span | None = None) -> Blob:
        """Return the bytes; see `Store.get`."""
        if key not in self._written:
            return self.store.get(key, span)
        body = self._written[key]
        if body is None:
            raise Absent(f"{key!r} is not in {self.url}")
        return Blob(body if span is None else body[span[0] : span[1]], _etag(body))

    def open(self, key: str) -> OpenObject:
        """Open the object; see `Store.open`."""
        return RemoteObject(self, key) if key in self._written else self.store.open(key)

    def head(self, key: str) -> Head | None:
        """Return size, etag and type; see `Store.head`."""
        if key not in self._written:
            return self.store.head(key)
        body = self._written[key]
        return None if body is None else Head(len(body), _etag(body), keys.headers(key).content_type)

    def list(self, prefix: str) -> Iterator[str]:
        """Give the keys; see `Store.list`."""
        yield from self.sizes(prefix)

    def sizes(self, prefix: str) -> dict[str, int]:
        """Return the size of each object; see `Store.sizes`."""
        found = dict(self.store.sizes(check_prefix(prefix)))
        for key, body in self._written.items():
            if key.startswith(prefix):
                found.pop(key, None)
                found |= {} if body is None else {key: len(body)}
        return dict(sorted(found.items()))

    def delete(self, key: str) -> None:
        """Remove the object; see `Store.delete`."""
        self._written[keys.check_key(key)] = None


def _etag(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
