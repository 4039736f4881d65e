"""Three assets for each dataset: what the agency said, the candidate made of it, the release; then the catalog."""

import dataclasses
import datetime as dt
import json
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

import dagster as dg

from catalog import keys
from catalog.declaration.dataset import Dataset
from catalog.declaration.fields import Text
from catalog.release import publish
from catalog.release.document import Document, Release
from pipelines.context import ZONE, Context
from pipelines.refresh.outcome import Item
from pipelines.shell import checks, steps
from pipelines.shell.steps import Decided, Declared, Heard
from pipelines.shell.world import CATALOG, World, plainly

LOCATION = "minsheng"
"""The name of the code location, as workspace.yaml gives it; links to the decide job hold it."""
DECIDE = "decide_candidate"
"""The op of the job `decide`: names of ops of different jobs must differ."""
_TYPES = {"datetime": "timestamp", "number": "double", "integer": "bigint"}


def key(stage: str, slug: str) -> dg.AssetKey:
    """Return the key of a dataset's asset: stage evidence, table or release."""
    return dg.AssetKey([stage, slug])


def group_of(agency: str) -> str:
    """Return the group, and the pool, of an agency: Dagster's names have no hyphen."""
    return agency.replace("-", "_")


def of_dataset(one: Declared, known: set[str], policy: dg.RetryPolicy) -> list[dg.AssetsDefinition]:
    """Return the three assets of a dataset.

    Args:
        one: the dataset.
        known: all declared datasets.
        policy: when an agency that does not answer is asked again.
    """
    return [_evidence(one, policy), _table(one, known), _release(one)]


def catalog(slugs: Sequence[str]) -> dg.AssetsDefinition:
    """Return the asset of what is derived of all datasets together, after all releases."""

    @dg.asset(
        key=CATALOG,
        deps=[key("release", slug) for slug in slugs],
        group_name="catalog",
        kinds={"html", "json", "duckdb"},
        description="The site, catalog.json and catalog.duckdb: every dataset that has a release. Derived; can be "
        "written again at any time.\n\n"
        "資料目錄：網站、catalog.json 與 catalog.duckdb，列出所有已釋出的資料集，可隨時重新產生。",
    )
    def write_catalog(context: dg.AssetExecutionContext, world: dg.ResourceParam[World]) -> dg.MaterializeResult[Any]:
        world.list_releases()
        return dg.MaterializeResult(
            metadata={"address": dg.MetadataValue.url(f"{world.shared.address or world.shared.public.url}/index.html")}
        )

    return write_catalog


def _spec(
    one: Declared, stage: str, what: Text, kinds: set[str], deps: Sequence[dg.AssetKey], metadata: dict[str, Any]
) -> dg.AssetSpec:
    title, agency = one.dataset.title, one.dataset.minsheng.agency
    return dg.AssetSpec(
        key(stage, one.slug),
        deps=deps,
        description=f"**{title.en} / {title.zh_tw}**\n\n{what.en}\n\n{what.zh_tw}",
        metadata=metadata,
        group_name=group_of(agency),
        owners=[f"team:{agency}"],
        tags={"dataset": one.slug, "agency": agency},
        kinds=kinds,
    )


