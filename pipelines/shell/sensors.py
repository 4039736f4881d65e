"""The sensor that offers what waits for a steward."""

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


def candidates(settings_: Settings) -> dg.SensorDefinition:
    """Return the sensor that makes a partition of the job `review` for each candidate that waits, and each dataset."""

    @dg.sensor(
        name="candidates",
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Keeps the partitions of the job `review`: the candidates that wait, and the datasets.\n\n"
        "維護作業 `review` 的分割（Partition）：待審核的候選版本與各資料集。",
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
            reasons.sentences(candidate.told, language) for language in ("en", "zh-TW")
        )
        for slug, candidate in waiting
    }


def embedded_is_down(chosen: Settings) -> bool:
    """Whether the stores are the embedded one, and it does not run: to look at it is no reason to start it."""
    return settings.EMBEDDED in (chosen.store, chosen.evidence) and not (chosen.home / "store" / "weed.pid").exists()
