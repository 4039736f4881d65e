"""What is watched: candidates that wait for a steward, and runs that fail."""

import dagster as dg

from catalog.errors import MinshengError
from catalog.reasons import sentences as reasons
from pipelines import settings
from pipelines.context import Context
from pipelines.declared import Declarations
from pipelines.refresh import decide
from pipelines.settings import Settings
from pipelines.shell.forms import decision_key
from pipelines.shell.jobs import CANDIDATES


def candidates(said: Settings) -> dg.SensorDefinition:
    """Return the sensor that offers, to the job `decide`, just those candidates that wait."""

    @dg.sensor(
        name="candidates",
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Keeps the partitions of the job `decide` equal to the candidates that wait.",
    )
    def watch(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        try:
            waiting = waiting_candidates(said)
        except MinshengError as error:
            return dg.SensorResult(skip_reason=str(error))
        if waiting is None:
            return dg.SensorResult(skip_reason="the embedded store is not up")
        offered = set(context.instance.get_dynamic_partitions(str(CANDIDATES.name)))
        wanted = set(waiting)
        says = "\n".join(f"{name}: {told}" for name, told in sorted(waiting.items()))
        return dg.SensorResult(
            skip_reason=says or "no candidate waits",
            dynamic_partitions_requests=[
                CANDIDATES.build_add_request(sorted(wanted - offered)),
                CANDIDATES.build_delete_request(sorted(offered - wanted)),
            ],
        )

    return watch


def failures() -> dg.SensorDefinition:
    """Return the sensor that says, of each run that failed, what failed in one sentence each."""

    @dg.run_failure_sensor(
        name="failures",
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Logs the one sentence of every step that failed; notifications go out from here.",
    )
    def tell(context: dg.RunFailureSensorContext) -> None:
        for sentence in sentences(context):
            context.log.error(f"{context.dagster_run.job_name}: {sentence}")

    return tell


def sentences(context: dg.RunFailureSensorContext) -> list[str]:
    """Return why a run failed, a sentence for each step; the run's own message when no step did."""
    found = []
    for event in context.get_step_failure_events():
        data = event.step_failure_data
        said = data.user_failure_data
        if said and said.description:
            found.append(said.description)
        elif data.error:
            found.append(data.error.message.strip())
    return found or [context.failure_event.message or "it failed"]


def waiting_candidates(chosen: Settings) -> dict[str, str] | None:
    """Return why each candidate waits, in both languages, by `<slug>|<first 16 digits of its id>`.

    Returns:
        None when the embedded store is not up: nobody can decide anything then, and to look is no reason to start it.
    """
    if settings.EMBEDDED in (chosen.store, chosen.evidence) and not (chosen.home / "store" / "weed.pid").exists():
        return None
    with settings.open_stores(chosen) as stores:
        ctx = Context(stores.public, stores.private, Declarations(chosen.datasets), chosen.secrets)
        waiting = decide.waiting(ctx, ctx.declarations.slugs)
    return {
        decision_key(slug, one.identity): " / ".join(
            reasons.sentences(one.reasons, language) for language in ("en", "zh-TW")
        )
        for slug, one in waiting
    }
