"""What every step of a refresh is given: stores, declarations, sources, clock, code. Read once, at start."""

import contextlib
import dataclasses
import datetime as dt
import functools
import importlib.metadata
import json
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pyarrow as pa

from catalog import keys
from catalog.errors import DeclarationError, IntegrityError
from catalog.formats import parquet
from catalog.release import publish
from catalog.release.digest import Document
from catalog.store import Absent, Store
from catalog.store.apart import Apart
from catalog.store.remembered import Remembered
from pipelines.declared import Declarations
from pipelines.evidence import Evidence
from pipelines.turns import Turns

ZONE = ZoneInfo("Asia/Taipei")
_LIBRARIES = ("pyarrow", "great-expectations", "rfc8785")
"""Whose versions could show in a release."""


def _present() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass
class Clock:
    """The time of a run: the present, or with replayed and simulated sources the newest fetched_at."""

    simulated: dt.datetime | None = None
    present: Callable[[], dt.datetime] = _present
    """This machine's clock."""

    def now(self) -> dt.datetime:
        """Return the time, in the zone of the ministry, to the second."""
        return (self.simulated or self.present()).astimezone(ZONE).replace(microsecond=0)

    def advance(self, to: dt.datetime) -> None:
        """Move a simulated clock forward, never back."""
        self.simulated = max(self.simulated, to) if self.simulated else to


class DecodedFetch(NamedTuple):
    """The records of one fetch, a table of text for each page."""

    slug: str
    k: int
    pages: tuple[pa.Table, ...]


@dataclass
class LastDecoded:
    """The fetch that was judged last, until it is folded: a released fetch is decoded once. Never more than one."""

    fetch: DecodedFetch | None = field(default=None, repr=False)

    def take(self, slug: str, k: int) -> tuple[pa.Table, ...] | None:
        """Return the records of fetch k, once, and forget them; None if they are not here."""
        fetch = self.fetch
        if fetch is None or (fetch.slug, fetch.k) != (slug, k):
            return None
        self.fetch = None
        return fetch.pages


@dataclass(frozen=True)
class Context:
    """The world of a run."""

    public: Store
    private: Store
    declarations: Declarations
    secrets: Mapping[str, str] = field(repr=False)
    clock: Clock = field(default_factory=Clock)
    days: tuple[dt.date, dt.date] | None = None
    """The days, both included, that a run is about where an agency is asked by the day; None: those due."""
    address: str | None = None
    """Where readers reach the public store over HTTP, if that is known."""
    contact: str | None = None
    """Who reads what readers of the site report; None: as site.yaml says."""
    clock_is_right: bool = False
    """Whether an operator vouches for this machine's clock."""
    identity: str | None = None
    """Who decides, as the operating system or a proxy vouches for it; None where nobody does."""
    dry: bool = False
    """Whether it is a trial: nothing that is written stays, so what is found may be found in the quickest way."""
    stores_ahead: Mapping[str, dt.timedelta] = field(default_factory=dict)
    """By the address of a store that told its time: how far its clock is ahead of this machine's."""
    turns: Turns | None = None
    """With the other processes of this home, for what all would write; None where there are none."""
    last_decoded: LastDecoded = field(default_factory=LastDecoded, repr=False, init=False)
    _evidence: dict[str, Evidence] = field(default_factory=dict, repr=False, init=False)

    def __post_init__(self) -> None:
        """Let what is a step of other datasets lie in the private store, whoever reads or writes it."""
        object.__setattr__(self, "public", Apart(self.shown, self.private, self.declarations.is_step))

    @property
    def shown(self) -> Store:
        """The public store by itself: what readers see."""
        return self.public.store if isinstance(self.public, Apart) else self.public

    def place(self, slug: str) -> str:
        """Return the address below which the objects of a dataset are found: of a step of others, the private store."""
        found = self.private.url if self.declarations.is_step(slug) else self.address or self.public.url
        return found.rstrip("/")

    @property
    def synthetic(self) -> bool:
        """Whether the data is the sandbox's."""
        return kind_of(self.private) == "sandbox"

    def for_one_run(self) -> "Context":
        """Return the same world, in which what never changes is read once: declarations, and objects of the stores."""
        return dataclasses.replace(
            self,
            public=Remembered(self.shown),
            private=Remembered(self.private),
            declarations=Declarations(self.declarations.folder),
        )

    def with_own_clock(self) -> "Context":
        """Return the same world with a clock of its own, so that the steps of datasets may be taken in any order."""
        return dataclasses.replace(self, clock=dataclasses.replace(self.clock))

    def evidence(self, slug: str) -> Evidence:
        """Return the evidence of a dataset; one for the whole run, so that what never changes is read once."""
        begin = functools.partial(seen, self, slug)
        return self._evidence.setdefault(slug, Evidence(self.private, slug, begin, self._vouched))

    def _vouched(self) -> dt.datetime | None:
        """The present, if an operator vouches for it; a simulated time is nobody's to vouch for."""
        return self.clock.now() if self.clock_is_right and self.clock.simulated is None else None


