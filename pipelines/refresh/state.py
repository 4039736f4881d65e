"""The line of a dataset: its releases, its evidence, what is decided of it, and what waits."""

import contextlib
from dataclasses import dataclass, field

from catalog import keys
from catalog.errors import MinshengError
from catalog.release import publish
from catalog.release.document import Document, Release, canonical, numbers
from catalog.store import Exists, Store, Unknown, put_over
from pipelines import decisions
from pipelines.context import ZONE, Context, hint_of, kind_of
from pipelines.evidence import Evidence, Outcome

_CANDIDATE = "candidate "
"""Begins the reason for which a candidate is superseded by another one."""


@dataclass(frozen=True)
class Waiting:
    """The candidate that a steward is to decide on."""

    identity: str
    document: Document = field(repr=False)
    likeness: str
    since: str
    reasons: tuple[str, ...]
    alone: tuple[int, ...]
    """The fetches that alone would be held: what a rejection excludes unless it names others."""

    @property
    def evidence(self) -> tuple[int, ...]:
        """The fetches it answers for."""
        return numbers(self.document["minsheng"]["evidence"])

    @property
    def verdict(self) -> str:
        """`hold`, or `block`."""
        return str(self.document["minsheng"]["quality"]["verdict"])

    @property
    def is_of_declaration(self) -> bool:
        """Whether a change of the declaration made it, and not what an agency said."""
        return self.document["minsheng"]["kind"] in ("schema", "refold", "metadata")

    def fits(self, fingerprint: str, suite: str) -> bool:
        """Whether it was made by declaration and suite as they stand; else its evidence is pending again."""
        said = self.document["minsheng"]
        return bool(said["fingerprint"] == fingerprint and said["quality"]["suite"] == suite)


@dataclass
class Line:
    """One dataset, as its two stores stand; made by `load`, which writes first what a crash left out."""

    slug: str
    evidence: Evidence
    newest: Release | None
    newest_k: int
    decisions: list[Document]
    finished_n: int
    """The release after whose commit everything that follows was written."""
    waiting: Waiting | None = None
    open: list[int] = field(default_factory=list)
    """Complete, and not settled: in order."""
    excluded: list[int] = field(default_factory=list)
    alike: list[int] = field(default_factory=list)
    """Fetches that say what the waiting candidate says: decided with it."""
    gone: str | None = None
    """A candidate that waited until a crash kept it from being said that it does no more."""

    @property
    def base(self) -> Release | None:
        """The newest release that is not withdrawn; no command withdraws yet."""
        return self.newest

    @property
    def readable(self) -> list[int]:
        """What is open, but for fetches that the software cannot read as it is: those wait until it is mended."""
        return [k for k in self.open if k not in self.evidence.faults]

    @property
    def finished(self) -> bool:
        """Whether everything that follows from the newest commit is written."""
        return self.finished_n == (self.newest.n if self.newest else 0)

    @property
    def follows(self) -> bool:
        """Whether the waiting candidate stands on the newest release."""
        said = self.waiting.document["minsheng"]["previous"] if self.waiting else None
        return (said["candidate"] if said else None) == (self.newest.candidate if self.newest else None)

    def had_its_word(self, k: int) -> bool:
        """Return whether a fetch counts in what is released: folded, or no change then, or said once more."""
        outcome = self.evidence.outcome(k)
        if outcome is None or k in self.open or k in self.alike or k in self.excluded:
            return False
        return outcome.what in ("folded", "unchanged") or (outcome.what == "same" and not _rejected(self, outcome))

    def decide(self, k: int, outcome: Outcome) -> None:
        """Say what became of a fetch."""
        self.evidence.decide(k, outcome)
        if k in self.open:
            self.open.remove(k)

    def supersede_before(self, k: int) -> None:
        """A fetch of a dataset that is replaced whole makes all older ones that are open superfluous."""
        for older in [one for one in self.open if one < k]:
            self.decide(older, Outcome("superseded", by=k))
        self.alike = [one for one in self.alike if one >= k]

    def now(self, ctx: Context) -> str:
        """Return the time for this dataset, ISO 8601: the run's, or with simulated sources its newest evidence's."""
        now = ctx.clock.now()
        if self.newest_k and (ctx.clock.simulated or kind_of(ctx.private) not in (None, "live")):
            newest = self.evidence.read(self.newest_k).fetched_at
            now = max(newest, ctx.clock.simulated or newest)
        return now.astimezone(ZONE).isoformat(timespec="seconds")

    @property
    def hint(self) -> Document:
        """How far everything is settled: what the next run need not look at again."""
        unsettled = sorted({*self.open, *self.excluded, *self.alike})
        return {"k": self.newest_k, "open": unsettled, "n": self.finished_n}


