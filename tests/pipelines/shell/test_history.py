"""Old runs go with all that belongs to them; the last run of an asset and of a check stays; a year has a size."""

import datetime as dt
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.scheduler.instigation import InstigatorType, TickStatus

from pipelines.keep import Keep
from pipelines.settings import ROOT
from pipelines.shell.history import forget, old_runs

CHECKS = 5
RUN_BYTES = 64_000
"""What docs/operating.md says that the run of an hourly schedule takes at most."""


@dg.asset(name="rivers.evidence")
def evidence() -> dg.MaterializeResult[None]:
    return dg.MaterializeResult(metadata={"outcome": "unchanged", "reason": "nothing new; " * 10})


@dg.asset(name="rivers.table", check_specs=[dg.AssetCheckSpec(f"c{i}", asset="rivers.table") for i in range(CHECKS)])
def table() -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    yield dg.MaterializeResult()
    for i in range(CHECKS):
        yield dg.AssetCheckResult(check_name=f"c{i}", passed=True)


@dg.asset
def broken() -> None:
    raise dg.Failure("the agency is down", allow_retries=False)


def run(instance: dg.DagsterInstance, asset: dg.AssetsDefinition) -> str:
    return dg.materialize([asset], instance=instance, raise_on_error=False, tags={"who": "a test"}).run_id


def later(days: float) -> dt.datetime:
    return dt.datetime.now(dt.UTC) + dt.timedelta(days=days)


def clean(instance: dg.DagsterInstance) -> list[str]:
    """Forget all runs that have ended, and are needed for nothing."""
    old = [each.id for each in old_runs(instance, later(1))]
    for each in old:
        forget(instance, each)
    return old


def rows(folder: Path) -> dict[str, int]:
    """How many rows there are of runs, of each kind."""
    counts = {}
    with closing(sqlite3.connect(folder / "history" / "runs.db")) as runs:
        counts |= {name: runs.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("runs", "run_tags")}
    with closing(sqlite3.connect(folder / "history" / "runs" / "index.db")) as index:
        for name in ("event_logs", "asset_check_executions"):
            counts[name] = index.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
    return counts


def files(folder: Path) -> set[str]:
    """The files of runs: databases and logs."""
    databases = (path.name.partition(".")[0] for path in (folder / "history" / "runs").iterdir())
    return {*databases, *(path.name for path in (folder / "storage").iterdir())} - {"index"}


def test_a_run_goes_with_all_that_belongs_to_it(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    once = [run(instance, each) for each in (evidence, table)]
    one_each = rows(tmp_path)
    old = [run(instance, each) for each in (evidence, table, broken)]
    last = [run(instance, each) for each in (evidence, table)]
    assert rows(tmp_path)["asset_check_executions"] == 3 * CHECKS
    assert set(clean(instance)) == {*once, *old} - {old[2]}, "the last run of `broken` was that one"
    assert files(tmp_path) == {*last, old[2]}
    left = rows(tmp_path)
    assert (left["runs"], left["asset_check_executions"]) == (3, CHECKS)
    forget(instance, old[2])
    assert rows(tmp_path) == one_each
    assert clean(instance) == []
    assert instance.get_latest_materialization_event(dg.AssetKey("rivers.evidence")) is not None
    assert len(instance.all_logs(last[1])) > CHECKS


def test_what_is_young_or_has_not_ended_stays(instance: dg.DagsterInstance) -> None:
    for _ in range(2):
        run(instance, evidence)
    job = dg.define_asset_job("job", [evidence]).resolve(asset_graph=dg.Definitions([evidence]).resolve_asset_graph())
    working = instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED).run_id
    assert list(old_runs(instance, later(-1))) == []
    assert len(clean(instance)) == 1
    assert instance.get_run_by_id(working) is not None


def test_more_runs_than_are_read_at_once(instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.shell.history._AT_ONCE", 2)
    runs = [run(instance, evidence) for _ in range(5)]
    assert [each.id for each in old_runs(instance, later(1))] == runs[:-1]


@pytest.mark.soak
def test_a_year_of_an_hourly_schedule_has_the_size_that_is_stated(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    """A run is deleted when it is old, so that a year holds those of the last days; what one takes is measured here."""
    sizes, kept = [], 5
    for _ in range(4):
        ids = [run(instance, evidence) for _ in range(kept)]
        assert len(ids) == kept
        clean(instance)
        assert rows(tmp_path)["runs"] == 1
        for name in ("history/runs/index.db", "history/runs.db"):
            with closing(sqlite3.connect(tmp_path / name)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        sizes.append(sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()))
    assert len(files(tmp_path)) == 1
    assert sizes[-1] - sizes[1] < 4 * 4096, f"what is deleted leaves room for what comes: {sizes}"
    before = sizes[-1]
    for _ in range(kept):
        run(instance, evidence)
    instance.event_log_storage.dispose()
    grown = sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file() and "-wal" not in path.name)
    assert (grown - before) / kept < RUN_BYTES
    told = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    year = 24 * Keep().runs * RUN_BYTES
    assert f"at most {RUN_BYTES // 1000} kB" in told
    assert f"{year // 1_000_000} MB" in told


@pytest.mark.parametrize("kind", [InstigatorType.SENSOR, InstigatorType.SCHEDULE])
def test_ticks_of_every_kind_are_purged(instance: dg.DagsterInstance, kind: InstigatorType) -> None:
    purged = instance.get_tick_retention_settings(kind)
    assert {status for status, days in purged.items() if 0 < days <= 30} == set(TickStatus)
