"""The fold of the rows that may be published: what left before it, what collapsed, what is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.candidate.plan import FoldPlan, Refusal
from pipelines.candidate.rows import PlannedRows
from pipelines.conform.columns import FETCH
from pipelines.conform.quarantine import RowFailure, conflicting, in_order, leave
from pipelines.fold import windows
from pipelines.fold.conflicts import number, settle
from pipelines.fold.partitions import Conflict, Folded, collapse, fold

_MOST_SHOWN = 10
"""How many of the rows that are folded stay in memory, for a person who looks at them."""


@dataclass(frozen=True)
class KeptRows:
    """The rows that are folded: heard, and neither left nor the same as another of their fetch."""

    counts: Mapping[int, int]
    """By fetch."""
    first: pa.Table = field(repr=False)
    """`_fetch`, `_row` and the published fields of the first of them, in the order of the fold."""


@dataclass(frozen=True)
class FoldedRows:
    """The fold of the rows that may be published, and what left before it."""

    folded: Folded
    quarantine: pa.Table
    """The entries of those fetches whose quarantine the release lists."""
    collapsed: Mapping[int, int]
    """By fetch: rows that were the same as another."""
    kept: KeptRows
    new: tuple[str, ...] = ()
    """Columns that the base does not have: all of them in a first release."""


def fold_rows(plan: FoldPlan, rows: PlannedRows, taken: list[RowFailure]) -> FoldedRows:
    """Take out what breaks the schema or, as `taken` says, quality.yaml; fold the rest.

    Args:
        plan: the plan.
        rows: the rows of its fetches, and its base.
        taken: the rows that checks of quality.yaml take out.

    Raises:
        Refusal: a fetch has one key with two contents, or rows that were not asked for.
    """
    dataset = plan.declared.dataset
    left = leave(dataset, rows.conformed, taken)
    settled = settle(dataset, left.rows)
    quarantine = left.quarantine
    if settled.left.num_rows:
        quarantine = in_order(pa.concat_tables([quarantine, conflicting(dataset, rows.conformed, settled.left)]))
    try:
        kept, alike = collapse(dataset, number(dataset, settled.rows))
    except Conflict as error:
        raise Refusal(dataset.name, error.fetch, str(error)) from error
    outside = windows.check(kept, rows.asked.windows) if rows.asked else None
    if outside:
        raise Refusal(dataset.name, *outside)
    collapsed = {k: alike.get(k, 0) + settled.older.get(k, 0) for k in sorted({*alike, *settled.older})}
    listed = pc.is_in(quarantine.column("fetch"), value_set=pa.array(plan.listed, pa.int64()))
    folded = fold(dataset, rows.base, kept, rows.asked, whole=plan.again)
    before = rows.base.schema.names if plan.base else ()
    new = tuple(name for name in dataset.arrow.names if name not in before)
    return FoldedRows(folded, quarantine.filter(listed), collapsed, _kept(kept), new)


def _kept(rows: pa.Table) -> KeptRows:
    counted = rows.column(FETCH).combine_chunks().value_counts().to_pylist()
    # Copied: a slice would hold all rows in memory.
    first = rows.take(pa.array(range(min(rows.num_rows, _MOST_SHOWN)), pa.int64()))
    return KeptRows({fetch["values"]: fetch["counts"] for fetch in counted}, first)
