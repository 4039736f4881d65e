"""The report of a night: what became of every dataset since the report before, one line each."""

import contextlib
import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal

from catalog.declaration.dataset import Dataset
from catalog.errors import IntegrityError
from catalog.reasons.stored import to_json
from catalog.reasons.values import Missed, Reason
from catalog.release import publish
from catalog.release.changes import Counts
from catalog.release.digest import Document
from pipelines.context import ZONE, Context, kind_of
from pipelines.night.told import ToldBefore
from pipelines.refresh.missed import missed_since
from pipelines.refresh.status import State, Status, last_checked, read_status

What = Literal["damaged", "failing", "held", "overdue", "withdrawn", "never", "released", "unchanged"]
WORST_FIRST: tuple[What, ...] = ("damaged", "failing", "held", "overdue", "withdrawn", "never", "released", "unchanged")
"""The order in which people read it."""
NEED_A_LOOK: tuple[State, ...] = ("damaged", "failing", "held", "overdue")
"""States in which a person has to do something, or soon will."""


@dataclass(frozen=True)
class DatasetNight:
    """What became of one dataset."""

    dataset: str
    agency: str
    state: State
    release: int | None
    """The newest one, which is served."""
    rows: int | None
    made: tuple[int, ...]
    """The releases since the report before."""
    changes: Counts
    """Of rows, by these releases together."""
    since: str | None
    """Since when the state is."""
    last_checked: str | None
    due_at: str | None
    reasons: tuple[Reason, ...]
    """With what only stewards may read."""
    candidate: str | None
    missed: Missed | None = None
    """What was lost for good before the answers that came since the report before."""

    @property
    def what(self) -> What:
        """The one word for it; a release says more than that all is well, and less than that something is not."""
        if self.state == "fresh":
            return "released" if self.made else "unchanged"
        return self.state

    def json(self) -> Document:
        """Return the line as the report holds it."""
        names = ("dataset", "agency", "state", "what", "release", "rows", "since", "last_checked", "due_at")
        found: dict[str, Any] = {name: getattr(self, name) for name in (*names, "candidate")}
        more = {"made": list(self.made), "changes": self.changes._asdict()}
        missed = self.missed and {"fetches": self.missed.fetches, "from": self.missed.first, "to": self.missed.last}
        return found | more | {"missed": missed, "reasons": [to_json(each) for each in self.reasons]}


@dataclass(frozen=True)
class Report:
    """What became of every dataset."""

    at: dt.datetime
    before: str | None
    """The time of the report before."""
    lines: tuple[DatasetNight, ...]
    """The worst first; those of a kind by name."""

    @property
    def counts(self) -> dict[str, int]:
        """How many datasets of each kind; all kinds."""
        found = Counter(line.what for line in self.lines)
        return {what: found[what] for what in WORST_FIRST}

    @property
    def by_agency(self) -> dict[str, dict[str, int]]:
        """How many datasets of each kind, by agency; all kinds that any dataset is of."""
        kinds = [what for what in WORST_FIRST if self.counts[what]]
        found: dict[str, dict[str, int]] = {line.agency: dict.fromkeys(kinds, 0) for line in self.lines}
        for line in self.lines:
            found[line.agency][line.what] += 1
        return found

    @property
    def states(self) -> dict[str, State]:
        """How each dataset stands."""
        return {line.dataset: line.state for line in self.lines}

    def news(self, known: dict[str, State]) -> tuple[DatasetNight, ...]:
        """Return the lines that tell a person something new.

        Args:
            known: the states that this person has been told.

        Returns:
            Datasets that need a look and did not; those that did and are well again; and of which something was lost.
        """
        return tuple(
            line
            for line in self.lines
            if line.missed
            or (
                line.state != known.get(line.dataset)
                and (line.state in NEED_A_LOOK or known.get(line.dataset) in NEED_A_LOOK)
            )
        )

    def json(self) -> Document:
        """Return the report as it is kept."""
        return {
            "at": self.at.isoformat(),
            "before": self.before,
            "counts": self.counts,
            "datasets": [line.json() for line in self.lines],
        }


def present(ctx: Context) -> dt.datetime:
    """Return the time by which a dataset is overdue: with simulated sources theirs, which is that of the last check."""
    now = dt.datetime.now(dt.UTC)
    if kind_of(ctx.private) == "live":
        return now
    checked = (last_checked(ctx, slug) for slug in ctx.declarations.slugs)
    return max((dt.datetime.fromisoformat(at) for at in checked if at), default=now)


def report(ctx: Context, now: dt.datetime, told: ToldBefore) -> Report:
    """Look at every dataset.

    Args:
        ctx: stores and declarations; nothing is written.
        now: the present, by which a dataset is overdue.
        told: what the report before said.
    """
    lines = [dataset_night(ctx, slug, now, told.releases.get(slug, 0), told.at) for slug in ctx.declarations.slugs]
    lines.sort(key=lambda line: (WORST_FIRST.index(line.what), line.dataset))
    return Report(now.astimezone(ZONE).replace(microsecond=0), told.at, tuple(lines))


def dataset_night(
    ctx: Context, slug: str, now: dt.datetime, known: int | None = None, before: str | None = None
) -> DatasetNight:
    """Look at one dataset.

    Args:
        ctx: stores and declarations; nothing is written.
        slug: the dataset.
        now: the present, by which it is overdue.
        known: the newest release that was told; None if no release is to be told as new.
        before: when the report before was made; None if nothing that was lost is to be told.
    """
    dataset = ctx.declarations.dataset(slug)
    status: Status = read_status(ctx, dataset, now)
    newest = status.release or 0
    made = tuple(range((newest if known is None else known) + 1, newest + 1)) if status.state != "damaged" else ()
    return DatasetNight(
        dataset=slug,
        agency=dataset.minsheng.agency,
        state=status.state,
        release=status.release,
        rows=status.rows,
        made=made,
        changes=_changes(ctx, slug, made),
        since=status.since,
        last_checked=status.last_checked,
        due_at=status.due_at,
        reasons=status.reasons,
        candidate=status.candidate,
        missed=_missed(ctx, dataset, before),
    )


def _missed(ctx: Context, dataset: Dataset, before: str | None) -> Missed | None:
    """What was lost for good, of which the report before could not tell; of evidence that is broken a run tells."""
    with contextlib.suppress(IntegrityError):
        return missed_since(ctx, dataset, dt.datetime.fromisoformat(before)) if before else None
    return None


def _changes(ctx: Context, slug: str, made: tuple[int, ...]) -> Counts:
    """The row changes of releases, added up; of one that is lost nothing is known."""
    total = Counts()
    for n in made:
        with contextlib.suppress(IntegrityError):
            total += publish.load(ctx.public, slug, n).facts.changes
    return total
