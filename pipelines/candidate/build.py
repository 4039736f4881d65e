"""A fold plan -> a candidate, in whole steps: rows, fold, guards, findings, candidate. Writes nothing."""

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import pyarrow as pa

from catalog.declaration.dataset import digest
from catalog.reasons.values import Finding
from catalog.release.assemble import Assembled, File, NewPartition, Parts, assemble
from catalog.release.changes import Counts
from catalog.release.digest import Document, ranges, sha256
from catalog.release.document import Input, Release, Verdict
from catalog.release.read import ReleaseFiles
from catalog.rows import match
from pipelines.candidate.checks import approvals, checks_of_rows, corrections, personal, unique_key
from pipelines.candidate.concerned import with_concerned
from pipelines.candidate.facts import DIGEST, quarantine_digest
from pipelines.candidate.failing import failing_rows, with_failing
from pipelines.candidate.figures import FetchedRows, after_one_another, fetch_figures
from pipelines.candidate.folded import FoldedRows, KeptRows, fold_rows
from pipelines.candidate.mature import maturity_of
from pipelines.candidate.plan import FoldPlan
from pipelines.candidate.records import read_fetch
from pipelines.candidate.rows import PlannedRows, planned_rows
from pipelines.candidate.spoken import windows_of
from pipelines.candidate.totals import totals
from pipelines.candidate.verdict import (
    Judged,
    check_lines,
    judged,
    quality_fact,
    reasons,
    retold,
    row_failures,
    shows_values,
    still_declared,
    tripping,
    verdict_of,
)
from pipelines.conform.columns import FETCH, ROW, concatenate
from pipelines.conform.quarantine import entries_digest, new_against
from pipelines.conform.rows import conform
from pipelines.context import Context, code
from pipelines.declared import Declared
from pipelines.fold.partitions import Folded
from quality import guards


@dataclass(frozen=True)
class Built:
    """A candidate, and what was found while it was built."""

    assembled: Assembled
    counts: Counts
    verdict: Verdict
    reasons: tuple[Finding, ...]
    alone: tuple[int, ...]
    """The fetches that alone would be held."""
    blocked: tuple[int, ...]
    """The fetches that alone would be blocked."""
    likeness: str
    """Hash of content and findings; the number of the fetch makes no difference."""
    folded: Folded = field(repr=False)
    rows: pa.Table = field(repr=False)
    """`_fetch`, `_row` and the typed key of every row that was fetched."""
    quarantine: pa.Table = field(repr=False)
    """As `pipelines.conform.quarantine.SCHEMA`."""
    kept: KeptRows = field(repr=False)
    fetches: tuple[guards.FetchFigures, ...] = field(repr=False)
    """What each fetch that is judged brought."""
    quiet: bool
    """Of a plan that is looked at: whether nothing changes, no guard trips, and the quarantine has nothing new."""


@dataclass(frozen=True)
class Guarded:
    """The figures of each fetch that is judged, and what the guards find."""

    fetches: list[guards.FetchFigures]
    findings: list[guards.GuardFinding]


class _Quality(NamedTuple):
    """What the checks and guards say of a candidate."""

    verdict: Verdict
    failed: tuple[str, ...]
    """Ids of the checks and guards that fail."""
    fact: Document
    """The `quality` fact."""


def build(ctx: Context, plan: FoldPlan) -> Built | None:
    """Fold evidence on a base and judge the result.

    Args:
        ctx: the run.
        plan: the evidence to fold, and the base.

    Returns:
        The candidate; None if a regular fold changes nothing.

    Raises:
        Refusal: one fetch cannot be folded; names the fetch and the reason.
    """
    rows = planned_rows(ctx, plan)
    # What the schema takes out already shows whether anything is new. The suite costs seconds, so it comes later.
    folded = fold_rows(plan, rows, [])
    guarded = _guard(ctx, plan, rows, folded)
    # The same suite judged the rows of the base before: it would take nothing from them now.
    if plan.regular and not plan.looked_at and _quiet(ctx, plan, folded, guarded):
        return None
    pa.default_memory_pool().release_unused()  # pandas needs memory next, and Arrow keeps what it has freed
    key = plan.declared.dataset.table.primary_key
    checks = checks_of_rows(plan.declared, rows.conformed.unread)
    findings = judged(plan.declared.slug, rows.conformed, checks, key, dry=ctx.dry)
    taken = row_failures(rows.conformed, findings)
    if taken:
        folded = fold_rows(plan, rows, taken)
        guarded = _guard(ctx, plan, rows, folded)
        if plan.regular and not plan.looked_at and _quiet(ctx, plan, folded, guarded):
            return None
    places = rows.conformed.rows.select([FETCH, ROW, *key])
    failing = failing_rows(plan.declared, rows.conformed, findings, plan.own, folded.quarantine)
    del rows  # files are written next; the raw rows would only take memory
    pa.default_memory_pool().release_unused()
    built = _candidate(ctx, plan, places, folded, guarded, findings)
    return replace(built, assembled=with_failing(built.assembled, failing))


