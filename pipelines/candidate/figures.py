"""The figures of each fetch that guards look at."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from catalog.declaration.dataset import Dataset
from catalog.reasons.measures import PeriodCount
from pipelines.conform.columns import FETCH, ColumnFinding, Heard
from pipelines.fold.windows import Spoken
from quality.guards import FetchFigures

_PERIODS = {"hour": "%Y-%m-%dT%H", "day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}


@dataclass(frozen=True)
class Brought:
    """What fetches brought to one fold."""

    heard: Heard
    typed: pa.Table
    """The rows heard, typed, before anything left."""
    quarantine: pa.Table
    """As `quarantine.Left.quarantine`."""
    collapsed: Mapping[int, int]
    """By fetch: rows that were the same as another."""
    spoken: Mapping[int, Spoken]
    """By fetch that asked for a window: what it speaks for."""


def fetch_figures(dataset: Dataset, brought: Brought, fetched_at: dict[int, dt.datetime]) -> list[FetchFigures]:
    """Count, for each fetch, what guards ask about.

    Args:
        dataset: the declaration.
        brought: what the fetches brought.
        fetched_at: the fetches to count, and when each began.
    """
    typed, quarantine = brought.typed, brought.quarantine
    rows = _counts(typed.column(FETCH))
    places = quarantine.group_by(["fetch", "row"], use_threads=False).aggregate([])
    left = _counts(places.column("fetch"))
    looked_at = {FETCH, dataset.minsheng.partition.field, getattr(dataset.minsheng.guards.rows, "field", None)}
    typed = typed.select([name for name in typed.column_names if name in looked_at])
    found = []
    for fetch, at in sorted(fetched_at.items()):
        mine = typed.filter(pc.equal(typed.column(FETCH), fetch))
        found.append(
            FetchFigures(
                fetch=fetch,
                heard=rows.get(fetch, 0),
                quarantined=left.get(fetch, 0),
                collapsed=brought.collapsed.get(fetch, 0),
                omitted=brought.heard.omitted.get(fetch, 0),
                covered=brought.spoken.get(fetch, Spoken()).covered,
                removed=brought.spoken.get(fetch, Spoken()).removed,
                unknown=_columns(brought.heard.columns, fetch, "unknown"),
                vanished=_columns(brought.heard.columns, fetch, "vanished"),
                periods_outside=_periods(dataset, mine),
                age_seconds=_age(dataset, mine, at),
            )
        )
    return found


def _counts(column: pa.ChunkedArray) -> dict[int, int]:
    return {one["values"]: one["counts"] for one in pc.value_counts(column).to_pylist()}


def _columns(found: tuple[ColumnFinding, ...], fetch: int, rule: str) -> tuple[str, ...]:
    return tuple(one.column for one in found if one.fetch == fetch and one.rule == rule)


def _periods(dataset: Dataset, rows: pa.Table) -> tuple[PeriodCount, ...]:
    wanted = dataset.minsheng.guards.rows
    if wanted is None:
        return ()
    column = rows.column(wanted.field)
    if pa.types.is_date32(column.type):
        column = column.cast(pa.timestamp("s"))
    label = pc.strftime(column.drop_null(), format=_PERIODS[wanted.period])
    most = wanted.maximum if wanted.maximum is not None else rows.num_rows
    counted = sorted((one["values"], one["counts"]) for one in pc.value_counts(label).to_pylist())
    outside = ((period, count) for period, count in counted if not wanted.minimum <= count <= most)
    return tuple(PeriodCount(period=period, rows=count) for period, count in outside)


def _age(dataset: Dataset, rows: pa.Table, fetched_at: dt.datetime) -> int | None:
    partition = dataset.minsheng.partition.field
    if dataset.minsheng.guards.age is None or partition is None:
        return None
    newest = pc.max(rows.column(partition)).as_py()
    if newest is None:
        return None
    if not isinstance(newest, dt.datetime):
        newest = dt.datetime.combine(newest, dt.time(), fetched_at.tzinfo)
    return int((fetched_at - newest).total_seconds())
