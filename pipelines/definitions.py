"""What Dagster loads, by workspace.yaml. Loading reads declarations, and neither stores nor agencies."""

import os

import dagster as dg

from catalog.errors import MinshengError
from pipelines.settings import Settings, read
from pipelines.shell import assets, jobs, schedules, sensors, steps
from pipelines.shell.world import world


def build(said: Settings) -> dg.Definitions:
    """Return all definitions for the settings.

    Raises:
        DeclarationError: every fault of every declaration, one a line: file, key, what was expected.
    """
    declared = steps.declarations(said.datasets)
    known = {one.slug for one in declared}
    nightly = jobs.nightly()
    policy = retries(said)
    return dg.Definitions(
        assets=[
            *(asset for one in declared for asset in assets.of_dataset(one, known, policy)),
            assets.catalog(sorted(known)),
        ],
        jobs=[nightly, *jobs.by_agency(declared), jobs.decide(declared)],
        schedules=schedules.all_schedules(nightly, declared),
        sensors=[sensors.candidates(said), sensors.failures()],
        resources={"world": world(said)},
        # One process a run: a step costs 0.1 s instead of seconds, and the steps share one open world.
        executor=dg.in_process_executor,
    )


def retries(said: Settings) -> dg.RetryPolicy:
    """Return when an agency that does not answer is asked again; the sandbox is not kept waiting for."""
    tries, seconds = (1, 0.5) if said.sources == "sandbox" else (2, 60.0)
    return dg.RetryPolicy(tries, seconds, dg.Backoff.EXPONENTIAL, dg.Jitter.PLUS_MINUS)


def _load() -> dg.Definitions:
    try:
        return build(read(os.environ))
    except MinshengError as error:
        # A steward reads this in the UI: the sentences, not the way through pydantic and yaml.
        raise dg.DagsterInvalidDefinitionError(str(error)) from None


defs = _load()
