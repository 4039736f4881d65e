"""Evidence on a base -> a candidate: decode, hear, conform, judge, leave, fold, guard. Writes nothing."""

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from catalog import keys
from catalog.declaration.dataset import Dataset, digest
from catalog.formats import parquet
from catalog.release import publish
from catalog.release.changes import Counts
from catalog.release.document import Candidate, Document, NewPartition, Parts, Release, Verdict, assemble, ranges
from catalog.rows import match
from pipelines import decisions
from pipelines import declared as bases
from pipelines.candidate.figures import Brought, fetch_figures
from pipelines.candidate.plan import Refusal, Task
from pipelines.candidate.records import heard as heard_of
from pipelines.candidate.records import windows_of
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
from pipelines.conform.rows import Conformed, allowed, bounds, conform
from pipelines.context import Context, code
from pipelines.declared import Basis
from pipelines.fold import windows
from pipelines.fold.partitions import Asked, Base, Conflict, Folded, arrange, collapse, fold
from pipelines.refresh.outcome import Item
from pipelines.refresh.state import Line, Waiting
from quality import guards
from quality.suite import Check, checks


@dataclass(frozen=True)
class Built:
    """What came of it."""

    candidate: Candidate
    counts: Counts
    verdict: Verdict
    reasons: tuple[str, ...]
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

    def waiting(self, since: str) -> Waiting:
        """Return it as what waits for a steward since a time."""
        document = self.candidate.document
        return Waiting(self.candidate.identity, document, self.likeness, since, self.reasons, self.alone)

    def item(self, line: Line, fetched_at: str) -> Item:
        """Return what a run says of it when it waits."""
        return Item(
            dataset=line.slug,
            fetched_at=fetched_at,
            outcome="held",
            release=line.base.n if line.base else None,
            candidate=self.candidate.identity,
            reason="; ".join(self.reasons),
            changes=self.counts._asdict(),
            failed_checks=tuple(self.candidate.document["minsheng"]["quality"]["failed"]),
        )


def build(ctx: Context, task: Task) -> Built | None:
    """Fold evidence on a base and judge the result.

    Returns:
        The candidate, or None when a regular fold changes nothing: then no suite was run.

    Raises:
        Refusal: one fetch cannot be folded; names which and why.
    """
    made = _judged(ctx, task)
    pa.default_memory_pool().release_unused()
    return _assemble(ctx, task, *made) if made else None


def _judged(ctx: Context, task: Task) -> tuple["_Step", list[Judged]] | None:
    """The fold, and what was found; None when a regular one changes nothing."""
    dataset = task.basis.dataset
    heard = together([heard_of(ctx, task.basis, k) for k in sorted({*task.own, *task.over})])
    conformed = arrange(dataset, conform(dataset, heard.raw, task.basis.tables))
    heard = replace(heard, raw=conformed.raw)
    base = _base(ctx, task)
    windowed = dataset.minsheng.load == "window"
    asked_for = Asked(windows_of(ctx, task.basis, (*task.own, *task.over)), task.own) if windowed else None
    # What the schema takes out shows already whether anything is new; only then is the suite worth its seconds.
    plain = _fold(task, conformed, heard, base, asked_for)
    regular = task.base is not None and _suite_of(task.base) == task.basis.suite_digest and not task.again
    # Rows that are the base's were judged by the same suite then: it would take nothing of them now.
    if regular and _quiet(ctx, task, plain):
        return None
    pa.default_memory_pool().release_unused()  # Arrow keeps what it freed; what pandas needs would come on top
    asked = all_checks(task.basis)
    found = judged(dataset.name, conformed, asked)
    more = row_failures(conformed, found)
    step = _fold(task, conformed, heard, base, asked_for, more) if more else plain
    if regular and _quiet(ctx, task, step):
        return None
    # Files are written next: beside them, most of what was heard has no need to lie in memory too.
    guarded = dataset.minsheng.guards.rows
    looked_at = {dataset.minsheng.partition.field, guarded.field if guarded else None}
    wanted = {FETCH, ROW, *dataset.table.primary_key, *looked_at}
    return replace(step, conformed=conformed.only(wanted)), found


