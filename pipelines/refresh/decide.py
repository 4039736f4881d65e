"""A steward's decisions on candidates: append-only, each bound to the bytes it was taken on.

A decision is made when it is stored. What follows is derived from it: by the same command, by the same command again
after a crash, by the next run, or by the next decision.
"""

import datetime as dt
import re
from collections.abc import Iterator, Sequence

from catalog import keys
from catalog.errors import DecisionError
from catalog.reasons.sentences import sentence, sentences
from catalog.reasons.values import ByRelease
from catalog.release import publish
from catalog.release.document import Release
from pipelines import decisions
from pipelines.candidate.counts import counted_in
from pipelines.candidate.facts import candidate_quality, of_earlier_version
from pipelines.context import Context
from pipelines.decisions import Decision
from pipelines.identity import are_two
from pipelines.refresh.approval import Approvals, approvals_of, check_ahead, moment, read_embargo
from pipelines.refresh.marks import Waiting
from pipelines.refresh.result import RefreshResult, released
from pipelines.refresh.settle import caught_up, effective, settle
from pipelines.refresh.state import DatasetState, read_states, superseded_by

_SHORTEST, _FULL = 8, 64
"""Digits of a candidate's id that a steward must give at least, and all of them."""


def waiting(ctx: Context, slugs: list[str]) -> list[tuple[str, Waiting]]:
    """Return the candidates that wait, by dataset; a damaged dataset has none that could be decided on."""
    states = read_states(ctx, slugs).states
    return [(slug, state.waiting) for slug, state in states.items() if state.waiting is not None]


def approve(ctx: Context, slug: str, identity: str, by: str, reason: str, embargo: str | None = None) -> RefreshResult:
    """Approve a candidate and release it; at once, or by the first run after a time.

    Args:
        ctx: the run.
        slug: the dataset.
        identity: the candidate's id, or enough of its beginning to tell it.
        by: the steward's name.
        reason: why.
        embargo: before when nothing of it is public, as 2026-12-01T09:00+08:00.

    Returns:
        The release; or that it waits for that time, or for another person to approve it too. Approving once more what
        is approved, or a release already, says so and records nothing.

    Raises:
        DecisionError: there is no such candidate, another release or candidate came since, or a steward rejected it:
            nothing is recorded, and what was decided before is carried out.
    """
    signed(by, reason)
    by, reason, until = by.strip(), reason.strip(), read_embargo(embargo)
    state = caught_up(ctx, slug)
    at, now = state.now(ctx), moment(ctx, state.now(ctx))
    decision = Decision(action="approve", by=by, reason=reason, at=at, identity=ctx.identity, embargo=until)
    standing = _standing(state, identity)
    if standing is None and state.newest and _names(identity, state.newest.candidate):
        return released(state.newest)
    found = approvals_of(ctx, slug, state.decisions, standing.candidate if standing else None)
    if standing is None or found.is_open(now):
        _may_be_second(slug, found, decision)
        if standing is None or found.may_follow(decision, now):
            if decision.embargo != found.embargo:
                check_ahead(decision.embargo, now)
            standing = _appended(ctx, slug, _to_approve(ctx, state, identity, decision), now)
    results = list(_carried_out(ctx, slug, standing))
    if standing.action != "approve":
        raise _decided(slug, standing)
    return results[0]


def _to_approve(ctx: Context, state: DatasetState, identity: str, decision: Decision) -> Decision:
    """The decision, with the candidate that it releases."""
    chosen = _chosen(ctx, state, identity)
    _may_pass(ctx, state, chosen, embargo=decision.embargo)
    publish.read_files(ctx.public, ctx.private, chosen.candidate, state.newest)  # else nobody could carry it out
    return decision.model_copy(update={"candidate": chosen.identity})


def _appended(ctx: Context, slug: str, decision: Decision, now: dt.datetime) -> Decision:
    """Store a decision, if it may follow what is decided on its candidate; return the one that stands."""

    def may_follow(taken: Sequence[Decision]) -> bool:
        return approvals_of(ctx, slug, taken, decision.candidate).may_follow(decision, now)

    return decisions.append(ctx.private, slug, decision, may_follow)


