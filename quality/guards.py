"""Guards: what turns an automatic release into one that waits for a steward; shares of rows, per fetch and fold."""

from dataclasses import dataclass
from typing import Literal, TypeVar

from catalog.declaration.fields import Severity
from catalog.declaration.pipeline import ByNumber, Guards, duration, seconds
from catalog.reasons.concerned import ConcernedRows
from catalog.reasons.measures import (
    AgeOfNewest,
    AtMostAge,
    AtMostOther,
    AtMostOtherShare,
    AtMostShare,
    Expected,
    NoColumn,
    Observed,
    OmittedRecords,
    PeriodCount,
    PeriodCounts,
    PeriodLimits,
    ShareOfRows,
    UnknownColumns,
    VanishedColumns,
)
from catalog.release.changes import Counts

_T = TypeVar("_T")
QUARANTINED = "guard.quarantined"
"""Trips because of checks that hold nothing by themselves."""
COLUMNS_UNKNOWN = "guard.columns-unknown"
_MOST_NAMED = 20
"""How many columns or periods a finding names; it counts all of them."""


@dataclass(frozen=True)
class FetchFigures:
    """What one fetch brought."""

    fetch: int
    heard: int
    quarantined: int
    """Rows of which something left, each once."""
    collapsed: int
    """Rows that were the same as another of the fetch."""
    published: int = 0
    """Rows that are folded."""
    left: int = 0
    """Rows that left as a whole."""
    omitted: int = 0
    """Records that the declaration does not take for rows."""
    omitted_before: int | None = None
    """Those of the fetch before, if that is known."""
    covered: int = 0
    """With `window`: rows that stood in its window before it."""
    removed: int = 0
    """With `window`: those of them that it does not bring again."""
    unknown: tuple[str, ...] = ()
    vanished: tuple[str, ...] = ()
    periods_outside: tuple[PeriodCount, ...] = ()
    """Periods with fewer or more rows than declared."""
    age_seconds: int | None = None
    """From the newest valid time to the fetch."""


@dataclass(frozen=True)
class FoldFigures:
    """What the whole fold does to the base."""

    counts: Counts
    speaks_for: int
    """Rows of the base that the fold could remove: with `replace` the table, with `window` the window, else none."""
    rows_before: int
    emptied: bool = False
    """Whether the agency says that there is nothing, where the declaration takes that for data."""


@dataclass(frozen=True)
class GuardFinding:
    """What a guard finds."""

    id: str
    severity: Severity
    success: bool
    observed: Observed
    expected: Expected
    fetches: tuple[int, ...] = ()
    """The fetches that trip it alone."""
    concerned: ConcernedRows | None = None
    """The rows that would go, or change, where it trips because of them."""


def share(part: int, whole: int) -> float:
    """Return part of whole; 0 of nothing is 0, something of nothing is 1."""
    if whole == 0:
        return float(part > 0)
    return part / whole


def judge(guards: Guards, fold: FoldFigures, fetches: list[FetchFigures]) -> list[GuardFinding]:
    """Ask every guard that applies.

    Args:
        guards: the limits.
        fold: figures of the fold.
        fetches: figures of each fetch in it.
    """
    findings = [
        _removed(fold, guards.removed, fetches),
        _of_fetches("quarantined", guards.quarantined, [(f.fetch, f.quarantined, f.heard) for f in fetches]),
        _of_fetches("collapsed", guards.collapsed, [(f.fetch, f.collapsed, f.heard) for f in fetches]),
        _unknown([(f.fetch, f.unknown) for f in fetches]),
        _vanished([(f.fetch, f.vanished) for f in fetches]),
    ]
    if guards.changed is not None:
        findings.append(_changed(fold, guards.changed, fetches))
    if guards.rows is not None:
        limits = PeriodLimits(minimum=guards.rows.minimum, maximum=guards.rows.maximum, period=guards.rows.period)
        findings.append(_periods(limits, [(f.fetch, f.periods_outside) for f in fetches]))
    if guards.omitted is not None:
        findings.append(_omitted(guards.omitted, fetches))
    if guards.age is not None:
        findings.append(_age(guards.age, fetches))
    return findings


