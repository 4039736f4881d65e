"""The fetches of a plan -> their typed rows, in the order of the fold, and the base."""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from catalog.declaration.dataset import Dataset
from catalog.release.read import ReleaseFiles
from pipelines.candidate.plan import FoldPlan
from pipelines.candidate.records import read_fetch
from pipelines.candidate.spoken import windows_of
from pipelines.conform.columns import RawRows, concatenate
from pipelines.conform.rows import Conformed, conform
from pipelines.context import Context
from pipelines.declared import of_release
from pipelines.fold.partitions import AskedWindows, Base, arrange


@dataclass(frozen=True)
class PlannedRows:
    """The rows of all fetches of a plan, and the base that they are folded on."""

    raw: RawRows
    conformed: Conformed
    base: Base
    asked: AskedWindows | None
    """None where the dataset is not loaded by windows."""
    fetched_at: Mapping[int, dt.datetime]
    """By fetch of the plan."""


def planned_rows(ctx: Context, plan: FoldPlan) -> PlannedRows:
    """Decode and type the rows of all fetches of a plan.

    Raises:
        Refusal: the answers of a fetch are not records of this dataset.
    """
    declared, evidence = plan.declared, ctx.evidence(plan.declared.slug)
    raw = concatenate([read_fetch(ctx, declared, k) for k in plan.fetches])
    conformed = arrange(declared.dataset, conform(declared.dataset, raw.table, declared.tables))
    by_windows = declared.dataset.minsheng.load == "window"
    return PlannedRows(
        raw=dataclasses.replace(raw, table=conformed.raw),
        conformed=conformed,
        base=_base(ctx, plan),
        asked=AskedWindows(windows_of(ctx, declared, plan.fetches, conformed.rows), plan.own) if by_windows else None,
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
