"""What one step of a refresh came to."""

from dataclasses import dataclass

from pipelines.refresh.result import RefreshResult
from pipelines.refresh.state import DatasetState


@dataclass(frozen=True)
class Step:
    """How a dataset stands after a step; with what was decided, or a candidate to commit; with neither, all is done."""

    state: DatasetState
    result: RefreshResult | None = None
    passing: str | None = None
    """The id of a staged candidate that may be committed."""