def all_checks(basis: Basis) -> list[Check]:
    """Return every check of a dataset: the schema's and quality.yaml's."""
    dataset = basis.dataset
    keys_of = {one.name: allowed(dataset, one, basis.tables) for one in dataset.published}
    ranges = {}
    for one in dataset.published:
        low, high = bounds(one)
        if low is not None or high is not None:
            ranges[one.name] = (low.as_py() if low else None, high.as_py() if high else None)
    sets = {name: values.to_pylist() for name, values in keys_of.items() if values is not None}
    return checks(dataset, basis.suite, sets, ranges)


def metadata(
    ctx: Context,
    basis: Basis,
    base: Release,
    found: list[Judged] | None = None,
    over: tuple[int, ...] = (),
) -> Candidate:
    """Make a candidate that carries every file of its base: only what is said of the data changes.

    Args:
        ctx: the run.
        basis: the declaration to publish.
        base: the newest release.
        found: findings about the whole table, when the suite changed; at `hold` or worse they make it wait.
        over: evidence that was folded again to see that nothing changes.
    """
    task = Task(basis, base, (), over, kind="metadata")
    fact = publish.read_json(ctx.public, keys.dataset(basis.dataset.name, base.fact("quality")["path"])) or {}
    failed = tuple(base.facts["quality"]["failed"])
    verdict: Verdict = "pass"
    if found is not None:
        grave, now = verdict_of(found, [])
        verdict = "pass" if grave == "pass" else "hold"  # what is published already a steward decides on
        asked = {one.check.id for one in found}
        failed = tuple(sorted({name for name in failed if "." in name and name not in asked} | set(now)))
        fact["checks"] = [one for one in fact.get("checks", []) if "." in one["id"]] + check_lines(basis, found)
    fact |= {"verdict": verdict, "suite": basis.suite_digest}
    quarantine = base.resource("quarantine")
    parts = _parts(task, base.facts["as_of"], fact, verdict, failed)
    kept = (quarantine,) if quarantine else ()
    parts = replace(parts, carried=tuple(base.partitions), kept=kept, synthetic=ctx.synthetic)
    return assemble(replace(parts, inputs=tuple(base.facts["inputs"])) if basis.dataset.inputs else parts)


def shares_keys(ctx: Context, basis: Basis, some: tuple[int, ...], others: tuple[int, ...]) -> bool:
    """Return whether two sets of fetches speak of a common key, or asked for windows that meet."""
    dataset, key = basis.dataset, list(basis.dataset.table.primary_key)
    asked = [windows_of(ctx, basis, fetches).values() for fetches in (some, others)]
    if any(mine.meets(theirs) for mine in asked[0] for theirs in asked[1]):
        return True
    spoken = []
    for fetches in (some, others):
        heard = together([heard_of(ctx, basis, k) for k in fetches])
        rows = conform(dataset, heard.raw, basis.tables).rows.select(key).drop_null()
        spoken.append(rows.group_by(key, use_threads=False).aggregate([]))
    return len(match(spoken[0], spoken[1], key).old) > 0


@dataclass(frozen=True)
class _Step:
    """One fold: with what the schema takes out, or with what the suite takes out too."""

    conformed: Conformed
    heard: Heard
    folded: Folded
    own_quarantine: pa.Table
    """Of the evidence that is judged."""
    collapsed: dict[int, int]


def _base(ctx: Context, task: Task) -> Base:
    release = task.base
    if release is None:
        return Base({}, lambda _: task.basis.dataset.arrow.empty_table(), task.basis.dataset.arrow)
    hashes, schema, other_key, other_partitions = release.hashes, task.basis.dataset.arrow, False, False
    if task.again:
        before, now = bases.of_release(ctx, release).dataset, task.basis.dataset
        schema, other_key = before.arrow, _key(before) != _key(now)
        other_partitions = before.minsheng.partition != now.minsheng.partition
        if before.shape != now.shape:
            hashes = dict.fromkeys(hashes, "of another schema")
    return Base(
        hashes, lambda label: bases.read_partition(ctx.public, release, label), schema, other_key, other_partitions
    )


