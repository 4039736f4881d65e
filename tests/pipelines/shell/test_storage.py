"""Dagster's history in a real PostgreSQL: what one process wrote another reads, and no password is passed on."""

import logging
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy as sa
import yaml
from dagster._core.events import DagsterEvent, DagsterEventType
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.dagster_run import DagsterRunStatus
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import EmptyWorkspaceTarget
from dagster._daemon.monitoring.run_monitoring import execute_run_monitoring_iteration
from dagster._serdes import serialize_value
from databases import execute, postgresql
from installations import Installation

from pipelines import settings
from pipelines.settings import POSTGRES, ROOT
from pipelines.shell.assets import key
from pipelines.shell.event_log import EventLog
from pipelines.shell.location import build
from pipelines.shell.storage import Storage

CHECKS = 20
ALIVE = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'history' AND pid <> pg_backend_pid()"
ENDED = ALIVE.replace("count(*)", "pg_terminate_backend(pid)")


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with postgresql() as address:
        yield address


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Dagster's home with the settings of the project; the environment names no database yet."""
    shutil.copyfile(ROOT / "dagster.yaml", tmp_path / "dagster.yaml")
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    monkeypatch.delenv(POSTGRES, raising=False)
    return tmp_path


@pytest.fixture
def instance(home: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setenv(POSTGRES, database)
    with dg.DagsterInstance.get() as made:
        yield made


@dg.asset(check_specs=[dg.AssetCheckSpec(f"check_{i}", asset="rivers") for i in range(CHECKS)])
def rivers() -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    yield dg.MaterializeResult()
    for i in range(CHECKS):
        yield dg.AssetCheckResult(check_name=f"check_{i}", passed=True)


rivers_job = dg.Definitions(assets=[rivers], jobs=[dg.define_asset_job("rivers_job")]).resolve_job_def("rivers_job")


def run(instance: dg.DagsterInstance) -> str:
    return dg.materialize([rivers], instance=instance).run_id


def test_a_history_in_postgresql_is_read_by_another_process(
    instance: dg.DagsterInstance, home: Path, database: str
) -> None:
    made = run(instance)
    here = len(instance.all_logs(made))
    says = f"import dagster as dg; print(len(dg.DagsterInstance.get().all_logs({made!r})))"
    there = subprocess.run([sys.executable, "-c", says], capture_output=True, text=True, timeout=60, check=True)
    assert int(there.stdout) == here > CHECKS
    assert execute(database, f"SELECT count(*) FROM event_logs WHERE run_id = '{made}'") == [(here,)]
    assert not (home / "history").exists()
    assert not (home / "schedules").exists()


def test_the_password_stands_in_nothing_that_is_passed_on(instance: dg.DagsterInstance, database: str) -> None:
    passed_on = serialize_value(instance.get_ref()) + yaml.dump(instance.info_dict())
    assert "pipelines.shell.storage" in passed_on
    assert database.split("@")[0].split(":")[-1] not in passed_on
    assert "postgresql://" not in passed_on


def test_events_are_stored_without_a_connection_for_each(instance: dg.DagsterInstance) -> None:
    made: list[object] = []

    def connected(_: object, record: object) -> None:
        made.append(record)

    sa.event.listen(sa.Engine, "connect", connected)
    try:
        runs = [run(instance) for _ in range(2)]
    finally:
        sa.event.remove(sa.Engine, "connect", connected)
    assert sum(len(instance.all_logs(each)) for each in runs) > 4 * CHECKS
    assert len(made) < 10, "those that stay open, and those of threads"


def test_a_connection_that_the_server_closed_is_made_again(instance: dg.DagsterInstance, database: str) -> None:
    run(instance)
    ((alive,),) = execute(database, ALIVE)
    assert alive
    assert execute(database, ENDED) == [(True,)] * alive
    assert len(instance.all_logs(run(instance))) > CHECKS


def test_disposed_of_it_leaves_no_connection(home: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    execute(database, ENDED)
    monkeypatch.setenv(POSTGRES, database)
    storage = Storage.from_config_value(None, {})
    with storage.run_storage.connect() as connection:
        assert connection.scalar(sa.text("SELECT 1")) == 1
    assert execute(database, ALIVE) == [(1,)]
    storage.dispose()
    assert execute(database, ALIVE) == [(0,)]


def test_a_night_is_the_same_and_its_history_is_in_the_database(
    instance: dg.DagsterInstance, database: str, tmp_path: Path
) -> None:
    installed = Installation(tmp_path / "installed", datasets=1)
    installed.say(0)
    job = build(settings.read(installed.environ)).resolve_job_def("nightly")
    done = job.execute_in_process(instance=instance)
    assert done.success
    table = key("table", "rivers-0").to_string()
    assert execute(database, f"SELECT count(*) > 3 FROM asset_check_executions WHERE asset_key = '{table}'") == [
        (True,)
    ]
    released = instance.get_latest_materialization_event(key("release", "rivers-0"))
    assert released
    assert released.asset_materialization
    assert released.asset_materialization.metadata["release"].value == 1


def test_without_a_database_a_history_of_before_is_read_on(home: Path) -> None:
    """The dagster.yaml before named the event log alone; everything else stood where Dagster puts it."""
    ours = yaml.safe_load((home / "dagster.yaml").read_text(encoding="utf-8"))
    before = {**ours, "event_log_storage": {"module": "pipelines.shell.event_log", "class": "EventLog"}}
    del before["storage"]
    (home / "dagster.yaml").write_text(yaml.dump(before), encoding="utf-8")
    with dg.DagsterInstance.get() as instance:
        old = run(instance)
        length = len(instance.all_logs(old))
        instance.add_dynamic_partitions("candidates", ["rivers|0011223344556677"])
    (home / "dagster.yaml").write_text(yaml.dump(ours), encoding="utf-8")
    with dg.DagsterInstance.get() as instance:
        assert isinstance(instance.event_log_storage, EventLog)
        new = run(instance)
        assert {each.run_id for each in instance.get_runs()} == {old, new}
        assert len(instance.all_logs(old)) == length == len(instance.all_logs(new))
        assert instance.get_dynamic_partitions("candidates") == ["rivers|0011223344556677"]
    assert sorted(path.name for path in (home / "history").iterdir()) == ["runs", "runs.db"]


def test_a_run_that_died_with_its_machine_does_not_hold_its_agency_for_ever(home: Path) -> None:
    """No process says that it failed: the code server died too. Dagster's monitoring ends it, as dagster.yaml says."""
    with dg.DagsterInstance.get() as instance:
        most = instance.run_monitoring_max_runtime_seconds
        assert 3600 <= most < 24 * 3600, "longer than a night, and over before the next one"
        long_ago = time.time() - most - 60
        dead, alive = (instance.create_run_for_job(rivers_job, status=DagsterRunStatus.STARTED) for _ in range(2))
        for made, since in ((dead, long_ago), (alive, time.time())):
            began = DagsterEvent(DagsterEventType.RUN_START.value, rivers_job.name)
            instance.handle_new_event(
                EventLogEntry(None, logging.INFO, "", made.run_id, since, job_name=rivers_job.name, dagster_event=began)
            )
        with WorkspaceProcessContext(instance, EmptyWorkspaceTarget()) as workspace:
            errors = [each for each in execute_run_monitoring_iteration(workspace, logging.getLogger("test")) if each]
        assert errors == []
        states = {each.run_id: each.status for each in instance.get_runs()}
        assert states == {dead.run_id: DagsterRunStatus.FAILURE, alive.run_id: DagsterRunStatus.STARTED}