def metadata(
    ctx: Context,
    declared: Declared,
    base: Release,
    findings: list[Judged] | None = None,
    over: tuple[int, ...] = (),
    previous: Release | None = None,
) -> Assembled:
    """Make a candidate that carries every file of its base: only the description of the data changes.

    Args:
        ctx: the run.
        declared: the declaration to publish.
        base: the newest release that is not withdrawn.
        findings: about the whole table, if the suite changed. A finding at `hold` or worse makes the candidate wait.
        over: evidence that was folded again to show that nothing changes.
        previous: the newest release, where that is withdrawn.

    Returns:
        The candidate, with the files that its base does not have.

    Raises:
        IntegrityError: the quality fact of the base is missing or altered.
    """
    parts = _carried_parts(ctx, declared, base, _carried_quality(ctx, declared, base, findings), over)
    previous = previous or base
    return assemble(replace(parts, previous=previous, maturity=maturity_of(ctx, declared, (base, previous), None)))


def _carried_parts(ctx: Context, declared: Declared, base: Release, quality: _Quality, over: tuple[int, ...]) -> Parts:
    """The parts of a base, with the description of today."""
    quarantine = base.resource("quarantine") if shows_values(declared) else None
    return Parts(
        dataset=declared.dataset,
        agency=declared.agency,
        previous=base,
        base=base,
        kind="metadata",
        as_of=base.facts.as_of,
        fingerprint=declared.fingerprint,
        suite=declared.suite_digest,
        evidence=(),
        over=over,
        inputs=base.facts.inputs if declared.dataset.inputs else declared.inputs,
        partitions=(),
        carried=tuple(base.partitions),
        kept=(quarantine,) if quarantine else (),
        changes=None,
        counts=Counts(),
        quarantine=None,
        verdict=quality.verdict,
        failed=quality.failed,
        facts=_facts(declared, quality, {"code": code(), "evidence": []}),
        synthetic=ctx.synthetic,
    )


def _carried_quality(ctx: Context, declared: Declared, base: Release, findings: list[Judged] | None) -> _Quality:
    """The quality of a base, with the checks of its suite judged anew where there are findings."""
    fact = retold(declared, ReleaseFiles(ctx.public, base).fact("quality"))
    verdict: Verdict = "pass"
    failed = still_declared(declared, base.facts.failed)
    if findings is not None:
        worst, failed_now = verdict_of(findings, [])
        verdict = "pass" if worst == "pass" else "hold"  # the data are public already: a steward decides
        judged_now = {finding.check.id for finding in findings}
        not_judged = {name for name in failed if "." in name and name not in judged_now}
        failed = tuple(sorted(not_judged | set(failed_now)))
        # The ids of schema checks and guards have a dot; those of quality.yaml have none.
        fact["checks"] = [check for check in fact["checks"] if "." in check["id"]] + check_lines(declared, findings)
    return _Quality(verdict, failed, fact | {"verdict": verdict, "suite": declared.suite_digest})


def _facts(declared: Declared, quality: _Quality, provenance: Document) -> dict[str, Document]:
    return {"quality": quality.fact, "provenance": provenance, "declaration": declared.fact}


def shares_keys(ctx: Context, declared: Declared, fetches: tuple[int, ...], others: tuple[int, ...]) -> bool:
    """Return whether two sets of fetches have a key in common, or asked for windows that overlap.

    Args:
        ctx: the run.
        declared: how the fetches are read.
        fetches: numbers of fetches.
        others: numbers of fetches.

    Returns:
        True if a row of both sets may have the same key.

    Raises:
        Refusal: a fetch cannot be read.
    """
    asked = [windows_of(ctx, declared, ks).values() for ks in (fetches, others)]
    if any(window.meets(other) for window in asked[0] for other in asked[1]):
        return True
    keys, other_keys = (_keys_in(ctx, declared, ks) for ks in (fetches, others))
    return len(match(keys, other_keys, list(declared.dataset.table.primary_key)).old) > 0


