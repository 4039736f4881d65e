"""Candidates that wait: one for each dataset, so that a steward decides once; made again when the base moves."""

import logging
from dataclasses import replace

from catalog import keys
from catalog.reasons.measures import PersonalColumns
from catalog.reasons.sentences import sentence, sentences
from catalog.reasons.stored import to_json
from catalog.reasons.values import ByCandidate, ByDeclaration, ByLift, ByVersion, GuardTripped, Superseding
from catalog.release import leaving, publish
from catalog.release.digest import sealed
from catalog.store import put_over
from pipelines import decisions
from pipelines.candidate.build import Built, build
from pipelines.candidate.checks import ON_HOLD
from pipelines.candidate.facts import of_earlier_version
from pipelines.candidate.plan import FoldPlan, Refusal
from pipelines.context import Context
from pipelines.declared import Declared
from pipelines.records import Outcome
from pipelines.refresh.marks import Waiting
from pipelines.refresh.repair import NOBODY_WAITS, conclude, supersede, supersede_before
from pipelines.refresh.result import RefreshResult
from pipelines.refresh.state import DatasetState
from pipelines.refresh.status import write_status

_LOG = logging.getLogger(__name__)


def waiting_since(built: Built, since: str) -> Waiting:
    """Return a candidate that was built as one that waits for a steward since a time, ISO 8601."""
    return Waiting(built.assembled.candidate, built.likeness, since, built.reasons, built.alone)


def held_result(state: DatasetState, built: Built, fetched_at: str) -> RefreshResult:
    """Return what a run says of a candidate that waits."""
    candidate = built.assembled.candidate
    return RefreshResult(
        dataset=state.slug,
        fetched_at=fetched_at,
        outcome="held",
        release=state.n,
        candidate=candidate.identity,
        reasons=built.reasons,
        changes=built.counts,
        failed_checks=candidate.facts.failed,
    )


def wait(ctx: Context, state: DatasetState, waiting: Waiting | None, why: Superseding) -> DatasetState:
    """Make a candidate the one that waits (None: none does); the one before is superseded, visibly.

    Args:
        ctx: the run.
        state: the dataset.
        waiting: the candidate, staged already.
        why: what came since, for the one before.
    """
    before = state.waiting
    if before and (waiting is None or before.identity != waiting.identity):
        if before.approved:
            _LOG.warning(
                "%s: the candidate %s is superseded by %s, and not released: %s",
                *(state.slug, before.identity[: keys.SHA_SHORT], sentence(why), sentences(before.approved)),
            )
        supersede(ctx.private, state.slug, before.identity, why)
    etag = None
    if waiting or state.names_waiting:
        etag = put_over(ctx.private, keys.waiting(state.slug), _stored(waiting) if waiting else NOBODY_WAITS)
    return replace(state, waiting=waiting, names_waiting=etag if waiting else None)


def _stored(waiting: Waiting) -> bytes:
    """What waiting.json holds of a candidate that waits."""
    document = {"candidate": waiting.identity, "likeness": waiting.likeness, "since": waiting.since}
    return sealed(document | {"reasons": [to_json(each) for each in waiting.reasons], "alone": list(waiting.alone)})


def hold(ctx: Context, state: DatasetState, built: Built, since: str) -> DatasetState:
    """Stage a candidate as the one that waits since a time; the one that waited before is superseded, visibly."""
    turn = leaving.turn(ctx.private)
    identity = publish.stage(ctx.private, state.slug, built.assembled)
    state = wait(ctx, state, waiting_since(built, since), ByCandidate(candidate=identity))
    if leaving.missed(ctx.private, [keys.candidate(state.slug, identity)], turn):  # it may have lain there long ago
        publish.stage(ctx.private, state.slug, built.assembled)
    return state


