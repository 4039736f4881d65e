"""What an agency sent, kept as it came before anyone looks into it, and the outcome of each fetch.

Both are create-only and numbered, k = 1, 2, 3 ... without gaps.

docs/layout.md describes the private store's keys. A body lies under the SHA-256 of its bytes, compressed, so that an
unchanged body costs nothing.
"""

import datetime as dt
import gzip
import hashlib
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from isal import igzip

from catalog import keys
from catalog.errors import IntegrityError, StoreError
from catalog.reasons.stored import read, to_json
from catalog.reasons.values import Fault, NotData, OutOfReach, Overtaken, Reason
from catalog.release.digest import Document, sealed
from catalog.store import Absent, Exists, Store, Unknown, put_same
from pipelines.stored import FORM, Transport, What, read_outcome, read_record

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
    """Everything that one fetch asked for and received. Nothing in it depends on what the bodies say."""

    asked: dict[str, Any]
    """Protocol and parameters, without secrets; with a replay, which file."""
    fetched_at: dt.datetime
    """When the first request began, with an offset."""
    pages: tuple[Page, ...]
    why: str | None
    """Why the transport is not complete, or None."""
    answered: bool = True
    """False when the agency could not be reached: a failure, not a refusal of data."""
    window: dict[str, Any] | None = None
    """What was asked for, by declared field."""
    stopped: str | None = None
    """Why no next page was asked for: the software could not look into the last one. None if all went well."""


@dataclass(frozen=True)
class Record:
    """A fetch as it is kept."""

    k: int
    fetched_at: dt.datetime
    transport: Transport
    why: str | None
    """Why the transport is not complete, or None; in form 1 also why the answer is not complete."""
    pages: tuple[dict[str, Any], ...]
    asked: dict[str, Any]
    window: dict[str, Any] | None
    stopped: str | None = None
    judged: bool = False
    """Whether the answer was judged before it was recorded: form 1."""

    @property
    def complete(self) -> bool:
        """Whether the record alone refuses nothing; what the bodies say is judged afterwards."""
        return self.transport == "complete"

    @property
    def bodies(self) -> tuple[str, ...]:
        """The hash of each page's body."""
        return tuple(page["sha256"] for page in self.pages)

    @property
    def replayed_file(self) -> str | None:
        """The first file of a replayed fetch; None where the fetch was no replay."""
        lines = self.asked.get("replay")
        return lines[0].split(" ", 1)[1].rsplit(" ", 1)[0] if lines else None  # fetched_at, file, page

    @property
    def document(self) -> Document:
        """The record as it is stored, but for its number."""
        return {
            "form": FORM,
            "asked": self.asked,
            "fetched_at": self.fetched_at.isoformat(),
            "window": self.window,
            "pages": list(self.pages),
            "transport": self.transport,
            "why": self.why,
            "stopped": self.stopped,
        }


@dataclass(frozen=True)
class Outcome:
    """What a fetch led to."""

    what: What
    n: int | None = None
    """The release it was folded in, or judged against."""
    by: int | None = None
    """The fetch that superseded it."""
    candidate: str | None = None
    """The waiting candidate that it repeats."""
    reason: Reason | None = None
    """Why it was refused."""
    incomplete: Literal[True] | None = None
    """Whether it was refused because the kept bodies are not the whole answer, or no data."""

    @property
    def overtaken(self) -> bool:
        """Whether it was refused because a later fetch was recorded first."""
        return isinstance(self.reason, Overtaken)


def _unlisted() -> int:
    return 0


