"""A steward's decisions on candidates: append-only, each bound to the bytes it was taken on."""

from collections.abc import Iterator

from catalog.errors import DecisionError
from catalog.reasons.sentences import sentence, sentences
from catalog.reasons.values import ByRejection, ByRelease
from catalog.release import publish
from catalog.release.digest import Document
from pipelines import decisions
from pipelines.candidate.facts import of_earlier_version
from pipelines.context import Context
from pipelines.refresh.repair import repaired
from pipelines.refresh.result import RefreshResult, released
from pipelines.refresh.settle import effective, release, settle
from pipelines.refresh.state import DatasetState, Waiting, read_states, superseded_by
from pipelines.refresh.status import write_status
from pipelines.refresh.waiting import wait

_SHORTEST, _FULL = 8, 64
"""Digits of a candidate's id that a steward must give at least, and all of them."""


def waiting(ctx: Context, slugs: list[str]) -> list[tuple[str, Waiting]]:
    """Return the candidates that wait, by dataset; a damaged dataset has none that could be decided on."""
    states = read_states(ctx, slugs).states
    return [(slug, state.waiting) for slug, state in states.items() if state.waiting is not None]


def approve(ctx: Context, slug: str, identity: str, by: str, reason: str) -> RefreshResult:
    """Approve a candidate and release it.

    Args:
        ctx: the run.
        slug: the dataset.
        identity: the candidate's id, or enough of its beginning to tell it.
        by: the steward's name.
        reason: why.

    Returns:
        The release; approving once more what is a release already says so and changes nothing.

    Raises:
        DecisionError: there is no such candidate, or another release or candidate came since: nothing is recorded.
    """
    _signed(by, reason)
    state = repaired(ctx, slug)
    done = state.newest
    if done and done.candidate.startswith(identity) and len(identity) >= _SHORTEST:
        return released(done)
    chosen = _chosen(ctx, state, identity)
    _may_pass(ctx, state, chosen)
    decision = {"action": "approve", "candidate": chosen.identity, "evidence": []}
    decisions.append(ctx.private, slug, _signed_record(ctx, state, decision, by, reason))
    return release(ctx, repaired(ctx, slug), chosen.identity)[0]


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
        What became of the rest.

    Raises:
        DecisionError: there is no such candidate, or it is not clear which fetches to exclude.
    """
    _signed(by, reason)
    state = repaired(ctx, slug)
    chosen = _chosen(ctx, state, identity)
    decision: Document = {"action": "reject", "candidate": chosen.identity}
    decision |= {"evidence": list(_to_exclude(slug, chosen, evidence))}
    if chosen.is_of_declaration and not evidence:
        facts = chosen.candidate.facts
        of_rows = facts.kind != "metadata"
        decision |= {"fingerprint": facts.fingerprint} if of_rows else {"suite": facts.suite}
    decisions.append(ctx.private, slug, _signed_record(ctx, state, decision, by, reason))
    wait(ctx, state, None, ByRejection(by=by, why=reason))
    write_status(ctx, repaired(ctx, slug))
    yield from settle(ctx, slug)


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
    if waiting and len(identity) >= _SHORTEST and waiting.identity.startswith(identity):
        return waiting
    known = f"{waiting.identity[:16]} waits" if waiting else "none waits"
    if len(identity) == _FULL:
        publish.staged(ctx.private, state.slug, identity)
        by = superseded_by(ctx.private, state.slug, identity) or ByRelease(n=state.n or 0)
        raise DecisionError(f"{state.slug}: the candidate {identity[:16]} is superseded by {sentence(by)}; {known}")
    raise DecisionError(
        f"{state.slug}: no candidate {identity!r} waits ({known}); `minsheng candidates` lists what waits"
    )


def _may_pass(ctx: Context, state: DatasetState, chosen: Waiting) -> None:
    short = chosen.identity[:16]
    if chosen.candidate.facts.verdict == "block":
        raise DecisionError(f"{state.slug}: the candidate {short} is blocked: {sentences(chosen.reasons)}")
    declared, _ = effective(ctx, state)
    if chosen.is_of_declaration and not chosen.fits(declared.fingerprint, declared.suite_digest):
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
            f"{state.slug}: the candidate {short} is superseded by release {state.n or 0}; run it again"
        )


def _signed(by: str, reason: str) -> None:
    if not by.strip() or not reason.strip():
        raise DecisionError("a decision needs a name and a reason: who decides, and why")


def _signed_record(ctx: Context, state: DatasetState, decision: Document, by: str, reason: str) -> Document:
    return decision | {"by": by.strip(), "reason": reason.strip(), "at": state.now(ctx)}
