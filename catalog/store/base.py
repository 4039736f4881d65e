"""What every object store promises, and the few ways in which it says no.

A store holds bytes under keys. Two of its verbs carry a condition, and releases stand on them: `put_new` creates and
never overwrites, `put_if` replaces only what the caller has seen. A store that ignores such a condition is found by
`catalog.store.sure.probe` and refused.
"""

import datetime as dt
import random
import time
from collections.abc import Iterator
from typing import NamedTuple, Protocol, runtime_checkable

from catalog.errors import StoreError
from catalog.keys import check_key


class Exists(StoreError):
    """A create-only write found the key taken; nothing was written."""


class Changed(StoreError):
    """The object is not the one the caller had read; nothing was written."""


class Absent(StoreError):
    """No object has this key."""


class NotAnObject(StoreError):
    """What lies under the key is none of the store's: a link that leads out of it, a pipe, a device."""


class Unknown(StoreError):
    """The answer was lost or was a server's error: the bytes may be stored or not; read before deciding."""


class Blob(NamedTuple):
    """Bytes of an object, or of a span of it, and which state of the object they belong to."""

    body: bytes
    etag: str


class Head(NamedTuple):
    """What is known of an object without its bytes."""

    size: int
    etag: str
    content_type: str


Span = tuple[int, int]
"""A half-open range of bytes, as a slice: what lies beyond the end is left out."""


class OpenObject(Protocol):
    """One state of an object, read span by span: what replaces the object meanwhile is never mixed into it."""

    @property
    def size(self) -> int:
        """Its bytes, all together."""

    @property
    def etag(self) -> str:
        """The etag of this state; empty if the store gives none."""

    def read(self, span: Span) -> bytes:
        """Return the bytes of a span.

        Raises:
            Changed: the object was replaced, and the store no longer has this state.
        """

    def close(self) -> None:
        """Give back what it holds."""


class Store(Protocol):
    """Objects under keys; every key is checked by `catalog.keys.check_key`, type and cache rule come from the key.

    An etag is a token of a state and nothing else: it is no content hash, and is compared with etags of the same
    store only.
    """

    @property
    def url(self) -> str:
        """The address shown to people; never holds a secret."""

    def put_new(self, key: str, body: bytes) -> None:
        """Create the object, whole or not at all.

        Raises:
            Exists: the key is taken.
            Unknown: it is not known whether the bytes were stored.
        """

    def put_if(self, key: str, body: bytes, etag: str | None) -> str:
        """Replace the object if it is still `etag` (None: if it is absent) and return its new etag.

        Raises:
            Changed: it is another one, or there is one where none was expected, or none where one was.
            Unknown: it is not known whether the bytes were stored.
        """

    def get(self, key: str, span: Span | None = None) -> Blob:
        """Return the bytes, or those of a span.

        Raises:
            Absent: no object has this key.
        """

    def open(self, key: str) -> OpenObject:
        """Return the object, to be read span by span and closed; of a large one, not all is held in memory.

        Raises:
            Absent: no object has this key.
        """

    def head(self, key: str) -> Head | None:
        """Return size, etag and type, or None if no object has this key."""

    def list(self, prefix: str) -> Iterator[str]:
        """Give the keys that begin with these characters, sorted; names that are not keys are not ours and left out."""

    def sizes(self, prefix: str) -> dict[str, int]:
        """Return the size in bytes of each object whose key `list` gives, sorted by key: as one listing says."""

    def delete(self, key: str) -> None:
        """Remove the object; that there is none is fine."""


class RemoteObject:
    """An object whose spans are asked for one by one: nothing is held of the store in between."""

    def __init__(self, store: Store, key: str) -> None:
        """Look at the object.

        Raises:
            Absent: no object has this key.
        """
        self._store, self._key = store, key
        self.size, self.etag, _ = known(store, key)

    def read(self, span: Span) -> bytes:
        """Return the bytes of a span; see `OpenObject.read`."""
        body, etag = self._store.get(self._key, span)
        if self.etag and etag != self.etag:
            raise Changed(f"{self._key!r} in {self._store.url} was replaced while it was read; read it again")
        return body

    def close(self) -> None:
        """Do nothing."""


@runtime_checkable
class HasClock(Protocol):
    """A store that tells what time it is there."""

    def ahead(self) -> dt.timedelta | None:
        """Return how far its clock is ahead of this machine's, as it was seen last; None while that is not known."""


def check_prefix(prefix: str) -> str:
    """Return a prefix of keys if it is safe: empty, or a key, or a key and a slash.

    Raises:
        StoreError: it is none of these.
    """
    if prefix:
        check_key(prefix.removesuffix("/"))
    return prefix


def check_span(span: Span) -> Span:
    """Return a span if it is one.

    Raises:
        StoreError: it begins before 0 or ends before it begins.
    """
    if not 0 <= span[0] <= span[1]:
        raise StoreError(f"a span of bytes must be 0 <= first <= end but is {span}")
    return span


def is_key(name: str) -> bool:
    """Say whether a name found in a store can be a key of ours."""
    try:
        check_key(name)
    except StoreError:
        return False
    return True


def bare_etag(header: str) -> str:
    """Return an etag as it stands in a header without its quotes and its mark of weakness."""
    return header.strip().removeprefix("W/").strip('"')


def known(store: Store, key: str) -> Head:
    """Return the head of what surely should be there.

    Raises:
        Absent: it is not.
    """
    head = store.head(key)
    if head is None:
        raise Absent(f"{key!r} is not in {store.url}")
    return head


def body_of(store: Store, key: str) -> bytes | None:
    """Return the bytes of an object, or None if no object has this key."""
    try:
        return store.get(key).body
    except Absent:
        return None


def pause(attempt: int, seconds: float) -> None:
    """Wait before a further attempt: twice as long each time, and spread, so that two writers do not keep step.

    Args:
        attempt: from 0; before the first there is no pause.
        seconds: the pause before attempt 1.
    """
    if attempt:
        time.sleep(seconds * 2 ** (attempt - 1) * random.uniform(0.5, 1.5))  # noqa: S311 - no secret