def load(ctx: Context, slug: str) -> Line:
    """Read where a dataset stands, writing first what a crash left unwritten.

    All that is settled follows from what is stored: documents, outcomes, decisions, and the times of fetches.
    """
    hint = hint_of(ctx, slug)
    newest = publish.newest(ctx.public, slug)
    evidence = ctx.evidence(slug)
    folded_now = numbers(newest.facts["evidence"]) + numbers(newest.facts["over"]) if newest else ()
    evidence.saw(max([hint["k"], *folded_now]))
    newest_k = evidence.newest()
    line = Line(slug, evidence, newest, newest_k, decisions.read(ctx.private, slug), hint["n"])
    line.waiting = _waiting(ctx, line)
    folded, again, candidates = _repair(ctx, line, hint["n"])
    again |= set(hint["open"])
    excluded = decisions.excluded(line.decisions)
    settled = max([0, *folded, *folded_now])
    for k in sorted({*range(hint["k"] + 1, newest_k + 1), *again} - folded):
        outcome = evidence.outcome(k) or _judged_on_sight(evidence, k)
        if outcome and outcome.what == "same":
            if _says_what_waits(ctx, line, outcome):
                line.alike.append(k)
                continue
            if outcome.candidate in candidates or _rejected(line, outcome):
                continue
        elif outcome and outcome.what == "unchanged":
            settled = max(settled, k)
            if k not in again:
                continue
        elif outcome:
            settled = max(settled, k if outcome.what == "folded" else 0)
            continue
        (line.excluded if k in excluded else line.open).append(k)
    if ctx.replaces(slug):
        _supersede(line, settled)
    if line.waiting and not (line.waiting.is_of_declaration or set(line.waiting.evidence) <= set(line.open)):
        line.gone = line.waiting.identity
        line.waiting = None
    return line


def _judged_on_sight(evidence: Evidence, k: int) -> Outcome | None:
    """What a record alone decides: it is not complete, or it was overtaken. Written at once."""
    outcome = evidence.on_sight(evidence.read(k))
    if outcome:
        evidence.decide(k, outcome)
    return outcome


def _says_what_waits(ctx: Context, line: Line, outcome: Outcome) -> bool:
    """Whether a fetch repeats the candidate that waits, or one that was made again as that."""
    identity = outcome.candidate
    while line.waiting and identity and identity != line.waiting.identity:
        why = superseded_by(ctx.private, line.slug, identity) or ""
        identity = why.removeprefix(_CANDIDATE) if why.startswith(_CANDIDATE) else None
    return bool(line.waiting and identity)


def _rejected(line: Line, outcome: Outcome) -> bool:
    """Whether a fetch repeats a candidate that a steward rejected."""
    last = decisions.on(line.decisions, outcome.candidate or "")
    return bool(last and last["action"] == "reject")


def _supersede(line: Line, settled: int) -> None:
    """Each fetch is the whole truth: what is older than one that is settled, or that waits, is superfluous."""
    mine = set(line.waiting.evidence) if line.waiting else set()
    waits = max([*mine, *line.alike], default=0)
    if settled > waits:
        line.supersede_before(settled)
    for older in [k for k in line.open if k < waits and k not in mine]:
        line.decide(older, Outcome("superseded", by=waits))


def _repair(ctx: Context, line: Line, from_n: int) -> tuple[set[int], set[int], set[str]]:
    """Write what a crash after a commit left out: folded follows from the documents.

    Returns:
        The fetches in releases after `from_n`; those that another publisher judged "no change" against a release
        before one of them that folds an older fetch: they are pending again, for the later word stands; and the
        candidates that became those releases.
    """
    folded: set[int] = set()
    candidates: set[str] = set()
    again: set[int] = set()
    newest, evidence = line.newest, line.evidence
    for n in range(from_n + 1, newest.n + 1 if newest else 0):
        release = newest if newest and newest.n == n else publish.load(ctx.public, line.slug, n)
        mine, spoken = set(numbers(release.facts["evidence"])), set(numbers(release.facts["over"]))
        for k in sorted(mine):
            if evidence.outcome(k) is None:
                evidence.decide(k, Outcome("folded", n=n))
        for k in range(min(mine, default=line.newest_k) + 1, line.newest_k + 1):
            outcome = None if k in mine | spoken else evidence.outcome(k)
            if outcome and outcome.what == "unchanged" and (outcome.n or 0) < n:
                again.add(k)
        folded |= mine
        again -= mine | spoken
        candidates.add(release.candidate)
    return folded, again, candidates


def _waiting(ctx: Context, line: Line) -> Waiting | None:
    said = publish.read_json(ctx.private, keys.waiting(line.slug))
    if not said or not said.get("candidate"):
        return None
    try:
        document = publish.staged(ctx.private, line.slug, said["candidate"])
    except MinshengError:
        return None  # lost or broken: its evidence is pending, and makes it again
    found = Waiting(
        said["candidate"], document, said["likeness"], said["since"], tuple(said["reasons"]), tuple(said["alone"])
    )
    if line.newest and line.newest.candidate == found.identity:
        return None  # released; a crash left the pointer
    return found


def wait(ctx: Context, line: Line, waiting: Waiting | None, why: str) -> None:
    """Make a candidate the one that waits (None: none does); the one before is superseded, visibly."""
    before = line.waiting
    if before and (waiting is None or before.identity != waiting.identity):
        supersede(ctx.private, line.slug, before.identity, why)
    if line.gone:
        supersede(ctx.private, line.slug, line.gone, why)
    said: Document = {"candidate": None}
    if waiting:
        said = {"candidate": waiting.identity, "likeness": waiting.likeness, "since": waiting.since}
        said |= {"reasons": list(waiting.reasons), "alone": list(waiting.alone)}
    if waiting or before or ctx.private.head(keys.waiting(line.slug)):
        put_over(ctx.private, keys.waiting(line.slug), canonical(said))
    line.waiting = waiting


def supersede(private: Store, slug: str, identity: str, why: str) -> None:
    """Mark a candidate as no longer to be decided; the first reason stands."""
    with contextlib.suppress(Exists, Unknown):
        private.put_new(keys.candidate(slug, identity, "superseded.json"), canonical({"by": why}))


def superseded_by(private: Store, slug: str, identity: str) -> str | None:
    """Return why a candidate is no longer to be decided, or None."""
    said = publish.read_json(private, keys.candidate(slug, identity, "superseded.json"))
    return said["by"] if said else None
