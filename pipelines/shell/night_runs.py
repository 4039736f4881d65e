"""The runs of a night: one for each agency, so that a slow one delays no other; then what is derived from all of them.

The job `nightly` is all of it in one run, for who starts it by hand. The schedule cuts it up.
"""

from collections.abc import Iterator

import dagster as dg

from pipelines.declared import Declarations
from pipelines.shell.names import STAGES, key
from pipelines.shell.refreshes import AssetJob
from pipelines.shell.world import CATALOG

NIGHT, PART, PARTS = "minsheng/night", "minsheng/part", "minsheng/parts"
"""Tags of a run: the night that it belongs to, which part of it this is, and in how many agencies it was cut up."""
DERIVED = "derived"
"""The last part, after all agencies."""
_MANY = 1000
"""Runs that are looked at, the newest first: more than a night has."""


def of_agencies(declarations: Declarations, night: str) -> Iterator[dg.RunRequest]:
    """Yield a request for each agency: the inline tables that its datasets refer to, then its datasets.

    Args:
        declarations: all datasets.
        night: when it begins.
    """
    declared = [one for one in declarations.all() if not one.dataset.minsheng.derive]
    agencies = sorted({one.dataset.minsheng.agency for one in declared})
    for agency in agencies:
        slugs = sorted(one.slug for one in declared if one.dataset.minsheng.agency == agency)
        tags = {NIGHT: night, PART: agency, PARTS: str(len(agencies))}
        yield _request(declarations, slugs, f"{night} {agency}", tags)


def of_derived(declarations: Declarations, night: str) -> dg.RunRequest:
    """Return the request for what is derived of the datasets of all agencies, and for the catalog."""
    slugs = sorted(one.slug for one in declarations.all() if one.dataset.minsheng.derive)
    return _request(declarations, slugs, f"{night} {DERIVED}", {NIGHT: night, PART: DERIVED})


def _request(declarations: Declarations, slugs: list[str], run_key: str, tags: dict[str, str]) -> dg.RunRequest:
    wanted = [key(stage, slug) for slug in declarations.in_order(slugs) for stage in STAGES]
    return dg.RunRequest(run_key=run_key, asset_selection=[*wanted, CATALOG], tags=tags)


def after_night(nightly: AssetJob, declarations: Declarations) -> dg.SensorDefinition:
    """Return the sensor that starts the last part of a night when the runs of all agencies have ended."""

    @dg.sensor(
        name="after_night",
        job=nightly,
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="When the runs of all agencies of a night have ended, well or not, starts the last one: derived "
        "datasets and the catalog.\n\n一夜各機關的執行均結束後（不論成敗），執行推算資料集與目錄。",
    )
    def watch(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        runs = context.instance.get_runs(dg.RunsFilter(job_name="nightly"), limit=_MANY)
        nights = {night: run for run in reversed(runs) if (night := run.tags.get(NIGHT))}
        if not nights:
            return dg.SkipReason("no night was started by the schedule yet")
        night = max(nights)
        parts = {run.tags[PART]: run for run in reversed(runs) if run.tags.get(NIGHT) == night}
        if DERIVED in parts:
            return dg.SkipReason(f"the night of {night} has its last run")
        going = sorted(part for part, run in parts.items() if not run.is_finished)
        missing = int(nights[night].tags[PARTS]) - len(parts)
        if going or missing:
            more = f", and {missing} to come" if missing else ""
            return dg.SkipReason(f"the night of {night} goes on: {', '.join(going) or 'no run'}{more}")
        return of_derived(declarations, night)

    return watch