def held(ctx: Context, state: DatasetState, built: Built, plan: FoldPlan) -> tuple[RefreshResult, DatasetState]:
    """Let a candidate wait: as the one there is if it says the same, else together with what waited before.

    Args:
        ctx: the run.
        state: the dataset.
        built: the candidate.
        plan: what it was built of.
    """
    waiting, fetches = state.waiting, plan.own
    fetched_at = state.evidence.read(max(fetches)).fetched_at.isoformat()
    if waiting and set(waiting.evidence) & set(state.pending):
        if waiting.likeness == built.likeness:
            state = conclude(state, fetches, Outcome("same", candidate=waiting.identity))
            state = replace(state, repeats=(*state.repeats, *fetches))
            if plan.declared.replaces:
                older = tuple(k for k in state.pending if k < max(fetches) and k not in waiting.evidence)
                state = conclude(state, older, Outcome("superseded", by=max(fetches)))
            write_status(ctx, state)
            return replace(held_result(state, built, fetched_at), candidate=waiting.identity), state
        if not plan.declared.replaces:
            own = tuple(sorted({*waiting.evidence, *fetches}))
            plan = replace(plan, own=own, over=later(state, own))
            built = build(ctx, plan) or built
    state = hold(ctx, state, built, waiting.since if waiting else state.now(ctx))
    if plan.declared.replaces:
        state = supersede_before(state, max(fetches))
    write_status(ctx, state)
    return held_result(state, built, fetched_at), state


def make_again(
    ctx: Context, state: DatasetState, declared: Declared, before: Waiting | None, why: Superseding
) -> DatasetState:
    """Make the candidate that waited again, after a release or a later fetch; or let it go, visibly.

    Args:
        ctx: the run.
        state: the dataset as it stands now.
        declared: what to fold by.
        before: the candidate that waited.
        why: what came since.
    """
    if before is None or (state.newest and before.identity == state.newest.candidate):
        return wait(ctx, replace(state, waiting=None), None, why)
    state = replace(state, waiting=before)
    own = before.evidence
    if own and set(own) <= set(state.pending):
        try:
            built = build(ctx, FoldPlan(declared, state.base, own, later(state, own), state.set_aside, **state.follows))
        except Refusal:
            built = None  # the next run finds it pending, and says why it is refused
        empty = state.base is None and built and not built.folded.changed  # later windows took all of a first release
        if built and built.verdict == "hold" and not empty:
            if built.likeness != before.likeness or not state.waiting_follows:
                return hold(ctx, state, built, before.since)
            return state
    return wait(ctx, state, None, why)


def outdated(ctx: Context, state: DatasetState, declared: Declared) -> Superseding | None:
    """Return why a candidate that waits cannot be released as it is; None if it can, or none waits.

    Args:
        ctx: the run.
        state: the dataset.
        declared: the declaration as it stands.
    """
    waiting = state.waiting
    if waiting is None:
        return None
    if waiting.is_of_declaration and not waiting.fits(declared.fingerprint, declared.suite_digest):
        return ByDeclaration()  # only a declaration wanted it that is no longer there
    if _allowed_since(waiting, declared):
        return ByDeclaration()
    if waiting.candidate.facts.failed == (ON_HOLD,) and not decisions.held(state.decisions):
        return ByLift()
    return ByVersion() if of_earlier_version(ctx, declared.slug, waiting.candidate) else None


def _allowed_since(waiting: Waiting, declared: Declared) -> bool:
    """Whether the declaration now says why a column may be public in which a waiting candidate has persons."""
    found = {
        column.column
        for reason in waiting.reasons
        if isinstance(reason, GuardTripped) and isinstance(reason.observed, PersonalColumns)
        for column in reason.observed.columns
    }
    return not found.isdisjoint(declared.dataset.minsheng.personal)


def later(state: DatasetState, own: tuple[int, ...]) -> tuple[int, ...]:
    """Return the evidence after the first of `own` that counts already: it keeps the last word."""
    return tuple(k for k in range(min(own) + 1, state.newest_k + 1) if k not in own and state.counts(k))
