"""The figures of each fetch that guards look at."""

import datetime as dt

import pyarrow as pa
import pyarrow.compute as pc

from catalog.declaration import Dataset
from pipelines.hear import FETCH, ColumnFinding
from quality.guards import FetchFigures

_PERIODS = {"hour": "%Y-%m-%dT%H", "day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}


def fetch_figures(
    dataset: Dataset,
    columns: tuple[ColumnFinding, ...],
    heard: pa.Table,
    quarantine: pa.Table,
    collapsed: dict[int, int],
    fetched_at: dict[int, dt.datetime],
) -> list[FetchFigures]:
    """Count, for each fetch, what guards ask about.

    Args:
        dataset: the declaration.
        columns: the columns that came or went.
        heard: the rows heard, typed, before anything left.
        quarantine: as `quarantine.Left.quarantine`.
        collapsed: rows that were the same as another, by fetch.
        fetched_at: the fetches to count, and when each began.
    """
    rows = _counts(heard.column(FETCH))
    places = quarantine.group_by(["fetch", "row"], use_threads=False).aggregate([])
    left = _counts(places.column("fetch"))
    looked_at = {FETCH, dataset.minsheng.partition.field, getattr(dataset.minsheng.guards.rows, "field", None)}
    heard = heard.select([name for name in heard.column_names if name in looked_at])
    found = []
    for fetch, at in sorted(fetched_at.items()):
        mine = heard.filter(pc.equal(heard.column(FETCH), fetch))
        found.append(
            FetchFigures(
                fetch=fetch,
                heard=rows.get(fetch, 0),
                quarantined=left.get(fetch, 0),
                collapsed=collapsed.get(fetch, 0),
                unknown=_columns(columns, fetch, "unknown"),
                vanished=_columns(columns, fetch, "vanished"),
                periods_outside=_periods(dataset, mine),
                age_seconds=_age(dataset, mine, at),
            )
        )
    return found


def _counts(column: pa.ChunkedArray) -> dict[int, int]:
    return {one["values"]: one["counts"] for one in pc.value_counts(column).to_pylist()}


def _columns(found: tuple[ColumnFinding, ...], fetch: int, rule: str) -> tuple[str, ...]:
    return tuple(one.column for one in found if one.fetch == fetch and one.rule == rule)


def _periods(dataset: Dataset, rows: pa.Table) -> tuple[str, ...]:
    wanted = dataset.minsheng.guards.rows
    if wanted is None:
        return ()
    column = rows.column(wanted.field)
    if pa.types.is_date32(column.type):
        column = column.cast(pa.timestamp("s"))
    label = pc.strftime(column.drop_null(), format=_PERIODS[wanted.period])
    most = wanted.maximum if wanted.maximum is not None else rows.num_rows
    counted = sorted((one["values"], one["counts"]) for one in pc.value_counts(label).to_pylist())
    return tuple(f"{period}: {count}" for period, count in counted if not wanted.minimum <= count <= most)


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
