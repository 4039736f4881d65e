"""How far a source lags behind: from the valid time of its newest row to the fetch that brought it."""

import datetime as dt
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from catalog import periods
from catalog.declaration.dataset import Dataset


def time_field(dataset: Dataset) -> str | None:
    """Return the field that tells of which time a row is: of the partition, else the first of the key that is a time.

    Args:
        dataset: the declaration.
    """
    fields = (dataset.field(name) for name in dataset.table.primary_key)
    times = (field.name for field in fields if field.type in periods.WITHIN)
    return dataset.minsheng.partition.field or next(times, None)


def lag_seconds(dataset: Dataset, newest: Any, fetched_at: dt.datetime) -> int | None:
    """Return the seconds from the newest valid time to a fetch; below zero where rows are of the future, as forecasts.

    Args:
        dataset: the declaration.
        newest: the largest value of its time field; None where there is none.
        fetched_at: when the fetch began.
    """
    name = time_field(dataset)
    if name is None or newest is None:
        return None
    field = dataset.field(name)
    sunday = field.date is not None and field.date.weeks == "sunday"
    at = pc.max(periods.day_within(pa.array([newest], field.arrow), sunday=sunday)).as_py()
    if not isinstance(at, dt.datetime):
        at = dt.datetime.combine(at, dt.time(), fetched_at.tzinfo)
    return int((fetched_at - at).total_seconds())
