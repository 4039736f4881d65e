"""What one step of a refresh came to; and the step that refuses fetches."""

from dataclasses import dataclass

from catalog.reasons.values import Reason
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
