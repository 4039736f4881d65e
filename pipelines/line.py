"""The line of a dataset: its releases, its evidence, what is decided of it, and what waits."""

import contextlib
from dataclasses import dataclass, field
from typing import Any

from catalog import keys, publish
from catalog.errors import MinshengError
from catalog.release import Document, Release, canonical, numbers
from catalog.store import Absent, Exists, Store, Unknown, put_over
from pipelines.context import ZONE, Context, kind_of
from pipelines.evidence import Evidence, Outcome


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
    def is_of_declaration(self) -> bool:
        """Whether a change of the declaration made it, and not what an agency said."""
        return self.document["minsheng"]["kind"] in ("schema", "refold", "metadata")

    def fits(self, fingerprint: str, suite: str) -> bool:
        """Whether it was made by declaration and suite as they stand; else its evidence is pending again."""
        said = self.document["minsheng"]
        return bool(said["fingerprint"] == fingerprint and said["quality"]["suite"] == suite)


@dataclass
class Line:
    """One dataset, as its two stores stand; made by `load`, which repairs outcomes first."""

    slug: str
    evidence: Evidence
    newest: Release | None
    waiting: Waiting | None
    open: list[int]
    """Complete, and neither decided nor excluded; in order."""
    excluded: list[int]
    newest_k: int
    decisions: list[Document]
    finished: bool
    """Whether everything that follows from the newest commit is written."""

    @property
    def base(self) -> Release | None:
        """The newest release that is not withdrawn; no command withdraws yet."""
        return self.newest

    def decide(self, k: int, outcome: Outcome) -> None:
        """Say what became of a fetch."""
        self.evidence.decide(k, outcome)
        if k in self.open:
            self.open.remove(k)

    def supersede_before(self, k: int) -> None:
        """A fetch of a dataset that is replaced whole makes all older ones that are open superfluous."""
        for older in [one for one in self.open if one < k]:
            self.decide(older, Outcome("superseded", by=k))

    def now(self, ctx: Context) -> str:
        """Return the time for this dataset, ISO 8601: the run's, or with simulated sources its newest evidence's."""
        now = ctx.clock.now()
        if self.newest_k and (ctx.clock.simulated or kind_of(ctx.private) not in (None, "live")):
            newest = self.evidence.read(self.newest_k).fetched_at
            now = max(newest, ctx.clock.simulated or newest)
        return now.astimezone(ZONE).isoformat(timespec="seconds")

    @property
    def hint(self) -> Document:
        """How far everything is decided: what the next run need not look at again."""
        return {
            "k": self.newest_k,
            "open": sorted({*self.open, *self.excluded}),
            "n": self.newest.n if self.newest else 0,
        }


def load(ctx: Context, slug: str) -> Line:
    """Read where a dataset stands, writing first what a crash left unwritten."""
    hint = _hint(ctx, slug)
    newest = publish.newest(ctx.public, slug)
    evidence = ctx.evidence(slug)
    newest_k = evidence.newest(hint["k"])
    finished = hint["n"] == (newest.n if newest else 0)
    line = Line(slug, evidence, newest, None, [], [], newest_k, read_decisions(ctx.private, slug), finished)
    folded, again = _repair(ctx, line, hint["n"])
    again |= set(hint["open"])
    excluded = excluded_by(line.decisions)
    for k in sorted({*range(hint["k"] + 1, newest_k + 1), *again} - folded):
        outcome = evidence.outcome(k)
        if outcome and not (outcome.what == "unchanged" and k in again):
            continue
        record = evidence.read(k)
        if not record.complete:
            evidence.decide(k, Outcome("refused", reason=record.why))
        else:
            (line.excluded if k in excluded else line.open).append(k)
    line.waiting = _waiting(ctx, line)
    return line


def decided(ctx: Context, slug: str) -> int:
    """Return a number of evidence that is surely there: up to it everything was seen by an earlier run."""
    return int(_hint(ctx, slug)["k"])


def _hint(ctx: Context, slug: str) -> Document:
    """How far an earlier run saw; nothing where what it left is broken, or speaks of what is not there."""
    none = {"k": 0, "open": [], "n": 0}
    said = publish.read_json(ctx.public, keys.status(slug))
    hint = said.get("decided") if isinstance(said, dict) else None
    if not isinstance(hint, dict) or set(hint) != set(none):
        return none
    there = hint["k"] == 0 or ctx.private.head(keys.evidence(slug, hint["k"])) is not None
    return hint if there and (hint["n"] == 0 or ctx.public.head(keys.document(slug, hint["n"]))) else none


def _repair(ctx: Context, line: Line, from_n: int) -> tuple[set[int], set[int]]:
    """Write what a crash after a commit left out: folded follows from the documents.

    Returns:
        The fetches in releases after `from_n`; and those that another publisher judged "no change" against a release
        before one of them that folds an older fetch: they are pending again, for the later word stands.
    """
    folded: set[int] = set()
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
    return folded, again


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
    return found if found.is_of_declaration or set(found.evidence) <= set(line.open) else None


def wait(ctx: Context, line: Line, waiting: Waiting | None, why: str) -> None:
    """Make a candidate the one that waits (None: none does); the one before is superseded, visibly."""
    before = line.waiting
    if before and (waiting is None or before.identity != waiting.identity):
        supersede(ctx.private, line.slug, before.identity, why)
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


def read_decisions(private: Store, slug: str) -> list[Document]:
    """Read every decision on a dataset, in order."""
    found: list[Any] = []
    while (said := publish.read_json(private, keys.decision(slug, len(found) + 1))) is not None:
        found.append(said)
    return found


def append_decision(private: Store, slug: str, decision: Document) -> int:
    """Append a decision under the next free number and return it."""
    i = len(read_decisions(private, slug)) + 1
    while True:
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


def excluded_by(decisions: list[Document]) -> set[int]:
    """Return the fetches that decisions exclude and none has let in again."""
    found: set[int] = set()
    for one in decisions:
        if one["action"] in ("reject", "exclude"):
            found |= set(one["evidence"])
        if one["action"] == "lift":
            found -= set(one["evidence"])
    return found


def rejected_fingerprints(decisions: list[Document]) -> set[str]:
    """Return the fingerprints of declarations whose refold was rejected."""
    return {one["fingerprint"] for one in decisions if one["action"] == "reject" and one.get("fingerprint")}
