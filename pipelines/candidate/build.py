"""A fold plan -> a candidate, in steps that are each whole: rows, fold, guards, findings, candidate. Writes nothing."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from catalog.declaration.dataset import Dataset, digest
from catalog.reasons.values import Finding
from catalog.release.assemble import Assembled, NewPartition, Parts, assemble
from catalog.release.changes import Counts
from catalog.release.digest import Document, ranges
from catalog.release.document import Input, Release, Verdict
from catalog.release.read import ReleaseFiles
from catalog.rows import match
from pipelines import decisions
from pipelines.candidate.checks import approvals, checks_of_rows, unique_key
from pipelines.candidate.figures import Brought, fetch_figures
from pipelines.candidate.plan import FoldPlan, Refusal
from pipelines.candidate.records import read_fetch, windows_of
from pipelines.candidate.verdict import (
    Judged,
    check_lines,
    judged,
    quality_fact,
    reasons,
    row_failures,
    tripping,
    verdict_of,
)
from pipelines.conform.columns import FETCH, ROW, Heard, together
from pipelines.conform.quarantine import RowFailure, leave, new_against
from pipelines.conform.quarantine import counts as quarantine_counts
from pipelines.conform.rows import Conformed, conform
from pipelines.context import Context, code
from pipelines.declared import Declared, of_release
from pipelines.fold import windows
from pipelines.fold.partitions import Asked, Base, Conflict, Folded, arrange, collapse, fold
from quality import guards


@dataclass(frozen=True)
class Built:
    """A candidate, and what was found on the way."""

    assembled: Assembled
    counts: Counts
    verdict: Verdict
    reasons: tuple[Finding, ...]
    alone: tuple[int, ...]
    """The fetches that alone would be held."""
    blocked: tuple[int, ...]
    """The fetches that alone would be blocked."""
    likeness: str
    """Hash of content and findings, whichever fetch brought them."""
    folded: Folded = field(repr=False)
    rows: pa.Table = field(repr=False)
    """`_fetch`, `_row` and the typed key of every row heard."""
    quarantine: pa.Table = field(repr=False)


@dataclass(frozen=True)
class PlannedRows:
    """The rows of all fetches of a plan, and the base that they are folded on."""

    heard: Heard
    conformed: Conformed
    base: Base
    asked: Asked | None
    fetched_at: Mapping[int, dt.datetime]
    """By fetch of the plan."""


@dataclass(frozen=True)
class FoldedRows:
    """The fold, once what may not be published has left."""

    folded: Folded
    quarantine: pa.Table
    """Of the evidence that is listed."""
    collapsed: Mapping[int, int]


@dataclass(frozen=True)
class Guarded:
    """The figures of each fetch that is judged, and what the guards say."""

    fetches: list[guards.FetchFigures]
    findings: list[guards.GuardFinding]


def build(ctx: Context, plan: FoldPlan) -> Built | None:
    """Fold evidence on a base and judge the result.

    Returns:
        The candidate, or None when a regular fold changes nothing: then no suite was run.

    Raises:
        Refusal: one fetch cannot be folded; names which and why.
    """
    rows = _rows(ctx, plan)
    # What the schema takes out shows already whether anything is new; only then is the suite worth its seconds.
    folded = _fold(plan, rows, [])
    guarded = _guard(plan, rows, folded)
    # Rows that are the base's were judged by the same suite then: it would take nothing of them now.
    if plan.regular and _quiet(ctx, plan, folded, guarded):
        return None
    pa.default_memory_pool().release_unused()  # Arrow keeps what it freed; what pandas needs would come on top
    findings = judged(plan.declared.slug, rows.conformed, checks_of_rows(plan.declared))
    taken = row_failures(rows.conformed, findings)
    if taken:
        folded = _fold(plan, rows, taken)
        guarded = _guard(plan, rows, folded)
        if plan.regular and _quiet(ctx, plan, folded, guarded):
            return None
    places = rows.conformed.rows.select([FETCH, ROW, *plan.declared.dataset.table.primary_key])
    del rows  # files are written next: beside them, what was heard has no need to lie in memory too
    pa.default_memory_pool().release_unused()
    return _candidate(ctx, plan, places, folded, guarded, findings)


def metadata(
    ctx: Context,
    declared: Declared,
    base: Release,
    findings: list[Judged] | None = None,
    over: tuple[int, ...] = (),
) -> Assembled:
    """Make a candidate that carries every file of its base: only what is said of the data changes.

    Args:
        ctx: the run.
        declared: the declaration to publish.
        base: the newest release.
        findings: about the whole table, when the suite changed; at `hold` or worse they make it wait.
        over: evidence that was folded again to see that nothing changes.

    Raises:
        IntegrityError: the quality fact of the base is gone, or altered.
    """
    plan = FoldPlan(declared, base, (), over, kind="metadata")
    fact = ReleaseFiles(ctx.public, base).fact("quality")
    failed = base.facts.failed
    verdict: Verdict = "pass"
    if findings is not None:
        grave, now = verdict_of(findings, [])
        verdict = "pass" if grave == "pass" else "hold"  # what is published already a steward decides on
        asked = {one.check.id for one in findings}
        failed = tuple(sorted({name for name in failed if "." in name and name not in asked} | set(now)))
        fact["checks"] = [one for one in fact["checks"] if "." in one["id"]] + check_lines(declared, findings)
    fact |= {"verdict": verdict, "suite": declared.suite_digest}
    quarantine = base.resource("quarantine")
    return assemble(
        Parts(
            **_about(ctx, plan, base.facts.as_of),
            evidence=(),
            inputs=base.facts.inputs if declared.dataset.inputs else declared.inputs,
            partitions=(),
            carried=tuple(base.partitions),
            kept=(quarantine,) if quarantine else (),
            changes=None,
            counts=Counts(),
            quarantine=None,
            verdict=verdict,
            failed=failed,
            facts={"quality": fact, "provenance": {"code": code(), "evidence": []}, "declaration": declared.fact},
        )
    )


def shares_keys(ctx: Context, declared: Declared, some: tuple[int, ...], others: tuple[int, ...]) -> bool:
    """Return whether two sets of fetches speak of a common key, or asked for windows that meet.

    Args:
        ctx: the run.
        declared: how their answers are read.
        some: numbers of evidence.
        others: numbers of evidence.
    """
    key = list(declared.dataset.table.primary_key)
    asked = [windows_of(ctx, declared, fetches).values() for fetches in (some, others)]
    if any(mine.meets(theirs) for mine in asked[0] for theirs in asked[1]):
        return True
    keys_of = []
    for fetches in (some, others):
        heard = together([read_fetch(ctx, declared, k) for k in fetches])
        rows = conform(declared.dataset, heard.raw, declared.tables).rows.select(key).drop_null()
        keys_of.append(rows.group_by(key, use_threads=False).aggregate([]))
    return len(match(keys_of[0], keys_of[1], key).old) > 0


def _rows(ctx: Context, plan: FoldPlan) -> PlannedRows:
    declared, evidence = plan.declared, ctx.evidence(plan.declared.slug)
    heard = together([read_fetch(ctx, declared, k) for k in plan.fetches])
    conformed = arrange(declared.dataset, conform(declared.dataset, heard.raw, declared.tables))
    windowed = declared.dataset.minsheng.load == "window"
    return PlannedRows(
        heard=Heard(conformed.raw, heard.columns, heard.omitted),
        conformed=conformed,
        base=_base(ctx, plan),
        asked=Asked(windows_of(ctx, declared, plan.fetches), plan.own) if windowed else None,
        fetched_at={k: evidence.read(k).fetched_at for k in plan.fetches},
    )


def _base(ctx: Context, plan: FoldPlan) -> Base:
    release, dataset = plan.base, plan.declared.dataset
    if release is None:
        return Base({}, lambda _: dataset.arrow.empty_table(), dataset.arrow)
    hashes, schema, other_key, other_partitions = release.hashes, dataset.arrow, False, False
    if plan.again:
        before = of_release(ctx.public, ctx.private, release).dataset
        schema, other_key = before.arrow, _key(before) != _key(dataset)
        other_partitions = before.minsheng.partition != dataset.minsheng.partition
        if before.shape != dataset.shape:
            hashes = dict.fromkeys(hashes, "of another schema")
    return Base(hashes, ReleaseFiles(ctx.public, release).partition, schema, other_key, other_partitions)


def _key(dataset: Dataset) -> list[tuple[str, pa.DataType]]:
    return [(name, dataset.field(name).arrow) for name in dataset.table.primary_key]


def _fold(plan: FoldPlan, rows: PlannedRows, taken: list[RowFailure]) -> FoldedRows:
    """Let go what the schema, and what quality.yaml takes out; fold the rest."""
    dataset = plan.declared.dataset
    left = leave(dataset, rows.conformed, taken)
    try:
        kept, collapsed = collapse(dataset, left.rows)
    except Conflict as error:
        raise Refusal(dataset.name, error.fetch, str(error)) from error
    strayed = windows.check(kept, rows.asked.windows) if rows.asked else None
    if strayed:
        raise Refusal(dataset.name, *strayed)
    mine = pc.is_in(left.quarantine.column("fetch"), value_set=pa.array(plan.listed, pa.int64()))
    folded = fold(dataset, rows.base, kept, rows.asked, whole=plan.again)
    return FoldedRows(folded, left.quarantine.filter(mine), collapsed)


def _guard(plan: FoldPlan, rows: PlannedRows, step: FoldedRows) -> Guarded:
    dataset = plan.declared.dataset
    mine = {k: rows.fetched_at[k] for k in plan.own}  # what is in releases already was let pass then
    brought = Brought(rows.heard, rows.conformed.rows, step.quarantine, step.collapsed, step.folded.spoken)
    fetches = fetch_figures(dataset, brought, mine)
    before = plan.base.rows if plan.base else 0
    speaks_for = before if plan.declared.replaces or plan.again else step.folded.in_windows
    figures = guards.FoldFigures(step.folded.counts, speaks_for, before)
    return Guarded(fetches, guards.judge(dataset.minsheng.guards, figures, fetches))


def _quiet(ctx: Context, plan: FoldPlan, step: FoldedRows, guarded: Guarded) -> bool:
    """Whether nothing changes, nothing new stands in quarantine, and no guard speaks of what was heard."""
    if step.folded.changed or not all(one.success for one in guarded.findings):
        return False
    return not _news(ctx, plan, step.quarantine)


def _news(ctx: Context, plan: FoldPlan, quarantine: pa.Table) -> bool:
    """Whether something stands in quarantine that the base did not list, or count."""
    if quarantine.num_rows == 0 or plan.base is None:
        return bool(quarantine.num_rows > 0)
    files = ReleaseFiles(ctx.public, plan.base)
    if plan.declared.dataset.minsheng.quarantine == "counts":
        return bool(files.fact("quality")["quarantine"]["digest"] != quarantine_counts(quarantine)["digest"])
    return new_against(files.quarantine(), quarantine)


def _candidate(
    ctx: Context, plan: FoldPlan, places: pa.Table, step: FoldedRows, guarded: Guarded, findings: list[Judged]
) -> Built:
    declared, counts = plan.declared, step.folded.counts
    twice = sum(one.twice for one in step.folded.changed)
    said = [*guarded.findings, unique_key(twice), *approvals(plan, counts)]
    findings = [one if one.check.severity == "block" else one.of(set(plan.own)) for one in findings]
    verdict, failed = verdict_of(findings, said)
    fact = quality_fact(verdict, findings, said, guarded.fetches, declared, step.quarantine)
    parts = Parts(
        **_about(ctx, plan, _as_of(ctx, plan)),
        evidence=plan.own,
        inputs=_inputs(ctx, plan),
        partitions=tuple(
            NewPartition(one.label, one.table, one.content_sha256, one.packed) for one in step.folded.changed
        ),
        carried=step.folded.kept,
        changes=step.folded.moved,
        counts=counts,
        quarantine=step.quarantine if declared.dataset.minsheng.quarantine == "table" else None,
        verdict=verdict,
        failed=failed,
        facts={"quality": fact, "provenance": _provenance(ctx, plan), "declaration": declared.fact},
    )
    return Built(
        assembled=assemble(parts),
        counts=counts,
        verdict=verdict,
        reasons=reasons(declared, findings, said),
        alone=tripping(findings, said, ("hold", "block")),
        blocked=tripping(findings, said, ("block",)),
        likeness=_likeness(step, failed),
        folded=step.folded,
        rows=places,
        quarantine=step.quarantine,
    )


def _likeness(step: FoldedRows, failed: tuple[str, ...]) -> str:
    lines = step.quarantine.drop_columns(["fetch", "row"]).to_pylist()
    hashes = {one.label: one.content_sha256 for one in step.folded.changed}
    return digest({"hashes": hashes, "failed": sorted(failed), "left": sorted(str(line) for line in lines)})


def _as_of(ctx: Context, plan: FoldPlan) -> str:
    """The newest fetch that is folded, or that of the base if later."""
    evidence = ctx.evidence(plan.declared.slug)
    times = [evidence.read(k).fetched_at for k in plan.fetches]
    base = [dt.datetime.fromisoformat(plan.base.facts.as_of)] if plan.base else []
    return max([*times, *base]).isoformat()


def _inputs(ctx: Context, plan: FoldPlan) -> tuple[Input, ...]:
    """The releases that were looked at: reference tables, and what the newest evidence was derived from."""
    newest = max(plan.fetches, default=None)
    derived = ctx.evidence(plan.declared.slug).read(newest).asked.get("inputs", []) if newest else []
    by_dataset = {one.dataset: one for one in [*plan.declared.inputs, *(Input(**each) for each in derived)]}
    return tuple(one for _, one in sorted(by_dataset.items()))


def _provenance(ctx: Context, plan: FoldPlan) -> Document:
    evidence = ctx.evidence(plan.declared.slug)
    excluded = decisions.excluded(decisions.read(ctx.private, plan.declared.slug))
    lines = []
    for k in plan.listed:
        record = evidence.read(k)
        lines.append(
            {"k": k, "fetched_at": record.fetched_at.isoformat(), "bodies": list(record.bodies)}
            | {name: record.asked[name] for name in ("query", "inputs") if name in record.asked}
        )
    return {"code": code(), "evidence": lines, "again": plan.again, "excluded": ranges(excluded)}


def _about(ctx: Context, plan: FoldPlan, as_of: str) -> dict[str, Any]:
    """What every candidate of a plan says of itself."""
    return {
        "dataset": plan.declared.dataset,
        "agency": plan.declared.agency,
        "previous": plan.base,
        "base": plan.base,
        "kind": "first" if plan.base is None else plan.kind,
        "as_of": as_of,
        "fingerprint": plan.declared.fingerprint,
        "suite": plan.declared.suite_digest,
        "over": plan.over,
        "synthetic": ctx.synthetic,
    }
