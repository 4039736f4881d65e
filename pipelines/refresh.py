"""One dataset from evidence to release: the plain functions that the Dagster shell and the command line call.

`keep` records a fetch, `propose` makes a candidate, `release` commits one, `settle` does both until nothing is left.
"""

from collections.abc import Iterator

from catalog import publish
from catalog.errors import StoreError
from catalog.publish import Superseded
from catalog.release import Document, numbers
from pipelines import basis as bases
from pipelines import line as lines
from pipelines.basis import Basis
from pipelines.build import Refusal, Task, build, metadata
from pipelines.context import Context
from pipelines.evidence import Fetched, Outcome, Record
from pipelines.holding import held, later, make_again
from pipelines.items import Item, Proposal, Said, released
from pipelines.line import Line, Waiting
from pipelines.refold import refold, rejudge
from pipelines.status import write_status

_RACES = 50
"""How often a run begins again because another publisher was first."""


def keep(ctx: Context, slug: str, fetched: Fetched) -> tuple[Record, Item | None]:
    """Record what an agency said; with an item if that is a failure or no data.

    Args:
        ctx: the run; its clock, if simulated, moves to the fetch.
        slug: the dataset.
        fetched: what was asked and heard.
    """
    evidence = ctx.evidence(slug)
    record = evidence.record(fetched, lines.decided(ctx, slug))
    outcome = evidence.outcome(record.k)
    if outcome is None:
        return record, None
    line = lines.load(ctx, slug)
    write_status(ctx, line, failing=outcome.reason)
    said: Said = "refused" if fetched.answered else "failed"
    n = line.base.n if line.base else None
    return record, Item(slug, record.fetched_at.isoformat(), said, n, reason=outcome.reason)


def settle(ctx: Context, slug: str) -> Iterator[Item]:
    """Fold and release what is pending until nothing is left, and yield what happened.

    Raises:
        MinshengError: the declaration, the store or the software is at fault; what was good stays.
    """
    line = lines.load(ctx, slug)
    if not line.finished:
        _finish(ctx, slug, line.waiting)
    races = 0
    while True:
        try:
            proposal = propose(ctx, slug)
            item = release(ctx, slug, proposal.passing) if proposal.passing else proposal.item
        except Superseded:
            races += 1
            if races == _RACES:
                raise StoreError(f"{slug}: other publishers were first {_RACES} times; run again") from None
            continue
        if item is None:
            newest = publish.newest(ctx.public, slug)
            if newest:
                publish.point(ctx.public, slug, newest)  # whoever lost them, readers find them again
            return
        yield item
        if item.outcome == "held":
            return


def propose(ctx: Context, slug: str) -> Proposal:
    """Make the next candidate of a dataset and stage it; or say what was decided without one.

    Returns:
        With `passing`, a candidate to be committed; with an item, what was decided; with neither, nothing was to do.
    """
    line = lines.load(ctx, slug)
    approved = _approved(line)
    if approved:
        return Proposal(passing=approved)
    basis = effective_basis(ctx, line)
    _drop_abandoned(ctx, line, basis)
    base = line.base
    if base and basis.fingerprint != base.facts["fingerprint"]:
        return refold(ctx, line, basis, base)
    if base and basis.suite_digest != base.facts["quality"]["suite"]:
        return rejudge(ctx, line, basis, base)
    own = _choose(line, basis)
    if own:
        return _attempt(ctx, line, basis, own)
    if base and basis.fact != bases.of_release(ctx, base).fact:
        return Proposal(passing=publish.stage(ctx.private, slug, metadata(ctx, basis, base)))
    return Proposal()


def release(ctx: Context, slug: str, identity: str) -> Item:
    """Commit a candidate, then write what follows from it: outcomes, pointer, sums, status.

    Raises:
        DecisionError: it may not pass, or another release came between.
    """
    before = lines.load(ctx, slug)
    approval = _approval(before, identity)
    done = publish.commit(ctx.public, ctx.private, slug, identity, before.now(ctx), approval)
    _finish(ctx, slug, before.waiting)
    return released(done)


def _finish(ctx: Context, slug: str, waiting: Waiting | None) -> None:
    """Write what follows from a commit; after a crash, any later run does it."""
    line = lines.load(ctx, slug)  # writes the outcomes of the evidence that was folded
    if line.newest is None:
        return
    basis = effective_basis(ctx, line)
    folded = numbers(line.newest.facts["evidence"])
    if folded and basis.dataset.minsheng.load == "replace":
        line.supersede_before(max(folded))
    publish.point(ctx.public, slug, line.newest)
    make_again(ctx, line, basis, waiting, f"release {line.newest.n}")
    write_status(ctx, line)