def _keys_in(ctx: Context, declared: Declared, fetches: tuple[int, ...]) -> pa.Table:
    """The distinct keys of the rows of fetches."""
    key = list(declared.dataset.table.primary_key)
    raw = concatenate([read_fetch(ctx, declared, k) for k in fetches])
    rows = conform(declared.dataset, raw.table, declared.tables).rows.select(key).drop_null()
    return rows.group_by(key, use_threads=False).aggregate([])


def _omitted_before(ctx: Context, plan: FoldPlan) -> dict[int, int]:
    """By fetch that the base tells of: how many of its records were omitted. Not asked for if no guard looks at it."""
    if plan.base is None or plan.declared.dataset.minsheng.guards.omitted is None:
        return {}
    told = ReleaseFiles(ctx.public, plan.base).fact("quality")["fetches"]
    return {fetch["fetch"]: fetch["omitted"] for fetch in told if "omitted" in fetch}


def _guard(ctx: Context, plan: FoldPlan, rows: PlannedRows, result: FoldedRows) -> Guarded:
    dataset, folded = plan.declared.dataset, result.folded
    judged_fetches = {k: rows.fetched_at[k] for k in plan.own}  # the others are in releases, and were judged then
    fetched = FetchedRows(
        rows.raw, rows.conformed.rows, result.quarantine, result.collapsed, folded.of_windows, result.kept.counts
    )
    fetches = after_one_another(fetch_figures(dataset, fetched, judged_fetches), _omitted_before(ctx, plan))
    before = plan.base.rows if plan.base else 0
    speaks_for = before if plan.declared.replaces or plan.again else folded.in_windows
    nothing = not rows.raw.table.num_rows and not rows.raw.omitted
    emptied = nothing and dataset.minsheng.empty == "data" and plan.declared.replaces
    figures = guards.FoldFigures(folded.counts, speaks_for, before, emptied)
    found = with_concerned(dataset, folded.moved, guards.judge(dataset.minsheng.guards, figures, fetches))
    added = totals(plan.declared, rows.conformed, rows.raw.totals, plan.own)
    return Guarded(fetches, [*found, *corrections(plan, rows.raw.corrections), *added])


def _quiet(ctx: Context, plan: FoldPlan, result: FoldedRows, guarded: Guarded) -> bool:
    """Of a plan that is looked at: whether nothing changes, no guard trips, and the quarantine has nothing new."""
    told = plan.base.facts.failed if plan.base else ()  # a warning is told once
    calm = all(each.success or (each.severity == "warn" and each.id in told) for each in guarded.findings)
    if result.folded.changed or not calm:
        return False
    return not _new_in_quarantine(ctx, plan, result.quarantine)


def _new_in_quarantine(ctx: Context, plan: FoldPlan, quarantine: pa.Table) -> bool:
    """Whether the quarantine has an entry that the base did not list, or count."""
    if quarantine.num_rows == 0 or plan.base is None:
        return bool(quarantine.num_rows > 0)
    if not shows_values(plan.declared):
        return quarantine_digest(ctx, plan.base) != entries_digest(quarantine)
    return new_against(ReleaseFiles(ctx.public, plan.base).quarantine(), quarantine)


def _candidate(
    ctx: Context, plan: FoldPlan, places: pa.Table, result: FoldedRows, guarded: Guarded, findings: list[Judged]
) -> Built:
    declared, counts = plan.declared, result.folded.counts
    twice = sum(partition.twice for partition in result.folded.changed)
    looked = personal(declared.dataset, result)
    guard_findings = [*guarded.findings, *looked, unique_key(twice), *approvals(plan, counts)]
    # A check at `block` also counts rows of fetches that are in the base already.
    findings = [finding if finding.check.severity == "block" else finding.of(set(plan.own)) for finding in findings]
    verdict, failed = verdict_of(findings, guard_findings)
    fact = quality_fact(verdict, findings, guard_findings, guarded.fetches, declared, result.quarantine)
    assembled = assemble(_parts(ctx, plan, result, _Quality(verdict, failed, fact)))
    return Built(
        assembled=assembled if shows_values(declared) else _with_digest(assembled, result.quarantine),
        counts=counts,
        verdict=verdict,
        reasons=reasons(declared, findings, guard_findings),
        alone=tripping(findings, guard_findings, ("hold", "block")),
        blocked=tripping(findings, guard_findings, ("block",)),
        likeness=_likeness(result, failed),
        folded=result.folded,
        rows=places,
        quarantine=result.quarantine,
        kept=result.kept,
        fetches=tuple(guarded.fetches),
        quiet=plan.looked_at and plan.base is not None and _quiet(ctx, plan, result, guarded),
    )


