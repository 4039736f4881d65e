"""One dataset from evidence to release: the plain functions that the Dagster shell and the command line call.

`record` keeps a fetch, `propose` makes a candidate, `release` commits one, `settle` does both until nothing is left.
"""

import contextlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace

from catalog import keys
from catalog.errors import StoreError
from catalog.reasons.values import (
    Blocked,
    ByFetch,
    ByNotice,
    ByRelease,
    CandidateWaits,
    NoRows,
    NotData,
    Note,
    NothingYet,
    Reason,
    SameAsRelease,
    Withdrawn,
)
from catalog.release import publish
from catalog.release.digest import Document
from catalog.release.publish import Superseded
from pipelines import decisions
from pipelines.answers import SoftwareFault, judge
from pipelines.candidate.build import build, metadata, shares_keys
from pipelines.candidate.counts import counted_in
from pipelines.candidate.facts import candidate_quality
from pipelines.candidate.plan import FoldPlan, Refusal
from pipelines.context import Context
from pipelines.declared import Declared, of_release, with_meaning_of
from pipelines.records import Fetched, Outcome, Record
from pipelines.refresh.approval import approvals_of, moment
from pipelines.refresh.passing import approved, embargoed, superseding
from pipelines.refresh.refold import refold, rejudge
from pipelines.refresh.repair import conclude, repaired, supersede_before
from pipelines.refresh.result import RefreshOutcome, RefreshResult, released
from pipelines.refresh.state import DatasetState, read_state
from pipelines.refresh.status import write_status
from pipelines.refresh.step import Step, comes_of, refuse, refuse_withdrawn
from pipelines.refresh.waiting import held, later, make_again, wait

_RACES = 50
"""How often a run begins again because another publisher was first."""


@dataclass(frozen=True)
class Proposals:
    """All that could be decided of a dataset without a commit."""

    results: tuple[RefreshResult, ...]
    passing: str | None
    """The candidate to be committed."""

    @property
    def refused(self) -> tuple[str, ...]:
        """Why evidence was refused, in both languages."""
        return tuple(one.in_both for one in self.results if one.outcome in ("refused", "failed"))

    @property
    def held(self) -> RefreshResult | None:
        """What waits for a steward since this run."""
        return next((one for one in self.results if one.outcome == "held"), None)


def record(ctx: Context, slug: str, fetched: Fetched) -> tuple[Record, RefreshResult | None]:
    """Keep a fetch, then judge from the kept bodies whether it is a whole answer.

    Args:
        ctx: the run.
        slug: the dataset.
        fetched: what was asked and answered.

    Returns:
        The record; and a result if that is a failure or no data, or the software could not read it.
    """
    evidence = ctx.evidence(slug)
    kept = evidence.record(fetched)
    what: RefreshOutcome = "refused" if fetched.answered else "failed"
    outcome = evidence.outcome(kept.k)
    reason: Reason | None = outcome.reason if outcome else None
    if outcome is None:
        verdict = _judged(ctx, slug, kept.k)
        if verdict is None:
            return kept, None
        what, reason = verdict
    state = read_state(ctx, slug)
    reasons = (reason,) if reason else ()
    write_status(ctx, state, failing=reasons)
    at, out_of_reach = kept.fetched_at.isoformat(), not fetched.answered
    return kept, RefreshResult(slug, at, what, state.n, reasons=reasons, out_of_reach=out_of_reach)


def _judged(ctx: Context, slug: str, k: int) -> tuple[RefreshOutcome, Reason | None] | None:
    """Judge a kept fetch, and write that it is refused if so.

    Returns:
        What to say of it; None when it is a whole answer.
    """
    evidence = ctx.evidence(slug)
    try:
        outcome = judge(ctx, ctx.declarations.of(slug).dataset, k)
    except SoftwareFault:
        return "failed", evidence.faults[k]
    if outcome is None:
        return None
    evidence.decide(k, outcome)
    return "refused", outcome.reason


