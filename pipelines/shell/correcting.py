"""The job by which a steward corrects a wrong figure of an agency in the declaration, or lifts that again."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from catalog.declaration.strict import Text
from pipelines.context import ZONE, Context
from pipelines.declared import Declared
from pipelines.drift import mend
from pipelines.drift.corrections import Mending
from pipelines.drift.mend import MendedDeclaration
from pipelines.drift.told import with_patch
from pipelines.shell.forms import CORRECT, CORRECTION, LOCATION, check_correction, correct_form
from pipelines.shell.names import job_of, key
from pipelines.shell.world import World, named, plainly

_SAYS = (
    "Correct a wrong figure of an agency, until the agency mends it: write into the declaration what to read instead "
    "of one cell. A check that finds wrong cells links to this form, filled in for its first row; the table of failing "
    "rows has the keys of others. Or lift a correction. With `sure: false` the run only says what would change.\n\n"
    "更正機關的錯誤數值，直到機關修正為止：在宣告中寫明該儲存格應改讀為何值。發現錯誤儲存格的檢核附有本表單的連結，"
    "並已帶入第一列；其他列的主鍵見不符資料列的表格。亦可用於取消更正。`sure` 為 false 時，僅說明將變更的內容。"
)
_PLANNED = (
    "Nothing is written yet: to write it into the declaration, set sure to true / "
    "尚未寫入；如需寫入宣告，請將 sure 改為 true"
)
_WRITTEN = (
    "It is written into the declaration. Now run {job}: it releases what the correction changes, or holds it for you / "
    "已寫入宣告。接著請執行 {job}：更正後的資料將釋出，或待您審核"
)


def correct_job(declared: Sequence[Declared]) -> dg.JobDefinition:
    """Return the job by which a steward corrects one cell.

    Args:
        declared: the datasets.
    """
    by_slug = {dataset.slug: dataset for dataset in declared}

    @dg.op(name=CORRECTION, description=_SAYS, config_schema=_schema())
    def carry_out(context: dg.OpExecutionContext, world: dg.ResourceParam[World]) -> None:
        _carry_out(context, world, named(by_slug, context.op_config["dataset"]).slug)

    @dg.job(name=CORRECT, description=_SAYS, config=correct_form())
    def job() -> None:
        carry_out()

    return job


def _schema() -> dict[str, dg.Field]:
    """The fields of the form, as Dagster checks them."""
    return {
        "dataset": dg.Field(str, description="the dataset 資料集"),
        "key": dg.Field(str, description="the key of the row, as name=value,name=value 該列主鍵"),
        "column": dg.Field(str, description="the field whose text is wrong 錯誤的欄位"),
        "evidence": dg.Field(int, description="the fetch that has the row; 0: the newest 擷取編號，0 為最近一次"),
        "instead": dg.Field(str, description="what to read instead, as the agency would write it 應改讀的值"),
        "reason": dg.Field(
            str, description="what is wrong, and how you know, in English; it is public 英文理由，將公開"
        ),
        "reason_zh": dg.Field(str, description="the same in Chinese; it is public 中文理由，將公開"),
        "lift": dg.Field(str, description="the correction to lift instead 要取消的更正"),
        "sure": dg.Field(bool, description="do it; else the run only says what would change 確認寫入"),
    }


def _carry_out(context: dg.OpExecutionContext, world: World, slug: str) -> None:
    """Do what the form says, or say what that would be."""
    form = context.op_config
    with plainly(world, slug):
        check_correction(form)
        found = _proposed(world.of(slug), form)
        context.log.info(f"{found.says}\n{found.patch}")
        if form["sure"]:
            mend.write(found)
    told = _WRITTEN.format(job=job_of(slug)) if form["sure"] else _PLANNED
    context.log.warning(told)
    shown = _shown(found) | {"next": told, "run": dg.MetadataValue.url(f"/locations/{LOCATION}/jobs/{job_of(slug)}")}
    context.add_output_metadata(shown)
    if form["sure"]:
        outcome = {"outcome": "correction lifted / 已取消更正" if form["lift"] else "corrected / 已更正"}
        context.log_event(dg.AssetMaterialization(key("table", slug), metadata=outcome | shown))


def _proposed(ctx: Context, form: Mapping[str, Any]) -> MendedDeclaration:
    if form["lift"]:
        return mend.lift(ctx, form["dataset"], form["lift"])
    reason = Text(en=form["reason"], zh_tw=form["reason_zh"])
    mending = Mending(form["column"], form["instead"], reason, dt.datetime.now(ZONE).date())
    return mend.correct(ctx, form["dataset"], form["key"], mending, form["evidence"] or None)


def _shown(found: MendedDeclaration) -> dict[str, Any]:
    """What the UI shows of it; an agency wrote parts of it, so it is no Markdown."""
    would = [with_patch(found.slug, found.after, language) for language in ("en", "zh-TW")] if found.after else []
    return {
        "says": dg.MetadataValue.text(found.says),
        **({"would": dg.MetadataValue.text("\n".join(dict.fromkeys(would)))} if would else {}),
        "patch": dg.MetadataValue.text(found.patch),
    }