def _evidence(one: Declared, policy: dg.RetryPolicy) -> dg.AssetsDefinition:
    block = one.dataset.minsheng
    what = Text.model_validate({"en": "What the agency said, kept as it came.", "zh-TW": "機關原始回應，照原樣保存。"})
    kinds = {block.origin["protocol"], *([block.origin["format"]] if "format" in block.origin else [])}
    metadata = {"source": dg.MetadataValue.json(block.origin), "fetch": block.fetch}
    deps = [key("release", slug) for slug in one.dataset.inputs]
    spec = _spec(one, "evidence", what, kinds, deps, metadata)

    @dg.multi_asset(
        name=spec.key.to_python_identifier(),
        specs=[spec],
        retry_policy=policy,
        pool=group_of(block.agency),
        **_by_day(steps.first_day(one.dataset)),
    )
    def evidence(context: dg.AssetExecutionContext, world: dg.ResourceParam[World]) -> dg.MaterializeResult[Any]:
        with plainly(world, one.slug):
            sources = world.sources(slugs_of(context))
            again = context.retry_number < policy.max_retries
            days = sorted(dt.date.fromisoformat(day) for day in _asked_days(context))
            ctx = dataclasses.replace(world.of(one.slug), days=(days[0], days[-1]) if days else None)
            heard = steps.listen(ctx, sources, one.dataset, again=again)
        if not days:  # a night: the days that it asked for are heard too
            for day in steps.days_of(heard.records):
                context.log_event(dg.AssetMaterialization(spec.key, partition=day))
        metadata = _heard(heard)
        if heard.newest_fails:
            raise dg.Failure(heard.newest_fails, metadata=metadata, allow_retries=False)
        world.trouble[one.slug] = [item.reason or "refused" for item in heard.items]
        return dg.MaterializeResult(metadata=metadata)

    return evidence


def _by_day(since: dt.date | None) -> dict[str, Any]:
    """The partitions of an agency that is asked by the day, so that a span of days can be backfilled in one run."""
    if since is None:
        return {}
    days = dg.DailyPartitionsDefinition(since.isoformat(), timezone=str(ZONE), end_offset=1)
    return {"partitions_def": days, "backfill_policy": dg.BackfillPolicy.single_run()}


def _asked_days(context: dg.AssetExecutionContext) -> Sequence[str]:
    """The partitions that a run is about; none in a night."""
    return context.partition_keys if context.has_partition_key or context.has_partition_key_range else []


def _heard(heard: Heard) -> dict[str, Any]:
    if not heard.records:
        return {"fetches": 0, "note": "nothing new was heard"}
    newest = heard.records[-1]
    return {
        "fetches": len(heard.records),
        "k": ", ".join(str(record.k) for record in heard.records[-20:]),
        "fetched_at": newest.fetched_at.isoformat(),
        "pages": sum(len(record.pages) for record in heard.records),
        "bytes": sum(page["bytes"] for record in heard.records for page in record.pages),
        "complete": heard.newest_fails is None,
    } | ({"why": "\n\n".join(item.reason or "" for item in heard.items)} if heard.items else {})


def _table(one: Declared, known: set[str]) -> dg.AssetsDefinition:
    what = Text.model_validate(
        {
            "en": "The candidate for the next release, and every check of it.",
            "zh-TW": "下一版本的候選資料及其各項檢核。",
        }
    )
    mine, specs = key("table", one.slug), checks.specs(one)
    deps = [key("evidence", one.slug), *(key("release", name) for name in one.dataset.tables if name in known)]
    spec = _spec(one, "table", what, {"arrow", "greatexpectations"}, deps, {})

    # A subset, so that checks may be left out: on a night without change no suite is run.
    @dg.multi_asset(name=mine.to_python_identifier(), specs=[spec], check_specs=specs, can_subset=True)
    def table(
        context: dg.AssetExecutionContext, world: dg.ResourceParam[World]
    ) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
        slug, names = one.slug, {check.name for check in context.selected_asset_check_keys}
        with plainly(world, slug):
            world.sources(slugs_of(context))
            ctx = world.of(slug)
            decided = steps.decide_open(ctx, slug) if mine in context.selected_asset_keys else None
            fact, of = _fact(ctx, slug, decided)
        if decided:
            world.unlisted = True
            world.decided[slug] = decided
            if decided.refused and not decided.passing and not decided.held:
                raise dg.Failure("\n".join(decided.refused), allow_retries=False)
            yield dg.MaterializeResult(asset_key=mine, metadata=_decided(ctx, one, decided))
        for found in checks.evaluations(slug, fact, names, of) if fact else ():
            yield checks.result(found)

    return table