def settle(ctx: Context, slug: str) -> Generator[RefreshResult, None, DatasetState]:
    """Fold and release what is pending until nothing is left, and yield what happened.

    Returns:
        How the dataset stands then.

    Raises:
        MinshengError: the declaration, the store or the software is at fault; what was good stays.
    """
    races, state, decided = 0, repaired(ctx, slug), False
    while True:
        step = _next(ctx, state, decided=decided)
        state, result = step.state, step.result
        if step.passing:
            try:
                yield _committed(ctx, state, step.passing)
            except Superseded:
                races += 1
                if races == _RACES:
                    raise StoreError(f"other publishers were first {_RACES} times; run again", place=slug) from None
                state = repaired(ctx, slug)
                continue
            state, decided = repaired(ctx, slug), False  # what is read after a commit is of now
        elif result is None:
            return state
        else:
            decided = True
            yield result
            if result.outcome == "held":
                return state


def _next(ctx: Context, state: DatasetState, *, decided: bool) -> Step:
    """The next step; where nothing is left of what was decided, another publisher's release may bring more."""
    step = propose(ctx, state)
    if step.result or step.passing:
        return step
    if decided and ctx.public.head(keys.document(state.slug, step.state.newest_n + 1)) is not None:
        return _next(ctx, repaired(ctx, state.slug), decided=True)
    write_status(ctx, step.state, if_wrong=True)
    return step


def decide_pending(ctx: Context, slug: str) -> Proposals:
    """Decide all pending evidence of a dataset that needs no commit, up to a candidate that may be committed."""
    results: list[RefreshResult] = []
    state = repaired(ctx, slug)
    while True:
        step = _next(ctx, state, decided=bool(results))
        state = step.state
        if step.passing or step.result is None:
            return Proposals(tuple(results), step.passing)
        results.append(step.result)
        if step.result.outcome == "held":
            return Proposals(tuple(results), None)


def commit(ctx: Context, slug: str, identity: str) -> Iterator[RefreshResult]:
    """Commit a candidate, then settle what is left; another publisher's release makes it anew on top."""
    with contextlib.suppress(Superseded):  # then settling folds again, on the release that came between
        yield _committed(ctx, repaired(ctx, slug), identity)
    yield from settle(ctx, slug)


def propose(ctx: Context, state: DatasetState) -> Step:
    """Make the next candidate of a dataset and stage it; or say what was decided without one.

    Args:
        ctx: the run.
        state: the dataset, repaired.
    """
    if not state.finished:
        state = finish(ctx, state)
    declared, stored = effective(ctx, state)
    waiting = state.waiting
    if waiting and (by := superseding(ctx, state, declared)):
        state = wait(ctx, state, None, by)
        write_status(ctx, state)
    fits = state.waiting and state.waiting.fits(declared.fingerprint, declared.suite_digest)
    if state.repeats and not fits:  # read anew, they may say something else
        state = replace(state, pending=tuple(sorted(state.pending + state.repeats)), repeats=())
    if state.waiting and approved(ctx, state, declared):
        return Step(state, passing=state.waiting.identity)
    if embargoed(ctx, state, declared):
        return Step(state)
    if fits and state.unfollowed and not declared.replaces:
        state = _follow_unchanged(ctx, state, declared, state.unfollowed)
    step = refuse_withdrawn(ctx, state) or _judge_pending(ctx, state) or _of_declaration(ctx, state, declared, stored)
    if step:
        return step
    if stored and state.waiting and state.waiting.is_of_declaration:
        # What waits is how rows are judged; meanwhile the nights go on.
        declared = replace(declared, suite=stored.suite)
    own = _choose(state, declared)
    return _attempt(ctx, state, declared, own) if own else Step(state)


