"""The state of a dataset: its releases, what is decided of its evidence, what waits. A pure read: nothing is written.

All that is settled follows from what is stored: documents, outcomes, decisions, and the times of fetches. What a crash
kept from being written stands in `unwritten`; `pipelines.refresh.repair` writes it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypedDict

from catalog import keys
from catalog.errors import IntegrityError
from catalog.reasons.stored import read_superseding
from catalog.reasons.values import (
    ByCandidate,
    ByDeclaration,
    ByFetch,
    ByNotice,
    ByRejection,
    ByRelease,
    Reason,
    Superseding,
)
from catalog.release import publish
from catalog.release.digest import Document
from catalog.release.document import Release
from catalog.release.proof import NOTHING_RELEASED, Proof, prove
from catalog.release.read import LostDocument
from catalog.store import Store
from pipelines import decisions
from pipelines.context import ZONE, Context, check_place, hint_of, kind_of
from pipelines.evidence import Evidence
from pipelines.records import Outcome
from pipelines.refresh.approval import with_approvals
from pipelines.refresh.marks import Waiting, read_waiting
from pipelines.refresh.noticed import NOTHING_NOTICED, Noticed, read_noticed, reopened


class Follows(TypedDict):
    """What a candidate follows, beside its base."""

    previous: Release | None
    after: int | None
    held: bool


class Gone(NamedTuple):
    """A candidate that waited until something came since; a crash may have kept that from being marked."""

    candidate: str
    why: Superseding


@dataclass(frozen=True)
class DatasetState:
    """One dataset, as its two stores stand."""

    slug: str
    evidence: Evidence
    newest: Release | None
    """Withdrawn or not: the next release follows it."""
    newest_k: int
    """The highest number of evidence; 0 when there is none."""
    decisions: tuple[decisions.Decision, ...]
    """Every decision of a steward, in order."""
    finished_n: int
    """The release after whose commit everything that follows was written."""
    waiting: Waiting | None = None
    pending: tuple[int, ...] = ()
    """Complete, and not settled: in order."""
    excluded: tuple[int, ...] = ()
    """Set aside by a steward."""
    repeats: tuple[int, ...] = ()
    """Fetches that say what the waiting candidate says: decided with it."""
    unwritten: Mapping[int, Outcome] = field(default_factory=dict)
    """Outcomes that follow from what is stored and that a crash kept from being written."""
    unfollowed: tuple[int, ...] = ()
    """Fetches after those that wait, judged "no change" since the status was written: a crash may have kept what
    waits from being made again."""
    gone: Gone | None = None
    """The candidate that waiting.json names, if that does not wait any more and is no release."""
    names_waiting: str | None = None
    """The etag of waiting.json if it names a candidate, one that is released or gone too."""
    proof: Proof = NOTHING_RELEASED
    """What proves the newest release, and which documents are gone."""
    noticed: Noticed = NOTHING_NOTICED
    """What is withdrawn."""

    @property
    def base(self) -> Release | None:
        """The newest release that is not withdrawn."""
        return self.noticed.base

    @property
    def n(self) -> int | None:
        """The number of the release that is served."""
        return self.base.n if self.base else None

    @property
    def newest_n(self) -> int:
        """The number of the newest release, withdrawn or not; 0 for none."""
        return self.newest.n if self.newest else 0

    @property
    def follows(self) -> Follows:
        """What a plan says of the release before, and of a steward who holds the dataset."""
        held = decisions.held(self.decisions) is not None
        return {"previous": self.newest, "after": self.noticed.after, "held": held}

    @property
    def readable(self) -> tuple[int, ...]:
        """What is pending, but for fetches that the software as it is cannot read: those wait until it is mended."""
        return tuple(k for k in self.pending if k not in self.evidence.faults)

    @property
    def set_aside(self) -> tuple[int, ...]:
        """All evidence that stewards have excluded, in order."""
        return tuple(sorted(decisions.excluded(self.decisions)))

    @property
    def finished(self) -> bool:
        """Whether everything that follows from the newest commit, and the newest notice, is written."""
        return self.finished_n == self.newest_n and self.noticed.finished

    @property
    def waiting_follows(self) -> bool:
        """Whether the waiting candidate follows the newest release, and is made on the one that is served."""
        facts = self.waiting.candidate.facts if self.waiting else None
        previous = facts.previous if facts else None
        follows = (previous.candidate if previous else None) == (self.newest.candidate if self.newest else None)
        return follows and (facts is None or facts.base == self.n)

    @property
    def hint(self) -> Document:
        """How far everything is settled: what the next run need not look at again."""
        unsettled = sorted({*self.pending, *self.excluded, *self.repeats, *self.unwritten})
        decided = sum(1 for each in self.decisions if each.i)
        carried_out = self.noticed.carried_out
        return {"i": decided, "k": self.newest_k, "open": unsettled, "n": self.finished_n, "w": carried_out}

    def outcome(self, k: int) -> Outcome | None:
        """Return what became of a fetch, written or not; None while that is open."""
        return self.unwritten.get(k) or self.evidence.outcome(k)

    def counts(self, k: int) -> bool:
        """Return whether a fetch counts in what is released: folded, or no change then, or said once more."""
        outcome = self.outcome(k)
        if outcome is None or k in self.pending or k in self.repeats or k in self.excluded:
            return False
        if outcome.what == "same":
            return not repeats_rejected(self, outcome)
        return outcome.what in ("folded", "unchanged")

    def now(self, ctx: Context) -> str:
        """Return the time for this dataset, ISO 8601: the run's, or with simulated sources its newest evidence's."""
        now = ctx.clock.now()
        if self.newest_k and (ctx.clock.simulated or kind_of(ctx.private) not in (None, "live")):
            newest = self.evidence.read(self.newest_k).fetched_at
            now = max(newest, ctx.clock.simulated or newest)
        return now.astimezone(ZONE).isoformat(timespec="seconds")

    def without(self, ks: tuple[int, ...]) -> "DatasetState":
        """Return the state in which these fetches are not pending any more."""
        return replace(self, pending=tuple(k for k in self.pending if k not in ks))


class States(NamedTuple):
    """How many datasets stand."""

    states: dict[str, DatasetState]
    damaged: dict[str, str]
    """By dataset, why its state cannot be read."""


def read_states(ctx: Context, slugs: Iterable[str]) -> States:
    """Read where each dataset stands; one that is damaged is told, and stops no other."""
    found = States({}, {})
    for slug in slugs:
        try:
            found.states[slug] = read_state(ctx, slug)
        except IntegrityError as error:
            found.damaged[slug] = str(error)
    return found


def read_state(ctx: Context, slug: str) -> DatasetState:
    """Read where a dataset stands.

    Raises:
        IntegrityError: a release document, a fetch or a decision is broken or lost, or not what a witness says.
        StoreError: the store does not answer.
    """
    hint = hint_of(ctx, slug)
    state = _begun(ctx, slug, hint)
    released = _released_since(ctx, state)
    looked_at = {*range(hint["k"] + 1, state.newest_k + 1), *hint["open"], *released.reopened} - released.folded
    state = replace(_without_rejected(state), unwritten=released.unwritten)
    try:
        state, settled = _sort_out(state, sorted(looked_at), released, {*hint["open"], *released.reopened})
    except LostDocument:
        if ctx.public.head(keys.document(slug, state.newest_n + 1)) is None:
            check_place(ctx, slug)
            raise
        return read_state(ctx, slug)  # another publisher committed it since we looked for the newest
    if ctx.declarations.of(slug).replaces:
        state = _superseded(state, settled)
    waiting = state.waiting
    if waiting and not (waiting.is_of_declaration or set(waiting.evidence) <= set(state.pending)):
        state = replace(state, gone=Gone(waiting.identity, _overruled(state, waiting)), waiting=None)
    if state.waiting:
        told = with_approvals(ctx, state.waiting, state.decisions, state.noticed.notices, state.now(ctx))
        state = replace(state, waiting=told)
    return state


def _begun(ctx: Context, slug: str, hint: Document) -> DatasetState:
    """What is stored of a dataset, before it is said what became of each fetch."""
    evidence = ctx.evidence(slug)
    proof = prove(ctx.public, ctx.private, slug, {keys.status(slug): hint["n"]})
    newest = proof.newest
    _look_for_fetches(evidence, hint, newest)
    waiting, names_waiting = read_waiting(ctx, slug, newest)
    taken = decisions.read(ctx.private, slug, hint["i"])
    noticed = read_noticed(ctx, slug, newest, taken, hint["w"])
    return DatasetState(
        slug=slug,
        evidence=evidence,
        newest=newest,
        newest_k=evidence.newest(),
        decisions=(*taken, *noticed.unwritten),
        finished_n=hint["n"],
        waiting=waiting,
        names_waiting=names_waiting,
        proof=proof,
        noticed=noticed,
    )


def _look_for_fetches(evidence: Evidence, hint: Document, newest: Release | None) -> None:
    """Find the newest fetch, and see that those that a witness names are there."""
    if newest and newest.n > hint["n"]:
        evidence.look_again()  # a release came since: what it leaves pending may be newer than what was seen before
    evidence.saw(hint["k"], keys.status(evidence.slug))
    if newest:
        evidence.saw(max(newest.facts.evidence + newest.facts.over, default=0), f"release {newest.n}")


def _without_rejected(state: DatasetState) -> DatasetState:
    """A candidate does not wait any more from the moment that its rejection is stored."""
    decision = decisions.on(state.decisions, state.waiting.identity) if state.waiting else None
    if state.waiting is None or decision is None or decision.action != "reject":
        return state
    why = ByRejection(by=decision.by, why=decision.reason)
    return replace(state, waiting=None, gone=Gone(state.waiting.identity, why))


def _overruled(state: DatasetState, waiting: Waiting) -> Superseding:
    """Why a candidate does not wait any more of whose evidence some is settled: whoever settled it says the same."""
    k = next(k for k in waiting.evidence if k not in state.pending)
    rejection = decisions.rejection(state.decisions, k)
    if k in state.excluded and rejection:
        if rejection.of_notice:
            return ByNotice(notice=rejection.of_notice)
        return ByRejection(by=rejection.by, why=rejection.reason)
    outcome = state.outcome(k)
    if outcome and outcome.what == "superseded" and outcome.by:
        k, outcome = outcome.by, state.outcome(outcome.by)
        if outcome is None or outcome.what != "folded":
            return ByFetch(fetch=k, same_as=outcome.n or None if outcome else None)
    return ByRelease(n=outcome.n) if outcome and outcome.n else ByDeclaration()


@dataclass(frozen=True)
class _ReleasedSince:
    """What the releases say that came after everything was written last."""

    folded: frozenset[int]
    reopened: frozenset[int]
    """Fetches that are pending again: what was folded in a release, or judged "no change" then, that is withdrawn; and
    what another publisher judged so before a release folded an older fetch, for the later word stands."""
    candidates: frozenset[str]
    """The candidates that became these releases."""
    unwritten: dict[int, Outcome]


def _released_since(ctx: Context, state: DatasetState) -> _ReleasedSince:
    folded, candidates = set[int](), set[str]()
    again = reopened(ctx.public, state.noticed, state.evidence)
    unwritten: dict[int, Outcome] = {}
    newest = state.newest
    for n in range(state.finished_n + 1, newest.n + 1 if newest else 0):
        if n in state.noticed.withdrawn:
            continue  # what it folded is pending again
        release = state.proof.known(n) or publish.load(ctx.public, state.slug, n)
        own, over = set(release.facts.evidence), set(release.facts.over)
        unwritten |= {k: Outcome("folded", n=n) for k in sorted(own) if state.evidence.outcome(k) is None}
        for k in range(min(own, default=state.newest_k) + 1, state.newest_k + 1):
            outcome = None if k in own | over else state.evidence.outcome(k)
            if outcome and outcome.what == "unchanged" and (outcome.n or 0) < n:
                again.add(k)
        folded |= own
        again -= own | over
        candidates.add(release.candidate)
    return _ReleasedSince(frozenset(folded), frozenset(again), frozenset(candidates), unwritten)


def _sort_out(
    state: DatasetState, looked_at: list[int], released: _ReleasedSince, reopened: set[int]
) -> tuple[DatasetState, int]:
    """Say of each fetch whether it is pending, excluded or repeats what waits; and the newest that is settled."""
    set_aside = decisions.excluded(state.decisions)
    unwritten = dict(state.unwritten)
    places: dict[str, list[int]] = {"pending": [], "excluded": [], "repeats": [], "unfollowed": []}
    base, gone = state.base.facts if state.base else None, state.noticed.withdrawn
    waits_since = min(state.waiting.evidence, default=state.newest_k) if state.waiting else state.newest_k
    settled = max([0, *released.folded, *(base.evidence + base.over if base else ())])
    for k in looked_at:
        outcome = state.evidence.outcome(k)
        if outcome and (outcome.n or 0) > state.newest_n:
            raise LostDocument(state.slug, outcome.n or 0, keys.outcome(state.slug, k))
        if outcome is None and (outcome := state.evidence.on_sight(state.evidence.read(k), unwritten)):
            unwritten[k] = outcome
        if outcome and outcome.what == "same":
            if _says_what_waits(state, outcome):
                places["repeats"].append(k)
                continue
            if outcome.candidate in released.candidates or repeats_rejected(state, outcome):
                continue
        elif outcome and outcome.what == "unchanged":
            if k not in reopened and outcome.n not in gone:
                settled = max(settled, k)
                places["unfollowed"] += [k] if k > waits_since else []
                continue
        elif outcome and not (outcome.what == "folded" and (outcome.n in gone or k in released.reopened)):
            settled = max(settled, k if outcome.what == "folded" else 0)
            continue
        places["excluded" if k in set_aside else "pending"].append(k)
    pending, excluded, repeats, unfollowed = (tuple(ks) for ks in places.values())
    state = replace(state, unwritten=unwritten, pending=pending, excluded=excluded)
    return replace(state, repeats=repeats, unfollowed=unfollowed), settled


def _made_again(state: DatasetState, identity: str | None) -> Iterator[str]:
    """A candidate, and each that it was made again as."""
    seen = set[str]()
    while identity and identity not in seen:
        yield identity
        seen.add(identity)
        by = superseded_by(state.evidence.store, state.slug, identity)
        identity = by.candidate if isinstance(by, ByCandidate) else None


def _says_what_waits(state: DatasetState, outcome: Outcome) -> bool:
    """Whether a fetch repeats the candidate that waits, or one that was made again as that."""
    waiting = state.waiting
    return waiting is not None and any(each == waiting.identity for each in _made_again(state, outcome.candidate))


def repeats_rejected(state: DatasetState, outcome: Outcome) -> bool:
    """Return whether a fetch repeats a candidate that a steward rejected, as it was or as it was made again."""
    if not any(each.action == "reject" for each in state.decisions):
        return False
    taken = (decisions.on(state.decisions, each) for each in _made_again(state, outcome.candidate))
    return any(each is not None and each.action == "reject" for each in taken)


def _superseded(state: DatasetState, settled: int) -> DatasetState:
    """Each fetch is the whole truth: what is older than one that is settled, or that waits, is superfluous."""
    own = set(state.waiting.evidence) if state.waiting else set()
    waits = max([*own, *state.repeats], default=0)
    superseded: dict[int, Outcome] = {}
    if settled > waits:
        superseded = {k: Outcome("superseded", by=settled) for k in state.pending if k < settled}
        state = replace(state, repeats=tuple(k for k in state.repeats if k >= settled))
    older = [k for k in state.pending if k < waits and k not in own and k not in superseded]
    superseded |= {k: Outcome("superseded", by=waits) for k in older}
    # One that was judged already keeps that word: an outcome is written once.
    news = {k: outcome for k, outcome in superseded.items() if state.outcome(k) is None}
    return replace(state, unwritten={**state.unwritten, **news}).without(tuple(superseded))


def superseded_by(private: Store, slug: str, identity: str) -> Reason | None:
    """Return why a candidate is no longer to be decided, or None.

    Raises:
        IntegrityError: what is stored is no reason that this version knows.
    """
    key = keys.candidate(slug, identity, "superseded.json")
    stored = publish.read_json(private, key)
    return read_superseding(stored.get("by"), key) if isinstance(stored, dict) else None
