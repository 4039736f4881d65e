"""The event log keeps its connections, and what one process wrote another one reads."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import sqlalchemy as sa

from pipelines.shell.event_log import EventLog

CHECKS = 20


@dg.asset(check_specs=[dg.AssetCheckSpec(f"check_{i}", asset="rivers") for i in range(CHECKS)])
def rivers() -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    yield dg.MaterializeResult()
    for i in range(CHECKS):
        yield dg.AssetCheckResult(check_name=f"check_{i}", passed=True)


def run(instance: dg.DagsterInstance) -> str:
    return dg.materialize([rivers], instance=instance).run_id


def test_events_are_stored_without_a_connection_for_each(instance: dg.DagsterInstance) -> None:
    assert isinstance(instance.event_log_storage, EventLog)
    run(instance)
    made: list[str] = []

    def connected(_: sqlite3.Connection, record: object) -> None:
        made.append(str(record))

    sa.event.listen(sa.Engine, "connect", connected)
    try:
        runs = [run(instance) for _ in range(2)]
        before = len(made)
        stored = sum(len(instance.all_logs(each)) for each in runs)
    finally:
        sa.event.remove(sa.Engine, "connect", connected)
    assert stored > 4 * CHECKS, "planned and evaluated, in two runs"
    # Most of them are of the database of runs, which is Dagster's own: some for each run, none for an event.
    assert before < 3 * CHECKS


def test_another_process_reads_them_and_they_stay(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    made = run(instance)
    here = len(instance.all_logs(made))
    says = f"import dagster as dg; print(len(dg.DagsterInstance.get().all_logs({made!r})))"
    there = subprocess.run([sys.executable, "-c", says], capture_output=True, text=True, timeout=60, check=True)
    assert int(there.stdout) == here > CHECKS
    instance.event_log_storage.dispose()
    assert len(instance.all_logs(made)) == here
    files = sorted(path.name for path in (tmp_path / "history" / "runs").glob("*.db"))
    assert files == sorted([f"{made}.db", "index.db"]), "where Dagster's own log lies, so an older history is read on"


def test_of_many_runs_only_the_last_stay_open_and_all_can_be_read(instance: dg.DagsterInstance) -> None:
    log = instance.event_log_storage
    assert isinstance(log, EventLog)
    runs = [run(instance) for _ in range(10)]
    lengths = {len(instance.all_logs(each)) for each in runs}
    assert len(lengths) == 1
    assert min(lengths) > CHECKS
    assert len(log._kept) == 8
    assert "index" in log._kept