def release(ctx: Context, state: DatasetState, identity: str) -> tuple[RefreshResult, DatasetState]:
    """Commit a candidate, then write what follows from it: outcomes, pointer, sums, status.

    Args:
        ctx: the run.
        state: the dataset.
        identity: the candidate's id.

    Raises:
        Superseded: another release came between.
        DecisionError: it may not pass.
    """
    result = _committed(ctx, state, identity)
    return result, finish(ctx, repaired(ctx, state.slug))


def _committed(ctx: Context, state: DatasetState, identity: str) -> RefreshResult:
    """Commit a candidate; what follows from it is not written yet."""
    found, now = approvals_of(ctx, state.slug, state.decisions, identity), state.now(ctx)
    approval: Document = found.document if found.lets_pass(moment(ctx, now)) else {"by": "auto"}
    done = publish.commit(ctx.public, ctx.private, state.slug, identity, now, approval)
    heard = (ctx.evidence(done.name).read(k) for k in done.facts.evidence)
    return released(done, heard, counted_in(candidate_quality(ctx, done.name, identity)))


def caught_up(ctx: Context, slug: str) -> DatasetState:
    """Read a dataset's state, and carry out what a crash left undone of a commit, and of an approval."""
    state = repaired(ctx, slug)
    while True:
        if not state.finished:
            state = finish(ctx, state)
        if state.waiting is None or not approved(ctx, state, effective(ctx, state)[0]):
            return state
        try:
            return release(ctx, state, state.waiting.identity)[1]
        except Superseded:  # another release came: what was approved waits no more
            state = repaired(ctx, slug)


def finish(ctx: Context, state: DatasetState) -> DatasetState:
    """Write what follows from a commit; after a crash, any later run does it.

    Args:
        ctx: the run.
        state: the dataset, repaired.
    """
    if newest := state.newest:
        noticed = state.noticed
        if noticed.moves_rows or state.finished_n != newest.n:
            declared, _ = effective(ctx, state)
            gone = ByNotice(notice=noticed.newest_withdrawal)
            state = make_again(
                ctx, state, declared, state.waiting, gone if noticed.moves_rows else ByRelease(n=newest.n)
            )
        noticed = replace(noticed, carried_out=len(noticed.notices))
        state = replace(state, finished_n=newest.n, noticed=noticed)
    write_status(ctx, state)
    return state


def effective(ctx: Context, state: DatasetState) -> tuple[Declared, Declared | None]:
    """Return the declaration as it stands, and as the base stored it.

    Once a steward has rejected what a declaration would do, rows keep the base's meaning, or the base's suite, until
    it changes; the words for people are today's all the same.
    """
    declared = ctx.declarations.with_tables(ctx.public, state.slug)
    if state.base is None:
        return declared, None
    stored = of_release(ctx.public, ctx.private, state.base)
    if declared.fingerprint in decisions.rejected(state.decisions, "fingerprint"):
        declared = with_meaning_of(stored, declared)
    if declared.suite_digest in decisions.rejected(state.decisions, "suite"):
        declared = replace(declared, suite=stored.suite)
    return declared, stored


def _judge_pending(ctx: Context, state: DatasetState) -> Step | None:
    """Judge what an earlier run kept and did not judge: it was killed, or the software failed there."""
    evidence = state.evidence
    known = {*(state.waiting.evidence if state.waiting else ()), *evidence.judged, *evidence.faults}
    # Where each fetch is the whole truth, the newest that can be read makes the older ones superfluous, unread.
    replaces = ctx.declarations.of(state.slug).replaces
    for k in reversed(state.pending) if replaces else state.pending:
        judged = k in known or evidence.outcome(k) is not None
        verdict = None if judged else _judged(ctx, state.slug, k)
        if verdict is None and replaces and k not in evidence.faults:
            return None
        if verdict is None:
            continue
        what, reason = verdict
        state = state.without((k,)) if what == "refused" else state
        reasons = (reason,) if reason else ()
        write_status(ctx, state, failing=reasons)
        at = evidence.read(k).fetched_at.isoformat()
        return Step(state, RefreshResult(state.slug, at, what, state.n, reasons=reasons))
    return None


