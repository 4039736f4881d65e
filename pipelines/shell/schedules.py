"""When runs start. With `MINSHENG_SCHEDULES=on` the schedules are on until someone turns them off, else the reverse."""

from collections.abc import Sequence

import dagster as dg

from pipelines.context import ZONE
from pipelines.declared import Declared
from pipelines.shell.names import key
from pipelines.shell.refreshes import AssetJob

NIGHT = "30 1 * * *"


def all_schedules(nightly: AssetJob, declared: Sequence[Declared], *, on: bool = False) -> list[dg.ScheduleDefinition]:
    """Return the schedule of the nightly job, and one for each dataset that is fetched at other times."""
    status = dg.DefaultScheduleStatus.RUNNING if on else dg.DefaultScheduleStatus.STOPPED
    night = dg.ScheduleDefinition(
        "nightly", job=nightly, cron_schedule=NIGHT, execution_timezone=str(ZONE), default_status=status
    )
    return [
        night,
        *(
            _fetch(dataset, status)
            for dataset in declared
            if dataset.dataset.minsheng.fetch != dataset.dataset.minsheng.release
        ),
    ]


def _fetch(declared: Declared, status: dg.DefaultScheduleStatus) -> dg.ScheduleDefinition:
    return dg.ScheduleDefinition(
        f"fetch_{declared.slug.replace('-', '_')}",
        target=dg.AssetSelection.assets(key("evidence", declared.slug)),
        cron_schedule=declared.dataset.minsheng.fetch,
        execution_timezone=str(ZONE),
        default_status=status,
        description=f"Fetch {declared.slug} and keep the answers. The nightly run folds them.",
    )
