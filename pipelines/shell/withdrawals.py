"""The job by which a steward withdraws a release, and what its assets show then."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from catalog import keys
from catalog.release import notices, served
from catalog.release.notices import WithdrawalNotice
from pipelines.context import Context
from pipelines.declared import Declared
from pipelines.refresh.settle import caught_up
from pipelines.refresh.withdraw import Withdrawal, planned, withdraw
from pipelines.run import deciding
from pipelines.shell import states
from pipelines.shell.names import key
from pipelines.shell.report import released_metadata
from pipelines.shell.vouching import vouched_by, who_decides
from pipelines.shell.world import World, named, plainly

WITHDRAW = "withdraw_release"
"""The op of the job `withdraw`. No other job may have an op of this name."""
_NOT_YET = "Nothing is done yet: to do it, set sure to true / 尚未執行；如需執行，請將 sure 改為 true"
FORM: dict[str, Any] = {
    "dataset": "",
    "release": 0,
    "by": "",
    "reason": "",
    "basis": "",
    "evidence": [],
    "purge": False,
    "sure": False,
}
"""What the Launchpad shows. Texts stand in quotes, so that one may have a colon."""


def withdraw_job(declared: Sequence[Declared]) -> dg.JobDefinition:
    """Return the job by which a steward withdraws a release.

    Args:
        declared: the datasets.
    """
    by_slug = {dataset.slug: dataset for dataset in declared}

    @dg.op(
        name=WITHDRAW,
        description="Withdraw a release, all that was made on it and what was derived from it. Their files go.\n\n"
        "撤回版本，以及據以產生及推算的各版本，並移除其檔案。",
        config_schema=_schema(),
    )
    def carry_out(context: dg.OpExecutionContext, world: dg.ResourceParam[World]) -> None:
        _carry_out(context, world, by_slug)

    @dg.job(
        name="withdraw",
        description="Withdraw a release: fill in the form. With sure: false it only says what would go. Name, reason "
        "and legal basis are public.\n\n"
        "撤回版本：請填寫表單。sure 為 false 時，僅說明將撤回的內容。人員、理由與法律依據均會公開。",
        config={"ops": {WITHDRAW: {"config": FORM}}},
    )
    def job() -> None:
        carry_out()

    return job


def _carry_out(context: dg.OpExecutionContext, world: World, by_slug: Mapping[str, Declared]) -> None:
    """Do what the form says, or say what that would be."""
    form = context.op_config
    slug, n = form["dataset"], form["release"] or None
    named(by_slug, slug)
    wanted = Withdrawal(form["by"], form["reason"], form["basis"], tuple(form["evidence"]), form["purge"])
    with plainly(world, slug):
        ctx = dataclasses.replace(world.of(slug), identity=who_decides(context, world))
        if not form["sure"]:
            notice = planned(ctx, caught_up(ctx, slug), n, wanted)
            told = {"would": _would(notice), "會撤回": _would_zh(notice), "next": _NOT_YET}
            context.log.warning(". ".join(told.values()))
            context.add_output_metadata({name: dg.MetadataValue.text(text) for name, text in told.items()})
            return
        with deciding(world.shared):
            done = withdraw(ctx, slug, n, wanted)
    who = vouched_by(ctx.identity) if done.is_new and ctx.identity else None
    for name in (slug, *done.derived):
        if name in by_slug:
            _show(context, ctx, by_slug[name], done.notice, who)


def _schema() -> dict[str, dg.Field]:
    """The fields of the form, as Dagster checks them."""
    return {
        "dataset": dg.Field(str, description="the dataset 資料集"),
        "release": dg.Field(
            int, description="the number of the release; 0 is the one that is served 版本編號，0 為現行版本"
        ),
        "by": dg.Field(str, description="your name; it is public 姓名，將公開"),
        "reason": dg.Field(
            str, description="why; it is public: do not repeat what must go 理由，將公開，請勿重述應移除之內容"
        ),
        "basis": dg.Field(
            str, is_required=False, default_value="", description="the law or order; it is public 法律依據，將公開"
        ),
        "evidence": dg.Field(
            [int],
            is_required=False,
            default_value=[],
            description="more fetches that are not folded again, beside those of the release 另須排除的擷取編號",
        ),
        "purge": dg.Field(
            bool,
            is_required=False,
            default_value=False,
            description="take away what the agency sent, too; a tombstone stays, and nobody can undo it "
            "一併清除機關回應，無法復原",
        ),
        "sure": dg.Field(
            bool,
            is_required=False,
            default_value=False,
            description="do it; else the run only says what would go 確認執行",
        ),
    }


def _would(notice: WithdrawalNotice) -> str:
    """What a withdrawal would take, in one sentence."""
    if notice.i:
        return f"{notice.dataset}: it {notice.says} already"
    names = dict.fromkeys(each.dataset for each in notice.releases)
    goes = "; ".join(f"{name} {', '.join(str(each.n) for each in notice.releases_of(name))}" for name in names)
    aside = f"; fetches {', '.join(map(str, notice.evidence))} are not folded again" if notice.evidence else ""
    return f"would withdraw releases: {goes}{aside}{'; and purge what they brought' if notice.purged else ''}"


def _would_zh(notice: WithdrawalNotice) -> str:
    """The same in Chinese."""
    if notice.i:
        return f"{notice.dataset}：已於公告 {notice.i} 撤回"
    names = dict.fromkeys(each.dataset for each in notice.releases)
    goes = "；".join(f"{name} 第 {'、'.join(str(each.n) for each in notice.releases_of(name))} 版" for name in names)
    aside = f"；擷取 {'、'.join(map(str, notice.evidence))} 不再採用" if notice.evidence else ""
    return f"將撤回：{goes}{aside}{'；並清除其取得之內容' if notice.purged else ''}"


def _show(
    context: dg.OpExecutionContext, ctx: Context, declared: Declared, cause: WithdrawalNotice, who: str | None
) -> None:
    """Say on the assets of a dataset what was withdrawn, and what is served now."""
    slug = declared.slug
    found = notices.withdrawals(notices.read(ctx.public, slug))
    notice = next((each for each in reversed(found) if each.releases_of(slug)), cause)
    metadata = withdrawn_metadata(ctx, notice) | ({"identity": dg.MetadataValue.text(who)} if who else {})
    context.log.info(f"{slug}: releases {metadata['withdrawn']} {notice.says}")
    context.log_event(dg.AssetMaterialization(key("table", slug), metadata=metadata))
    release = served.served(ctx.public, slug)
    now = released_metadata(ctx, declared.dataset, release) if release else {"release": 0}
    context.log_event(dg.AssetMaterialization(key("release", slug), metadata=metadata | now))
    context.log_event(states.of_present(ctx, slug))  # type: ignore[arg-type]  # it takes evaluations; its annotation lags


def withdrawn_metadata(ctx: Context, notice: WithdrawalNotice) -> dict[str, Any]:
    """Return what is shown about a withdrawal: who, when, why; and where everyone reads of it.

    Args:
        ctx: the run.
        notice: the notice.

    Returns:
        Metadata of the assets `….table` and `….release`, by name. What a steward wrote is a text, and no Markdown.
    """
    slug = notice.dataset
    place = ctx.place(slug)
    ns = sorted(each.n for each in notice.releases_of(slug))
    page = f"{place}/{keys.release_page(slug, ns[0], keys.LANGUAGES[0])}"
    shown = {
        "outcome": "withdrawn",
        "withdrawn": ", ".join(map(str, ns)),
        "by": dg.MetadataValue.text(notice.by),
        "at": notice.at,
        "reason": dg.MetadataValue.text(notice.reason),
        "basis": dg.MetadataValue.text(notice.basis) if notice.basis else None,
        "purged": notice.purged,
        "notice": f"{place}/{keys.notice(slug, notice.i)}",
        "page": dg.MetadataValue.url(page) if page.startswith("http") else page,
    }
    return {name: value for name, value in shown.items() if value is not None}