def _may_be_second(slug: str, found: Approvals, decision: Decision) -> None:
    """See that an approval counts, where two people must approve.

    Raises:
        DecisionError: nobody vouches for who approves; or it is the one who approved before, as far as one can tell; or
            the two want it public at different times.
    """
    if found.needed == 1:
        return
    if decision.identity is None:
        raise DecisionError(f"{slug} asks for two people, and nobody vouches for who approves; nothing is recorded")
    for each in found.taken:
        if not are_two(each.identity, decision.identity):
            raise DecisionError(
                f"{slug}: {each.by} approved it as {each.identity}, and this dataset asks for two people: the second "
                f"must be somebody else, vouched for in the same way, not {decision.identity}; nothing is recorded"
            )
        if each.embargo != decision.embargo:
            raise DecisionError(
                f"{slug}: {each.by} approved it with the embargo {each.embargo or 'none'}, and you with "
                f"{decision.embargo or 'none'}: say the same, or reject it; nothing is recorded"
            )


def reject(
    ctx: Context, slug: str, identity: str, by: str, reason: str, evidence: tuple[int, ...] = ()
) -> Iterator[RefreshResult]:
    """Reject a candidate: exclude the fetches named, or those which alone would be held, and fold the rest again.

    Args:
        ctx: the run.
        slug: the dataset.
        identity: the candidate's id, or its beginning.
        by: the steward's name.
        reason: why.
        evidence: the fetches to exclude.

    Yields:
        What became of the rest. The same rejection once more records nothing, and finishes what a crash left.

    Raises:
        DecisionError: there is no such candidate, it is not clear which fetches to exclude, or it was decided
            otherwise before: nothing is recorded, and what was decided before is carried out.
    """
    signed(by, reason)
    by, reason, named = by.strip(), reason.strip(), tuple(sorted(set(evidence)))
    state = caught_up(ctx, slug)
    now, standing = moment(ctx, state.now(ctx)), _standing(state, identity)
    found = approvals_of(ctx, slug, state.decisions, standing.candidate if standing else None)
    if standing is None or found.is_open(now):
        chosen = _chosen(ctx, state, identity)
        excluded = _to_exclude(slug, chosen, named)
        decision = Decision(action="reject", evidence=excluded, by=by, reason=reason, at=state.now(ctx))
        decision = decision.model_copy(update={"candidate": chosen.identity, "identity": ctx.identity})
        standing = _appended(ctx, slug, _of_declaration(decision, chosen, named), now)
    yield from _carried_out(ctx, slug, standing)
    same = (standing.action, standing.by, standing.reason) == ("reject", by, reason)
    if not same or (named and named != standing.evidence):
        raise _decided(slug, standing)


def _standing(state: DatasetState, identity: str) -> Decision | None:
    """The decision that was taken on a candidate before."""
    if state.waiting and _names(identity, state.waiting.identity):
        return decisions.on(state.decisions, state.waiting.identity)
    named = next((each for each in reversed(state.decisions) if _names(identity, each.candidate or "")), None)
    return decisions.on(state.decisions, named.candidate) if named else None


def _names(identity: str, candidate: str) -> bool:
    """Whether a steward names a candidate by its id, or by enough of its beginning."""
    return len(identity) >= _SHORTEST and candidate.startswith(identity)


def _carried_out(ctx: Context, slug: str, decision: Decision) -> Iterator[RefreshResult]:
    """Do what follows from a decision that is stored, as far as it is not done.

    Raises:
        DecisionError: what was approved was superseded before it could be released.
    """
    if decision.action == "reject":
        yield from settle(ctx, slug)
        return
    state, identity = caught_up(ctx, slug), decision.candidate or ""
    release = _release_of(ctx, slug, identity)
    if release is None:
        waiting = state.waiting
        if waiting and waiting.identity == identity:
            _may_pass(ctx, state, waiting, embargo=decision.embargo)
            if waiting.approved:
                yield RefreshResult(slug, None, "held", state.n, candidate=identity, reasons=waiting.told)
                return
        raise _superseded(ctx, state, identity, f"was approved by {decision.by}, but is")
    yield released(release, records=counted_in(candidate_quality(ctx, slug, identity)))


def _release_of(ctx: Context, slug: str, identity: str) -> Release | None:
    """The release that a candidate became, whoever made it: it could only follow the one that it names."""
    previous = publish.staged(ctx.private, slug, identity).facts.previous
    n = previous.n + 1 if previous else 1
    if ctx.public.head(keys.document(slug, n)) is None:
        return None
    release = publish.load(ctx.public, slug, n)
    return release if release.candidate == identity else None


def _of_declaration(decision: Decision, chosen: Waiting, named: tuple[int, ...]) -> Decision:
    """A rejection without fetches of what a changed declaration made rejects that change."""
    if not chosen.is_of_declaration or named:
        return decision
    facts = chosen.candidate.facts
    of_rows = facts.kind != "metadata"
    return decision.model_copy(update={"fingerprint": facts.fingerprint} if of_rows else {"suite": facts.suite})


