"""Decisions of stewards, as they are kept: append-only, numbered, each with a name, a reason and a time."""

import contextlib
import json
from collections.abc import Sequence
from typing import Any

from catalog import keys
from catalog.errors import IntegrityError, StoreError
from catalog.release.digest import Document, canonical
from catalog.store import Absent, Exists, Store, Unknown

_TRIES = 20


def read(private: Store, slug: str) -> list[Document]:
    """Read every decision on a dataset, in order.

    Raises:
        IntegrityError: one is broken: what it excluded must not come back unseen.
    """
    found: list[Any] = []
    with contextlib.suppress(Absent):
        while True:
            key = keys.decision(slug, len(found) + 1)
            body = private.get(key).body
            try:
                found.append(json.loads(body))
            except ValueError as error:
                raise IntegrityError(f"{slug}: the decision {key} cannot be read; restore it from a backup") from error
    return found


def append(private: Store, slug: str, decision: Document) -> int:
    """Append a decision under the next free number and return it."""
    i = len(read(private, slug)) + 1
    for _ in range(_TRIES):
        body = canonical(decision | {"i": i})
        try:
            private.put_new(keys.decision(slug, i), body)
            return i
        except Exists:
            i += 1
        except Unknown:
            with contextlib.suppress(Absent):
                if private.get(keys.decision(slug, i)).body == body:
                    return i
    raise StoreError(f"{slug}: the decision could not be stored in {_TRIES} tries; nothing was decided, try again")


def excluded(decisions: Sequence[Document]) -> set[int]:
    """Return the fetches that decisions exclude and none has let in again."""
    found: set[int] = set()
    for one in decisions:
        if one["action"] in ("reject", "exclude"):
            found |= set(one["evidence"])
        if one["action"] == "lift":
            found -= set(one["evidence"])
    return found


def on(decisions: Sequence[Document], candidate: str) -> Document | None:
    """Return the last decision on a candidate: it is the one that counts."""
    return next((one for one in reversed(decisions) if one.get("candidate") == candidate), None)


def rejected(decisions: Sequence[Document], what: str) -> set[str]:
    """Return the fingerprints (`what` is "fingerprint") or the suites ("suite") that were rejected."""
    return {one[what] for one in decisions if one["action"] == "reject" and one.get(what)}
