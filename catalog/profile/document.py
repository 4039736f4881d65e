"""profile.json as types: how the values of each column lie, how they changed over releases, which periods have data."""

import contextlib
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from catalog import keys
from catalog.profile import bins, times
from catalog.profile.bins import NumberHistogram, WideningHistogram
from catalog.profile.coverage import Coverage, cover
from catalog.profile.parts import ColumnPart, NumberPart, PartitionPart, TimePart, Values
from catalog.profile.plan import LAYOUT, Plan
from catalog.profile.times import TimeHistogram
from catalog.release.digest import Document, unsealed
from catalog.release.document import Release
from catalog.store import Absent, Store

MOST_RELEASES = 30
"""Of which the drift is kept."""
MOST_TOP = 10
"""Values of a column that are listed with their counts."""

Number = int | float


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ColumnProfile(_Value):
    """How the values of a column lie. What a kind of column does not have is None."""

    kind: Literal["number", "time", "text", "boolean"]
    missing: int
    """Rows without a value."""
    low: Number | None = None
    mean: Number | None = None
    high: Number | None = None
    first: str | None = None
    """First and last day or time, ISO 8601 by the clock of the field's zone."""
    last: str | None = None
    shortest: int | None = None
    """Characters of the shortest and of the longest text."""
    longest: int | None = None
    distinct: int | None = None
    """Different values; None where there are more than are counted."""
    top: tuple[tuple[str, int], ...] = ()
    """The most frequent values with their counts; a long text ends where `parts` cuts it."""
    numbers: NumberHistogram | None = None
    widening: WideningHistogram | None = None
    """Where most values are small and some are large."""
    times: TimeHistogram | None = None


class ReleaseProfile(_Value):
    """A release, in the drift."""

    n: int
    sha256: str
    created: str
    rows: int


class ColumnDrift(_Value):
    """A column over releases: a value for each, None for a release that had no such column, or no values in it."""

    missing: tuple[int | None, ...]
    low: tuple[Number | None, ...]
    mean: tuple[Number | None, ...]
    high: tuple[Number | None, ...]


class Profile(_Value):
    """A dataset's newest release, column by column and period by period."""

    dataset: str
    layout: int
    release: int
    release_sha256: str
    """Of the release's document."""
    rows: int
    columns: dict[str, ColumnProfile]
    releases: tuple[ReleaseProfile, ...]
    """Those of the drift, the oldest first."""
    drift: dict[str, ColumnDrift]
    coverage: Coverage | None

    @property
    def made_of(self) -> str:
        """What decides all that it says: another one of the same is equal."""
        first = self.releases[0].n if self.releases else 0
        return f"{self.layout} {self.release_sha256} {first} {len(self.releases)}"


def read(public: Store, release: Release) -> Profile | None:
    """Return the profile of a release; None where it is absent, broken, or of another release.

    Args:
        public: any store.
        release: the newest release.
    """
    profile = read_earlier(public, release.name)
    return profile if profile and profile.release_sha256 == release.sha256 else None


def read_earlier(public: Store, slug: str) -> Profile | None:
    """Return the profile that is there, of whatever release; None where it is absent or broken.

    Args:
        public: any store.
        slug: the dataset.
    """
    try:
        profile = Profile.model_validate(stored(public, keys.profile(slug)))
    except ValidationError:
        return None
    return profile if (profile.dataset, profile.layout) == (slug, LAYOUT) and _even(profile) else None


def stored(public: Store, key: str) -> Document | None:
    """Return a sealed document of what can be made again; None where it is absent or damaged."""
    with contextlib.suppress(Absent, ValueError):
        found = unsealed(public.get(key).body)
        return found.document if found.whole else None
    return None


def _even(profile: Profile) -> bool:
    lengths = {len(each) for drift in profile.drift.values() for each in drift.model_dump().values()}
    return lengths <= {len(profile.releases)} and profile.drift.keys() == profile.columns.keys()


class Snapshot(_Value):
    """A release as the drift shows it: of each column missing, least, mean, greatest."""

    release: ReleaseProfile
    columns: dict[str, tuple[int, Number | None, Number | None, Number | None]]


def snapshot(release: Release, whole: PartitionPart) -> Snapshot:
    """Return what the drift keeps of a release.

    Args:
        release: the release.
        whole: its rows.
    """
    about = ReleaseProfile(n=release.n, sha256=release.sha256, created=release.created, rows=whole.rows)
    columns = {name: summarize(part, whole.rows) for name, part in whole.columns.items()}
    return Snapshot(
        release=about, columns={name: (one.missing, one.low, one.mean, one.high) for name, one in columns.items()}
    )


def snapshots(profile: Profile | None) -> list[Snapshot]:
    """Return the drift of a profile, release by release."""
    if profile is None:
        return []
    return [
        Snapshot(
            release=release,
            columns={
                name: (missing, drift.low[i], drift.mean[i], drift.high[i])
                for name, drift in profile.drift.items()
                if (missing := drift.missing[i]) is not None
            },
        )
        for i, release in enumerate(profile.releases)
    ]


def make(release: Release, whole: PartitionPart, plan: Plan, drift: Sequence[Snapshot]) -> Profile:
    """Return the profile of a release.

    Args:
        release: the newest release.
        whole: its rows.
        plan: how they lie in time.
        drift: the releases that are compared, the oldest first, this one last.
    """
    return Profile(
        dataset=release.name,
        layout=LAYOUT,
        release=release.n,
        release_sha256=release.sha256,
        rows=whole.rows,
        columns={name: summarize(part, whole.rows) for name, part in whole.columns.items()},
        releases=tuple(each.release for each in drift),
        drift={name: _drift(name, drift) for name in whole.columns},
        coverage=cover(whole.steps, plan),
    )


def _drift(name: str, drift: Iterable[Snapshot]) -> ColumnDrift:
    found: list[Any] = [each.columns.get(name, (None, None, None, None)) for each in drift]
    missing, low, mean, high = zip(*found, strict=True)
    return ColumnDrift(missing=missing, low=low, mean=mean, high=high)


def summarize(part: ColumnPart, rows: int) -> ColumnProfile:
    """Return how the values of a column lie.

    Args:
        part: of the whole table.
        rows: of the whole table.
    """
    if isinstance(part, TimePart):
        histogram = times.shown(part.bins)
        return ColumnProfile(kind="time", missing=part.missing, first=part.first, last=part.last, times=histogram)
    distinct = None if part.values is None else len(part.values)
    if isinstance(part, NumberPart):
        count, even, low = rows - part.missing, bins.shown(part.bins), _number(part.low)
        return ColumnProfile(
            kind="number",
            missing=part.missing,
            low=low,
            mean=float(Fraction(part.total) / count) if count else None,
            high=_number(part.high),
            distinct=distinct,
            top=_top(part.values),
            numbers=even,
            widening=bins.widening(even, part.widening, low) if low is not None else None,
        )
    return ColumnProfile(
        kind=part.kind,
        missing=part.missing,
        shortest=part.shortest,
        longest=part.longest,
        distinct=distinct,
        top=_top(part.values),
    )


def _number(text: str | None) -> Number | None:
    """A number as JSON holds it."""
    if text is None:
        return None
    value = float(text)
    return int(text) if text.lstrip("-").isdigit() and abs(int(text)) < 2**53 else value


def _top(values: Values) -> tuple[tuple[str, int], ...]:
    found = sorted((values or {}).items(), key=lambda each: (-each[1], each[0]))
    return tuple(found[:MOST_TOP])
