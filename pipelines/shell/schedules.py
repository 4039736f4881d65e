"""When runs begin: declared, and off until someone turns them on."""

from collections.abc import Sequence

import dagster as dg

from pipelines.declared import Declared
from pipelines.shell import assets
from pipelines.shell.jobs import AssetJob

ZONE = "Asia/Taipei"
NIGHT = "30 1 * * *"


def all_schedules(nightly: AssetJob, declared: Sequence[Declared]) -> list[dg.ScheduleDefinition]:
    """Return the night's schedule, and one for each dataset that is fetched at other times than it is released."""
    night = dg.ScheduleDefinition("nightly", job=nightly, cron_schedule=NIGHT, execution_timezone=ZONE)
    return [night, *(_fetch(one) for one in declared if one.dataset.minsheng.fetch != one.dataset.minsheng.release)]


def _fetch(declared: Declared) -> dg.ScheduleDefinition:
    return dg.ScheduleDefinition(
        f"fetch_{declared.slug.replace('-', '_')}",
        target=dg.AssetSelection.assets(assets.key("evidence", declared.slug)),
        cron_schedule=declared.dataset.minsheng.fetch,
        execution_timezone=ZONE,
        description=f"Hear {declared.slug} and keep what was said; the night folds it.",
    )
