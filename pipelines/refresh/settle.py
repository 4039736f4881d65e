"""One dataset from evidence to release: the plain functions that the Dagster shell and the command line call.

`keep` records a fetch, `propose` makes a candidate, `release` commits one, `settle` does both until nothing is left.
"""

from collections.abc import Iterator
from dataclasses import replace

from catalog.errors import StoreError
from catalog.release import publish
from catalog.release.document import Document
from catalog.release.publish import Superseded
from pipelines import decisions
from pipelines import declared as bases
from pipelines.answers import SoftwareFault, judge
from pipelines.candidate.build import build, metadata, shares_keys
from pipelines.candidate.plan import Refusal, Task
from pipelines.context import Context
from pipelines.declared import Basis
from pipelines.evidence import Fetched, Outcome, Record
from pipelines.refresh import state as lines
from pipelines.refresh.outcome import Item, Proposal, Said, released
from pipelines.refresh.refold import refold, rejudge
from pipelines.refresh.state import Line, Waiting
from pipelines.refresh.status import write_status
from pipelines.refresh.waiting import held, later, make_again

_RACES = 50
"""How often a run begins again because another publisher was first."""


def keep(ctx: Context, slug: str, fetched: Fetched) -> tuple[Record, Item | None]:
    """Record a fetch, then judge from the kept bodies whether it is a whole answer.

    Args:
        ctx: the run; its clock, if simulated, moves to the fetch.
        slug: the dataset.
        fetched: what was asked and received.

    Returns:
        The record; and an item if that is a failure or no data, or the software could not read it.
    """
    evidence = ctx.evidence(slug)
    record = evidence.record(fetched)
    outcome = evidence.outcome(record.k)
    said: Said = "refused" if fetched.answered else "failed"
    reason = outcome.reason if outcome else None
    if outcome is None:
        try:
            outcome = judge(ctx, ctx.declared(slug), record.k)
        except SoftwareFault:
            said, reason = "failed", evidence.faults[record.k]
        else:
            if outcome is None:
                return record, None
            evidence.decide(record.k, outcome)
            reason = outcome.reason
    line = lines.load(ctx, slug)
    write_status(ctx, line, failing=reason)
    n = line.base.n if line.base else None
    at = record.fetched_at.isoformat()
    return record, Item(slug, at, said, n, reason=reason, out_of_reach=not fetched.answered)


def settle(ctx: Context, slug: str) -> Iterator[Item]:
    """Fold and release what is pending until nothing is left, and yield what happened.

    Raises:
        MinshengError: the declaration, the store or the software is at fault; what was good stays.
    """
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
    if not line.finished:
        line = _finish(ctx, slug, line.waiting)
    basis, stored = effective_basis(ctx, line)
    waiting = line.waiting
    if waiting and waiting.is_of_declaration and not waiting.fits(basis.fingerprint, basis.suite_digest):
        # Only a declaration wanted it that is no longer there.
        lines.wait(ctx, line, None, "a change of the declaration")
        write_status(ctx, line)
    if line.alike and not (line.waiting and line.waiting.fits(basis.fingerprint, basis.suite_digest)):
        line.open, line.alike = sorted(line.open + line.alike), []  # read anew, they may say something else
    if _approved(line, basis):
        return Proposal(passing=line.waiting.identity if line.waiting else None)
    refused = _judge_open(ctx, line)
    if refused:
        return Proposal(refused)
    proposal = _of_declaration(ctx, line, basis, stored)
    if proposal:
        return proposal
    if stored and line.waiting and line.waiting.is_of_declaration:
        basis = replace(basis, suite=stored.suite)  # what waits is how rows are judged; meanwhile the nights go on
    own = _choose(line, basis)
    if own:
        return _attempt(ctx, line, basis, own)
    publish.point(ctx.public, slug)  # whoever lost it, readers find it again
    return Proposal()


def _judge_open(ctx: Context, line: Line) -> Item | None:
    """Judge what an earlier run recorded and then did not judge: it was killed, or the software failed there."""
    known = {*(line.waiting.evidence if line.waiting else ()), *line.evidence.judged, *line.evidence.faults}
    for k in [k for k in line.open if k not in known and line.evidence.outcome(k) is None]:
        at = line.evidence.read(k).fetched_at.isoformat()
        n = line.base.n if line.base else None
        try:
            outcome = judge(ctx, ctx.declared(line.slug), k)
        except SoftwareFault:
            reason = line.evidence.faults[k]
            write_status(ctx, line, failing=reason)
            return Item(line.slug, at, "failed", n, reason=reason)
        if outcome:
            line.decide(k, outcome)
            write_status(ctx, line, failing=outcome.reason)
            return Item(line.slug, at, "refused", n, reason=outcome.reason)
    return None


