"""What one step of a refresh came to; what a fold comes to; and the steps that refuse fetches."""

from dataclasses import dataclass
from typing import Literal

from catalog import keys
from catalog.reasons.values import Reason, Withdrawn
from pipelines import decisions
from pipelines.candidate.build import Built
from pipelines.candidate.plan import FoldPlan
from pipelines.context import Context
from pipelines.records import Outcome
from pipelines.refresh.repair import conclude
from pipelines.refresh.result import RefreshResult
from pipelines.refresh.state import DatasetState
from pipelines.refresh.status import write_status


@dataclass(frozen=True)
class Step:
    """How a dataset stands after a step; with what was decided, or a candidate to commit; with neither, all is done."""

    state: DatasetState
    result: RefreshResult | None = None
    passing: str | None = None
    """The id of a staged candidate that may be committed."""


FoldResult = Literal["unchanged", "without-rows", "blocked", "held", "passes"]


def comes_of(plan: FoldPlan, built: Built | None) -> FoldResult:
    """Return what becomes of a fold: `without-rows` is a first release that would have no row, and may not.

    Args:
        plan: what was folded on what.
        built: the candidate; None if a regular fold changes nothing.
    """
    if built is None or (plan.regular and built.quiet):
        return "unchanged"
    block = plan.declared.dataset.minsheng
    empty = plan.base is None and not any(partition.table.num_rows for partition in built.folded.changed)
    if empty and not (block.stays_without_rows and not built.rows.num_rows):
        nothing_left = not built.quarantine.num_rows
        return "unchanged" if nothing_left and (block.load == "window" or block.empty == "data") else "without-rows"
    return "blocked" if built.verdict == "block" else "held" if built.verdict == "hold" else "passes"


def refuse(ctx: Context, state: DatasetState, ks: tuple[int, ...], reason: Reason) -> Step:
    """Refuse fetches that cannot be folded, and say so in the status.

    Args:
        ctx: the run.
        state: the dataset.
        ks: numbers of evidence, at least one.
        reason: why.
    """
    at = state.evidence.read(max(ks)).fetched_at.isoformat()
    state = conclude(state, ks, Outcome("refused", reason=reason))
    write_status(ctx, state, failing=(reason,))
    return Step(state, RefreshResult(state.slug, at, "refused", state.n, reasons=(reason,)))


def refuse_withdrawn(ctx: Context, state: DatasetState) -> Step | None:
    """Refuse what the agency still serves although it was withdrawn; what was purged is not kept once more.

    Args:
        ctx: the run.
        state: the dataset.

    Returns:
        The step for the first such fetch; None if none is pending.
    """
    if not state.noticed.withdrawals:
        return None
    for k in state.pending:
        bodies = state.evidence.read(k).bodies
        if withdrawal := decisions.withdrawal(state.decisions, bodies):
            for digest in bodies:
                if state.evidence.purged(digest):
                    ctx.private.delete(keys.blob(digest))
            return refuse(ctx, state, (k,), Withdrawn(notice=withdrawal.of_notice or 0))
    return None
