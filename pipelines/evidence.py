"""What an agency sent, kept as it came before anyone looks into it, and the outcome of each fetch.

Both are create-only and numbered, k = 1, 2, 3 ... without gaps.

docs/layout.md describes the private store's keys. A body lies under the SHA-256 of its bytes, compressed, so that an
unchanged body costs nothing.
"""

import datetime as dt
import gzip
import hashlib
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from catalog import keys
from catalog.errors import IntegrityError, StoreError
from catalog.formats.gzip import compress
from catalog.reasons.stored import to_json
from catalog.reasons.values import Fault, NotData, OutOfReach, Overtaken
from catalog.release import leaving
from catalog.release.digest import Document, canonical, sealed
from catalog.store import Absent, Exists, Store, Unknown, put_first, put_same
from catalog.store.base import body_of
from pipelines.records import Fetched, Outcome, Page, Record
from pipelines.stored import Transport

_TRIES = 50


class LostEvidence(IntegrityError):
    """A record or a body that was kept is not there."""

    def __init__(self, slug: str, lost: str, witness: str) -> None:
        """Say which.

        Args:
            slug: the dataset.
            lost: the key of what is gone.
            witness: what names it.
        """
        super().__init__(
            f"{lost} is not there, but {witness} names it; nothing is fetched or folded meanwhile: restore it from a "
            f"copy of the private store; `minsheng repair {slug}` lists all that is missing",
            place=slug,
        )


class PurgedEvidence(IntegrityError):
    """A body was purged, as a notice says: it is meant to be gone."""

    def __init__(self, slug: str, digest: str, tombstone: Mapping[str, str]) -> None:
        """Say which.

        Args:
            slug: the dataset.
            digest: the hash of the body.
            tombstone: what stays of it.
        """
        basis = f"; legal basis: {tombstone['basis']}" if tombstone.get("basis") else ""
        super().__init__(
            f"the body {digest[: keys.SHA_SHORT]} was purged with notice {tombstone.get('notice')} of "
            f"{tombstone.get('dataset')} by {tombstone.get('by')} on {tombstone.get('at')}{basis}; nobody can read it "
            "again",
            place=slug,
        )


def _unlisted() -> int:
    return 0


def _page(page: Page) -> dict[str, Any]:
    """What the record of a fetch says of a page."""
    return {
        "address": page.address,
        "status": page.status,
        "headers": page.headers,
        "bytes": len(page.body),
        "sha256": hashlib.sha256(page.body).hexdigest(),
        "redacted": page.redacted,
    }


