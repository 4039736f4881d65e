"""What the Dagster UI shows about fetches, a candidate and a release.

The UI reads descriptions, and metadata of the type Markdown, as Markdown: it makes links of what is written there, and
loads its images. So what an agency wrote goes into texts and tables only, which it shows as they are.
"""

from collections.abc import Sequence
from typing import Any

import dagster as dg

from catalog import keys
from catalog.declaration.dataset import Dataset
from catalog.derived import releases_json
from catalog.reasons.sentences import in_both, sentence
from catalog.reasons.values import Reason
from catalog.release import notices, publish
from catalog.release.document import Release
from pipelines.candidate.facts import candidate_quality
from pipelines.context import Context
from pipelines.declared import Declared
from pipelines.drift.told import drift_text
from pipelines.refresh.result import RefreshResult
from pipelines.refresh.settle import Proposals
from pipelines.run import Collected
from pipelines.shell import checks
from pipelines.shell.failing import beside
from pipelines.shell.forms import REVIEW, review_key, review_link
from pipelines.shell.names import key
from pipelines.shell.plots import of_release

_TYPES = {"datetime": "timestamp", "number": "double", "integer": "bigint"}


def collected_metadata(collected: Collected) -> dict[str, Any]:
    """Return what is shown about the fetches of a run."""
    if not collected.records:
        return {"fetches": 0, "note": "the source had nothing new"}
    newest = collected.records[-1]
    missed = {"missed": in_both(collected.missed)} if collected.missed else {}
    return (
        missed
        | {
            "fetches": len(collected.records),
            "k": ", ".join(str(record.k) for record in collected.records[-20:]),
            "fetched_at": newest.fetched_at.isoformat(),
            "pages": sum(len(record.pages) for record in collected.records),
            "bytes": sum(page["bytes"] for record in collected.records for page in record.pages),
            "complete": collected.newest_fails is None,
        }
        | ({"why": "\n\n".join(result.in_both for result in collected.results)} if collected.results else {})
    )


def proposals_metadata(ctx: Context, slug: str, proposals: Proposals) -> dict[str, Any]:
    """Return what is shown about a candidate before the commit: that it passes, is held, or that nothing changes.

    Args:
        ctx: the run.
        slug: the dataset.
        proposals: what was decided.

    Returns:
        Metadata of the asset `….table`, by name.
    """
    refused = {"refused": "\n\n".join(proposals.refused)} if proposals.refused else {}
    held = proposals.held
    if held and held.candidate:
        return refused | held_metadata(slug, held.candidate, held.reasons) | drift_metadata(ctx, slug)
    if proposals.passing:
        facts = publish.staged(ctx.private, slug, proposals.passing).facts
        passes = {"outcome": "passes", "candidate": proposals.passing, "kind": facts.kind}
        return {**refused, **passes, "failed_checks": list(facts.failed), **facts.changes._asdict()}
    note = next((result.in_both for result in proposals.results if result.outcome == "unchanged"), None)
    return refused | {"outcome": "unchanged", "note": note or "nothing is pending"}


def drift_metadata(ctx: Context, slug: str) -> dict[str, Any]:
    """Return what changed in the source of what is held or refused, and the patch that would accept it.

    Args:
        ctx: the run.
        slug: the dataset.

    Returns:
        `drift`, a text and no Markdown, for an agency wrote parts of it; nothing where nothing changed.
    """
    text = drift_text(ctx, slug)
    return {"drift": dg.MetadataValue.text(text)} if text else {}


def held_metadata(slug: str, identity: str, reasons: Sequence[Reason]) -> dict[str, Any]:
    """Return what is shown about a candidate that waits: why, and where a steward decides.

    Args:
        slug: the dataset.
        identity: the candidate's id.
        reasons: why it waits.

    Returns:
        Metadata of the asset `….table`, by name.
    """
    told = (sentence(reason, language) for reason in reasons for language in ("en", "zh-TW"))
    listed = [dg.TableRecord({"reason": each}) for each in told]
    return {
        "outcome": "held",
        "candidate": identity,
        "reasons": dg.MetadataValue.table(listed, dg.TableSchema(columns=[dg.TableColumn("reason", "string")])),
        "review": dg.MetadataValue.url(review_link(slug, identity)),
        "partition": review_key(slug, identity),
    }


def offer(instance: dg.DagsterInstance, slug: str, identity: str) -> None:
    """Offer a candidate to the job `review` at once: the sensor `candidates` looks once a minute, and ends old offers.

    Args:
        instance: of Dagster.
        slug: the dataset.
        identity: the candidate's id.
    """
    instance.add_dynamic_partitions(REVIEW, [review_key(slug, identity)])