@dataclass
class Evidence:
    """The evidence of one dataset in the private store."""

    store: Store
    slug: str
    begin: Callable[[], int | None] = _unlisted
    """Gives a number that an earlier run saw: probing for the newest begins after it. None if that is not known here,
    where the store can be listed."""
    faults: dict[int, Fault] = field(default_factory=dict, repr=False, compare=False)
    """By fetch that the software could not read in this run: why. The next run tries again."""
    judged: set[int] = field(default_factory=set, repr=False, compare=False)
    """Fetches whose kept bodies were judged in this run, and are the whole answer."""
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
            number, _, end = key.rpartition("/")[2].partition(".")
            if number.isdecimal():
                (records if end == "json" else outcomes).add(int(number))
        highest = max(records | outcomes, default=0)
        for k in range(1, highest + 1):
            if k not in records:
                witness = keys.outcome(self.slug, k) if k in outcomes else keys.evidence(self.slug, highest)
                raise LostEvidence(self.slug, keys.evidence(self.slug, k), witness)
        return highest

    def record(self, fetched: Fetched) -> Record:
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
        transport: Transport = "complete" if fetched.why is None else "broken" if fetched.answered else "unanswered"
        unnumbered = Record(
            k=0,
            fetched_at=fetched.fetched_at,
            transport=transport,
            why=fetched.why,
            pages=tuple(pages),
            asked=fetched.asked,
            window=fetched.window,
            stopped=fetched.stopped,
        )
        k = self._put(unnumbered.document, self.newest() + 1)
        record = self._records[k] = replace(unnumbered, k=k)
        self._newest = max(k, self.newest())
        if outcome := self.on_sight(record):
            self.decide(k, outcome)
        return record

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
        for before in range(record.k - 1, 0, -1):
            outcome = (unwritten or {}).get(before) or self.outcome(before)
            if outcome and outcome.overtaken:
                continue
            if self.read(before).fetched_at <= record.fetched_at:
                return None
            return Outcome("refused", reason=Overtaken(by=before))
        return None

    def _put(self, document: Document, k: int) -> int:
        """Create the record under the first number that is free; an unknown answer is settled by reading."""
        for _ in range(_TRIES):
            key, body = keys.evidence(self.slug, k), sealed(document | {"dataset": self.slug, "k": k})
            if self.store.head(keys.outcome(self.slug, k)) is not None and self.store.head(key) is None:
                raise LostEvidence(self.slug, key, keys.outcome(self.slug, k))  # an outcome comes after its record
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
            self._records[k] = _record(body, self.slug, k)
        return self._records[k]

    def records(self) -> list[Record]:
        """Read every record, in order."""
        return [self.read(k) for k in range(1, self.newest() + 1)]

    def body(self, digest: str) -> bytes:
        """Read a body by its hash.

        Raises:
            LostEvidence: it is not there.
            IntegrityError: the stored bytes are not those of the hash.
        """
        place = f"{self.slug}: the stored body {digest[:16]}"
        try:
            body: bytes = gzip.decompress(self.store.get(keys.blob(digest)).body)
        except Absent:
            raise LostEvidence(self.slug, keys.blob(digest), "the record of a fetch") from None
        except (OSError, EOFError, zlib.error) as error:
            raise IntegrityError(f"{place} is not what its hash says: {error}") from error
        if hashlib.sha256(body).hexdigest() != digest:
            raise IntegrityError(f"{place} is not what its hash says")
        return body

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
            return _outcome(self.store.get(key).body, self.slug, k)
        except Absent:
            return None

    def whole(self, k: int) -> bool:
        """Return whether fetch k brought a whole answer, as far as that is judged."""
        if not self.read(k).complete:
            return False
        outcome = self.outcome(k)
        return not (outcome and outcome.incomplete)


def _outcome(body: bytes, slug: str, k: int) -> Outcome:
    stored, key = read_outcome(body, slug, k), keys.outcome(slug, k)
    reason = read(stored.reason, key) if stored.reason is not None else None
    return Outcome(stored.what, stored.n, stored.by, stored.candidate, reason, stored.incomplete)


def _record(body: bytes, slug: str, k: int) -> Record:
    stored = read_record(body, slug, k)
    broken: Transport = "broken" if stored.pages else "unanswered"
    return Record(
        k=k,
        fetched_at=stored.fetched_at,
        transport=stored.transport or ("complete" if stored.complete else broken),
        why=stored.why,
        pages=tuple(page.model_dump() for page in stored.pages),
        asked=stored.asked,
        window=stored.window,
        stopped=stored.stopped,
        judged=stored.form is None,
    )
