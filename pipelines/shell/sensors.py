"""The sensors: candidates that wait for a steward, and runs that fail."""

import dagster as dg

from catalog.errors import MinshengError
from catalog.reasons import sentences as reasons
from pipelines import settings
from pipelines.context import Context
from pipelines.declared import Declarations
from pipelines.refresh import decide
from pipelines.settings import Settings
from pipelines.shell.forms import review_key
from pipelines.shell.review import OFFERED

_ENDED = "DagsterExecutionInterruptedError"
"""How a step fails whose process is told to end."""


def candidates(settings_: Settings) -> dg.SensorDefinition:
    """Return the sensor that makes a partition of the job `review` for each candidate that waits, and each dataset."""

    @dg.sensor(
        name="candidates",
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Keeps the partitions of the job `review`: the candidates that wait, and the datasets.",
    )
    def watch(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        try:
            waiting = waiting_candidates(settings_)
        except MinshengError as error:
            return dg.SensorResult(skip_reason=str(error))
        if waiting is None:
            return dg.SensorResult(skip_reason="the embedded store does not run")
        offered = set(context.instance.get_dynamic_partitions(str(OFFERED.name)))
        wanted = {*waiting, *Declarations(settings_.datasets).slugs}
        says = "\n".join(f"{name}: {told}" for name, told in sorted(waiting.items()))
        return dg.SensorResult(
            skip_reason=says or "no candidate waits",
            dynamic_partitions_requests=[
                OFFERED.build_add_request(sorted(wanted - offered)),
                OFFERED.build_delete_request(sorted(offered - wanted)),
            ],
        )

    return watch


def failures() -> dg.SensorDefinition:
    """Return the sensor that logs, for each failed run, one sentence for each failed step."""

    @dg.run_failure_sensor(
        name="failures",
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Logs one sentence for every step that failed. The sensor `night` tells people.",
    )
    def tell(context: dg.RunFailureSensorContext) -> None:
        for sentence in sentences(context):
            context.log.error(f"{context.dagster_run.job_name}: {sentence}")

    return tell


def sentences(context: dg.RunFailureSensorContext) -> list[str]:
    """Return why a run failed: each failed step with its sentence; of a run that was ended from outside, what is left.

    A step that began and has no end was at work then: its process is gone.
    """
    sentences_, at_work = [], _unfinished(context)
    for event in context.get_step_failure_events():
        failure = event.step_failure_data
        told = failure.user_failure_data
        if failure.error and failure.error.cls_name == _ENDED:
            at_work.append(event.step_key)
        elif told and told.description:
            sentences_.append(f"{event.step_key}: {told.description}")
        elif failure.error:
            sentences_.append(f"{event.step_key}: {failure.error.message.strip()}")
    if at_work:
        sentences_.append(
            f"{', '.join(map(str, at_work))}: the run was ended from outside there; every release is whole, and what "
            "was fetched is kept. The next run finishes the rest: the next night, or Re-execute all of this one"
        )
    return sentences_ or [context.failure_event.message or "the run failed"]


def _unfinished(context: dg.RunFailureSensorContext) -> list[str | None]:
    """The steps that began and neither ended nor failed, in order."""
    kinds = {dg.DagsterEventType.STEP_START, dg.DagsterEventType.STEP_SUCCESS, dg.DagsterEventType.STEP_FAILURE}
    records = context.instance.get_records_for_run(context.dagster_run.run_id, of_type=kinds).records
    begun = dict[str | None, None]()
    for event in (record.event_log_entry.dagster_event for record in records):
        if event is None:
            continue
        if event.event_type == dg.DagsterEventType.STEP_START:
            begun[event.step_key] = None
        else:
            begun.pop(event.step_key, None)
    return list(begun)


def waiting_candidates(chosen: Settings) -> dict[str, str] | None:
    """Return why each candidate waits, in both languages, by `<slug>|<first 16 digits of its id>`.

    Returns:
        None if the embedded store does not run: nobody can decide then, and looking is no reason to start it.
    """
    if embedded_is_down(chosen):
        return None
    with settings.open_stores(chosen) as stores:
        ctx = Context(stores.public, stores.private, Declarations(chosen.datasets), chosen.secrets)
        waiting = decide.waiting(ctx, ctx.declarations.slugs)
    return {
        review_key(slug, candidate.identity): " / ".join(
            reasons.sentences((*candidate.approved, *candidate.reasons), language) for language in ("en", "zh-TW")
        )
        for slug, candidate in waiting
    }


def embedded_is_down(chosen: Settings) -> bool:
    """Whether the stores are the embedded one, and it does not run: to look at it is no reason to start it."""
    return settings.EMBEDDED in (chosen.store, chosen.evidence) and not (chosen.home / "store" / "weed.pid").exists()
