"""A declaration that reads the same evidence otherwise, a suite that judges otherwise: fold, or judge, once again."""

import itertools
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog import keys
from catalog.errors import DeclarationError
from catalog.formats import parquet
from catalog.release import changes, publish
from catalog.release.document import Kind, Release, numbers
from catalog.rows import last_of_each_key
from pipelines import declared as bases
from pipelines.candidate.build import Built, all_checks, build, metadata
from pipelines.candidate.plan import Refusal, Task
from pipelines.candidate.verdict import judged, reasons
from pipelines.conform.columns import FETCH, ROW
from pipelines.conform.rows import Conformed
from pipelines.context import Context
from pipelines.declared import Basis
from pipelines.evidence import Outcome
from pipelines.refresh.outcome import Item, Proposal
from pipelines.refresh.state import Line, Waiting
from pipelines.refresh.status import write_status
from pipelines.refresh.waiting import hold


def line_evidence(ctx: Context, release: Release, replaces: bool) -> tuple[int, ...]:
    """Return the evidence of which a release is the fold: all of its line's; with `replace` the newest.

    Args:
        ctx: the run.
        release: the release.
        replaces: whether each fetch is the whole truth.
    """
    found: set[int] = set()
    for n in range(release.n, 0, -1):
        one = release if n == release.n else publish.load(ctx.public, release.document["name"], n)
        found |= set(numbers(one.facts["evidence"])) | set(numbers(one.facts["over"]))
        if found and replaces:
            return (max(found),)
    return tuple(sorted(found))


def refold(ctx: Context, line: Line, basis: Basis, base: Release) -> Proposal:
    """Fold the base's evidence again by the declaration as it stands, and go by what differs.

    Nothing: a `metadata` release. Only rows back from quarantine: they go on by themselves. Else it waits, as kind
    `schema` or `refold`, and is made again with each night's evidence until a steward decides.
    """
    replaces = basis.dataset.minsheng.load == "replace"
    other_schema = bases.of_release(ctx, base).dataset.shape != basis.dataset.shape
    pending = tuple(line.readable[-1:] if replaces else line.readable)
    if _waits_already(line, basis, base, pending):
        return Proposal()
    heard = _heard(line, replaces)
    plain = Task(basis, base, (), over=heard, kind="refold", again=True)
    try:
        alone = _build(ctx, plain)
        if not other_schema and not alone.folded.changed:
            return Proposal(passing=publish.stage(ctx.private, line.slug, metadata(ctx, basis, base, over=heard)))
        if not other_schema and alone.verdict == "pass" and _only_back(ctx, base, alone, basis):
            return Proposal(passing=publish.stage(ctx.private, line.slug, alone.candidate))
        over = () if replaces and pending else heard
        kind: Kind = "schema" if other_schema else "refold"
        built = _build(ctx, replace(plain, own=pending, over=over, kind=kind, waits=True))
    except Refusal as error:
        return Proposal(_refused(ctx, line, error))
    if built.verdict == "block":
        raise DeclarationError(
            f"{line.slug}: the declaration as it stands blocks what is published: {'; '.join(built.reasons)}; change it"
        )
    since = line.waiting.since if line.waiting else line.now(ctx)
    hold(ctx, line, built.candidate, built.waiting(since))
    write_status(ctx, line)
    return Proposal(built.item(line, built.candidate.document["minsheng"]["as_of"]))


def _heard(line: Line, replaces: bool) -> tuple[int, ...]:
    """All that was heard and counts, which may change something now that changed nothing then; if so, the newest."""
    counting = (k for k in range(line.newest_k, 0, -1) if line.had_its_word(k))
    return tuple(sorted(itertools.islice(counting, 1 if replaces else None)))


