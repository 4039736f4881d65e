"""The code location: all that Dagster shows. Loading reads declarations, and neither stores nor agencies."""

import os

import dagster as dg

from catalog.errors import MinshengError
from pipelines.declared import Declarations
from pipelines.settings import Settings, read
from pipelines.shell import assets, jobs, schedules, sensors
from pipelines.shell.world import world


def build(chosen: Settings) -> dg.Definitions:
    """Return all definitions for the settings.

    Raises:
        DeclarationError: every fault of every declaration, one a line: file, key, what was expected.
    """
    declarations = Declarations(chosen.datasets)
    declared = declarations.all()
    known = {one.slug for one in declared}
    nightly = jobs.nightly()
    policy = retries(chosen)
    return dg.Definitions(
        assets=[
            *(asset for one in declared for asset in assets.of_dataset(one, known, policy)),
            assets.catalog(sorted(known)),
        ],
        jobs=[nightly, *jobs.by_agency(declarations), jobs.decide(declared)],
        schedules=schedules.all_schedules(nightly, declared),
        sensors=[sensors.candidates(chosen), sensors.failures()],
        resources={"world": world(chosen)},
        # One process a run: a step costs 0.1 s instead of seconds, and the steps share one open world.
        executor=dg.in_process_executor,
    )


def retries(chosen: Settings) -> dg.RetryPolicy:
    """Return when an agency that does not answer is asked again; the sandbox is not kept waiting for."""
    tries, seconds = (1, 0.5) if chosen.sources == "sandbox" else (2, 60.0)
    return dg.RetryPolicy(tries, seconds, dg.Backoff.EXPONENTIAL, dg.Jitter.PLUS_MINUS)


def load() -> dg.Definitions:
    """Return all definitions for the environment; a fault of a declaration is a sentence in the UI."""
    try:
        return build(read(os.environ))
    except MinshengError as error:
        # A steward reads this in the UI: the sentences, not the way through pydantic and yaml.
        raise dg.DagsterInvalidDefinitionError(str(error)) from None
