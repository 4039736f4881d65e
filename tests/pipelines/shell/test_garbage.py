"""The job `gc`: it shows first, then marks, then deletes; old runs of Dagster go with it; once a week by schedule."""

import datetime as dt
from pathlib import Path

import dagster as dg
import pytest
from littered import ORPHAN, litter
from worlds import World, declaration

from catalog import keys
from pipelines.keep import Keep
from pipelines.settings import read
from pipelines.shell import garbage
from pipelines.shell.garbage import GC
from pipelines.shell.location import build


@pytest.fixture
def defs(tmp_path: Path) -> dg.Definitions:
    world = World(tmp_path)
    world.declare(declaration())
    litter(world)
    named = {"HOME": tmp_path, "DATASETS": tmp_path / "datasets", "STORE": f"file:{tmp_path}/public"}
    settings = {f"MINSHENG_{name}": str(value) for name, value in named.items()}
    return build(read(settings | {"MINSHENG_EVIDENCE": f"file:{tmp_path}/private", "MINSHENG_SCHEDULES": "on"}))


@pytest.fixture
def instance() -> dg.DagsterInstance:
    return dg.DagsterInstance.ephemeral()


def collected(defs: dg.Definitions, instance: dg.DagsterInstance, *, delete: bool) -> dict[str, dg.MetadataValue]:
    """Execute the job, and return what the UI shows of it."""
    job = defs.resolve_job_def("gc")
    config = {"ops": {GC: {"config": {"delete": delete}}}}
    result = job.execute_in_process(instance=instance, run_config=config, raise_on_error=False)
    assert result.success
    (output,) = [event for event in result.all_events if event.event_type_value == "STEP_OUTPUT"]
    return dict(output.step_output_data.metadata)


def sums(shown: dict[str, dg.MetadataValue]) -> dict[str, tuple[int, int]]:
    table = shown["sums"]
    assert isinstance(table, dg.TableMetadataValue)
    last = [column.name for column in table.schema.columns][3]
    return {str(row.data["what"]): (int(row.data["things"]), int(row.data[last])) for row in table.records}


def test_it_shows_marks_and_deletes(
    defs: dg.Definitions, instance: dg.DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path)
    found = {"candidate": (3, 0), "file": (1, 0), "body": (1, 0), "probe": (2, 0), "report": (2, 0), "run": (0, 0)}
    assert sums(collected(defs, instance, delete=False)) == found
    assert world.private.head(keys.MARKED) is None
    assert sums(collected(defs, instance, delete=True)) == found
    ahead = dt.datetime.now(dt.UTC) + dt.timedelta(days=100)
    monkeypatch.setattr(garbage, "present", lambda: ahead)
    would = collected(defs, instance, delete=False)
    due = {"candidate": (3, 3), "file": (1, 1), "body": (1, 1), "probe": (2, 2), "report": (2, 0)}
    assert sums(would) == due | {"run": (2, 2)}
    assert "would be deleted" in str(would["sums"])
    assert world.public.head(ORPHAN) is not None
    assert sums(collected(defs, instance, delete=True)) == due | {"run": (3, 3)}
    assert world.public.head(ORPHAN) is None
    assert instance.get_runs_count() == 1, "only the run that did it"


def test_what_is_damaged_is_told(defs: dg.Definitions, instance: dg.DagsterInstance, tmp_path: Path) -> None:
    World(tmp_path).public.delete(keys.document("rivers", 3))
    shown = collected(defs, instance, delete=True)
    assert set(sums(shown)) == {"probe", "report", "run"}
    assert shown["kept for"].value == ", ".join(f"{name} {days} days" for name, days in vars(Keep()).items())


def test_the_schedule_deletes_once_a_week(defs: dg.Definitions) -> None:
    schedule = defs.resolve_schedule_def("gc")
    assert schedule.cron_schedule == "0 5 * * 0"
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING
    context = dg.build_schedule_context(scheduled_execution_time=dt.datetime.now(dt.UTC))
    (request,) = schedule.evaluate_tick(context).run_requests or []
    assert request.run_config == {"ops": {GC: {"config": {"delete": True}}}}
    with dg.DagsterInstance.ephemeral() as instance:
        job = defs.resolve_job_def("gc")
        assert job.execute_in_process(instance=instance, run_config=request.run_config).success
