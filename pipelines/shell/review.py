"""The job by which a steward decides: on a candidate that waits, or on a dataset."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import dagster as dg

from catalog.errors import DecisionError
from pipelines.context import Context
from pipelines.declared import Declared
from pipelines.refresh import decide, hold
from pipelines.refresh.announce import Announcement, TakeBack, announce, text_of
from pipelines.refresh.result import RefreshResult
from pipelines.run import deciding
from pipelines.shell.decided import report_decision, report_newest
from pipelines.shell.forms import ACTIONS, DECISION, REVIEW, check_form, filled, review_form, review_key
from pipelines.shell.report import report
from pipelines.shell.vouching import who_decides
from pipelines.shell.world import World, named, plainly

OFFERED = dg.DynamicPartitionsDefinition(name=REVIEW)
"""What a steward may choose: each candidate that waits, as `<slug>|<first 16 digits of the id>`, and each dataset. The
sensor `candidates` keeps them."""
_SAYS = (
    "Decide: choose a candidate that waits, or a dataset, under Partition. That fills the form, but for action, by and "
    "reason. Write the action in place of null, and texts between the quotes.\n\n"
    "審核：請在 Partition 選擇待審核的候選版本，或選擇資料集，表單便會自動帶入；再將 null 改為要執行的動作，"
    "並在引號內填寫姓名與理由。\n\n"
    "- approve: release the candidate 核可並釋出\n"
    "- reject: set its bad fetches aside 不予核可，排除有問題的擷取\n"
    "- embargo: approve the candidate, public from a time on 核可，並自指定時間起公開\n"
    "- hold: release nothing new of the dataset without an approval 暫停釋出\n"
    "- lift: end that, or let fetches in again that were set aside 解除暫停，或恢復採用先前排除的擷取\n"
    "- announce: tell readers of a breaking change to come 預告重大異動\n"
    "- take-back: take an announcement back 取消預告"
)


def review(declared: Sequence[Declared]) -> dg.JobDefinition:
    """Return the job by which a steward decides.

    Args:
        declared: the datasets.
    """
    by_slug = {dataset.slug: dataset for dataset in declared}

    @dg.op(name=DECISION, description=_SAYS, config_schema=_schema())
    def decision(context: dg.OpExecutionContext, world: dg.ResourceParam[World]) -> None:
        _carry_out(context, world, by_slug)

    @dg.job(
        name=REVIEW,
        description=_SAYS,
        config=dg.PartitionedConfig(partitions_def=OFFERED, run_config_for_partition_key_fn=review_form),
    )
    def job() -> None:
        decision()

    return job


def _schema() -> dict[str, dg.Field]:
    """The fields of the form, as Dagster checks them."""
    action = dg.Enum("action", [dg.EnumValue(name) for name in ACTIONS])
    return {
        "action": dg.Field(action, description=" / ".join(ACTIONS)),
        "by": dg.Field(str, description="your name 姓名"),
        "candidate": _text("approve, embargo, reject: the candidate's id, or at least its first 8 digits 候選版本"),
        "dataset": dg.Field(str, description="the dataset 資料集"),
        "embargo": _text("embargo: from when it is public, as 2026-12-01T09:00+08:00 自何時起公開"),
        "evidence": dg.Field(
            [int],
            is_required=False,
            description="reject: the fetches to exclude; empty: those that would be held alone. lift: the fetches to "
            "let in again; empty: the hold ends. 要排除或恢復採用的擷取編號",
        ),
        "notice": dg.Field(
            int,
            is_required=False,
            description="announce: the announcement that it replaces, 0 for none. take-back: the one to take back. "
            "要取代或取消的預告，其公告編號",
        ),
        "reason": _text(
            "why, in quotes; of an approval or a take-back it is published, else it stays private. "
            "理由，請寫在引號內：核可與取消預告之理由會公開，其餘不公開。"
        ),
        "to_announce": dg.Field(_announced(), is_required=False, description="announce: all of it is public 預告內容"),
    }


def _announced() -> dict[str, dg.Field]:
    """The fields of an announcement."""
    return {
        "change_en": _text("what will be different, in English 異動內容（英文）"),
        "change_zh": _text("what will be different, in Chinese 異動內容（中文）"),
        "fields": dg.Field([str], is_required=False, description="the fields that change; none: all 異動的欄位"),
        "from": _text("the first day on which it may come, as 2027-03-01 最早生效日"),
        "instead_en": _text("what readers do about it, in English 因應方式（英文）"),
        "instead_zh": _text("what readers do about it, in Chinese 因應方式（中文）"),
    }


def _text(description: str) -> dg.Field:
    """A text that some actions need and others do not."""
    return dg.Field(str, is_required=False, description=description)


def _carry_out(context: dg.OpExecutionContext, world: World, by_slug: Mapping[str, Declared]) -> None:
    """Do what the form says, and show what came of it."""
    form = filled(context.op_config)
    slug, action = form["dataset"], form["action"]
    declared = named(by_slug, slug)
    with plainly(world, slug):
        check_form(form)
        with deciding(world.shared):
            ctx = dataclasses.replace(world.of(slug), identity=who_decides(context, world))
            results = _DO[action](ctx, form)
    for result in results:
        report(context, ctx, declared, result)
    if "candidate" not in ACTIONS[action].needed:
        report_newest(context, ctx, declared, "announce" if "notice" in ACTIONS[action].used else action)
        return
    of = report_decision(context, ctx, declared, form["candidate"])
    if of and any((result.outcome, result.candidate) == ("held", of.candidate) for result in results):
        return  # it waits on, for another person or its time
    partition = review_key(slug, form["candidate"])
    if context.instance.has_dynamic_partition(str(OFFERED.name), partition):
        context.instance.delete_dynamic_partition(str(OFFERED.name), partition)


def _approve(ctx: Context, form: Mapping[str, Any]) -> list[RefreshResult]:
    return [decide.approve(ctx, form["dataset"], form["candidate"], form["by"], form["reason"], form["embargo"])]


def _reject(ctx: Context, form: Mapping[str, Any]) -> list[RefreshResult]:
    signed = (form["candidate"], form["by"], form["reason"])
    return list(decide.reject(ctx, form["dataset"], *signed, tuple(form["evidence"])))


def _hold(ctx: Context, form: Mapping[str, Any]) -> list[RefreshResult]:
    hold.hold(ctx, form["dataset"], form["by"], form["reason"])
    return []


def _lift(ctx: Context, form: Mapping[str, Any]) -> list[RefreshResult]:
    return list(hold.lift(ctx, form["dataset"], tuple(form["evidence"]), form["by"], form["reason"]))


def _announce(ctx: Context, form: Mapping[str, Any]) -> list[RefreshResult]:
    said = form["to_announce"]
    change = text_of(said["change_en"], said["change_zh"], "the change")
    try:
        starts = dt.date.fromisoformat(said["from"].strip())
    except ValueError:
        raise DecisionError(f"expected from as a day, as 2027-03-01, found {said['from']!r}") from None
    if change is None:
        raise DecisionError("expected change_en and change_zh for the action announce, found them empty; fill them in")
    instead = text_of(said["instead_en"], said["instead_zh"], "what to do")
    wanted = Announcement(form["by"], starts, change, instead, tuple(said["fields"]), form["notice"] or None)
    announce(ctx, form["dataset"], wanted)
    return []


def _take_back(ctx: Context, form: Mapping[str, Any]) -> list[RefreshResult]:
    announce(ctx, form["dataset"], TakeBack(form["by"], form["reason"], form["notice"]))
    return []


_DO: dict[str, Callable[[Context, Mapping[str, Any]], list[RefreshResult]]] = {
    "approve": _approve,
    "reject": _reject,
    "embargo": _approve,
    "hold": _hold,
    "lift": _lift,
    "announce": _announce,
    "take-back": _take_back,
}
