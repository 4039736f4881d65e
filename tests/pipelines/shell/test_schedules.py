"""When runs start."""

from pathlib import Path
from typing import Any

import dagster as dg
from worlds import World, declaration

from pipelines.shell.refreshes import nightly
from pipelines.shell.schedules import all_schedules


def schedules(root: Path, *, on: bool = False, **more: Any) -> list[dg.ScheduleDefinition]:
    world = World(root)
    world.declare(declaration(**more))
    return all_schedules(nightly(), world.ctx.declarations, on=on)


def test_the_night_and_each_dataset_that_is_fetched_at_other_times(tmp_path: Path):
    night, fetch = schedules(tmp_path, fetch="20 * * * *", release="30 1 * * *")
    assert (night.name, night.cron_schedule, night.execution_timezone) == ("nightly", "30 1 * * *", "Asia/Taipei")
    assert (fetch.name, fetch.cron_schedule, fetch.execution_timezone) == ("fetch_rivers", "20 * * * *", "Asia/Taipei")
    assert {one.default_status for one in (night, fetch)} == {dg.DefaultScheduleStatus.STOPPED}


def test_who_wants_them_on_has_them_on(tmp_path: Path):
    on = schedules(tmp_path, on=True, fetch="20 * * * *", release="30 1 * * *")
    assert [one.default_status for one in on] == [dg.DefaultScheduleStatus.RUNNING] * 2


def test_a_dataset_that_is_fetched_at_night_has_no_schedule_of_its_own(tmp_path: Path):
    found = schedules(tmp_path, fetch="30 1 * * *", release="30 1 * * *")
    assert [schedule.name for schedule in found] == ["nightly"]
