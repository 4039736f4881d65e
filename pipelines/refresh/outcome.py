"""What a run says of one dataset and one fold."""

from dataclasses import dataclass
from typing import Any, Literal

from catalog.release.document import Document, Release

Said = Literal["released", "unchanged", "held", "refused", "failed"]


@dataclass(frozen=True)
class Item:
    """What one fold, or one fetch that could not be folded, came to."""

    dataset: str
    fetched_at: str | None
    outcome: Said
    release: int | None = None
    """The release that is served now."""
    candidate: str | None = None
    reason: str | None = None
    changes: Document | None = None
    rows: int | None = None
    failed_checks: tuple[str, ...] = ()
    out_of_reach: bool = False
    """Whether it failed because the agency did not answer."""

    def json(self) -> dict[str, Any]:
        """Return what `minsheng run --json` documents."""
        names = ("dataset", "fetched_at", "outcome", "release", "candidate", "reason")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class Proposal:
    """What a step came to: something decided, or a candidate that may be committed, or nothing to do."""

    item: Item | None = None
    passing: str | None = None
    """The id of a staged candidate that may be committed."""


def released(release: Release) -> Item:
    """Say that a candidate was released."""
    facts = release.facts
    return Item(
        dataset=str(release.document["name"]),
        fetched_at=facts["as_of"],
        outcome="released",
        release=release.n,
        candidate=release.candidate,
        reason=None if facts["kind"] in ("first", "regular") else facts["kind"],
        changes=facts["changes"],
        rows=release.rows,
        failed_checks=tuple(facts["quality"]["failed"]),
    )
