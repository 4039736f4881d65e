"""The report of a night in Dagster: a sensor looks often, and reports when something happened and no run goes on."""

import datetime as dt
from pathlib import Path
from typing import Any

import dagster as dg

from catalog.errors import MinshengError
from pipelines import health, settings
from pipelines.night import told
from pipelines.night.metrics import exposition
from pipelines.night.notify import VARIABLE, waits
from pipelines.night.report import NEED_A_LOOK, DatasetNight, Report, present, report
from pipelines.night.spoken import sentence, summary
from pipelines.night.tell import tell_night
from pipelines.settings import Settings
from pipelines.shell.sensors import embedded_is_down
from pipelines.shell.states import tell_changed

KEY = dg.AssetKey(["night"])
_GOING_ON = [
    dg.DagsterRunStatus.QUEUED,  # a night has several runs, and between two of them none may go on
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def asset() -> dg.AssetSpec:
    """Return the asset whose materializations are the reports, so that the UI draws their figures over time."""
    return dg.AssetSpec(
        KEY,
        group_name="catalog",
        kinds={"html", "json"},
        description="What each night came to: one sentence for each dataset, the worst first. The sensor `night` makes "
        "it; `minsheng night` does too.\n\n每夜的更新結果：每個資料集一句話，待處理者在前。由感測器 `night` 產生，"
        "亦可執行 `minsheng night`。",
    )


def sensor(chosen: Settings) -> dg.SensorDefinition:
    """Return the sensor that reports, tells people, and writes the figures for a monitor."""

    @dg.sensor(
        name="night",
        minimum_interval_seconds=health.BEATS_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Reports what became of every dataset when a release was made or a state changed, also when one "
        "is overdue, and tells people what is new.\n\n"
        "有新版本或狀態變動（含逾期）時，產生每個資料集的報告，並通知人員。",
    )
    def watch(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        health.beat(chosen.home, dt.datetime.now(dt.UTC), looked=False)
        if embedded_is_down(chosen):
            return dg.SkipReason("the embedded store does not run")
        if context.instance.get_runs_count(dg.RunsFilter(statuses=_GOING_ON)):
            return dg.SkipReason("a run goes on; it is reported when it ends")
        try:
            made, missed = look(chosen)
        except MinshengError as error:
            return dg.SkipReason(str(error))
        tell_changed(context.instance, made.lines)
        if missed is None:
            return dg.SkipReason(f"nothing happened since the report before: {summary(made, chosen.language)}")
        for sentence_ in missed:
            context.log.error(sentence_)
        context.instance.report_runless_asset_event(dg.AssetMaterialization(KEY, metadata=shown(made)))
        return dg.SkipReason(summary(made, chosen.language))

    return watch


def look(chosen: Settings) -> tuple[Report, list[str] | None]:
    """Look at every dataset, write the figures for a monitor, and report if something happened.

    Args:
        chosen: the settings.

    Returns:
        What is the case; and who could not be told of it, None if the report before says the same already.
    """
    addresses = chosen.secrets.get(VARIABLE, "")
    with settings.open_context(chosen, writing=False) as ctx:
        known = told.read(ctx.private)
        made = report(ctx, present(ctx), known)
        _write(chosen.home / "metrics.prom", exposition(made))
        health.beat(chosen.home, dt.datetime.now(dt.UTC), looked=True)
        happened = made.states != known.states or any(line.made for line in made.lines)
        if not happened and not waits(made, known, addresses):
            return made, None
        return made, tell_night(ctx, made, known, addresses, chosen.language)


def shown(made: Report) -> dict[str, Any]:
    """Return what the UI shows of a report: how many datasets of each kind, and those that need a look.

    What an agency wrote goes into a table, which the UI shows as it is.
    """
    look = [line for line in made.lines if line.state in NEED_A_LOOK]
    agencies = [{"agency": agency} | counts for agency, counts in sorted(made.by_agency.items())]
    tables = {
        "to look at / 待處理": [_told(line, language) for line in look for language in ("en", "zh-TW")],
        "agencies / 機關": agencies,
        "released / 釋出新版本": [_told(line, "en") for line in made.lines if line.made and line not in look],
    }
    return {
        "summary": summary(made, "en"),
        "摘要": summary(made, "zh-TW"),
        **{name: _table(rows) for name, rows in tables.items() if rows},
        **made.counts,
    }


def _told(line: DatasetNight, language: str) -> dict[str, str | int]:
    return {"dataset": line.dataset, "state": line.state, "what": sentence(line, language)}


def _table(rows: list[dict[str, str | int]]) -> dg.TableMetadataValue:
    columns = [dg.TableColumn(name) for name in rows[0]]
    return dg.TableMetadataValue([dg.TableRecord(row) for row in rows], dg.TableSchema(columns))


def _write(path: Path, body: bytes) -> None:
    """Replace a file whole, as Prometheus' collector of text files wants it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    beside.write_bytes(body)
    beside.replace(path)
