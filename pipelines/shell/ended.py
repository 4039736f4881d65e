"""Why a run did not succeed, in a sentence for each step: one that failed, and one that was at work when the run ended.

A run ends from outside when somebody terminates it, or when its process dies. Then nobody else says what is safe.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import dagster as dg

from pipelines.shell.names import slug_of

_INTERRUPTED = "DagsterExecutionInterruptedError"
"""How a step fails whose process is told to end."""
_FAILURE = dg.DagsterEventType.STEP_FAILURE
_KINDS = {
    dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED,
    dg.DagsterEventType.STEP_START,
    dg.DagsterEventType.STEP_SUCCESS,
    _FAILURE,
}


def sensors() -> list[dg.SensorDefinition]:
    """Return the sensors that tell of runs which did not succeed."""
    return [failures(), terminated()]


def failures() -> dg.SensorDefinition:
    """Return the sensor that says of each failed run why, a sentence for each failed step."""

    @dg.run_failure_sensor(
        name="failures",
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Says why a run failed, a sentence for every step; of a run whose process died, what is safe and "
        "what comes next. The sensor `night` tells people.\n\n"
        "說明執行失敗的原因，每個步驟一句；程序中斷者，並說明哪些資料無虞及後續處理。由感測器 `night` 通知人員。",
    )
    def tell(context: dg.RunFailureSensorContext) -> None:
        _tell(context)

    return tell


def terminated() -> dg.SensorDefinition:
    """Return the sensor that says of each run that somebody terminated what is safe, and what comes next."""

    @dg.run_status_sensor(
        run_status=dg.DagsterRunStatus.CANCELED,
        name="terminated",
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Says of a run that somebody terminated which datasets are not done, what is safe, and what comes "
        "next.\n\n說明經人員終止（Terminate）的執行有哪些資料集未完成、哪些資料無虞，以及後續處理。",
    )
    def tell(context: dg.RunStatusSensorContext) -> None:
        _tell(context)

    return tell


def _tell(context: dg.RunStatusSensorContext) -> None:
    """Say it in the log of the sensor; what the run itself does not say, on its page too."""
    run, instance = context.dagster_run, context.instance
    why = reasons(instance, run)
    unknown = [] if any(why) else [context.dagster_event.message or "the run failed"]
    for sentence in (*why.failed, *why.from_outside, *unknown):
        context.log.error(f"{run.job_name}: {sentence}")
    for sentence in why.from_outside:
        instance.report_engine_event(sentence, run)


class Reasons(NamedTuple):
    """Why a run did not succeed."""

    failed: list[str]
    """A sentence for each step that failed."""
    from_outside: list[str]
    """If the run was ended from outside, a sentence: where it was, what is left, what is safe, what comes next."""


def reasons(instance: dg.DagsterInstance, run: dg.DagsterRun) -> Reasons:
    """Return why a run did not succeed; nothing where its steps do not tell.

    Args:
        instance: of Dagster.
        run: a run that has ended.
    """
    records = instance.get_records_for_run(run.run_id, of_type=_KINDS).records
    events = [event for record in records if (event := record.event_log_entry.dagster_event)]
    told = {event.step_key: _failure(event) for event in events if event.event_type == _FAILURE}
    failed = [sentence for sentence in told.values() if sentence]
    ended = _steps(events, dg.DagsterEventType.STEP_SUCCESS).keys() | {step for step, why in told.items() if why}
    at_work = [step for step in _steps(events, dg.DagsterEventType.STEP_START) if step not in ended]
    is_ended = at_work or run.status == dg.DagsterRunStatus.CANCELED
    return Reasons(failed, [_from_outside(events, at_work)] if is_ended else [])


def _steps(events: Sequence[dg.DagsterEvent], kind: dg.DagsterEventType) -> dict[str | None, None]:
    """The steps of which there is such an event, in order."""
    return {event.step_key: None for event in events if event.event_type == kind}


def _failure(event: dg.DagsterEvent) -> str | None:
    """Why a step failed; None if its process was told to end."""
    failure = event.step_failure_data
    described = failure.user_failure_data
    if failure.error and failure.error.cls_name == _INTERRUPTED:
        return None
    if described and described.description:
        return f"{event.step_key}: {described.description}"
    error = failure.error and (failure.error.cause or failure.error)  # Dagster wraps what an op raises
    return f"{event.step_key}: {error.message.strip() if error else 'it failed'}"


def _from_outside(events: Sequence[dg.DagsterEvent], at_work: Sequence[str | None]) -> str:
    """What became of a run that was ended from outside: where it was, what is done, and what is not."""
    of_step = {
        event.step_key: event.asset_materialization_planned_data.asset_key
        for event in events
        if event.event_type == dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED
    }
    whole = _steps(events, dg.DagsterEventType.STEP_SUCCESS)
    at = [of_step[step].path[-1] if step in of_step else str(step) for step in at_work]
    left = _slugs(asset for step, asset in of_step.items() if step not in whole)
    done = [slug for slug in _slugs(of_step.values()) if slug not in left]
    begun = bool(_steps(events, dg.DagsterEventType.STEP_START))
    where, where_zh = (f" at {', '.join(at)}", f"於 {'、'.join(at)} 時") if at else ("", "")
    if not begun:
        where, where_zh = " before it began", "於開始前"
    english, chinese = f"the run was ended from outside{where}; ", f"本次執行{where_zh}由外部中止；"
    english += "".join(f"{word}: {', '.join(slugs)}; " for word, slugs in (("not done", left), ("done", done)) if slugs)
    chinese += "".join(f"{word}：{'、'.join(slugs)}；" for word, slugs in (("未完成", left), ("已完成", done)) if slugs)
    return f"{english}{_SAFE}{_NEXT if of_step else _AGAIN} / {chinese}{_SAFE_ZH}{_NEXT_ZH if of_step else _AGAIN_ZH}"


_SAFE, _SAFE_ZH = "every release is whole, and what was fetched is kept. ", "已釋出之版本均完整，已擷取之回應均已保存。"
_NEXT = "The next night finishes the rest; to have it now, choose Re-execute all on the page of this run"
_NEXT_ZH = "其餘由下一夜完成；如需立即完成，請在本次執行的頁面選擇 Re-execute all"
_AGAIN = "Execute it again; what it did already is not done twice"
_AGAIN_ZH = "請重新執行；已完成之部分不會重複"


def _slugs(assets: Iterable[dg.AssetKey]) -> list[str]:
    """The datasets of assets, each once."""
    return list(dict.fromkeys(slug for asset in assets if (slug := slug_of(asset))))