def effective_basis(ctx: Context, line: Line) -> Basis:
    """Return the declaration as it stands; with the base's meaning, once a steward rejected what the new one does."""
    basis = bases.current(ctx, line.slug)
    if line.base and basis.fingerprint in lines.rejected_fingerprints(line.decisions):
        return bases.with_meaning_of(bases.of_release(ctx, line.base), basis)
    return basis


def _drop_abandoned(ctx: Context, line: Line, basis: Basis) -> None:
    """Let a candidate go that only a declaration wanted which is no longer there."""
    if line.waiting and line.waiting.is_of_declaration and not line.waiting.fits(basis.fingerprint, basis.suite_digest):
        lines.wait(ctx, line, None, "a change of the declaration")
        write_status(ctx, line)


def _approval(line: Line, identity: str) -> Document:
    for one in line.decisions:
        if one["action"] == "approve" and one["candidate"] == identity:
            return {name: one[name] for name in ("by", "reason", "candidate", "i")}
    return {"by": "auto"}


def _approved(line: Line) -> str | None:
    """A candidate that a steward approved, that still follows the newest release, and that a crash left uncommitted."""
    if line.waiting is None:
        return None
    follows = line.waiting.document["minsheng"]["previous"] or {"candidate": None}
    fits = follows["candidate"] == (line.newest.candidate if line.newest else None)
    approved = _approval(line, line.waiting.identity)["by"] != "auto"
    return line.waiting.identity if fits and approved else None


def _choose(line: Line, basis: Basis) -> tuple[int, ...]:
    """The evidence to fold now: the newest with `replace`, else all that does not wait in a candidate."""
    kept = (
        set(line.waiting.evidence)
        if line.waiting and line.waiting.fits(basis.fingerprint, basis.suite_digest)
        else set()
    )
    if basis.dataset.minsheng.load == "replace":
        newest = line.open[-1:]
        return () if set(newest) <= kept else tuple(newest)
    return tuple(k for k in line.open if k not in kept)


def _attempt(ctx: Context, line: Line, basis: Basis, own: tuple[int, ...]) -> Proposal:
    """Fold evidence on the base, and say or stage what comes of it."""
    over = later(line, own) if basis.dataset.minsheng.load == "upsert" else ()
    task = Task(basis, line.base, line.newest, own, over)
    try:
        built = build(ctx, task)
    except Refusal as error:
        return Proposal(_refuse(ctx, line, (error.k,), str(error)))
    if built is None:
        return Proposal(_unchanged(ctx, line, basis, own))
    if built.verdict == "block":
        return Proposal(_refuse(ctx, line, built.blocked or own, f"{line.slug}: blocked: {'; '.join(built.reasons)}"))
    if built.verdict == "hold":
        return Proposal(held(ctx, line, built, task))
    return Proposal(passing=publish.stage(ctx.private, line.slug, built.candidate))


def _refuse(ctx: Context, line: Line, ks: tuple[int, ...], reason: str) -> Item:
    at = line.evidence.read(max(ks)).fetched_at.isoformat()
    for k in ks:
        line.decide(k, Outcome("refused", reason=reason))
    write_status(ctx, line, failing=reason)
    return Item(line.slug, at, "refused", line.base.n if line.base else None, reason=reason)


def _unchanged(ctx: Context, line: Line, basis: Basis, own: tuple[int, ...]) -> Item:
    at = line.evidence.read(max(own)).fetched_at.isoformat()
    n = line.base.n if line.base else None
    for k in own:
        line.decide(k, Outcome("unchanged", n=n))
    waiting = line.waiting
    if basis.dataset.minsheng.load == "replace":
        line.supersede_before(max(own))
        if waiting and waiting.evidence and not set(waiting.evidence) & set(line.open):
            lines.wait(ctx, line, None, f"fetch {max(own)}, which says what release {n} holds")
    elif waiting and waiting.evidence:
        make_again(ctx, line, basis, waiting, f"fetch {max(own)}")
    write_status(ctx, line)
    waits = f"; candidate {waiting.identity[:16]} waits since {waiting.since}" if line.waiting and waiting else ""
    return Item(line.slug, at, "unchanged", n, reason=f"the same as release {n}{waits}")
