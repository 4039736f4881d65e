"""What a run reports of one dataset and one fold."""

from dataclasses import dataclass
from typing import Any, Literal

from catalog.release.changes import Counts
from catalog.release.document import Release

RefreshOutcome = Literal["released", "unchanged", "held", "refused", "failed"]


@dataclass(frozen=True)
class RefreshResult:
    """What one fold, or one fetch that could not be folded, came to."""

    dataset: str
    fetched_at: str | None
    """ISO 8601."""
    outcome: RefreshOutcome
    release: int | None = None
    """The release that is served now."""
    candidate: str | None = None
    reason: str | None = None
    changes: Counts | None = None
    rows: int | None = None
    failed_checks: tuple[str, ...] = ()
    out_of_reach: bool = False
    """Whether it failed because the agency did not answer."""

    def json(self) -> dict[str, Any]:
        """Return what `minsheng run --json` documents."""
        names = ("dataset", "fetched_at", "outcome", "release", "candidate", "reason")
        return {name: getattr(self, name) for name in names}


def released(release: Release) -> RefreshResult:
    """Say that a candidate was released."""
    facts = release.facts
    return RefreshResult(
        dataset=release.name,
        fetched_at=facts.as_of,
        outcome="released",
        release=release.n,
        candidate=release.candidate,
        reason=None if facts.kind in ("first", "regular") else facts.kind,
        changes=facts.changes,
        rows=release.rows,
        failed_checks=facts.failed,
    )
