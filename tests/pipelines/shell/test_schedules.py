"""When runs start."""

import dagster as dg
from worlds import declared

from pipelines.shell.refreshes import nightly
from pipelines.shell.schedules import all_schedules


def test_the_night_and_each_dataset_that_is_fetched_at_other_times():
    hourly = declared(fetch="20 * * * *", release="30 1 * * *")
    night, fetch = all_schedules(nightly(), [hourly])
    assert (night.name, night.cron_schedule, night.execution_timezone) == ("nightly", "30 1 * * *", "Asia/Taipei")
    assert (fetch.name, fetch.cron_schedule, fetch.execution_timezone) == ("fetch_rivers", "20 * * * *", "Asia/Taipei")
    assert {one.default_status for one in (night, fetch)} == {dg.DefaultScheduleStatus.STOPPED}


def test_who_wants_them_on_has_them_on():
    hourly = declared(fetch="20 * * * *", release="30 1 * * *")
    on = all_schedules(nightly(), [hourly], on=True)
    assert [one.default_status for one in on] == [dg.DefaultScheduleStatus.RUNNING] * 2


def test_a_dataset_that_is_fetched_at_night_has_no_schedule_of_its_own():
    nightly_dataset = declared(fetch="30 1 * * *", release="30 1 * * *")
    assert [schedule.name for schedule in all_schedules(nightly(), [nightly_dataset])] == ["nightly"]