def rejudge(ctx: Context, line: Line, basis: Basis, base: Release) -> Proposal | None:
    """Judge all that is published by a changed quality.yaml: `metadata`, which waits if something is at hold.

    Returns:
        None when that was done and waits: meanwhile the nights go on by the suite before.
    """
    waiting = line.waiting
    if waiting and waiting.is_of_declaration and waiting.fits(basis.fingerprint, basis.suite_digest) and line.follows:
        return None
    table = bases.read_table(ctx.public, base)
    places = {FETCH: pa.array(np.zeros(table.num_rows, np.int64)), ROW: pa.array(np.arange(1, table.num_rows + 1))}
    rows = pa.table(places | {name: table.column(name) for name in basis.dataset.arrow.names})
    texts = pa.table(places | {name: table.column(name).cast(pa.string()) for name in basis.dataset.arrow.names})
    asked = [check for check in all_checks(basis) if check.rule is None]
    found = judged(line.slug, Conformed(rows, {}, texts, ()), asked)
    candidate = metadata(ctx, basis, base, found)
    if candidate.document["minsheng"]["quality"]["verdict"] == "pass":
        return Proposal(passing=publish.stage(ctx.private, line.slug, candidate))
    why = reasons(basis, found, [], "published rows")
    waits = Waiting(candidate.identity, candidate.document, candidate.identity, line.now(ctx), why, alone=())
    hold(ctx, line, candidate, waits)
    write_status(ctx, line)
    failed = tuple(candidate.document["minsheng"]["quality"]["failed"])
    return Proposal(
        Item(line.slug, base.facts["as_of"], "held", base.n, candidate.identity, "; ".join(why), None, None, failed)
    )


def _build(ctx: Context, task: Task) -> Built:
    built = build(ctx, task)
    if built is None:
        raise AssertionError("folding again always gives a candidate")
    return built


def _refused(ctx: Context, line: Line, error: Refusal) -> Item:
    """A pending fetch that cannot be folded is refused; one that is in a release already is the declaration's fault."""
    if error.k not in line.open:
        raise DeclarationError(
            f"{error}: fetch {error.k} was released under the declaration before; the new one cannot read it, mend it"
        ) from error
    line.decide(error.k, Outcome("refused", reason=str(error)))
    write_status(ctx, line, failing=str(error))
    at = line.evidence.read(error.k).fetched_at.isoformat()
    return Item(line.slug, at, "refused", line.base.n if line.base else None, reason=str(error))


def _waits_already(line: Line, basis: Basis, base: Release, pending: tuple[int, ...]) -> bool:
    """Whether equal inputs made the candidate that waits."""
    if line.waiting is None:
        return False
    said = line.waiting.document["minsheng"]
    inputs = (said["fingerprint"], said["quality"]["suite"], said["base"], numbers(said["evidence"]))
    return bool(inputs == (basis.fingerprint, basis.suite_digest, base.n, pending))


def _only_back(ctx: Context, base: Release, built: Built, basis: Basis) -> bool:
    """Whether folding again does nothing but bring back what stood in quarantine: those rows, and those cells."""
    if built.counts.delete:
        return False
    before: dict[tuple[int, int], set[str]] = {}
    for n in range(1, base.n + 1):
        for fetch, row, column, left in _quarantined(ctx, publish.load(ctx.public, basis.dataset.name, n)):
            before.setdefault((fetch, row), set()).add("*" if left == "row" else column)
    if built.counts.insert + built.counts.update > len(before):
        return False
    key = list(basis.dataset.table.primary_key)
    last = last_of_each_key(built.rows.select([FETCH, ROW, *key]).filter(_known(built.rows, key)), key, FETCH)
    places = {tuple(row[name] for name in key): (row[FETCH], row[ROW]) for row in last.to_pylist()}
    for row in built.folded.moved.to_pylist() if built.folded.moved is not None else ():
        back = before.get(places[tuple(row[name] for name in key)], set())
        moved = {
            name for name in row if f"{changes.BEFORE}{name}" in row and row[name] != row[f"{changes.BEFORE}{name}"]
        }
        if "*" not in back and (row[changes.CHANGE] == "insert" or not moved <= back):
            return False
    return True


def _known(rows: pa.Table, key: list[str]) -> pa.ChunkedArray:
    """Which rows have a whole key."""
    found = pc.is_valid(rows.column(key[0]))
    for name in key[1:]:
        found = pc.and_(found, pc.is_valid(rows.column(name)))
    return found


def _quarantined(ctx: Context, release: Release) -> list[tuple[int, int, str, str]]:
    """Fetch, row, column and what left, of each entry of a release's quarantine."""
    resource = release.resource("quarantine")
    if resource is None:
        return []
    table = parquet.read(ctx.public.get(keys.dataset(release.document["name"], resource["path"])).body)
    return [(one["fetch"], one["row"], one["column"], one["left"]) for one in table.to_pylist()]
