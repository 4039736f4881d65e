"""A declaration that reads the same evidence otherwise, a suite that judges otherwise: fold, or judge, once again."""

import itertools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.reasons.faults import UnfitDeclaration
from catalog.reasons.values import ByCandidate, DeclarationBlocks, DeclarationUnreadable, NotData
from catalog.release import changes, publish, served
from catalog.release.document import Release
from catalog.release.read import ReleaseFiles
from catalog.release.version import Kind
from catalog.rows import last_of_each_key
from pipelines.candidate.build import Built, build, metadata
from pipelines.candidate.checks import checks_of_rows
from pipelines.candidate.failing import failing_rows, with_failing
from pipelines.candidate.plan import FoldPlan, Refusal
from pipelines.candidate.verdict import judged, reasons
from pipelines.conform.columns import FETCH, ROW
from pipelines.conform.rows import Conformed
from pipelines.context import Context
from pipelines.declared import Declared, of_release
from pipelines.refresh.marks import Waiting
from pipelines.refresh.result import RefreshResult
from pipelines.refresh.state import DatasetState
from pipelines.refresh.status import write_status
from pipelines.refresh.step import Step, refuse
from pipelines.refresh.waiting import held_result, hold, wait


def evidence_of(ctx: Context, release: Release, *, replaces: bool) -> tuple[int, ...]:
    """Return the evidence of which a release is the fold: all of it and of those before; with `replace` the newest.

    Args:
        ctx: the run.
        release: the release.
        replaces: whether each fetch is the whole truth.
    """
    fetches: set[int] = set()
    earlier: Release | None = release
    while earlier is not None:
        fetches |= {*earlier.facts.evidence, *earlier.facts.over}
        if fetches and replaces:
            return (max(fetches),)
        earlier = served.base_of(ctx.public, earlier)
    return tuple(sorted(fetches))


def refold(ctx: Context, state: DatasetState, declared: Declared, base: Release) -> Step:
    """Fold the base's evidence again by the declaration as it stands, and go by what differs.

    Nothing: a `metadata` release. Only rows back from quarantine: they go on by themselves. Else it waits, as kind
    `schema` or `refold`, and is made again with each night's evidence until a steward decides.

    Args:
        ctx: the run.
        state: the dataset.
        declared: the declaration as it stands.
        base: the release to go on from.
    """
    other_schema = of_release(ctx.public, ctx.private, base).dataset.shape != declared.dataset.shape
    pending = state.readable[-1:] if declared.replaces else state.readable
    if _waits_already(state, declared, base, pending):
        return Step(state)
    counting = counting_evidence(state, newest_only=declared.replaces)
    plain = FoldPlan(declared, base, (), counting, state.set_aside, kind="refold", again=True, **state.follows)
    try:
        alone = _build(ctx, plain)
        if not other_schema and not alone.folded.changed:
            made = metadata(ctx, declared, base, over=counting, previous=state.newest)
            return Step(state, passing=publish.stage(ctx.private, state.slug, made))
        if not other_schema and alone.verdict == "pass" and only_back(ctx, base, alone, declared):
            return Step(state, passing=publish.stage(ctx.private, state.slug, alone.assembled))
        over = () if declared.replaces and pending else counting
        kind: Kind = "schema" if other_schema else "refold"
        built = _build(ctx, replace(plain, own=pending, over=over, kind=kind, waits=True))
    except Refusal as error:
        return _refused(ctx, state, error)
    if built.verdict == "block":
        raise UnfitDeclaration(state.slug, DeclarationBlocks(reasons=built.reasons))
    state = hold(ctx, state, built, state.waiting.since if state.waiting else state.now(ctx))
    write_status(ctx, state)
    return Step(state, held_result(state, built, built.assembled.candidate.facts.as_of))


def counting_evidence(state: DatasetState, *, newest_only: bool) -> tuple[int, ...]:
    """Return all evidence that counts, which may change something now that changed nothing then.

    Args:
        state: the dataset.
        newest_only: whether to return only the newest of it.
    """
    counting = (k for k in range(state.newest_k, 0, -1) if state.counts(k))
    return tuple(sorted(itertools.islice(counting, 1 if newest_only else None)))


def rejudge(ctx: Context, state: DatasetState, declared: Declared, base: Release) -> Step | None:
    """Judge all that is published by a changed quality.yaml: `metadata`, which waits if something is at hold.

    Args:
        ctx: the run.
        state: the dataset.
        declared: the declaration as it stands.
        base: the release to go on from.

    Returns:
        None when that was done and waits: meanwhile the nights go on by the suite before.
    """
    waiting = state.waiting
    fits = waiting and waiting.is_of_declaration and waiting.fits(declared.fingerprint, declared.suite_digest)
    if fits and state.waiting_follows:
        return None
    conformed = _as_published(ReleaseFiles(ctx.public, base).table(), declared.dataset.arrow.names)
    asked = [check for check in checks_of_rows(declared) if check.rule is None]
    findings = judged(state.slug, conformed, asked, declared.dataset.table.primary_key)
    made = metadata(ctx, declared, base, findings, previous=state.newest)
    made = with_failing(made, failing_rows(declared, conformed, findings, (0,)))
    identity, facts = publish.stage(ctx.private, state.slug, made), made.candidate.facts
    if facts.verdict == "pass":
        return Step(state, passing=identity)
    why = reasons(declared, findings, [], "published")
    waits = Waiting(made.candidate, identity, state.now(ctx), why, alone=())
    state = wait(ctx, state, waits, ByCandidate(candidate=identity))
    write_status(ctx, state)
    result = RefreshResult(
        dataset=state.slug,
        fetched_at=base.facts.as_of,
        outcome="held",
        release=base.n,
        candidate=identity,
        reasons=why,
        failed_checks=facts.failed,
    )
    return Step(state, result)


