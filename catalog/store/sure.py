"""Writes that end in certainty, over any store: same bytes, derived bytes, and the proof that conditions are kept."""

import contextlib
import hashlib
import secrets
from dataclasses import dataclass

from catalog.errors import IntegrityError, StoreError
from catalog.keys import PROBE
from catalog.store.base import Absent, Changed, Exists, Store, Unknown, pause


@dataclass(frozen=True)
class WriteLimits:
    """How often a write is tried before a person hears of it."""

    same_attempts: int = 3
    over_attempts: int = 8
    backoff_seconds: float = 0.1  # doubled each time, and spread so that two writers do not keep step


LIMITS = WriteLimits()
UNSEEN = ""
"""No etag: the caller has not read the object."""


def put_same(store: Store, key: str, body: bytes) -> None:
    """Make sure that the key holds exactly these bytes, never overwriting others.

    "Taken" and "unknown" are both settled by reading: our own earlier answer may be the one that was lost.

    Raises:
        IntegrityError: the key holds other bytes.
        Unknown: after all attempts it is still not known.
    """
    reason: StoreError | None = None
    for attempt in range(LIMITS.same_attempts):
        pause(attempt, LIMITS.backoff_seconds)
        try:
            store.put_new(key, body)
            return
        except (Exists, Unknown) as error:
            reason = error
        try:
            if _holds(store, key, body):
                return
        except StoreError as error:
            # That it cannot be read does not mean that it is not there.
            reason = error
    raise Unknown(
        f"{key!r} in {store.url}: after {LIMITS.same_attempts} attempts it is not known whether the bytes are stored "
        f"(last: {reason}); run the same command again, it finishes what was begun"
    ) from reason


def put_first(store: Store, key: str, body: bytes) -> None:
    """Make sure that the key holds something: these bytes, unless it is taken; what stands there first stays.

    Raises:
        Unknown: after all attempts it is still not known.
    """
    for attempt in range(LIMITS.same_attempts):
        pause(attempt, LIMITS.backoff_seconds)
        try:
            store.put_new(key, body)
        except Exists:
            pass
        except Unknown:
            continue
        return
    raise Unknown(f"{key!r} in {store.url} was not confirmed in {LIMITS.same_attempts} attempts; run again")


def put_over(store: Store, key: str, body: bytes, seen: str | None = UNSEEN) -> str:
    """Make the key hold these bytes, whatever it held; for derived objects only, which anyone can compute again.

    Nothing is written if the bytes are already there, so that a night without news touches nothing.

    Args:
        store: where.
        key: of the object.
        body: its new bytes.
        seen: the etag of the object that the caller has read and found to hold other bytes, None for no object: then it
            is not read again.

    Returns:
        The etag of the object that holds the bytes.

    Raises:
        Unknown: other writers, or a failing store, were there before us at each attempt.
    """
    reason: StoreError | None = None
    if seen != UNSEEN:
        try:
            return store.put_if(key, body, seen)
        except (Changed, Unknown) as error:
            reason = error
    for attempt in range(LIMITS.over_attempts):
        pause(attempt, LIMITS.backoff_seconds)
        etag: str | None = None
        with contextlib.suppress(Absent):
            stored = store.get(key)
            if stored.body == body:
                return stored.etag
            etag = stored.etag
        try:
            return store.put_if(key, body, etag)
        except (Changed, Unknown) as error:
            reason = error
    raise Unknown(
        f"{key!r} in {store.url} could not be replaced in {LIMITS.over_attempts} attempts (last: {reason}); "
        "run the same command again"
    ) from reason


def probe(store: Store) -> None:
    """Show that the store keeps both conditions, on a key of its own that is removed again.

    Raises:
        StoreError: it does not, or it could not be asked.
    """
    key = f"{PROBE}{secrets.token_hex(16)}"
    try:
        store.put_new(key, b"first")
        _must_refuse_second(store, key)
        stale = store.get(key).etag
        store.put_if(key, b"second", stale)
        _must_refuse_stale(store, key, stale, "a replacement of an object that had changed since it was read")
        _must_refuse_stale(store, key, None, "a replacement of nothing although there was an object")
        if store.get(key).body != b"second":
            raise _ignores(store, "a write that it said it had refused")
    finally:
        # What the probe found out matters more than a small object left behind.
        with contextlib.suppress(StoreError):
            store.delete(key)


def _must_refuse_second(store: Store, key: str) -> None:
    try:
        store.put_new(key, b"other")
    except Exists:
        return
    raise _ignores(store, "a second create-only write of the same key")


def _must_refuse_stale(store: Store, key: str, etag: str | None, what: str) -> None:
    try:
        store.put_if(key, b"other", etag)
    except Changed:
        return
    raise _ignores(store, what)


def _ignores(store: Store, what: str) -> StoreError:
    return StoreError(
        f"{store.url} ignores conditional writes: it accepted {what}. Such a store cannot hold releases, because one "
        "run could overwrite what another has published. Use a store that honours If-None-Match and If-Match on PUT "
        "(Amazon S3, MinIO, the embedded SeaweedFS), or a directory: file:DIR"
    )


def _holds(store: Store, key: str, body: bytes) -> bool:
    try:
        stored = store.get(key).body
    except Absent:
        return False
    if stored == body:
        return True
    wanted, found = hashlib.sha256(body).hexdigest(), hashlib.sha256(stored).hexdigest()
    raise IntegrityError(
        f"{key!r} in {store.url} already holds other bytes: expected {len(body)} bytes with SHA-256 {wanted}, found "
        f"{len(stored)} bytes with {found}. Published bytes are never overwritten; nothing was written"
    )