def _fact(ctx: Context, slug: str, decided: Decided | None) -> tuple[Document | None, str]:
    """The quality fact to show, and of what it is: the candidate of this run, or where there is none as it stands."""
    identity = (decided.passing or (decided.held.candidate if decided.held else None)) if decided else None
    if identity:
        return steps.quality_of_candidate(ctx, slug, identity), f"candidate {identity[:16]}"
    # A night without news judges nothing; the checks stay in sight as they stand for what waits, or is served.
    return steps.quality_as_it_stands(ctx, slug)


def _decided(ctx: Context, one: Declared, decided: Decided) -> dict[str, Any]:
    refused = {"refused": "\n\n".join(decided.refused)} if decided.refused else {}
    held = decided.held
    if held and held.candidate:
        return refused | held_metadata(one.slug, held.candidate, held.reason or "")
    if decided.passing:
        facts = publish.staged(ctx.private, one.slug, decided.passing)["minsheng"]
        said = {"outcome": "passes", "candidate": decided.passing, "kind": facts["kind"]}
        failed = {"failed_checks": facts["quality"]["failed"]}
        return {**refused, **said, **failed, **facts["changes"]}
    note = next((item.reason for item in decided.items if item.outcome == "unchanged"), None)
    return refused | {"outcome": "unchanged", "note": note or "nothing is pending"}


def held_metadata(slug: str, identity: str, reason: str) -> dict[str, Any]:
    """Say that a candidate waits, why, and where a steward decides."""
    # JSON is YAML: an id that looks like a number stays a text.
    form = json.dumps(decision_form(steps.decision_key(slug, identity)), indent=2)
    reasons = "\n".join(f"- {sentence}" for sentence in reason.split("; "))
    return {
        "outcome": "held",
        "candidate": identity,
        "reasons": dg.MetadataValue.md(reasons),
        "decide": dg.MetadataValue.url(f"/locations/{LOCATION}/jobs/decide/playground/setup?config={quote(form)}"),
        "partition": steps.decision_key(slug, identity),
    }


def decision_form(partition: str) -> dict[str, Any]:
    """Return what the Launchpad shows for a candidate: null where a steward must type, so that Launch stays grey."""
    slug, _, identity = partition.partition("|")
    said: dict[str, Any] = {"dataset": slug, "candidate": identity, "action": None, "by": None, "reason": None}
    return {"ops": {DECIDE: {"config": said | {"evidence": []}}}}


def _release(one: Declared) -> dg.AssetsDefinition:
    slug = one.slug

    metadata = {"dagster/column_schema": columns_of(one.dataset), "release": one.dataset.minsheng.release}
    spec = _spec(one, "release", one.dataset.description, {"parquet", "csv"}, [key("table", slug)], metadata)

    @dg.multi_asset(name=spec.key.to_python_identifier(), specs=[spec])
    def release(
        context: dg.AssetExecutionContext, world: dg.ResourceParam[World]
    ) -> Iterator[dg.MaterializeResult[Any]]:
        with plainly(world, slug):
            world.sources(slugs_of(context))
            ctx = world.of(slug)
            decided = world.decided.get(slug) or steps.decide_open(ctx, slug)
            items = [*decided.items, *(steps.commit(ctx, slug, decided.passing) if decided.passing else ())]
            world.unlisted = True
            newest = publish.newest(ctx.public, slug)
            shown = slug in world.decided  # by table/, in this run
            for item in items[len(decided.items) :] if shown else items:
                report(context, ctx, one, item, but=decided.passing if shown else None)
        # Always an output, also while a candidate is held: a step that is skipped beside one that is abandoned sends
        # Dagster's in-process executor round for ever (1.13.28, ActiveExecution.plan_events_iterator), and a dataset
        # that refers to a held one goes by its last release.
        yield dg.MaterializeResult(
            asset_key=spec.key,
            metadata=_outcome(items) | (released_metadata(ctx, one.dataset, newest) if newest else {"release": 0}),
            data_version=dg.DataVersion(newest.candidate[:16] if newest else "none"),
        )
        trouble = [*world.trouble.get(slug, ()), *Decided(tuple(items), None).refused]
        if trouble:
            raise dg.Failure("\n".join(trouble), allow_retries=False)

    return release


