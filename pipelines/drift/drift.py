"""After a source changed: what changed, in a sentence each, and the patch to dataset.yaml that would accept it."""

import contextlib
import difflib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from catalog.declaration.dataset import Dataset
from catalog.errors import DecisionError, SourceError
from catalog.release import served
from catalog.release.read import ReleaseFiles
from pipelines.context import Context
from pipelines.drift.cells import cell_changes
from pipelines.drift.changes import Draft, Past, SourceChange
from pipelines.drift.columns import column_changes
from pipelines.drift.corrections import mended
from pipelines.drift.layouts import moved_values
from pipelines.drift.sources import address_changes, knows, page_sizes, paging_changes, read_answer, writing_changes
from pipelines.records import Record
from pipelines.refresh.state import read_state
from pipelines.trial.chosen import chosen
from pipelines.trial.trial import Trial, trial
from pipelines.trial.world import dry, hear_file, hear_ours, release_tables


@dataclass(frozen=True)
class Drift:
    """What changed in the source of a dataset."""

    slug: str
    fetch: int
    changes: tuple[SourceChange, ...]
    patch: str
    """A unified diff of dataset.yaml, for `patch -p1` beside the folder of declarations; empty where nothing is
    edited."""
    after: Trial | None
    """What a run would make of the answers after the patch; None without one."""


def drift(ctx: Context, slug: str, *, file: Path | None = None) -> Drift:
    """Find what changed in the newest answer, against the declaration and the last release.

    Args:
        ctx: the world; its stores are only read, and no agency is asked.
        slug: the dataset.
        file: look at this file instead, as if the agency had just sent it.

    Raises:
        DecisionError: there is no answer to look at.
        DeclarationError: the declaration is wrong.
    """
    path = ctx.declarations.folder / slug / "dataset.yaml"
    dataset = ctx.declarations.dataset(slug)
    draft = Draft(path.read_text(encoding="utf-8"), dataset)
    world = dry(ctx)
    release_tables(world, slug)
    hear_ours(world, slug)
    k = hear_file(world, slug, file) if file else _newest(world, slug)
    record = world.evidence(slug).read(k)
    edited = _changed(world, draft, record)
    patch = diff(draft.text, edited.text, path)
    after = None
    if patch and (record.complete or chosen(read_state(world, slug), None)):
        after = trial(replace(ctx, declarations=ctx.declarations.instead(edited.dataset)), slug, file=file)
    return Drift(slug, k, edited.changes, patch, after)


def _newest(ctx: Context, slug: str) -> int:
    """The newest fetch that a trial would look at, or the newest of all if that one did not come whole."""
    state = read_state(ctx, slug)
    whole = chosen(state, None)
    newest = state.newest_k
    if newest and not state.evidence.read(newest).complete and state.evidence.read(newest).pages:
        return newest
    if not whole:
        raise DecisionError(f"{slug} has no answer that is kept; run it first, or look at a file, with --file")
    return whole[-1]


def _changed(ctx: Context, draft: Draft, record: Record) -> Draft:
    """The draft with all that changed: first what keeps the rest from being read."""
    declared = ctx.declarations.with_tables(ctx.public, draft.dataset.name)
    draft = draft.after(address_changes(draft, record, declared.agency))
    if not record.complete:
        return draft
    evidence, past = ctx.evidence(draft.dataset.name), _past(ctx, draft.dataset, record.k, declared.tables)
    bodies = [evidence.body(page["sha256"]) for page in record.answers]
    answer = read_answer(draft.dataset, record, bodies)
    if answer.records is None or not knows(draft.dataset, answer.records):
        other = writing_changes(draft, record, bodies)
        draft = draft.after(other)
        answer = read_answer(draft.dataset, record, bodies) if other else answer
    with contextlib.suppress(SourceError):  # what cannot be read has no rows to be counted; that is told below
        draft = draft.after(paging_changes(draft, record, page_sizes(draft.dataset, record, bodies), past))
    if answer.records is None:
        told = [SourceChange("unreadable", answer.fault)] if answer.fault and not draft.changes else []
        return draft.after(told)
    draft = draft.after(moved_values(draft, bodies))
    draft = draft.after(column_changes(draft, answer.records, past))
    try:
        draft = draft.after(mended(draft, answer.records))
        return draft.after(cell_changes(draft, answer.records, past))
    except SourceError as error:  # a column that every row needs is gone, and nobody knows what stands for it
        return draft if draft.changes else draft.after([SourceChange("unreadable", error.message)])


def _past(ctx: Context, dataset: Dataset, k: int, tables: Mapping[str, pa.Table]) -> Past:
    """The newest release before a fetch: that a unit changed is seen by no guard, and may be released."""
    release = served.served(ctx.public, dataset.name)
    while release and k in release.facts.evidence:
        release = served.base_of(ctx.public, release)
    key = dataset.table.primary_key
    times = frozenset(one.name for one in dataset.table.fields if one.date is not None)
    rows = dataset.arrow.empty_table()
    if release and release.partitions:
        rows = ReleaseFiles(ctx.public, release).partition(max(release.partitions))
    return Past(rows, release.rows if release else 0, key, times, tables)


def diff(before: str, after: str, path: Path) -> str:
    """Return a unified diff of a declaration, for `patch -p1` beside the folder of declarations; empty if none.

    Args:
        before: its text.
        after: the text that is proposed.
        path: of the declaration.
    """
    if before == after:
        return ""
    name = Path(path.parent.parent.name, path.parent.name, path.name).as_posix()
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{name}", f"b/{name}"
    )
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