def _as_published(table: pa.Table, names: Sequence[str]) -> Conformed:
    """The rows of a release as if one fetch, of number 0, had brought them."""
    places = {FETCH: pa.array(np.zeros(table.num_rows, np.int64)), ROW: pa.array(np.arange(1, table.num_rows + 1))}
    rows = pa.table(places | {name: table.column(name) for name in names})
    texts = pa.table(places | {name: table.column(name).cast(pa.string()) for name in names})
    return Conformed(rows, {}, texts, ())


def _build(ctx: Context, plan: FoldPlan) -> Built:
    built = build(ctx, plan)
    if built is None:
        raise AssertionError("folding again always gives a candidate")
    return built


def _refused(ctx: Context, state: DatasetState, error: Refusal) -> Step:
    """A pending fetch that cannot be folded is refused; one that is in a release already is the declaration's fault."""
    if error.k not in state.pending:
        raise UnfitDeclaration(state.slug, DeclarationUnreadable(fetch=error.k, detail=error.message)) from error
    return refuse(ctx, state, (error.k,), NotData(detail=error.message))


def _waits_already(state: DatasetState, declared: Declared, base: Release, pending: tuple[int, ...]) -> bool:
    """Whether equal inputs made the candidate that waits."""
    if state.waiting is None:
        return False
    facts = state.waiting.candidate.facts
    made_of = (facts.fingerprint, facts.suite, facts.base, facts.evidence)
    return made_of == (declared.fingerprint, declared.suite_digest, base.n, pending)


def only_back(ctx: Context, base: Release, built: Built, declared: Declared) -> bool:
    """Return whether folding again does nothing but bring back what stood in quarantine: those rows, and those cells.

    Args:
        ctx: the run.
        base: the release to go on from.
        built: its evidence, folded again.
        declared: the declaration as it stands.
    """
    if built.counts.delete or declared.dataset.occurrence:  # a row that comes back may give others another number
        return False
    key = list(declared.dataset.table.primary_key)
    last = last_of_each_key(built.rows.filter(_known(built.rows, key)), key, FETCH)
    before = _left_before(ctx, base, pc.unique(last.column(FETCH)).to_pylist())
    if built.counts.insert + built.counts.update > len(before):
        return False
    places = {tuple(row[name] for name in key): (row[FETCH], row[ROW]) for row in last.to_pylist()}
    for row in built.folded.moved.to_pylist() if built.folded.moved is not None else ():
        back = before.get(places[tuple(row[name] for name in key)], set())
        differ = {
            name for name in row if f"{changes.BEFORE}{name}" in row and row[name] != row[f"{changes.BEFORE}{name}"]
        }
        if "*" not in back and (row[changes.CHANGE] == "insert" or not differ <= back):
            return False
    return True


def _left_before(ctx: Context, base: Release, fetches: Sequence[int]) -> dict[tuple[int, int], set[str]]:
    """What had left, by fetch and row: the names of cells, `*` for a row.

    Of a fetch that said the same as a release no release lists what left: it is read once more, as the base was.

    Args:
        ctx: the run.
        base: the release to go on from.
        fetches: those that have the last word on a row.
    """
    outcomes = {k: ctx.evidence(base.name).outcome(k) for k in sorted(fetches)}
    unlisted = tuple(k for k, outcome in outcomes.items() if outcome and outcome.what == "unchanged")
    tables: list[pa.Table | None] = []
    if unlisted:
        as_it_was = of_release(ctx.public, ctx.private, base)
        tables.append(_build(ctx, FoldPlan(as_it_was, base, (), unlisted, kind="refold", again=True)).quarantine)
    earlier: Release | None = base
    while earlier is not None:
        tables.append(ReleaseFiles(ctx.public, earlier).quarantine())
        earlier = served.base_of(ctx.public, earlier)
    before: dict[tuple[int, int], set[str]] = {}
    for one in itertools.chain.from_iterable(table.to_pylist() for table in tables if table is not None):
        before.setdefault((one["fetch"], one["row"]), set()).add("*" if one["left"] == "row" else one["column"])
    return before


def _known(rows: pa.Table, key: list[str]) -> pa.ChunkedArray:
    """Which rows have a whole key."""
    known = pc.is_valid(rows.column(key[0]))
    for name in key[1:]:
        known = pc.and_(known, pc.is_valid(rows.column(name)))
    return known