def outcome_metadata(results: Sequence[RefreshResult]) -> dict[str, Any]:
    """Return whether this run made the release that is shown, and which candidate waits."""
    held = next((result for result in results if result.outcome == "held"), None)
    new = any(result.outcome == "released" for result in results)
    outcome = "released" if new else "held" if held else "unchanged"
    waits = {"waits": f"candidate {(held.candidate or '')[:16]}\n{held.in_both}"} if held else {}
    return {"outcome": outcome, "unchanged": not new} | waits


def report(
    context: dg.OpExecutionContext | dg.AssetExecutionContext,
    ctx: Context,
    declared: Declared,
    result: RefreshResult,
    but: str | None = None,
) -> None:
    """Log a result, and the checks of its candidate if the table/ step of this run has not shown them.

    Args:
        context: the step.
        ctx: the run.
        declared: the dataset.
        result: what happened.
        but: the candidate that table/ has shown; None if it has shown none.
    """
    candidate = f"candidate {result.candidate[: keys.SHA_SHORT]}" if result.candidate else None
    context.log.info(" ".join(filter(None, [result.dataset, candidate, result.outcome, result.reason])))
    if result.candidate is None or result.candidate == but or result.outcome not in ("released", "held"):
        return
    fact = candidate_quality(ctx, declared.slug, result.candidate)
    names = [spec.name for spec in checks.specs(declared)]
    if result.outcome == "held":
        offer(context.instance, declared.slug, result.candidate)
        metadata = held_metadata(declared.slug, result.candidate, result.reasons) | drift_metadata(ctx, declared.slug)
        context.log_event(dg.AssetMaterialization(key("table", declared.slug), metadata=metadata))
    found = beside(ctx, declared.dataset, fact, result.candidate)
    for evaluation in checks.evaluations(declared.slug, fact, names, f"candidate {result.candidate[:16]}", found):
        context.log_event(evaluation)  # type: ignore[arg-type]  # it takes evaluations too; its annotation lags


def released_metadata(ctx: Context, dataset: Dataset, release: Release) -> dict[str, Any]:
    """Return what is shown about a release.

    Args:
        ctx: the run.
        dataset: the declaration.
        release: the release.

    Returns:
        Metadata of the asset `release/`, by name.
    """
    facts = release.facts
    place = ctx.place(dataset.name)
    return {
        "release": release.n,
        "version": release.version,
        "kind": facts.kind,
        "as_of": facts.as_of,
        "created": release.created,
        "dagster/row_count": release.rows,
        **facts.changes._asdict(),
        "bytes": release.total_bytes,
        "document": f"{place}/{keys.document(dataset.name, release.n)}",
        "verdict": facts.verdict,
        "failed_checks": list(facts.failed),
        "approval": dg.MetadataValue.text(" + ".join(each.by for each in release.approval.people)),
        **({"approval_reason": dg.MetadataValue.text(reason)} if (reason := release.approval.reason) else {}),
        "candidate": release.candidate,
        **_announced(ctx, dataset.name),
        "dagster/column_schema": columns_of(dataset),
        **of_release(ctx, dataset, release),
    }


def _announced(ctx: Context, slug: str) -> dict[str, Any]:
    """The breaking changes that readers are told of, as texts: a steward wrote them."""
    found = releases_json.to_come(ctx.public, slug, notices.read(ctx.public, slug))
    lines = (f"{each.notice.i}: {each.notice.says}\n{each.notice.change.zh_tw}" for each in found)
    return {"announced": dg.MetadataValue.text("\n".join(lines))} if found else {}


def columns_of(dataset: Dataset) -> dg.TableSchema:
    """Return the published fields with types, units and descriptions, for the Columns tab."""
    columns = []
    for field in dataset.published:
        required = field.constraints.required or field.name in dataset.table.primary_key
        notes = [f"unit {field.unit}"] if field.unit else []
        notes += ["primary key"] if field.name in dataset.table.primary_key else []
        notes += [f"{field.constraints.minimum} to {field.constraints.maximum}"] if field.constraints.maximum else []
        columns.append(
            dg.TableColumn(
                name=field.name,
                type=_TYPES.get(field.type, field.type),
                description=f"{field.title.en} / {field.title.zh_tw}. {field.description.en}\n\n"
                f"{field.description.zh_tw}",
                constraints=dg.TableColumnConstraints(nullable=not required, other=notes),
            )
        )
    return dg.TableSchema(columns=columns)