def _outcome(items: Sequence[Item]) -> dict[str, Any]:
    """Say whether the release that is shown is new, and what waits."""
    held = next((item for item in items if item.outcome == "held"), None)
    said = "released" if any(item.outcome == "released" for item in items) else "held" if held else "unchanged"
    waits = {"waits": f"candidate {(held.candidate or '')[:16]}: {held.reason}"} if held else {}
    return {"outcome": said, "unchanged": said != "released"} | waits


def report(
    context: dg.OpExecutionContext | dg.AssetExecutionContext,
    ctx: Context,
    one: Declared,
    item: Item,
    but: str | None = None,
) -> None:
    """Log what became of a candidate that no table/ step of this run has shown: its checks, and that it waits.

    Args:
        context: the step.
        ctx: the run.
        one: the dataset.
        item: what happened.
        but: the candidate that was shown.
    """
    context.log.info(" ".join(filter(None, [item.dataset, item.outcome, item.reason])))
    if item.candidate is None or item.candidate == but or item.outcome not in ("released", "held"):
        return
    fact = steps.quality_of_candidate(ctx, one.slug, item.candidate)
    names = [spec.name for spec in checks.specs(one)]
    if item.outcome == "held":
        said = held_metadata(one.slug, item.candidate, item.reason or "")
        context.log_event(dg.AssetObservation(key("table", one.slug), metadata=said))
    for found in checks.evaluations(one.slug, fact, names, f"candidate {item.candidate[:16]}"):
        context.log_event(found)  # type: ignore[arg-type]  # it takes evaluations too; its annotation lags


def report_release(context: dg.OpExecutionContext, ctx: Context, one: Declared) -> None:
    """Log the newest release of a dataset as its asset, after a decision outside of the asset's own step."""
    newest = publish.newest(ctx.public, one.slug)
    if newest:
        metadata = released_metadata(ctx, one.dataset, newest)
        context.log_event(dg.AssetMaterialization(key("release", one.slug), metadata=metadata))


def released_metadata(ctx: Context, dataset: Dataset, release: Release) -> dict[str, Any]:
    """Return what is shown of a release."""
    document, facts = release.document, release.facts
    return {
        "release": release.n,
        "version": document["version"],
        "kind": facts["kind"],
        "as_of": facts["as_of"],
        "created": document["created"],
        "dagster/row_count": release.rows,
        **{name: facts["changes"][name] for name in ("insert", "update", "delete")},
        "bytes": sum(size for _, size, _ in release.files()),
        "document": f"{ctx.address or ctx.public.url}/{keys.document(dataset.name, release.n)}",
        "verdict": facts["quality"]["verdict"],
        "failed_checks": facts["quality"]["failed"],
        "approval": facts["approval"]["by"],
        "candidate": release.candidate,
        "dagster/column_schema": columns_of(dataset),
    }


def columns_of(dataset: Dataset) -> dg.TableSchema:
    """Return the published fields with types, units and descriptions, as the Columns tab shows them."""
    found = []
    for field in dataset.published:
        required = field.constraints.required or field.name in dataset.table.primary_key
        said = [f"unit {field.unit}"] if field.unit else []
        said += ["primary key"] if field.name in dataset.table.primary_key else []
        said += [f"{field.constraints.minimum} to {field.constraints.maximum}"] if field.constraints.maximum else []
        found.append(
            dg.TableColumn(
                name=field.name,
                type=_TYPES.get(field.type, field.type),
                description=f"**{field.title.en} / {field.title.zh_tw}**. {field.description.en}\n\n"
                f"{field.description.zh_tw}",
                constraints=dg.TableColumnConstraints(nullable=not required, other=said),
            )
        )
    return dg.TableSchema(columns=found)


def slugs_of(context: dg.AssetExecutionContext) -> list[str]:
    """Return the datasets that the whole run is about."""
    all_keys = context.job_def.asset_layer.executable_asset_keys
    return sorted({one.path[1] for one in all_keys if len(one.path) > 1})