@dataclass
class Evidence:
    """The evidence of one dataset in the private store."""

    store: Store
    slug: str
    begin: Callable[[], int | None] = _unlisted
    """Gives a number that an earlier run saw: probing for the newest begins after it. None if that is not known here,
    where the store can be listed."""
    vouched: Callable[[], dt.datetime | None] = lambda: None
    """Gives the present by a clock that an operator vouches for, else None."""
    faults: dict[int, Fault] = field(default_factory=dict, repr=False, compare=False)
    """By fetch that the software could not read in this run: why. The next run tries again."""
    judged: set[int] = field(default_factory=set, repr=False, compare=False)
    """Fetches whose kept bodies were judged in this run, and are the whole answer."""
    _turn: str | None = field(default=None, repr=False, compare=False)
    """Of garbage collection, before this run kept its first body."""
    _newest: int | None = field(default=None, repr=False, compare=False)
    _records: dict[int, Record] = field(default_factory=dict, repr=False, compare=False)
    """Records read or written already: they never change, and are surely there."""

    def newest(self) -> int:
        """Return the highest k, 0 when there is none: probed for once, then remembered."""
        if self._newest is None:
            begin = self.begin()
            self._newest = self._listed() if begin is None else self._probe(begin)
        return self._newest

    def saw(self, k: int, witness: str) -> None:
        """Note that fetch k was recorded, as another object says: there may be newer ones than remembered.

        Args:
            k: the number.
            witness: what names it.

        Raises:
            LostEvidence: its record is not there.
        """
        if k > self.newest():
            self._newest = self._probe(self.newest())
            if k > self._newest:
                raise LostEvidence(self.slug, keys.evidence(self.slug, self._newest + 1), f"{witness} (up to {k})")

    def look_again(self) -> None:
        """Probe once more for newer fetches: another publisher may have recorded some since."""
        if self._newest is not None:
            self._newest = self._probe(self._newest)

    def _probe(self, k: int) -> int:
        while self.store.head(keys.evidence(self.slug, k + 1)) is not None:
            k += 1
        return k

    def _listed(self) -> int:
        """The highest number that a record or an outcome has: a gap below it is a loss."""
        records, outcomes = set[int](), set[int]()
        for key in self.store.list(keys.evidence_folder(self.slug)):
            if k := keys.number(key):
                (records if key == keys.evidence(self.slug, k) else outcomes).add(k)
        highest = max(records | outcomes, default=0)
        for k in range(1, highest + 1):
            if k not in records and self.store.head(keys.evidence(self.slug, k)) is None:  # nor written meanwhile
                witness = keys.outcome(self.slug, k) if k in outcomes else keys.evidence(self.slug, highest)
                raise LostEvidence(self.slug, keys.evidence(self.slug, k), witness)
        return highest

    def record(self, fetched: Fetched) -> Record:
        """Keep a fetch: its bodies, then its record under the next number.

        A fetch that began before the newest recorded one is kept too, and refused: overtaken, unless that is misdated.
        """
        pages = tuple(map(_page, fetched.pages))
        bodies = {page["sha256"]: each.body for page, each in zip(pages, fetched.pages, strict=True)}
        self._turn = leaving.turn(self.store) if self._turn is None else self._turn
        self._keep(bodies)
        transport: Transport = "complete" if fetched.why is None else "broken" if fetched.answered else "unanswered"
        unnumbered = Record(
            k=0,
            fetched_at=fetched.fetched_at,
            transport=transport,
            why=fetched.why,
            pages=pages,
            asked=fetched.asked,
            window=fetched.window,
            stopped=fetched.stopped,
            clock_is_right_at=fetched.clock_is_right_at,
        )
        record = self._put(unnumbered, self.newest() + 1)
        self._records[record.k] = record
        self._newest = max(record.k, self.newest())
        if leaving.missed(self.store, map(keys.blob, bodies), self._turn or ""):  # the record names them now
            self._keep(bodies)
        if outcome := self.on_sight(record):
            self.decide(record.k, outcome)
        return record

    def _keep(self, bodies: Mapping[str, bytes]) -> None:
        for digest, body in bodies.items():
            try:
                put_same(self.store, keys.blob(digest), compress(body))
            except IntegrityError as other:
                try:
                    self.body(digest)  # another version may have compressed it otherwise
                except IntegrityError:
                    raise other from None

    def on_sight(self, record: Record, unwritten: Mapping[int, Outcome] | None = None) -> Outcome | None:
        """Return the outcome that a record alone decides: its transport is not complete, or it was overtaken.

        Args:
            record: the fetch.
            unwritten: outcomes of earlier fetches that are known and not written yet.
        """
        if record.complete:
            return self.overtaken(record, unwritten)
        unanswered, detail = record.transport == "unanswered", record.why or ""
        return Outcome("refused", reason=OutOfReach(detail=detail) if unanswered else NotData(detail=detail))

    def overtaken(self, record: Record, unwritten: Mapping[int, Outcome] | None = None) -> Outcome | None:
        """Return the refusal of a fetch that began before one recorded earlier, which was not overtaken itself.

        Args:
            record: the fetch.
            unwritten: outcomes of earlier fetches that are known and not written yet.
        """
        before = self.last_in_time(record.k - 1, record.clock_is_right_at, unwritten)
        if before is None or before.fetched_at <= record.fetched_at:
            return None
        return Outcome("refused", reason=Overtaken(by=before.k))

    def last_in_time(
        self, k: int, right_at: dt.datetime | None = None, unwritten: Mapping[int, Outcome] | None = None
    ) -> Record | None:
        """Return the first of `in_time`; None if there is none."""
        return next(self.in_time(k, right_at, unwritten), None)

    def in_time(
        self, k: int, right_at: dt.datetime | None = None, unwritten: Mapping[int, Outcome] | None = None
    ) -> Iterator[Record]:
        """Yield the fetches from k down to 1 that are not misdated and were not overtaken: each began no later.

        Args:
            k: the highest number to look at; what comes after it changes nothing.
            right_at: the time by a clock that was vouched for after fetch k.
            unwritten: outcomes of fetches that are known and not written yet.
        """
        for record in self.dated(k, right_at):
            outcome = (unwritten or {}).get(record.k) or self.outcome(record.k)
            if not (outcome and outcome.overtaken):
                yield record

    def dated(self, k: int, right_at: dt.datetime | None = None) -> Iterator[Record]:
        """Yield the fetches from k down to 1, but for the misdated: later than a right clock that came after them."""
        for before in range(k, 0, -1):
            record = self.read(before)
            if right_at is None or record.fetched_at <= right_at:
                right_at = min(filter(None, (right_at, record.clock_is_right_at)), default=None)
                yield record

    def _put(self, unnumbered: Record, k: int) -> Record:
        """Create the record under the first number that is free; an unknown answer is settled by reading."""
        for _ in range(_TRIES):  # vouched for each time anew: what another one recorded since was fetched before
            record = replace(unnumbered, k=k, clock_is_right_at=unnumbered.clock_is_right_at or self.vouched())
            key, body = keys.evidence(self.slug, k), sealed(record.document | {"dataset": self.slug, "k": k})
            if self.store.head(keys.outcome(self.slug, k)) is not None and self.store.head(key) is None:
                raise LostEvidence(self.slug, key, keys.outcome(self.slug, k))  # an outcome comes after its record
            try:
                self.store.put_new(key, body)
                return record
            except Exists:
                k += 1
            except Unknown:
                try:
                    if self.store.get(key).body == body:
                        return record
                except Absent:
                    continue
        raise StoreError(f"{self.slug}: fetch {k} could not be recorded in {_TRIES} tries; run again")

    def read(self, k: int, witness: str = "the numbering of fetches") -> Record:
        """Read record k, of any form.

        Args:
            k: the number.
            witness: what names it, should it be gone.

        Raises:
            LostEvidence: there is none.
            IntegrityError: what is stored there is no record of this fetch.
        """
        if k not in self._records:
            key = keys.evidence(self.slug, k)
            try:
                body = self.store.get(key).body
            except Absent:
                raise LostEvidence(self.slug, key, witness) from None
            self._records[k] = Record.parse(body, self.slug, k)
        return self._records[k]

    def records(self) -> list[Record]:
        """Read every record, in order."""
        return [self.read(k) for k in range(1, self.newest() + 1)]

    def body(self, digest: str) -> bytes:
        """Read a body by its hash.

        Raises:
            LostEvidence: it is not there.
            PurgedEvidence: it is not meant to be there any more.
            IntegrityError: the stored bytes are not those of the hash.
        """
        place = f"{self.slug}: the stored body {digest[:16]}"
        try:
            body: bytes = gzip.decompress(self.store.get(keys.blob(digest)).body)
        except Absent:
            if tombstone := self.purged(digest):
                raise PurgedEvidence(self.slug, digest, tombstone) from None
            raise LostEvidence(self.slug, keys.blob(digest), "the record of a fetch") from None
        except (OSError, EOFError, zlib.error) as error:
            raise IntegrityError(f"{place} is not what its hash says: {error}") from error
        if hashlib.sha256(body).hexdigest() != digest:
            raise IntegrityError(f"{place} is not what its hash says")
        return body

    def purged(self, digest: str) -> dict[str, str] | None:
        """Return what stays of a body that was purged; None for any other one."""
        body = body_of(self.store, keys.tombstone(digest))
        return dict(json.loads(body)) if body else None

    def purge(self, digest: str, tombstone: Document) -> None:
        """Take a body away; its hash stays, and who took it away, when and why.

        Args:
            digest: the hash of the body.
            tombstone: what stays: dataset, notice, by, at, reason and, where there is one, basis.
        """
        put_first(self.store, keys.tombstone(digest), canonical(tombstone | {"sha256": digest}))
        self.store.delete(keys.blob(digest))

    def decide(self, k: int, outcome: Outcome) -> None:
        """Write the outcome of fetch k, once; `pipelines.refresh.state` tells when it is pending again all the same."""
        document = {name: value for name, value in vars(outcome).items() if value is not None}
        document |= {"dataset": self.slug, "k": k}
        if outcome.reason:
            document["reason"] = to_json(outcome.reason)
        for _ in range(_TRIES):
            try:
                self.store.put_new(keys.outcome(self.slug, k), sealed(document))
                return
            except Exists:
                return
            except Unknown:
                if self.outcome(k) is not None:
                    return
        raise StoreError(f"{self.slug}: the outcome of fetch {k} could not be stored in {_TRIES} tries; run again")

    def outcome(self, k: int) -> Outcome | None:
        """Return the outcome of fetch k, or None while that is open.

        Raises:
            IntegrityError: what is stored is no outcome that this version knows.
        """
        key = keys.outcome(self.slug, k)
        try:
            return Outcome.parse(self.store.get(key).body, self.slug, k)
        except Absent:
            return None

    def whole(self, k: int) -> bool:
        """Return whether fetch k brought a whole answer that counts, as far as that is judged: it was not overtaken."""
        if not self.read(k).complete:
            return False
        outcome = self.outcome(k)
        return not (outcome and (outcome.incomplete or outcome.overtaken))