def _with_digest(assembled: Assembled, quarantine: pa.Table) -> Assembled:
    """A candidate with the digest of its quarantine beside it, which no document names: it stays private."""
    body = entries_digest(quarantine).encode()
    return replace(assembled, files=(*assembled.files, File(DIGEST, body, sha256(body))))


def _parts(ctx: Context, plan: FoldPlan, result: FoldedRows, quality: _Quality) -> Parts:
    declared, folded = plan.declared, result.folded
    return Parts(
        dataset=declared.dataset,
        agency=declared.agency,
        previous=plan.previous or plan.base,
        base=plan.base,
        kind="first" if plan.base is None else plan.kind,
        as_of=_as_of(ctx, plan),
        fingerprint=declared.fingerprint,
        suite=declared.suite_digest,
        evidence=plan.own,
        over=plan.over,
        inputs=_inputs(ctx, plan),
        partitions=tuple(
            NewPartition(changed.label, changed.table, changed.content_sha256, changed.packed)
            for changed in folded.changed
        ),
        carried=folded.kept,
        changes=folded.moved,
        counts=folded.counts,
        quarantine=result.quarantine if declared.dataset.minsheng.quarantine == "table" else None,
        verdict=quality.verdict,
        failed=quality.failed,
        maturity=maturity_of(ctx, declared, (plan.base, plan.previous or plan.base), folded, again=plan.again),
        facts=_facts(declared, quality, _provenance(ctx, plan)),
        synthetic=ctx.synthetic,
    )


def _likeness(result: FoldedRows, failed: tuple[str, ...]) -> str:
    entries = result.quarantine.drop_columns(["fetch", "row"]).to_pylist()
    hashes = {partition.label: partition.content_sha256 for partition in result.folded.changed}
    return digest({"hashes": hashes, "failed": sorted(failed), "left": sorted(str(entry) for entry in entries)})


def _as_of(ctx: Context, plan: FoldPlan) -> str:
    """The time of the newest fetch: of this plan, or of the base if that is later and not misdated."""
    evidence, last = ctx.evidence(plan.declared.slug), max(plan.fetches, default=0)
    times = [evidence.read(k).fetched_at for k in plan.fetches]
    base = [dt.datetime.fromisoformat(plan.base.facts.as_of)] if plan.base else []
    latest = max([*times, *base])
    if last and latest > (newest := evidence.read(last).fetched_at):
        # Fetches are in order of time, unless a clock was wrong and an operator vouched for a right one since.
        vouched = any(evidence.read(k).clock_is_right_at for k in range(last, 0, -1))
        return (newest if vouched else latest).isoformat()
    return latest.isoformat()


def _inputs(ctx: Context, plan: FoldPlan) -> tuple[Input, ...]:
    """The releases that were read: reference tables, and what the newest evidence was derived from."""
    newest = max(plan.fetches, default=None)
    derived = ctx.evidence(plan.declared.slug).read(newest).asked.get("inputs", []) if newest else []
    inputs = [*plan.declared.inputs, *(Input(**values) for values in derived)]
    by_dataset = {release.dataset: release for release in inputs}  # of two releases of a dataset the derived one
    return tuple(release for _, release in sorted(by_dataset.items()))


def _provenance(ctx: Context, plan: FoldPlan) -> Document:
    evidence = ctx.evidence(plan.declared.slug)
    fetches = []
    for k in plan.listed:
        record = evidence.read(k)
        fetches.append(
            {"k": k, "fetched_at": record.fetched_at.isoformat(), "bodies": list(record.bodies)}
            | {name: record.asked[name] for name in ("query", "inputs") if name in record.asked}
            | ({"missing": list(record.missing)} if record.missing else {})
        )
    return {"code": code(), "evidence": fetches, "again": plan.again, "excluded": ranges(plan.excluded)}
