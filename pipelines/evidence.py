"""What an agency sent, kept as it came before anyone looks into it, and the outcome of each fetch.

Both are create-only and numbered, k = 1, 2, 3 ... without gaps.

docs/layout.md describes the private store's keys. A body lies under the SHA-256 of its bytes, compressed, so that an
unchanged body costs nothing.
"""

import datetime as dt
import hashlib
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from isal import igzip

from catalog import keys
from catalog.errors import IntegrityError, StoreError
from catalog.reasons.stored import read, to_json
from catalog.reasons.values import Fault, NotData, OutOfReach, Overtaken, Reason
from catalog.release.digest import Document, canonical
from catalog.store import Absent, Exists, Store, Unknown, put_same

FORM, VOUCHED_FORM = 2, 3
"""Of a fetch's record. Form 1 has `complete` and `why` instead of `transport`: the answer was judged first. In form 3
an operator vouches for the clock: software that does not know this cannot tell what is overtaken."""
_TRIES = 50
What = Literal["folded", "unchanged", "same", "superseded", "refused"]
Transport = Literal["complete", "broken", "unanswered"]
"""Whether every answer came whole; or one was cut, refused or led elsewhere; or none came at all."""


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
    clock_is_right_at: dt.datetime | None = None
    """Of evidence that is copied: see `Record`."""


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
    clock_is_right_at: dt.datetime | None = None
    """When it was recorded, if an operator vouched for the clock: an earlier fetch that is dated later is misdated."""

    @property
    def complete(self) -> bool:
        """Whether the record alone refuses nothing; what the bodies say is judged afterwards."""
        return self.transport == "complete"

    @property
    def bodies(self) -> tuple[str, ...]:
        """The hash of each page's body."""
        return tuple(page["sha256"] for page in self.pages)

    @property
    def identity(self) -> tuple[dt.datetime, tuple[str, ...], bytes]:
        """What tells two fetches apart: of one second there may be two windows in which nothing was."""
        return self.fetched_at, self.bodies, canonical(self.window)

    @property
    def replayed_file(self) -> str | None:
        """The first file of a replayed fetch; None where the fetch was no replay."""
        lines = self.asked.get("replay")
        return lines[0].split(" ", 1)[1].rsplit(" ", 1)[0] if lines else None  # fetched_at, file, page

    @property
    def document(self) -> Document:
        """The record as it is stored, but for its number."""
        vouched = {"form": VOUCHED_FORM, "clock_is_right_at": at.isoformat()} if (at := self.clock_is_right_at) else {}
        return {
            "form": FORM,
            "asked": self.asked,
            "fetched_at": self.fetched_at.isoformat(),
            "window": self.window,
            "pages": list(self.pages),
            "transport": self.transport,
            "why": self.why,
            "stopped": self.stopped,
        } | vouched


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


_OUTCOME = {"k", *(each.name for each in fields(Outcome))}


def _nothing_known() -> int:
    return 0


