"""What a run reports of one dataset and one fold."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from catalog.reasons.sentences import in_both, sentences
from catalog.reasons.stored import to_json
from catalog.reasons.values import Gaps, Reason, ReleasedAs
from catalog.release.changes import Counts
from catalog.release.document import Release
from pipelines.candidate.counts import RecordCounts
from pipelines.records import Record

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
    reasons: tuple[Reason, ...] = ()
    """Why it is so, with what stewards may read; of a release that brings no regular news, its kind."""
    changes: Counts | None = None
    rows: int | None = None
    failed_checks: tuple[str, ...] = ()
    records: RecordCounts | None = None
    """Of a release of regular news: where the records of its fetches are."""
    out_of_reach: bool = False
    """Whether it failed because the agency did not answer."""

    @property
    def reason(self) -> str | None:
        """The reasons as one English sentence."""
        return sentences(self.reasons) or None

    @property
    def in_both(self) -> str:
        """The reasons in both languages, a line each, for a page that has no language; else the outcome."""
        return "\n".join(map(in_both, self.reasons)) or self.outcome

    def json(self) -> dict[str, Any]:
        """Return what `minsheng run --json` documents."""
        names = ("dataset", "fetched_at", "outcome", "release", "candidate", "reason")
        return {name: getattr(self, name) for name in names} | {
            "records": self.records and self.records.json(),
            "reasons": [to_json(each) for each in self.reasons],
        }


def released(release: Release, heard: Iterable[Record] = (), records: RecordCounts | None = None) -> RefreshResult:
    """Say that a candidate was released.

    Args:
        release: the release.
        heard: its fetches; of regular news it is said what they did not find.
        records: where the records of these fetches are.
    """
    facts = release.facts
    regular = facts.kind in ("first", "regular")
    return RefreshResult(
        dataset=release.name,
        fetched_at=facts.as_of,
        outcome="released",
        release=release.n,
        candidate=release.candidate,
        reasons=gaps(heard) if regular else (ReleasedAs(release=facts.kind),),
        changes=facts.changes,
        rows=release.rows,
        records=records if regular else None,
        failed_checks=facts.failed,
    )


def gaps(heard: Iterable[Record]) -> tuple[Gaps, ...]:
    """Return how many addresses had nothing, where the declaration allows that."""
    torn = [record for record in heard if record.missing]
    asked, missing = sum(len(record.pages) for record in torn), sum(len(record.missing) for record in torn)
    return (Gaps(missing=missing, asked=asked),) if torn else ()
