"""What guards look at: the figures of each fetch."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pyarrow.compute as pc

from catalog import periods
from catalog.declaration.dataset import Dataset
from catalog.reasons.measures import PeriodCount
from pipelines.conform.columns import FETCH, ColumnFinding, RawRows
from pipelines.fold.windows import WindowCounts
from quality.guards import FetchFigures


@dataclass(frozen=True)
class FetchedRows:
    """The rows of the fetches of one fold, and what became of them."""

    raw: RawRows
    typed: pa.Table
    """The typed rows, before anything was taken out."""
    quarantine: pa.Table
    """As `pipelines.conform.quarantine.SCHEMA`."""
    collapsed: Mapping[int, int]
    """By fetch: rows that were the same as another."""
    of_windows: Mapping[int, WindowCounts]
    """By fetch that asked for a window: rows in it before the fetch, and those that it removes."""
    kept: Mapping[int, int] = field(default_factory=dict)
    """By fetch: rows that are folded."""


def fetch_figures(dataset: Dataset, fetched: FetchedRows, began: Mapping[int, dt.datetime]) -> list[FetchFigures]:
    """Count, for each fetch, what guards ask for.

    Args:
        dataset: the declaration.
        fetched: the rows of the fetches.
        began: the fetches to count, and when each began.

    Returns:
        The figures, in order of fetch.
    """
    typed, quarantine = fetched.typed, fetched.quarantine
    counts = _counts(typed.column(FETCH))
    left, gone = _left(dataset, quarantine), _gone(quarantine)
    needed = {FETCH, dataset.minsheng.partition.field, getattr(dataset.minsheng.guards.rows, "field", None)}
    typed = typed.select([name for name in typed.column_names if name in needed])
    figures = []
    for fetch, at in sorted(began.items()):
        rows_of_fetch = typed.filter(pc.equal(typed.column(FETCH), fetch))
        of_window = fetched.of_windows.get(fetch, WindowCounts())
        figures.append(
            FetchFigures(
                fetch=fetch,
                heard=counts.get(fetch, 0),
                quarantined=left.get(fetch, 0),
                collapsed=fetched.collapsed.get(fetch, 0),
                published=fetched.kept.get(fetch, 0),
                left=gone.get(fetch, 0),
                omitted=fetched.raw.omitted.get(fetch, 0),
                covered=of_window.covered,
                removed=of_window.removed,
                unknown=_columns(fetched.raw.findings, fetch, "unknown"),
                vanished=_columns(fetched.raw.findings, fetch, "vanished"),
                periods_outside=_periods(dataset, rows_of_fetch),
                age_seconds=_age(dataset, rows_of_fetch, at),
            )
        )
    return figures


def after_one_another(figures: list[FetchFigures], earlier: Mapping[int, int]) -> list[FetchFigures]:
    """Return the figures with what was omitted of the fetch before each.

    Args:
        figures: of fetches, in order.
        earlier: by fetch that is released: how many records were omitted.
    """
    counts = {**earlier, **{each.fetch: each.omitted for each in figures}}
    before = {each.fetch: max((k for k in counts if k < each.fetch), default=None) for each in figures}
    return [each if (k := before[each.fetch]) is None else replace(each, omitted_before=counts[k]) for each in figures]


def _left(dataset: Dataset, quarantine: pa.Table) -> dict[int, int]:
    """By fetch, in how many rows something left that guards count."""
    # An unknown word that is declared as missing is listed, and is no fault that a guard counts.
    mild = [f"{one.name}.code" for one in dataset.published if one.codes and one.codes.other == "missing"]
    if mild:
        quarantine = quarantine.filter(pc.invert(pc.is_in(quarantine.column("rule"), value_set=pa.array(mild))))
    places = quarantine.group_by(["fetch", "row"], use_threads=False).aggregate([])
    return _counts(places.column("fetch"))


def _gone(quarantine: pa.Table) -> dict[int, int]:
    """By fetch, how many rows left as a whole."""
    rows = quarantine.filter(pc.equal(quarantine.column("left"), "row"))
    return _counts(rows.group_by(["fetch", "row"], use_threads=False).aggregate([]).column("fetch"))


def _counts(column: pa.ChunkedArray) -> dict[int, int]:
    return {value["values"]: value["counts"] for value in pc.value_counts(column).to_pylist()}


def _columns(findings: tuple[ColumnFinding, ...], fetch: int, rule: str) -> tuple[str, ...]:
    return tuple(finding.column for finding in findings if finding.fetch == fetch and finding.rule == rule)


def _periods(dataset: Dataset, rows: pa.Table) -> tuple[PeriodCount, ...]:
    limits = dataset.minsheng.guards.rows
    if limits is None:
        return ()
    label = periods.labels(rows.column(limits.field).drop_null(), limits.period)
    most = limits.maximum if limits.maximum is not None else rows.num_rows
    counted = sorted((period["values"], period["counts"]) for period in pc.value_counts(label).to_pylist())
    outside = ((period, count) for period, count in counted if not limits.minimum <= count <= most)
    return tuple(PeriodCount(period=period, rows=count) for period, count in outside)


def _from_sunday(dataset: Dataset, name: str) -> bool:
    dates = dataset.field(name).date
    return dates is not None and dates.weeks == "sunday"


def _age(dataset: Dataset, rows: pa.Table, fetched_at: dt.datetime) -> int | None:
    partition = dataset.minsheng.partition.field
    if dataset.minsheng.guards.age is None or partition is None:
        return None
    newest = pc.max(periods.day_within(rows.column(partition), sunday=_from_sunday(dataset, partition))).as_py()
    if newest is None:
        return None
    if not isinstance(newest, dt.datetime):
        newest = dt.datetime.combine(newest, dt.time(), fetched_at.tzinfo)
    return int((fetched_at - newest).total_seconds())
