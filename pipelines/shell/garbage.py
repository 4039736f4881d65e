"""The job `gc`: what nothing needs any more, in both stores and in Dagster's history; first it only shows it."""

import datetime as dt
from typing import Any

import dagster as dg

from catalog.errors import MinshengError
from catalog.reasons.faults import of_error
from catalog.reasons.sentences import in_both
from pipelines.context import ZONE
from pipelines.garbage.collect import Collection, collect, look
from pipelines.keep import Keep
from pipelines.shell.history import OldRun, forget, old_runs
from pipelines.shell.world import World

GC = "collect_garbage"
"""The op of the job. No other job may have an op of this name."""
WEEKLY = "0 5 * * 0"
"""Sunday morning, when the night is over."""
_LISTED = 200


def gc_job() -> dg.JobDefinition:
    """Return the job that deletes what nothing needs any more; unless told to, it only shows what would go."""

    @dg.op(
        name=GC,
        description="Show, or delete, what nothing needs any more.\n\n列出或清除不再需要之項目。",
        config_schema={
            "delete": dg.Field(
                bool,
                default_value=False,
                description="Mark and delete; else only show what would go. 標記並刪除；否則僅列出將刪除之項目。",
            )
        },
    )
    def carry_out(context: dg.OpExecutionContext, world: dg.ResourceParam[World]) -> None:
        now, keep, delete = present(), world.settings.keep, context.op_config["delete"]
        old = list(old_runs(context.instance, now - dt.timedelta(days=keep.runs)))
        for run in old if delete else ():
            forget(context.instance, run.id)
        try:
            found = (collect if delete else look)(world.shared, keep, now)
        except MinshengError as error:
            raise dg.Failure(in_both(of_error(error)), allow_retries=False) from None
        context.add_output_metadata(shown(found, old, keep))
        for slug, why in found.skipped.items():
            context.log.warning(f"{slug}: nothing of it is deleted, because it is not known what is needed: {why}")

    @dg.job(
        name="gc",
        description="Delete what nothing needs any more: old candidates and reports, what a killed run left, and old "
        "runs of Dagster. With `delete: false` it only shows what would go.\n\n"
        "清除不再需要之項目：已處理之候選版本、舊報告、中斷執行之殘留，及 Dagster 之舊執行紀錄。"
        "`delete: false` 時僅列出將刪除之項目。",
        config={"ops": {GC: {"config": {"delete": False}}}},
    )
    def job() -> None:
        carry_out()

    return job


def present() -> dt.datetime:
    """Return the time by which things are old."""
    return dt.datetime.now(dt.UTC)


def gc_schedule(*, on: bool) -> dg.ScheduleDefinition:
    """Return the schedule that collects once a week."""
    return dg.ScheduleDefinition(
        "gc",
        job_name="gc",
        cron_schedule=WEEKLY,
        execution_timezone=str(ZONE),
        run_config={"ops": {GC: {"config": {"delete": True}}}},
        default_status=dg.DefaultScheduleStatus.RUNNING if on else dg.DefaultScheduleStatus.STOPPED,
        description="Mark what nothing needs any more, and delete what was marked long enough ago.\n\n"
        "標記不再需要之項目，並清除標記已達保存天數者。",
    )


def shown(found: Collection, old: list[OldRun], keep: Keep) -> dict[str, Any]:
    """Return what the UI shows: sums by kind, and a line for each thing, those first that go now."""
    deleted = "deleted" if found.did else "would be deleted"
    sums: list[dict[str, Any]] = [
        {
            "what": kind,
            "things": each.things,
            "bytes": each.bytes,
            deleted: each.due,
            f"bytes {deleted}": each.due_bytes,
        }
        for kind, each in found.sums.items()
    ]
    sums.append({"what": "run", "things": len(old), "bytes": 0, deleted: len(old), f"bytes {deleted}": 0})
    things = [
        {"what": each.garbage.kind, "name": each.garbage.name, "bytes": each.garbage.bytes,
         "since": each.since.isoformat() if each.since else "", "due": each.due.isoformat(), "deleted": each.deleted}
        for each in sorted(found.seen, key=lambda each: each.due)
    ]  # fmt: skip
    runs = [{"run": run.id, "job": run.job, "ended": run.ended.isoformat()} for run in old]
    return {
        "did": found.did,
        "sums": _table(sums),
        **({"things": _table(things[:_LISTED])} if things else {}),
        **({"runs": _table(runs[:_LISTED])} if runs else {}),
        "kept for": ", ".join(f"{name} {days} days" for name, days in vars(keep).items()),
    }


def _table(rows: list[dict[str, Any]]) -> dg.TableMetadataValue:
    columns = [dg.TableColumn(name) for name in rows[0]]
    return dg.TableMetadataValue([dg.TableRecord(row) for row in rows], dg.TableSchema(columns))