def _to_exclude(slug: str, chosen: Waiting, named: tuple[int, ...]) -> tuple[int, ...]:
    """The fetches that a rejection excludes: those that are named, or those which alone would be held."""
    excluded = named or (() if chosen.is_of_declaration else chosen.alone)
    stray = sorted(set(excluded) - set(chosen.evidence))
    if stray:
        raise DecisionError(
            f"{slug}: fetch {stray[0]} is not in candidate {chosen.identity[:16]}; it has {list(chosen.evidence)}"
        )
    if not excluded and not chosen.is_of_declaration:
        raise DecisionError(
            f"{slug}: no fetch alone trips a guard, so it is not clear what to exclude; name fetches with --evidence, "
            f"of {list(chosen.evidence)}"
        )
    return excluded


def _chosen(ctx: Context, state: DatasetState, identity: str) -> Waiting:
    """The candidate that waits, if that is the one that is named."""
    waiting = state.waiting
    if waiting and _names(identity, waiting.identity):
        return waiting
    if state.newest and _names(identity, state.newest.candidate):
        raise DecisionError(f"{state.slug}: the candidate {identity[:16]} is release {state.n} already")
    if whole := identity if len(identity) == _FULL else _whole(ctx, state.slug, identity):
        publish.staged(ctx.private, state.slug, whole)
        if release := _release_of(ctx, state.slug, whole):
            raise DecisionError(
                f"{state.slug}: the candidate {whole[:16]} is release {release.n} already, let pass by "
                f"{' and '.join(each.by for each in release.approval.people)}; {_known(state)}"
            )
        raise _superseded(ctx, state, whole, "is")
    raise DecisionError(
        f"{state.slug}: no candidate {identity!r} waits ({_known(state)}); `minsheng candidates` lists what waits"
    )


def _whole(ctx: Context, slug: str, identity: str) -> str | None:
    """The id of a candidate that was staged once, from its beginning: an old link has 16 digits."""
    if not re.fullmatch(f"[0-9a-f]{{{_SHORTEST},{_FULL}}}", identity):
        return None
    begin = keys.candidates(slug)
    found = {key.removeprefix(begin).partition("/")[0] for key in ctx.private.list(f"{begin}{identity}")}
    return found.pop() if len(found) == 1 else None


def _superseded(ctx: Context, state: DatasetState, identity: str, verb: str) -> DecisionError:
    """What to tell of a candidate that nobody can decide on any more."""
    by = superseded_by(ctx.private, state.slug, identity) or ByRelease(n=state.newest_n)
    return DecisionError(
        f"{state.slug}: the candidate {identity[:16]} {verb} superseded by {sentence(by)}; {_known(state)}"
    )


def _known(state: DatasetState) -> str:
    return f"{state.waiting.identity[:16]} waits" if state.waiting else "none waits"


def _decided(slug: str, decision: Decision) -> DecisionError:
    """A candidate is decided once: what to tell the steward who comes second."""
    short, verb = (decision.candidate or "")[:16], "approved" if decision.action == "approve" else "rejected"
    aside = f", which sets fetches {list(decision.evidence)} aside" if decision.evidence else ""
    return DecisionError(
        f"{slug}: the candidate {short} was {verb} by {decision.by} ({decision.reason}){aside}; "
        f"that is decision {decision.i} and it stands, so this one is not recorded"
    )


def _may_pass(ctx: Context, state: DatasetState, chosen: Waiting, embargo: str | None = None) -> None:
    short = chosen.identity[:16]
    if chosen.candidate.facts.verdict == "block":
        raise DecisionError(f"{state.slug}: the candidate {short} is blocked: {sentences(chosen.reasons)}")
    declared, _ = effective(ctx, state)
    if (chosen.is_of_declaration or embargo) and not chosen.fits(declared.fingerprint, declared.suite_digest):
        raise DecisionError(
            f"{state.slug}: the candidate {short} is of a declaration that has changed since; run it again"
        )
    if of_earlier_version(ctx, state.slug, chosen.candidate):
        raise DecisionError(
            f"{state.slug}: the candidate {short} is of an earlier version of the software and would publish names of "
            "columns that nobody declared; run it again"
        )
    if not state.waiting_follows:
        raise DecisionError(
            f"{state.slug}: the candidate {short} is superseded by release {state.newest_n}; run it again"
        )


def signed(by: str, reason: str) -> None:
    """Check that a decision bears a name and a reason.

    Raises:
        DecisionError: one is blank.
    """
    if not by.strip() or not reason.strip():
        raise DecisionError("a decision needs a name and a reason: who decides, and why")
