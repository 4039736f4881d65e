"""What an agency said, kept as it came before anyone parses it, and what became of it.

Both are create-only and numbered, k = 1, 2, 3 ... without gaps.

docs/layout.md tells the private store's keys. A body lies under the SHA-256 of its bytes, compressed, so that an
unchanged body costs nothing.
"""

import datetime as dt
import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from isal import igzip

from catalog import keys
from catalog.errors import IntegrityError, StoreError
from catalog.reasons.stored import read, to_json
from catalog.reasons.values import NotData, OutOfReach, Overtaken, Reason
from catalog.release.digest import canonical
from catalog.store import Absent, Exists, Store, Unknown, put_same

_TRIES = 50
What = Literal["folded", "unchanged", "same", "superseded", "refused"]


@dataclass(frozen=True)
class Page:
    """One answer."""

    address: str
    """As asked, without secrets."""
    status: int
    headers: dict[str, str]
    body: bytes
    redacted: bool = False
    """Whether a secret that the agency echoed was taken out of the body."""


@dataclass(frozen=True)
class Fetched:
    """Everything that one fetch asked and heard."""

    asked: dict[str, Any]
    """Protocol and parameters, without secrets; with a replay, which file."""
    fetched_at: dt.datetime
    """When the first request began, with an offset."""
    pages: tuple[Page, ...]
    why: str | None
    """Why it is not complete, or None."""
    answered: bool = True
    """False when the agency could not be reached: a failure, not a refusal of data."""
    window: dict[str, Any] | None = None


@dataclass(frozen=True)
class Record:
    """A fetch as it is kept."""

    k: int
    fetched_at: dt.datetime
    complete: bool
    why: str | None
    pages: tuple[dict[str, Any], ...]
    asked: dict[str, Any]
    window: dict[str, Any] | None

    @property
    def bodies(self) -> tuple[str, ...]:
        """The hash of each page's body."""
        return tuple(page["sha256"] for page in self.pages)


@dataclass(frozen=True)
class Outcome:
    """What became of a fetch."""

    what: What
    n: int | None = None
    """The release it was folded in, or judged against."""
    by: int | None = None
    """The fetch that superseded it."""
    candidate: str | None = None
    """The waiting candidate that it repeats."""
    reason: Reason | None = None
    """Why it was refused."""

    @property
    def overtaken(self) -> bool:
        """Whether it was refused because a later fetch was recorded first."""
        return isinstance(self.reason, Overtaken)


_OUTCOME = {"k", *(each.name for each in fields(Outcome))}


