"""The days of a source that is asked by the day, as Dagster's partitions of its `….evidence` asset."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import dagster as dg

from catalog.declaration.dataset import Dataset
from pipelines.context import ZONE
from pipelines.protocols import load_protocol
from pipelines.records import Record


def partitioned(dataset: Dataset) -> dict[str, Any]:
    """Return the arguments that give an evidence asset its days, so that one run can backfill a span of days.

    Returns:
        Keyword arguments for `dg.multi_asset`; none if the source is not asked by the day or the hour, or if its
        declaration does not say since when.
    """
    if not {"day", "hour"} & set(dataset.minsheng.window_asked):
        return {}
    _, source = load_protocol(dataset.minsheng.origin, dataset.name)
    if source.since is None:
        return {}  # nobody says where days begin
    days = dg.DailyPartitionsDefinition(source.since.isoformat(), timezone=str(ZONE), end_offset=1)
    return {"partitions_def": days, "backfill_policy": dg.BackfillPolicy.single_run()}


def wanted(context: dg.AssetExecutionContext) -> tuple[dt.date, dt.date] | None:
    """Return the first and the last day that a run was started for; None in a nightly run, which has no days."""
    keys: Sequence[str] = []
    if context.has_partition_key or context.has_partition_key_range:
        keys = context.partition_keys
    days = sorted(dt.date.fromisoformat(key) for key in keys)
    return (days[0], days[-1]) if days else None


def asked_for(records: Iterable[Record]) -> list[str]:
    """Return the days that fetches asked for, each once and in order, as 2026-04-17."""
    days: set[str] = set()
    for record in records:
        window = record.asked.get("window", {})
        if limits := window.get("day") or window.get("hour"):
            first, last = (dt.datetime.fromisoformat(at).date() for at in limits)
            days |= {(first + dt.timedelta(days=i)).isoformat() for i in range((last - first).days + 1)}
    return sorted(days)
