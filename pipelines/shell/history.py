"""Dagster's history of runs: which may go, and how one goes with all that belongs to it.

Ticks are purged by Dagster itself, as dagster.yaml says. Runs are not: it has no setting for them.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import dagster as dg
import sqlalchemy as sa
from dagster._core.storage.dagster_run import FINISHED_STATUSES
from dagster._core.storage.event_log import SqlEventLogStorage
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable as CheckExecutions
from dagster._core.storage.runs import SqlRunStorage
from dagster._core.storage.runs.schema import RunTagsTable as RunTags

_AT_ONCE = 100


@dataclass(frozen=True)
class OldRun:
    """A run that has ended long ago."""

    id: str
    job: str
    ended: dt.datetime


def old_runs(instance: dg.DagsterInstance, before: dt.datetime) -> Iterator[OldRun]:
    """Yield the runs that may go, oldest first: they ended before a time, and nothing newer says what they say.

    The last run of an asset, and of a check, stays: the UI shows it, and freshness is reckoned from it.

    Args:
        instance: Dagster's.
        before: the time.
    """
    needed = _last_of_assets(instance) | _last_of_checks(instance)
    cursor: str | None = None
    ended = dg.RunsFilter(statuses=list(FINISHED_STATUSES), created_before=before)
    while records := instance.get_run_records(ended, limit=_AT_ONCE, cursor=cursor, ascending=True):
        cursor = records[-1].dagster_run.run_id
        for record in records:
            at = dt.datetime.fromtimestamp(record.update_timestamp.timestamp(), dt.UTC)
            if at < before and record.dagster_run.run_id not in needed:
                yield OldRun(record.dagster_run.run_id, record.dagster_run.job_name, at)


def forget(instance: dg.DagsterInstance, run_id: str) -> None:
    """Delete a run, its events, what its checks found, its tags and its logs. It may be repeated."""
    instance.compute_log_manager.delete_logs(prefix=[run_id])
    log = instance.event_log_storage
    if isinstance(log, SqlEventLogStorage):  # as all are; Dagster leaves these rows behind
        with log.index_connection() as connection:
            connection.execute(sa.delete(CheckExecutions).where(CheckExecutions.c.run_id == run_id))
    runs = instance.run_storage
    if isinstance(runs, SqlRunStorage):
        with runs.connect() as connection:
            connection.execute(sa.delete(RunTags).where(RunTags.c.run_id == run_id))
    instance.event_log_storage.delete_events(run_id)
    instance.delete_run(run_id)  # last: as long as it is listed, a later call finds it


def _last_of_assets(instance: dg.DagsterInstance) -> set[str]:
    entries = (record.asset_entry for record in instance.get_asset_records())
    return {
        run_id
        for entry in entries
        for run_id in (
            entry.last_run_id,
            entry.last_materialization.run_id if entry.last_materialization else None,
            entry.last_observation.run_id if entry.last_observation else None,
        )
        if run_id
    }


def _last_of_checks(instance: dg.DagsterInstance) -> set[str]:
    log = instance.event_log_storage
    if not isinstance(log, SqlEventLogStorage):
        return set()
    newest = sa.select(sa.func.max(CheckExecutions.c.id)).group_by(
        CheckExecutions.c.asset_key, CheckExecutions.c.check_name
    )
    with log.index_connection() as connection:
        found = connection.execute(sa.select(CheckExecutions.c.run_id).where(CheckExecutions.c.id.in_(newest)))
        return {str(run_id) for (run_id,) in found}