def _of_declaration(ctx: Context, line: Line, basis: Basis, stored: Basis | None) -> Proposal | None:
    """What a change of the declaration asks for, before any evidence is looked at; None when it asks for nothing."""
    base = line.base
    if base is None or stored is None:
        return None
    if basis.fingerprint != base.facts["fingerprint"]:
        return refold(ctx, line, basis, base)
    if basis.suite_digest != base.facts["quality"]["suite"]:
        return rejudge(ctx, line, basis, base)
    if basis.fact != stored.fact:
        return Proposal(passing=publish.stage(ctx.private, line.slug, metadata(ctx, basis, base)))
    return None


def release(ctx: Context, slug: str, identity: str) -> Item:
    """Commit a candidate, then write what follows from it: outcomes, pointer, sums, status.

    Raises:
        DecisionError: it may not pass, or another release came between.
    """
    before = lines.load(ctx, slug)
    decision = decisions.on(before.decisions, identity)
    approval: Document = {"by": "auto"}
    if decision and decision["action"] == "approve":
        approval = {name: decision[name] for name in ("by", "reason", "candidate", "i")}
    done = publish.commit(ctx.public, ctx.private, slug, identity, before.now(ctx), approval)
    _finish(ctx, slug, before.waiting)
    return released(done)


def _finish(ctx: Context, slug: str, waiting: Waiting | None) -> Line:
    """Write what follows from a commit; after a crash, any later run does it."""
    line = lines.load(ctx, slug)  # writes the outcomes of what was folded, and of what that makes superfluous
    if line.newest:
        publish.point(ctx.public, slug)
        make_again(ctx, line, effective_basis(ctx, line)[0], waiting, f"release {line.newest.n}")
        line.finished_n = line.newest.n
    write_status(ctx, line)
    return line


def effective_basis(ctx: Context, line: Line) -> tuple[Basis, Basis | None]:
    """Return the declaration as it stands, and as the base stored it.

    Once a steward has rejected what a declaration would do, rows keep the base's meaning, or the base's suite, until
    it changes; the words for people are today's all the same.
    """
    basis = bases.current(ctx, line.slug)
    if line.base is None:
        return basis, None
    stored = bases.of_release(ctx, line.base)
    if basis.fingerprint in decisions.rejected(line.decisions, "fingerprint"):
        basis = bases.with_meaning_of(stored, basis)
    if basis.suite_digest in decisions.rejected(line.decisions, "suite"):
        basis = replace(basis, suite=stored.suite)
    return basis, stored


def _approved(line: Line, basis: Basis) -> bool:
    """Whether a steward approved what waits, it still may be released, and a crash left it uncommitted."""
    if line.waiting is None or not line.follows:
        return False
    last = decisions.on(line.decisions, line.waiting.identity)
    of_today = not line.waiting.is_of_declaration or line.waiting.fits(basis.fingerprint, basis.suite_digest)
    return bool(last and last["action"] == "approve" and line.waiting.verdict == "hold" and of_today)


def _choose(line: Line, basis: Basis) -> tuple[int, ...]:
    """The evidence to fold now: the newest with `replace`, else all that does not wait in a candidate."""
    kept = (
        set(line.waiting.evidence)
        if line.waiting and line.waiting.fits(basis.fingerprint, basis.suite_digest)
        else set()
    )
    if basis.dataset.minsheng.load == "replace":
        newest = line.readable[-1:]
        return () if set(newest) <= kept else tuple(newest)
    return tuple(k for k in line.readable if k not in kept)


def _attempt(ctx: Context, line: Line, basis: Basis, own: tuple[int, ...]) -> Proposal:
    """Fold evidence on the base, and say or stage what comes of it."""
    over = later(line, own) if basis.dataset.minsheng.load != "replace" else ()
    task = Task(basis, line.base, own, over)
    try:
        built = build(ctx, task)
    except Refusal as error:
        return Proposal(_refuse(ctx, line, (error.k,), str(error)))
    if built is None:
        return Proposal(_unchanged(ctx, line, basis, own))
    nothing = line.base is None and not built.folded.changed
    if nothing and basis.dataset.minsheng.load == "window" and not built.quarantine.num_rows:
        return Proposal(_unchanged(ctx, line, basis, own))  # windows in which nothing happened
    if nothing:
        reason = f"{line.slug}: expected rows for a first release, found none that can be published"
        return Proposal(_refuse(ctx, line, own, reason))
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
        line.decide(k, Outcome("unchanged", n=n or 0))
    waiting = line.waiting
    if basis.dataset.minsheng.load == "replace":
        line.supersede_before(max(own))
        if waiting and waiting.evidence and not set(waiting.evidence) & set(line.open):
            lines.wait(ctx, line, None, f"fetch {max(own)}, which says what release {n} holds")
    elif waiting and waiting.evidence and shares_keys(ctx, basis, waiting.evidence, own):
        make_again(ctx, line, basis, waiting, f"fetch {max(own)}")
    write_status(ctx, line)
    waits = f"; candidate {waiting.identity[:16]} waits since {waiting.since}" if line.waiting and waiting else ""
    said = f"the same as release {n}" if n else "no rows, and none before"
    return Item(line.slug, at, "unchanged", n, reason=said + waits)
