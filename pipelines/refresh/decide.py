"""A steward's decisions on candidates: append-only, each bound to the bytes it was taken on."""

from collections.abc import Iterator

from catalog.errors import DecisionError
from catalog.release import publish
from catalog.release.document import Document
from pipelines import decisions
from pipelines.context import Context
from pipelines.refresh import state as lines
from pipelines.refresh.outcome import Item, released
from pipelines.refresh.settle import effective_basis, release, settle
from pipelines.refresh.state import Line, Waiting
from pipelines.refresh.status import write_status

_SHORTEST, _FULL = 8, 64
"""Digits of a candidate's id that a steward must give at least, and all of them."""


def waiting(ctx: Context, slugs: list[str]) -> list[tuple[str, Waiting]]:
    """Return the candidates that wait, by dataset."""
    found = [(slug, lines.load(ctx, slug).waiting) for slug in slugs]
    return [(slug, one) for slug, one in found if one is not None]


def approve(ctx: Context, slug: str, identity: str, by: str, reason: str) -> Item:
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
    line = lines.load(ctx, slug)
    done = line.newest
    if done and done.candidate.startswith(identity) and len(identity) >= _SHORTEST:
        return released(done)
    found = _waits(ctx, line, identity)
    _follows(ctx, line, found)
    decision = {"action": "approve", "candidate": found.identity, "evidence": []}
    decisions.append(ctx.private, slug, _record(ctx, line, decision, by, reason))
    return release(ctx, slug, found.identity)


def reject(
    ctx: Context, slug: str, identity: str, by: str, reason: str, evidence: tuple[int, ...] = ()
) -> Iterator[Item]:
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
    line = lines.load(ctx, slug)
    found = _waits(ctx, line, identity)
    facts = found.document["minsheng"]
    again = found.is_of_declaration
    excluded = evidence or (() if again else found.alone)
    stray = sorted(set(excluded) - set(found.evidence))
    if stray:
        raise DecisionError(
            f"{slug}: fetch {stray[0]} is not in candidate {found.identity[:16]}; it has {list(found.evidence)}"
        )
    if not excluded and not again:
        raise DecisionError(
            f"{slug}: no fetch alone trips a guard, so it is not clear what to exclude; name fetches with --evidence, "
            f"of {list(found.evidence)}"
        )
    decision: Document = {"action": "reject", "candidate": found.identity, "evidence": list(excluded)}
    if again and not evidence:
        of_rows = facts["kind"] != "metadata"
        decision |= {"fingerprint": facts["fingerprint"]} if of_rows else {"suite": facts["quality"]["suite"]}
    decisions.append(ctx.private, slug, _record(ctx, line, decision, by, reason))
    lines.wait(ctx, line, None, f"rejected by {by}: {reason}")
    line = lines.load(ctx, slug)
    write_status(ctx, line)
    yield from settle(ctx, slug)


def _waits(ctx: Context, line: Line, identity: str) -> Waiting:
    found = line.waiting
    if found and len(identity) >= _SHORTEST and found.identity.startswith(identity):
        return found
    known = f"{found.identity[:16]} waits" if found else "none waits"
    if len(identity) == _FULL:
        publish.staged(ctx.private, line.slug, identity)
        why = lines.superseded_by(ctx.private, line.slug, identity) or f"release {line.newest.n if line.newest else 0}"
        raise DecisionError(f"{line.slug}: the candidate {identity[:16]} is superseded by {why}; {known}")
    raise DecisionError(
        f"{line.slug}: no candidate {identity!r} waits ({known}); `minsheng candidates` lists what waits"
    )


def _follows(ctx: Context, line: Line, found: Waiting) -> None:
    if found.verdict == "block":
        raise DecisionError(f"{line.slug}: the candidate {found.identity[:16]} is blocked: {'; '.join(found.reasons)}")
    basis, _ = effective_basis(ctx, line)
    if found.is_of_declaration and not found.fits(basis.fingerprint, basis.suite_digest):
        raise DecisionError(
            f"{line.slug}: the candidate {found.identity[:16]} is of a declaration that has changed since; run it again"
        )
    if not line.follows:
        n = line.newest.n if line.newest else 0
        raise DecisionError(
            f"{line.slug}: the candidate {found.identity[:16]} is superseded by release {n}; run it again"
        )


def _signed(by: str, reason: str) -> None:
    if not by.strip() or not reason.strip():
        raise DecisionError("a decision needs a name and a reason: who decides, and why")


def _record(ctx: Context, line: Line, decision: Document, by: str, reason: str) -> Document:
    return decision | {"by": by.strip(), "reason": reason.strip(), "at": line.now(ctx)}
