"""The code location: everything that Dagster shows. Loading it reads declarations, but no store and no agency."""

import os

import dagster as dg

from catalog.errors import MinshengError
from pipelines.declared import Declarations
from pipelines.settings import Settings, read
from pipelines.shell import assets, night, night_runs, refreshes, schedules, sensors
from pipelines.shell.review import review
from pipelines.shell.withdrawals import withdraw_job
from pipelines.shell.world import world


def build(chosen: Settings) -> dg.Definitions:
    """Return all definitions for the settings.

    Raises:
        DeclarationError: names every fault of every declaration, one on a line: file, key, what was expected.
    """
    declarations = Declarations(chosen.datasets)
    declared = declarations.all()
    known = {dataset.slug for dataset in declared}
    nightly = refreshes.nightly()
    policy = retries(chosen)
    return dg.Definitions(
        assets=[
            *(asset for dataset in declared for asset in assets.of_dataset(dataset, known, policy)),
            assets.catalog(sorted(known)),
            night.asset(),
        ],
        jobs=[
            nightly,
            *refreshes.by_agency(declarations),
            *refreshes.by_dataset(declarations),
            review(declared),
            withdraw_job(declared),
        ],
        schedules=schedules.all_schedules(nightly, declarations, on=chosen.schedules),
        sensors=[
            sensors.candidates(chosen),
            sensors.failures(),
            night.sensor(chosen),
            night_runs.after_night(nightly, declarations),
        ],
        resources={"world": world(chosen)},
        # One process for a run: a step takes 0.1 s instead of seconds, and the steps share one world.
        executor=dg.in_process_executor,
    )


def retries(chosen: Settings) -> dg.RetryPolicy:
    """Return when an agency that does not answer is asked again; the sandbox is asked again at once."""
    tries, seconds = (1, 0.5) if chosen.sources == "sandbox" else (2, 60.0)
    return dg.RetryPolicy(tries, seconds, dg.Backoff.EXPONENTIAL, dg.Jitter.PLUS_MINUS)


def load() -> dg.Definitions:
    """Return all definitions for the environment. The UI shows the faults of declarations as sentences."""
    try:
        return build(read(os.environ))
    except MinshengError as error:
        # A steward reads this in the UI: show the sentences, not the traceback through pydantic and YAML.
        raise dg.DagsterInvalidDefinitionError(str(error)) from None
