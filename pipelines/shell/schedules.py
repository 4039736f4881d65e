"""When runs begin: declared, and off until someone turns them on."""

from collections.abc import Sequence

import dagster as dg

from pipelines.shell import assets
from pipelines.shell.jobs import AssetJob
from pipelines.shell.steps import Declared

ZONE = "Asia/Taipei"
NIGHT = "30 1 * * *"


def all_schedules(nightly: AssetJob, declared: Sequence[Declared]) -> list[dg.ScheduleDefinition]:
    """Return the night's schedule, and one for each dataset that is fetched at other times than it is released."""
    night = dg.ScheduleDefinition("nightly", job=nightly, cron_schedule=NIGHT, execution_timezone=ZONE)
    return [night, *(_fetch(one) for one in declared if one.dataset.minsheng.fetch != one.dataset.minsheng.release)]


def _fetch(one: Declared) -> dg.ScheduleDefinition:
    return dg.ScheduleDefinition(
        f"fetch_{one.slug.replace('-', '_')}",
        target=dg.AssetSelection.assets(assets.key("evidence", one.slug)),
        cron_schedule=one.dataset.minsheng.fetch,
        execution_timezone=ZONE,
        description=f"Hear {one.slug} and keep what was said; the night folds it.",
    )
