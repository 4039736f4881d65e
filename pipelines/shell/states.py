"""Whether a dataset is fresh, overdue, held or failing, as an asset check on its release: what a steward sees first."""

import dataclasses
from collections.abc import Sequence

import dagster as dg

from pipelines.context import Context
from pipelines.night.report import NEED_A_LOOK, DatasetNight, dataset_night, present
from pipelines.night.spoken import sentence
from pipelines.shell.names import key

STATE = "state"
"""The name of the check."""
_ERRORS = ("damaged", "failing")


def spec(slug: str) -> dg.AssetCheckSpec:
    """Return the check spec of a dataset."""
    return dg.AssetCheckSpec(
        STATE,
        asset=key("release", slug),
        description="The dataset is fresh: neither overdue, nor held, nor failing.\n\n"
        "資料集為最新：未逾期、未待審、更新無誤。",
    )


def evaluation(line: DatasetNight) -> dg.AssetCheckEvaluation:
    """Return how a dataset stands, in one sentence of each language.

    What an agency wrote is in the metadata, which the UI shows as it is; a description it would read as Markdown.
    """
    line = dataclasses.replace(line, made=())  # how it stands, not what is new
    times = {"since": line.since, "last_checked": line.last_checked, "due_at": line.due_at}
    told = {"en": dg.MetadataValue.text(sentence(line, "en")), "zh-TW": dg.MetadataValue.text(sentence(line, "zh-TW"))}
    return dg.AssetCheckEvaluation(
        asset_key=key("release", line.dataset),
        check_name=STATE,
        passed=line.state not in NEED_A_LOOK,
        severity=dg.AssetCheckSeverity.ERROR if line.state in _ERRORS else dg.AssetCheckSeverity.WARN,
        description=line.state,
        metadata={"state": line.state, **told, **{name: at for name, at in times.items() if at}},
    )


def of_run(ctx: Context, slug: str) -> dg.AssetCheckEvaluation:
    """Return how a dataset stands at the time of a run, by the clock of the run."""
    return evaluation(dataset_night(ctx, slug, ctx.clock.now()))


def of_present(ctx: Context, slug: str) -> dg.AssetCheckEvaluation:
    """Return how a dataset stands now, as after a decision, which has no time of a run."""
    return evaluation(dataset_night(ctx, slug, present(ctx)))


def tell_changed(instance: dg.DagsterInstance, lines: Sequence[DatasetNight]) -> int:
    """Report the datasets of which Dagster shows another state, as one that is overdue because nothing ran.

    Args:
        instance: of Dagster.
        lines: how the datasets stand.

    Returns:
        How many were reported.
    """
    keys = [spec(line.dataset).key for line in lines]
    known = instance.event_log_storage.get_latest_asset_check_execution_by_key(keys)
    told = 0
    for line, check in zip(lines, keys, strict=True):
        record, now = known.get(check), evaluation(line)
        before = record.evaluation if record else None
        # Of a run that failed before the check it was only planned, and says nothing.
        told_before = before.metadata if isinstance(before, dg.AssetCheckEvaluation) else {}
        if any(told_before.get(name) != now.metadata[name] for name in ("state", "en")):
            instance.report_runless_asset_event(now)
            told += 1
    return told
