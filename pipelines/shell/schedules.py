"""When runs start. With `MINSHENG_SCHEDULES=on` the schedules are on until someone turns them off, else the reverse."""

import dagster as dg

from pipelines.context import ZONE
from pipelines.declared import Declarations, Declared
from pipelines.shell.names import key
from pipelines.shell.night_runs import of_agencies
from pipelines.shell.refreshes import AssetJob

NIGHT = "30 1 * * *"


def all_schedules(nightly: AssetJob, declarations: Declarations, *, on: bool = False) -> list[dg.ScheduleDefinition]:
    """Return the schedule of the nightly job, and one for each dataset that is fetched at other times."""
    status = dg.DefaultScheduleStatus.RUNNING if on else dg.DefaultScheduleStatus.STOPPED
    return [
        _night(nightly, declarations, status),
        *(
            _fetch(dataset, status)
            for dataset in declarations.all()
            if dataset.dataset.minsheng.fetch != dataset.dataset.minsheng.release
        ),
    ]


def _night(nightly: AssetJob, declarations: Declarations, status: dg.DefaultScheduleStatus) -> dg.ScheduleDefinition:
    @dg.schedule(
        name="nightly",
        job=nightly,
        cron_schedule=NIGHT,
        execution_timezone=str(ZONE),
        default_status=status,
        description="Starts a run for each agency, so that a slow one delays no other. The sensor `after_night` starts "
        "the last one: derived datasets and the catalog.\n\n"
        "每夜依機關分別執行；各機關結束後，由感測器 `after_night` 執行推算資料集與目錄。",
    )
    def start(context: dg.ScheduleEvaluationContext) -> list[dg.RunRequest]:
        at = context.scheduled_execution_time.astimezone(ZONE)
        return list(of_agencies(declarations, f"{at:%Y-%m-%dT%H:%M}"))

    return start


def _fetch(declared: Declared, status: dg.DefaultScheduleStatus) -> dg.ScheduleDefinition:
    return dg.ScheduleDefinition(
        f"fetch_{declared.slug.replace('-', '_')}",
        target=dg.AssetSelection.assets(key("evidence", declared.slug)),
        cron_schedule=declared.dataset.minsheng.fetch,
        execution_timezone=str(ZONE),
        default_status=status,
        description=f"Fetch {declared.slug} and keep the answers. The nightly run folds them.\n\n"
        f"擷取 {declared.slug} 並保存回應，於每夜執行時合併。",
    )
