"""What the assets of a dataset show of a decision: who, when, why, on which candidate, and what was released."""

from typing import Any

import dagster as dg

from catalog import keys
from catalog.release import served
from catalog.release.document import Release
from pipelines import decisions
from pipelines.context import Context
from pipelines.decisions import Decision
from pipelines.declared import Declared
from pipelines.refresh.approval import approvals_of, moment
from pipelines.refresh.state import read_state
from pipelines.shell import states
from pipelines.shell.forms import review_link
from pipelines.shell.names import key
from pipelines.shell.report import released_metadata
from pipelines.shell.vouching import vouched_by

_DONE = {
    "approve": "approved / 已核可",
    "reject": "rejected / 不予核可",
    "lift": "lifted / 已解除",
    "hold": "on hold / 已暫停釋出",
}
_SAID = {"breaking-change": "announced / 已預告", "taken-back": "taken back / 預告已取消"}
"""Of a notice, by its kind."""
PUBLIC = "public: the page of the release has it / 隨版本公開"
IN_NOTICE = "public: the notice has it / 列於公告"
PRIVATE = "private: only stewards read it / 不公開，僅資料管理人員可見"


def report_decision(context: dg.OpExecutionContext, ctx: Context, declared: Declared, identity: str) -> Decision | None:
    """Log the decision on a candidate on the assets of its dataset, and the release that is served now.

    Args:
        context: the step.
        ctx: the run.
        declared: the dataset.
        identity: the candidate's id, or its beginning.

    Returns:
        The decision that was taken last on it.
    """
    taken = decisions.read(ctx.private, declared.slug)
    decision = next((each for each in reversed(taken) if (each.candidate or "").startswith(identity)), None)
    _report(context, ctx, declared, decision)
    return decision


def report_newest(context: dg.OpExecutionContext, ctx: Context, declared: Declared, action: str) -> None:
    """Log the newest decision of a kind on the assets of its dataset: a hold, or what lifts one.

    Args:
        context: the step.
        ctx: the run.
        declared: the dataset.
        action: of the decision.
    """
    taken = decisions.read(ctx.private, declared.slug)
    _report(context, ctx, declared, next((each for each in reversed(taken) if each.action == action), None))


def _report(context: dg.OpExecutionContext, ctx: Context, declared: Declared, decision: Decision | None) -> None:
    slug = declared.slug
    release = served.served(ctx.public, slug)
    shown = decision_metadata(ctx, decision, release) if decision else {}
    if decision:
        context.add_output_metadata(shown)  # on the page of the run too
        context.log_event(dg.AssetMaterialization(key("table", slug), metadata=shown))
    if release:
        metadata = released_metadata(ctx, declared.dataset, release)
        context.log_event(dg.AssetMaterialization(key("release", slug), metadata=shown | metadata))
    context.log_event(states.of_present(ctx, slug))  # type: ignore[arg-type]  # it takes evaluations; its annotation lags


def decision_metadata(ctx: Context, decision: Decision, release: Release | None) -> dict[str, Any]:
    """Return what is shown about a decision.

    Args:
        ctx: the run.
        decision: as it is stored.
        release: the release that is served now.

    Returns:
        Metadata of the assets `….table` and `….release`, by name. What a steward wrote is a text, and no Markdown.
    """
    approves, slug = decision.action == "approve", decision.dataset or ""
    shown: dict[str, Any] = {
        "outcome": _SAID[decision.notice["kind"]] if decision.notice else _DONE[decision.action],
        "decided_by": dg.MetadataValue.text(decision.by),
        "decided_at": decision.at,
        **({"identity": dg.MetadataValue.text(vouched_by(decision.identity))} if decision.identity else {}),
        "reason": dg.MetadataValue.text(decision.reason),
        "reason_is": PUBLIC if approves else IN_NOTICE if decision.notice else PRIVATE,
    }
    if decision.candidate:
        shown["candidate"] = decision.candidate
    if decision.evidence:
        shown["let_in" if decision.action == "lift" else "set_aside"] = ", ".join(map(str, decision.evidence))
    place = ctx.place(slug)
    if decision.of_notice:
        shown["notice"] = f"{place}/{keys.notice(slug, decision.of_notice)}"
    if release and release.candidate == decision.candidate:
        page = f"{place}/{keys.release_page(slug, release.n, keys.LANGUAGES[0])}"
        shown |= {
            "released": f"release {release.n}",
            "page": dg.MetadataValue.url(page) if page.startswith("http") else page,
        }
    waiting = read_state(ctx, slug).waiting
    if waiting and waiting.identity != decision.candidate:
        review = dg.MetadataValue.url(review_link(slug, waiting.identity))
        shown |= {"waits": f"candidate {waiting.identity[: keys.SHA_SHORT]}", "review": review}
    return shown | (_approved(ctx, slug, decision) if approves else {})


def _approved(ctx: Context, slug: str, decision: Decision) -> dict[str, Any]:
    """Who else approved it, and why it is not public yet."""
    found = approvals_of(ctx, slug, decisions.read(ctx.private, slug), decision.candidate)
    shown: dict[str, Any] = {}
    if len(found.taken) > 1:
        shown["approved_by"] = dg.MetadataValue.text(" + ".join(each.by for each in found.taken))
    if found.embargo:
        shown["public_from"] = found.embargo
    if not found.complete:
        shown["outcome"] = "approved by one of two / 一人核可，尚須另一人"
    elif found.is_embargoed(moment(ctx, read_state(ctx, slug).now(ctx))):
        shown["outcome"] = "approved, not public yet / 已核可，尚未公開"
    return shown