def _key(dataset: Dataset) -> list[tuple[str, pa.DataType]]:
    return [(name, dataset.field(name).arrow) for name in dataset.table.primary_key]


def _fold(
    task: Task,
    conformed: Conformed,
    heard: Heard,
    base: Base,
    asked: Asked | None,
    more: list[RowFailure] | None = None,
) -> _Step:
    dataset = task.basis.dataset
    left = leave(dataset, conformed, more or [])
    try:
        rows, collapsed = collapse(dataset, left.rows)
    except Conflict as error:
        raise Refusal(dataset.name, error.fetch, str(error)) from error
    strayed = windows.check(rows, asked.windows) if asked else None
    if strayed:
        raise Refusal(dataset.name, *strayed)
    mine = pc.is_in(left.quarantine.column("fetch"), value_set=pa.array(task.spoken_of, pa.int64()))
    folded = fold(dataset, base, rows, asked, whole=task.again)
    return _Step(conformed, heard, folded, left.quarantine.filter(mine), collapsed)


def _news(ctx: Context, task: Task, quarantine: pa.Table) -> bool:
    """Whether something stands in quarantine that the base did not list, or count."""
    if quarantine.num_rows == 0 or task.base is None:
        return bool(quarantine.num_rows > 0)
    slug = task.basis.dataset.name
    if task.basis.dataset.minsheng.quarantine == "counts":
        fact = publish.read_json(ctx.public, keys.dataset(slug, task.base.fact("quality")["path"]))
        return bool(fact["quarantine"]["digest"] != quarantine_counts(quarantine)["digest"])
    resource = task.base.resource("quarantine")
    before = parquet.read(ctx.public.get(keys.dataset(slug, resource["path"])).body) if resource else None
    return new_against(before, quarantine)


def _suite_of(release: Release) -> str:
    return str(release.facts["quality"]["suite"])


def _assemble(ctx: Context, task: Task, step: _Step, found: list[Judged]) -> Built:
    dataset = task.basis.dataset
    counts = step.folded.counts
    fetches, said = _guarded(ctx, task, step)
    said = [*said, _unique(step), *_waits(task, counts)]
    found = [one if one.check.severity == "block" else one.of(set(task.own)) for one in found]
    verdict, failed = verdict_of(found, said)
    fact = quality_fact(verdict, found, said, fetches, task.basis, step.own_quarantine)
    as_of = max(
        [*_times(ctx, task).values(), *([dt.datetime.fromisoformat(task.base.facts["as_of"])] if task.base else [])]
    )
    parts = replace(
        _parts(task, as_of.isoformat(), fact, verdict, failed),
        partitions=tuple(
            NewPartition(one.label, one.table, one.content_sha256, one.packed) for one in step.folded.changed
        ),
        carried=step.folded.kept,
        changes=step.folded.moved,
        counts=counts,
        quarantine=step.own_quarantine if dataset.minsheng.quarantine == "table" else None,
        synthetic=ctx.synthetic,
        facts=_facts(ctx, task, fact),
        inputs=_inputs(ctx, task),
    )
    return Built(
        candidate=assemble(parts),
        counts=counts,
        verdict=verdict,
        reasons=reasons(task.basis, found, said),
        alone=tripping(found, said, ("hold", "block")),
        blocked=tripping(found, said, ("block",)),
        likeness=_likeness(step, failed),
        folded=step.folded,
        rows=step.conformed.rows,
        quarantine=step.own_quarantine,
    )


def _quiet(ctx: Context, task: Task, step: _Step) -> bool:
    """Whether nothing changes, nothing new stands in quarantine, and no guard speaks of what was heard."""
    if step.folded.changed or _news(ctx, task, step.own_quarantine):
        return False
    _, said = _guarded(ctx, task, step)
    return all(one.success for one in said)


def _times(ctx: Context, task: Task) -> dict[int, dt.datetime]:
    """When each fetch of the fold began."""
    evidence = ctx.evidence(task.basis.dataset.name)
    return {k: evidence.read(k).fetched_at for k in sorted({*task.own, *task.over})}