@dataclass(frozen=True)
class Evidence:
    """The evidence of one dataset in the private store."""

    store: Store
    slug: str
    _read: dict[int, "Record"] = field(default_factory=dict, repr=False, compare=False)
    """Records read or written already: they never change, and are surely there."""

    def newest(self, at_least: int = 0) -> int:
        """Return the highest k, by probing upward from one that is known; 0 when there is none."""
        k = max(at_least, max(self._read, default=0))
        while self.store.head(keys.evidence(self.slug, k + 1)) is not None:
            k += 1
        return k

    def record(self, fetched: Fetched, at_least: int = 0) -> Record:
        """Keep a fetch: its bodies, then its record under the next number.

        A fetch that began before the newest recorded one is kept too, and refused: overtaken.
        """
        pages = []
        for page in fetched.pages:
            digest = hashlib.sha256(page.body).hexdigest()
            put_same(self.store, keys.blob(digest), igzip.compress(page.body, compresslevel=2, mtime=0))
            pages.append(
                {
                    "address": page.address,
                    "status": page.status,
                    "headers": page.headers,
                    "bytes": len(page.body),
                    "sha256": digest,
                    "redacted": page.redacted,
                }
            )
        said = {
            "dataset": self.slug,
            "asked": fetched.asked,
            "fetched_at": fetched.fetched_at.isoformat(),
            "window": fetched.window,
            "pages": pages,
            "complete": fetched.why is None,
            "why": fetched.why,
        }
        k = self._put(said, self.newest(at_least) + 1)
        record = self._read[k] = _record(k, said)
        if outcome := self.on_sight(record):
            self.decide(k, outcome)
        return record

    def on_sight(self, record: Record, unwritten: Mapping[int, Outcome] | None = None) -> Outcome | None:
        """Return the outcome that a record alone decides: it is not complete, or it was overtaken.

        Args:
            record: the fetch.
            unwritten: outcomes of earlier fetches that are known and not written yet.
        """
        if record.complete:
            return self.overtaken(record, unwritten)
        detail = record.why or ""
        return Outcome("refused", reason=NotData(detail=detail) if record.pages else OutOfReach(detail=detail))

    def overtaken(self, record: Record, unwritten: Mapping[int, Outcome] | None = None) -> Outcome | None:
        """Return the refusal of a fetch that began before one recorded earlier, which was not overtaken itself.

        Args:
            record: the fetch.
            unwritten: outcomes of earlier fetches that are known and not written yet.
        """
        for before in range(record.k - 1, 0, -1):
            outcome = (unwritten or {}).get(before) or self.outcome(before)
            if outcome and outcome.overtaken:
                continue
            if self.read(before).fetched_at <= record.fetched_at:
                return None
            return Outcome("refused", reason=Overtaken(by=before))
        return None

    def _put(self, said: dict[str, Any], k: int) -> int:
        """Create the record under the first number that is free; an unknown answer is settled by reading."""
        for _ in range(_TRIES):
            key, body = keys.evidence(self.slug, k), canonical(said | {"k": k})
            try:
                self.store.put_new(key, body)
                return k
            except Exists:
                k += 1
            except Unknown:
                try:
                    if self.store.get(key).body == body:
                        return k
                except Absent:
                    continue
        raise StoreError(f"{self.slug}: fetch {k} could not be recorded in {_TRIES} tries; run again")

    def read(self, k: int) -> Record:
        """Read record k; raises catalog.store.Absent when there is none."""
        if k not in self._read:
            self._read[k] = _record(k, json.loads(self.store.get(keys.evidence(self.slug, k)).body))
        return self._read[k]

    def body(self, digest: str) -> bytes:
        """Read a body by its hash.

        Raises:
            IntegrityError: the stored bytes are not those of the hash.
        """
        try:
            found: bytes = igzip.decompress(self.store.get(keys.blob(digest)).body)
        except (OSError, EOFError, zlib.error) as error:
            place = f"{self.slug}: the stored body {digest[:16]}"
            raise IntegrityError(f"{place} is not what its hash says: {error}") from error
        if hashlib.sha256(found).hexdigest() != digest:
            raise IntegrityError(f"{self.slug}: the stored body {digest[:16]} is not what its hash says")
        return found

    def decide(self, k: int, outcome: Outcome) -> None:
        """Write what became of fetch k, once; `pipelines.refresh.state` tells when it is pending again all the same."""
        said = {name: value for name, value in vars(outcome).items() if value is not None} | {"k": k}
        if outcome.reason:
            said["reason"] = to_json(outcome.reason)
        for _ in range(_TRIES):
            try:
                self.store.put_new(keys.outcome(self.slug, k), canonical(said))
                return
            except Exists:
                return
            except Unknown:
                if self.outcome(k) is not None:
                    return
        raise StoreError(f"{self.slug}: the outcome of fetch {k} could not be stored in {_TRIES} tries; run again")

    def outcome(self, k: int) -> Outcome | None:
        """Return what became of fetch k, or None while that is open.

        Raises:
            IntegrityError: what is stored is no outcome that this version knows.
        """
        key = keys.outcome(self.slug, k)
        try:
            said = json.loads(self.store.get(key).body)
        except Absent:
            return None
        except ValueError:
            said = None
        if not isinstance(said, dict) or not {"k", "what"} <= set(said) <= _OUTCOME:
            raise IntegrityError(
                f"{key}: expected the outcome of a fetch, found something else; restore it from a copy"
            )
        reason = read(said["reason"], key) if said.get("reason") is not None else None
        return Outcome(**{name: value for name, value in said.items() if name not in ("k", "reason")}, reason=reason)


def _record(k: int, said: dict[str, Any]) -> Record:
    return Record(
        k=k,
        fetched_at=dt.datetime.fromisoformat(said["fetched_at"]),
        complete=said["complete"],
        why=said["why"],
        pages=tuple(said["pages"]),
        asked=said["asked"],
        window=said["window"],
    )
