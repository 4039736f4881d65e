"""Guards: what turns an automatic release into one that waits for a steward; shares of rows, per fetch and fold."""

from collections.abc import Iterable
from dataclasses import dataclass

from catalog.declaration.fields import Severity
from catalog.declaration.pipeline import Guards, seconds
from catalog.release.changes import Counts

QUARANTINED = "guard.quarantined"
"""Trips because of checks that hold nothing by themselves."""


@dataclass(frozen=True)
class FetchFigures:
    """What one fetch brought."""

    fetch: int
    heard: int
    quarantined: int
    """Rows of which something left, each once."""
    collapsed: int
    """Rows that were the same as another of the fetch."""
    omitted: int = 0
    """Records that the declaration does not take for rows."""
    covered: int = 0
    """With `window`: rows that stood in its window before it."""
    removed: int = 0
    """With `window`: those of them that it does not bring again."""
    unknown: tuple[str, ...] = ()
    vanished: tuple[str, ...] = ()
    periods_outside: tuple[str, ...] = ()
    """Periods with fewer or more rows than declared, with their counts."""
    age_seconds: int | None = None
    """From the newest valid time to the fetch."""


@dataclass(frozen=True)
class FoldFigures:
    """What the whole fold does to the base."""

    counts: Counts
    speaks_for: int
    """Rows of the base that the fold could remove: with `replace` the table, with `window` the window, else none."""
    rows_before: int


@dataclass(frozen=True)
class GuardFinding:
    """What a guard says."""

    id: str
    severity: Severity
    success: bool
    observed: str
    expected: str
    fetches: tuple[int, ...] = ()
    """The fetches that trip it alone."""


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
    only = tuple(one.fetch for one in fetches) if len(fetches) == 1 else ()
    found = [
        _removed(fold, guards.removed, fetches),
        _of_fetches(
            "quarantined",
            guards.quarantined,
            "rows with something quarantined",
            [(f.fetch, f.quarantined, f.heard) for f in fetches],
        ),
        _of_fetches(
            "collapsed", guards.collapsed, "rows that stand twice", [(f.fetch, f.collapsed, f.heard) for f in fetches]
        ),
        _columns("unknown", "declare them, `publish: no` is enough", [(f.fetch, f.unknown) for f in fetches]),
        _columns("vanished", "their cells are missing in this fetch", [(f.fetch, f.vanished) for f in fetches]),
    ]
    if guards.changed is not None:
        found.append(
            _of_fold("changed", share(fold.counts.update, fold.rows_before), guards.changed, "rows changed", only)
        )
    if guards.rows is not None:
        most = "any number of" if guards.rows.maximum is None else guards.rows.maximum
        limits = f"{guards.rows.minimum} to {most} rows a {guards.rows.period}"
        found.append(_listed("rows", limits, [(f.fetch, f.periods_outside) for f in fetches]))
    if guards.age is not None:
        found.append(_age(guards, fetches))
    return found


def _removed(fold: FoldFigures, limit: float, fetches: list[FetchFigures]) -> GuardFinding:
    """The share of the fold, and of each fetch that speaks for a window; the worst counts."""
    together = share(fold.counts.delete, fold.speaks_for)
    alone = {one.fetch: share(one.removed, one.covered) for one in fetches}
    if len(fetches) == 1:
        alone = {fetch: max(observed, together) for fetch, observed in alone.items()}
    worst = max([together, *alone.values()])
    tripped = tuple(fetch for fetch, observed in alone.items() if observed > limit)
    observed, expected = f"{worst:.2%} of rows removed", f"at most {limit:.2%}"
    return GuardFinding("guard.removed", "hold", worst <= limit, observed, expected, tripped)


def _of_fold(name: str, observed: float, limit: float, what: str, fetches: tuple[int, ...]) -> GuardFinding:
    passed = observed <= limit
    return GuardFinding(
        f"guard.{name}", "hold", passed, f"{observed:.2%} of {what}", f"at most {limit:.2%}", () if passed else fetches
    )


def _of_fetches(name: str, limit: float, what: str, figures: list[tuple[int, int, int]]) -> GuardFinding:
    tripped = tuple(fetch for fetch, part, whole in figures if share(part, whole) > limit)
    together = share(sum(part for _, part, _ in figures), sum(whole for _, _, whole in figures))
    worst = max([together, *(share(part, whole) for _, part, whole in figures)])
    passed = not tripped and together <= limit
    return GuardFinding(f"guard.{name}", "hold", passed, f"{worst:.2%} of {what}", f"at most {limit:.2%}", tripped)


def _columns(name: str, advice: str, figures: list[tuple[int, tuple[str, ...]]]) -> GuardFinding:
    return _listed(f"columns-{name}", f"no {name} column ({advice})", figures)


def _listed(name: str, expected: str, figures: list[tuple[int, tuple[str, ...]]]) -> GuardFinding:
    tripped = tuple(fetch for fetch, found in figures if found)
    observed = ", ".join(_distinct(word for _, found in figures for word in found)) or "none"
    return GuardFinding(f"guard.{name}", "hold", not tripped, observed, expected, tripped)


def _distinct(words: Iterable[str], most: int = 20) -> list[str]:
    found = list(dict.fromkeys(words))
    return found if len(found) <= most else [*found[:most], f"and {len(found) - most} more"]


def _age(guards: Guards, fetches: list[FetchFigures]) -> GuardFinding:
    limit = seconds(guards.age or "0m")
    tripped = tuple(one.fetch for one in fetches if one.age_seconds is not None and one.age_seconds > limit)
    oldest = max((one.age_seconds or 0 for one in fetches), default=0)
    return GuardFinding(
        "guard.age", "hold", not tripped, f"newest row {oldest // 3600} h old", f"at most {guards.age}", tripped
    )