def _guarded(ctx: Context, task: Task, step: _Step) -> tuple[list[guards.FetchFigures], list[guards.GuardFinding]]:
    """The figures of each fetch that is judged, and what the guards say."""
    dataset = task.basis.dataset
    times = _times(ctx, task)
    mine = {k: times[k] for k in task.own}  # what is in releases already was let pass then
    brought = Brought(step.heard, step.conformed.rows, step.own_quarantine, step.collapsed, step.folded.spoken)
    fetches = fetch_figures(dataset, brought, mine)
    replaces = dataset.minsheng.load == "replace" or task.again
    before = task.base.rows if task.base else 0
    fold_figures = guards.FoldFigures(step.folded.counts, before if replaces else step.folded.in_windows, before)
    return fetches, guards.judge(dataset.minsheng.guards, fold_figures, fetches)


def _unique(step: _Step) -> guards.GuardFinding:
    """The key after the fold: the fold makes it unique, and this is the proof."""
    twice = sum(one.twice for one in step.folded.changed)
    return guards.GuardFinding("key.unique", "block", twice == 0, f"{twice} keys twice", "each key once")


def _waits(task: Task, counts: Counts) -> list[guards.GuardFinding]:
    """What the declaration wants to wait for: its first release, a change of schema, rows that read differently."""
    approve, first = task.basis.dataset.minsheng.approve, task.base is None
    found = []
    if approve == "always" or (approve == "first" and first):
        found.append(
            guards.GuardFinding("approve.declared", "hold", False, f"approve: {approve}", "a steward's approval")
        )
    if task.waits:
        what = "the schema changed" if task.kind == "schema" else "the declaration reads the same evidence differently"
        observed = f"{what}: +{counts.insert} ~{counts.update} -{counts.delete} rows"
        found.append(guards.GuardFinding(f"approve.{task.kind}", "hold", False, observed, "a steward's approval"))
    return found


def _likeness(step: _Step, failed: tuple[str, ...]) -> str:
    lines = step.own_quarantine.drop_columns(["fetch", "row"]).to_pylist()
    hashes = {one.label: one.content_sha256 for one in step.folded.changed}
    return digest({"hashes": hashes, "failed": sorted(failed), "left": sorted(str(line) for line in lines)})


def _inputs(ctx: Context, task: Task) -> tuple[Document, ...]:
    """The releases that were looked at: reference tables, and what the newest evidence was derived from."""
    evidence = ctx.evidence(task.basis.dataset.name)
    folded = max([*task.own, *task.over], default=None)
    derived = evidence.read(folded).asked.get("inputs", []) if folded else []
    by_dataset = {one["dataset"]: one for one in [*task.basis.inputs, *derived]}
    return tuple(one for _, one in sorted(by_dataset.items()))


def _facts(ctx: Context, task: Task, quality: Document) -> dict[str, Document]:
    evidence = ctx.evidence(task.basis.dataset.name)
    excluded = decisions.excluded(decisions.read(ctx.private, task.basis.dataset.name))
    provenance: dict[str, Any] = {"code": code(), "evidence": []}
    for k in task.spoken_of:
        record = evidence.read(k)
        provenance["evidence"].append(
            {"k": k, "fetched_at": record.fetched_at.isoformat(), "bodies": list(record.bodies)}
            | {name: record.asked[name] for name in ("query", "inputs") if name in record.asked}
        )
    provenance |= {"again": task.again, "excluded": ranges(excluded)}
    return {"quality": quality, "provenance": provenance, "declaration": task.basis.fact}


def _parts(task: Task, as_of: str, quality: Document, verdict: Verdict, failed: tuple[str, ...]) -> Parts:
    return Parts(
        dataset=task.basis.dataset,
        agency=task.basis.agency,
        previous=task.base,
        base=task.base,
        kind="first" if task.base is None else task.kind,
        as_of=as_of,
        fingerprint=task.basis.fingerprint,
        suite=task.basis.suite_digest,
        evidence=task.own,
        over=task.over,
        inputs=task.basis.inputs,
        partitions=(),
        carried=(),
        changes=None,
        counts=Counts(),
        quarantine=None,
        verdict=verdict,
        failed=failed,
        facts={"quality": quality, "provenance": {"code": code(), "evidence": []}, "declaration": task.basis.fact},
        synthetic=False,
    )
