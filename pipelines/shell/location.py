"""The code location: everything that Dagster shows. Loading it reads declarations, but no store and no agency."""

import os

import dagster as dg
import dagster._loggers

from catalog.errors import MinshengError
from pipelines.declared import Declarations
from pipelines.settings import Settings, read
from pipelines.shell import assets, ended, garbage, night, night_runs, refreshes, schedules, sensors
from pipelines.shell.correcting import correct_job
from pipelines.shell.review import review
from pipelines.shell.withdrawals import withdraw_job
from pipelines.shell.world import world


def build(chosen: Settings) -> dg.Definitions:
    """Return all definitions for the settings.

    Raises:
        DeclarationError: names every fault of every declaration, one on a line: file, key, what was expected.
    """
    declarations = Declarations(chosen.datasets)
    declared, nightly, policy = declarations.all(), refreshes.nightly(), retries(chosen)
    known = {dataset.slug for dataset in declared}
    # A run with pools cannot be sent to Dask's workers: Dask reads into it, which Dagster forbids (dask 2026.8,
    # _task_spec.parse_input). Agencies are asked politely all the same: see fetch/politeness.py.
    pools = chosen.dask is None
    return dg.Definitions(
        assets=[
            *(asset for dataset in declared for asset in assets.of_dataset(dataset, known, policy, pools=pools)),
            assets.catalog(sorted(known)),
            night.asset(),
        ],
        jobs=[
            nightly,
            *refreshes.by_agency(declarations),
            *refreshes.by_dataset(declarations),
            review(declared),
            withdraw_job(declared),
            correct_job(declared),
            garbage.gc_job(),
        ],
        schedules=[
            *schedules.all_schedules(nightly, declarations, on=chosen.schedules),
            garbage.gc_schedule(on=chosen.schedules),
        ],
        sensors=[
            sensors.candidates(chosen),
            *ended.sensors(),
            night.sensor(chosen),
            night_runs.after_night(nightly, declarations),
        ],
        resources={"world": world(chosen)},
        executor=_executor(chosen),
    )


def _executor(chosen: Settings) -> dg.ExecutorDefinition:
    """In one process a step takes 0.1 s instead of seconds, and all share one world. Dask has workers for them."""
    if chosen.dask is None:
        return dg.in_process_executor
    from dagster_dask import dask_executor  # here: it imports much, and few have it

    found: dg.ExecutorDefinition = dask_executor.configured({"cluster": {"existing": {"address": chosen.dask}}})
    return found


def retries(chosen: Settings) -> dg.RetryPolicy:
    """Return when an agency that does not answer is asked again; the sandbox is asked again at once."""
    if chosen.dask:
        return dg.RetryPolicy(0)  # Dagster's executor for Dask knows no retries: the failure is kept at once
    tries, seconds = (1, 0.5) if chosen.sources == "sandbox" else (2, 60.0)
    return dg.RetryPolicy(tries, seconds, dg.Backoff.EXPONENTIAL, dg.Jitter.PLUS_MINUS)


def load() -> dg.Definitions:
    """Return all definitions for the environment. The UI shows the faults of declarations as sentences."""
    try:
        chosen = read(os.environ)
        if chosen.log == "json":  # a run that configures no logger takes this one, and none of ours does
            vars(dagster._loggers)["colored_console_logger"] = dg.json_console_logger
        return build(chosen)
    except MinshengError as error:
        # A steward reads this in the UI: show the sentences, not the traceback through pydantic and YAML.
        raise dg.DagsterInvalidDefinitionError(str(error)) from None