def _removed(fold: FoldFigures, limit: float, fetches: list[FetchFigures]) -> GuardFinding:
    """The share of the fold, and of each fetch that speaks for a window; the worst counts."""
    together = 0.0 if fold.emptied else share(fold.counts.delete, fold.speaks_for)
    alone = {each.fetch: share(each.removed, each.covered) for each in fetches}
    if len(fetches) == 1:
        alone = {fetch: max(part, together) for fetch, part in alone.items()}
    worst = max([together, *alone.values()])
    observed = ShareOfRows(rows="removed", share=worst)
    tripped = tuple(fetch for fetch, part in alone.items() if part > limit)
    return GuardFinding("guard.removed", "hold", worst <= limit, observed, AtMostShare(share=limit), tripped)


def _changed(fold: FoldFigures, limit: float, fetches: list[FetchFigures]) -> GuardFinding:
    part = share(fold.counts.update, fold.rows_before)
    passed = part <= limit
    alone = tuple(each.fetch for each in fetches) if len(fetches) == 1 and not passed else ()
    observed = ShareOfRows(rows="changed", share=part)
    return GuardFinding("guard.changed", "hold", passed, observed, AtMostShare(share=limit), alone)


def _of_fetches(
    name: Literal["quarantined", "collapsed"], limit: float, figures: list[tuple[int, int, int]]
) -> GuardFinding:
    """The share in each fetch, and in all of them together.

    Args:
        name: of the guard.
        limit: the largest share that passes.
        figures: of each fetch its number, the rows concerned and all rows.
    """
    tripped = tuple(fetch for fetch, part, whole in figures if share(part, whole) > limit)
    together = share(sum(part for _, part, _ in figures), sum(whole for _, _, whole in figures))
    worst = max([together, *(share(part, whole) for _, part, whole in figures)])
    passed = not tripped and together <= limit
    observed = ShareOfRows(rows=name, share=worst)
    return GuardFinding(f"guard.{name}", "hold", passed, observed, AtMostShare(share=limit), tripped)


def _unknown(columns: list[tuple[int, tuple[str, ...]]]) -> GuardFinding:
    names, tripped = _listed(columns)
    observed = UnknownColumns(count=len(names), names=names[:_MOST_NAMED])
    return GuardFinding(COLUMNS_UNKNOWN, "hold", not names, observed, NoColumn(columns="unknown"), tripped)


def _vanished(columns: list[tuple[int, tuple[str, ...]]]) -> GuardFinding:
    names, tripped = _listed(columns)
    observed = VanishedColumns(count=len(names), names=names[:_MOST_NAMED])
    return GuardFinding("guard.columns-vanished", "hold", not names, observed, NoColumn(columns="vanished"), tripped)


def _periods(limits: PeriodLimits, periods: list[tuple[int, tuple[PeriodCount, ...]]]) -> GuardFinding:
    outside, tripped = _listed(periods)
    observed = PeriodCounts(count=len(outside), periods=outside[:_MOST_NAMED])
    return GuardFinding("guard.rows", "hold", not outside, observed, limits, tripped)


def _listed(of_fetches: list[tuple[int, tuple[_T, ...]]]) -> tuple[tuple[_T, ...], tuple[int, ...]]:
    """Return what any fetch lists, each once, and the fetches that list something."""
    distinct = dict.fromkeys(each for _, listed in of_fetches for each in listed)
    return tuple(distinct), tuple(fetch for fetch, listed in of_fetches if listed)


def _omitted(limit: float | ByNumber, fetches: list[FetchFigures]) -> GuardFinding:
    """How many more or fewer records are omitted than in the fetch before; the worst counts."""

    def differs(each: FetchFigures) -> float:
        if each.omitted_before is None:
            return 0
        difference = abs(each.omitted - each.omitted_before)
        return difference if isinstance(limit, ByNumber) else share(difference, each.omitted_before)

    most = limit.number if isinstance(limit, ByNumber) else limit
    tripped = tuple(each.fetch for each in fetches if differs(each) > most)
    worst = max(fetches, key=differs, default=FetchFigures(0, 0, 0, 0))
    observed = OmittedRecords(count=worst.omitted, before=worst.omitted_before)
    expected = AtMostOther(number=limit.number) if isinstance(limit, ByNumber) else AtMostOtherShare(share=limit)
    return GuardFinding("guard.omitted", "hold", not tripped, observed, expected, tripped)


def _age(limit: str, fetches: list[FetchFigures]) -> GuardFinding:
    most = seconds(limit)
    tripped = tuple(each.fetch for each in fetches if each.age_seconds is not None and each.age_seconds > most)
    oldest = max((each.age_seconds or 0 for each in fetches), default=0)
    number, unit = duration(limit)
    expected = AtMostAge(number=number, unit=unit)
    return GuardFinding("guard.age", "hold", not tripped, AgeOfNewest(seconds=oldest), expected, tripped)