def kind_of(private: Store) -> str | None:
    """Return the kind a store is marked with, or None where it is not marked yet.

    Raises:
        IntegrityError: the mark is broken.
    """
    try:
        body = private.get(keys.SOURCE_KIND).body
    except Absent:
        return None
    try:
        mark = json.loads(body)
    except ValueError:
        mark = None
    if not isinstance(mark, dict) or not isinstance(mark.get("kind"), str):
        raise IntegrityError(
            f"{keys.SOURCE_KIND} in {private.url}: expected the kind of all data there, as {_MARK}, "
            f"found {body[:60]!r}; "
            "restore it from a copy, or write it as it was"
        )
    return str(mark["kind"])


def check_place(ctx: Context, slug: str) -> None:
    """See that what a dataset has lies where its declaration says: in the catalog, or apart.

    Raises:
        DeclarationError: it has releases in the other place.
    """
    first = keys.document(slug, 1)
    if ctx.declarations.is_step(slug):
        if ctx.shown.head(first) is not None:
            raise DeclarationError(
                f"{slug}: minsheng.publish: expected no public release of a dataset with publish: none, found release "
                "1: what is published stays; leave publish out, or declare a dataset of another name"
            )
    elif ctx.private.head(first) is not None:
        raise DeclarationError(
            f"{slug}: minsheng.publish: expected none, because its releases were made apart from the catalog, found "
            "all; write publish: none again, or declare a dataset of another name"
        )


_MARK = '{"kind": "live"}'
_NOTHING: Document = {"i": 0, "k": 0, "open": [], "n": 0, "w": 0}


def hint_of(ctx: Context, slug: str) -> Document:
    """Return how far an earlier run saw; nothing where that is not there, or broken.

    These are numbers: `k` of the newest evidence, `open` of evidence that is not settled, `n` of the newest release,
    `i` of the last decision, `w` of the last notice that is carried out.

    It is a hint: all of it follows from what is stored, and is found again where it is missing. It is a witness too:
    what it names was there.
    """
    status = publish.read_json(ctx.public, keys.status(slug))
    hint = status.get("decided") if isinstance(status, dict) and status.get("dataset") == slug else None
    if not isinstance(hint, dict):
        return _NOTHING
    hint = {"i": 0, "w": 0} | hint  # earlier versions wrote none
    if set(hint) != set(_NOTHING) or not isinstance(hint["open"], list):
        return _NOTHING
    if not all(type(number) is int and number >= 0 for number in (*(hint[name] for name in "iknw"), *hint["open"])):
        return _NOTHING
    return hint


def seen(ctx: Context, slug: str) -> int | None:
    """Return a number of evidence that an earlier run saw; None where that is not known.

    Raises:
        LostEvidence: its record is not there.
    """
    k = hinted = int(hint_of(ctx, slug)["k"])
    witness = keys.status(slug)
    if not hinted:
        with contextlib.suppress(IntegrityError):  # what is fetched is kept also where a release is damaged
            newest, _ = publish.newest_and_pointer(ctx.public, slug)
            if newest:
                k, witness = max(newest.facts.evidence + newest.facts.over, default=0), keys.document(slug, newest.n)
    if k:
        Evidence(ctx.private, slug).read(k, witness)  # not its HEAD: a run reads this record anyway
    return hinted or None


@functools.cache
def code() -> dict[str, Any]:
    """Return which code makes a release: version, commit, and the libraries whose output is in its bytes."""
    root = Path(__file__).parent.parent
    command = ["git", "-C", str(root), "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty=-changed"]
    try:
        commit = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout.strip()  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        commit = "unknown"  # installed from a package, without its history
    return {
        "minsheng": importlib.metadata.version("minsheng"),
        "commit": commit,
        "writer": parquet.WRITER,
        "libraries": {name: importlib.metadata.version(name) for name in _LIBRARIES},
    }