@dataclass
class Evidence:
    """The evidence of one dataset in the private store."""

    store: Store
    slug: str
    begin: Callable[[], int] = _nothing_known
    """Gives a number that is surely there: probing for the newest begins after it."""
    vouched: Callable[[], dt.datetime | None] = lambda: None
    """Gives the present by a clock that an operator vouches for, else None."""
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
            self._newest = self._probe(self.begin())
        return self._newest

    def saw(self, k: int) -> None:
        """Note that fetch k is there, as another publisher's release says: there may be newer ones than remembered."""
        if self._newest is not None and k > self._newest:
            self._newest = self._probe(k)

    def look_again(self) -> None:
        """Probe once more for newer fetches: another publisher may have recorded some since."""
        if self._newest is not None:
            self._newest = self._probe(self._newest)

    def _probe(self, k: int) -> int:
        while self.store.head(keys.evidence(self.slug, k + 1)) is not None:
            k += 1
        return k

    def record(self, fetched: Fetched) -> Record:
        """Keep a fetch: its bodies, then its record under the next number.

        A fetch that began before the newest recorded one is kept too, and refused: overtaken, unless that is misdated.
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
            clock_is_right_at=fetched.clock_is_right_at,
        )
        record = self._put(unnumbered, self.newest() + 1)
        self._records[record.k] = record
        self._newest = max(record.k, self.newest())
        if outcome := self.on_sight(record):
            self.decide(record.k, outcome)
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
        before = self.last_in_time(record.k - 1, record.clock_is_right_at, unwritten)
        if before is None or before.fetched_at <= record.fetched_at:
            return None
        return Outcome("refused", reason=Overtaken(by=before.k))

    def last_in_time(
        self, k: int, right_at: dt.datetime | None = None, unwritten: Mapping[int, Outcome] | None = None
    ) -> Record | None:
        """Return the newest fetch up to k that is not misdated and was not overtaken: a later one began no earlier.

        Args:
            k: the highest number to look at; what comes after it changes nothing.
            right_at: the time by a clock that was vouched for after fetch k.
            unwritten: outcomes of fetches that are known and not written yet.
        """
        for record in self.dated(k, right_at):
            outcome = (unwritten or {}).get(record.k) or self.outcome(record.k)
            if not (outcome and outcome.overtaken):
                return record
        return None

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
            key, body = keys.evidence(self.slug, k), canonical(record.document | {"dataset": self.slug, "k": k})
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

    def read(self, k: int) -> Record:
        """Read record k, of any form.

        Raises:
            Absent: there is none.
            IntegrityError: what is stored there is no record.
        """
        if k not in self._records:
            key = keys.evidence(self.slug, k)
            body = self.store.get(key).body
            try:
                self._records[k] = _record(json.loads(body))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise IntegrityError(f"{key} is no record of a fetch; restore it from a backup") from error
        return self._records[k]

    def records(self) -> list[Record]:
        """Read every record, in order."""
        return [self.read(k) for k in range(1, self.newest() + 1)]

    def body(self, digest: str) -> bytes:
        """Read a body by its hash.

        Raises:
            IntegrityError: the stored bytes are not those of the hash.
        """
        place = f"{self.slug}: the stored body {digest[:16]}"
        try:
            body: bytes = igzip.decompress(self.store.get(keys.blob(digest)).body)
        except (OSError, EOFError, zlib.error) as error:
            raise IntegrityError(f"{place} is not what its hash says: {error}") from error
        if hashlib.sha256(body).hexdigest() != digest:
            raise IntegrityError(f"{place} is not what its hash says")
        return body

    def decide(self, k: int, outcome: Outcome) -> None:
        """Write the outcome of fetch k, once; `pipelines.refresh.state` tells when it is pending again all the same."""
        document = {name: value for name, value in vars(outcome).items() if value is not None} | {"k": k}
        if outcome.reason:
            document["reason"] = to_json(outcome.reason)
        for _ in range(_TRIES):
            try:
                self.store.put_new(keys.outcome(self.slug, k), canonical(document))
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
            return _outcome(self.store.get(key).body, key)
        except Absent:
            return None

    def whole(self, k: int) -> bool:
        """Return whether fetch k brought a whole answer, as far as that is judged."""
        if not self.read(k).complete:
            return False
        outcome = self.outcome(k)
        return not (outcome and outcome.incomplete)


def _outcome(body: bytes, key: str) -> Outcome:
    try:
        document = json.loads(body)
    except ValueError:
        document = None
    if not isinstance(document, dict) or not {"k", "what"} <= set(document) <= _OUTCOME:
        raise IntegrityError(f"{key}: expected the outcome of a fetch, found something else; restore it from a copy")
    reason = read(document["reason"], key) if document.get("reason") is not None else None
    return Outcome(**{name: value for name, value in document.items() if name not in ("k", "reason")}, reason=reason)


def _record(document: Document) -> Record:
    judged = "form" not in document
    if judged:
        broken: Transport = "broken" if document["pages"] else "unanswered"
        transport: Transport = "complete" if document["complete"] else broken
    elif document["form"] in (FORM, VOUCHED_FORM):
        transport = document["transport"]
    else:
        place = f"{document['dataset']}: the record of fetch {document['k']} has form {document['form']!r}"
        raise IntegrityError(f"{place}, expected none, 2 or 3; update the software")
    right_at = document.get("clock_is_right_at")
    return Record(
        k=document["k"],
        fetched_at=dt.datetime.fromisoformat(document["fetched_at"]),
        transport=transport,
        why=document["why"],
        pages=tuple(document["pages"]),
        asked=document["asked"],
        window=document["window"],
        stopped=document.get("stopped"),
        judged=judged,
        clock_is_right_at=dt.datetime.fromisoformat(right_at) if right_at else None,
    )