def _of_declaration(ctx: Context, state: DatasetState, declared: Declared, stored: Declared | None) -> Step | None:
    """What a change of the declaration asks for, before any evidence is looked at; None when it asks for nothing."""
    base = state.base
    if base is None or stored is None:
        return None
    if declared.fingerprint != base.facts.fingerprint:
        return refold(ctx, state, declared, base)
    if declared.suite_digest != base.facts.suite:
        return rejudge(ctx, state, declared, base)
    if declared.fact != stored.fact and not decisions.held(state.decisions):
        return Step(
            state, passing=publish.stage(ctx.private, state.slug, metadata(ctx, declared, base, previous=state.newest))
        )
    return None


def _choose(state: DatasetState, declared: Declared) -> tuple[int, ...]:
    """The evidence to fold now: the newest with `replace`, else all that does not wait in a candidate."""
    waiting = state.waiting
    fits = waiting and waiting.fits(declared.fingerprint, declared.suite_digest)
    waits = set(waiting.evidence) if waiting and fits else set()
    if declared.replaces:
        newest = state.readable[-1:]
        return () if set(newest) <= waits else newest
    return tuple(k for k in state.readable if k not in waits)


def _attempt(ctx: Context, state: DatasetState, declared: Declared, own: tuple[int, ...]) -> Step:
    """Fold evidence on the base, and say or stage what comes of it."""
    over = () if declared.replaces else later(state, own)
    plan = FoldPlan(declared, state.base, own, over, state.set_aside, **state.follows)
    try:
        built = build(ctx, plan)
    except Refusal as error:
        return refuse(ctx, state, (error.k,), NotData(detail=error.message))
    if built and (notice := state.noticed.takes(built.assembled.candidate)):
        return refuse(ctx, state, own, Withdrawn(notice=notice))
    result = comes_of(plan, built)
    if built is None or result == "unchanged":
        return _unchanged(ctx, state, declared, own)
    if result == "without-rows":
        return refuse(ctx, state, own, NoRows())
    if result == "blocked":
        return refuse(ctx, state, built.blocked or own, Blocked(reasons=built.reasons))
    if result == "held":
        waits, state = held(ctx, state, built, plan)
        return Step(state, waits)
    return Step(state, passing=publish.stage(ctx.private, state.slug, built.assembled))


def _unchanged(ctx: Context, state: DatasetState, declared: Declared, own: tuple[int, ...]) -> Step:
    at = state.evidence.read(max(own)).fetched_at.isoformat()
    n, waiting = state.n, state.waiting
    state = conclude(state, own, Outcome("unchanged", n=n or 0))
    state = _follow_unchanged(ctx, state, declared, own)
    same: Note = SameAsRelease(n=n) if n else NothingYet()
    waits = (CandidateWaits(candidate=waiting.identity, since=waiting.since),) if state.waiting and waiting else ()
    return Step(state, RefreshResult(state.slug, at, "unchanged", n, reasons=(same, *waits)))


def _follow_unchanged(ctx: Context, state: DatasetState, declared: Declared, own: tuple[int, ...]) -> DatasetState:
    """Write what follows for the candidate that waits from fetches that changed nothing; a crash may come before."""
    waiting = state.waiting
    if declared.replaces:
        state = supersede_before(state, max(own))
        if waiting and waiting.evidence and not set(waiting.evidence) & set(state.pending):
            state = wait(ctx, state, None, ByFetch(fetch=max(own), same_as=state.n))
    elif waiting and waiting.evidence and shares_keys(ctx, declared, waiting.evidence, own):
        state = make_again(ctx, state, declared, waiting, ByFetch(fetch=max(own)))
    state = replace(state, unfollowed=())
    write_status(ctx, state)
    return state
