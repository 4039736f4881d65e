"""Three assets for each dataset: the evidence, the candidate, the release. And one for the catalog."""

import contextlib
import dataclasses
import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import dagster as dg

from catalog.declaration.pipeline import seconds
from catalog.declaration.strict import Text
from catalog.release import served
from catalog.release.digest import Document
from pipelines.candidate.facts import candidate_quality, release_quality
from pipelines.context import Context
from pipelines.declared import Declared
from pipelines.refresh.settle import Proposals, commit, decide_pending
from pipelines.refresh.state import read_state
from pipelines.run import collect, is_ours
from pipelines.shell import checks, days, plots, states
from pipelines.shell.failing import beside
from pipelines.shell.forms import LOCATION, review_link
from pipelines.shell.names import group_of, job_of, key, slug_of
from pipelines.shell.report import (
    collected_metadata,
    columns_of,
    drift_metadata,
    offer,
    outcome_metadata,
    proposals_metadata,
    released_metadata,
    report,
)
from pipelines.shell.world import CATALOG, World, plainly

_TROUBLE = "trouble"
"""In the metadata of evidence, where steps share no memory: what the step of the release shall say."""


def of_dataset(
    declared: Declared, known: set[str], policy: dg.RetryPolicy, *, pools: bool = True
) -> list[dg.AssetsDefinition]:
    """Return the three assets of a dataset.

    Args:
        declared: the dataset.
        known: all declared datasets.
        policy: when an agency that does not answer is asked again.
        pools: whether two runs that ask the same agency wait for each other.

    Returns:
        The assets evidence, table and release.
    """
    # Nobody is asked for what is ours: a table that all refer to would let all agencies wait for each other.
    pool = None if is_ours(declared) or not pools else group_of(declared.dataset.minsheng.agency)
    return [_evidence(declared, policy, pool), _table(declared, known), _release(declared)]


def catalog(slugs: Sequence[str]) -> dg.AssetsDefinition:
    """Return the asset of the catalog, which is written after all releases."""

    @dg.asset(
        key=CATALOG,
        deps=[key("release", slug) for slug in slugs],
        group_name="catalog",
        kinds={"html", "json", "duckdb"},
        description="The site, catalog.json and catalog.duckdb, with every dataset that has a release. They can be "
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
    declared: Declared, stage: str, what: Text, kinds: set[str], deps: Sequence[dg.AssetKey], metadata: dict[str, Any]
) -> dg.AssetSpec:
    title, agency = declared.dataset.title, declared.dataset.minsheng.agency
    return dg.AssetSpec(
        key(stage, declared.slug),
        deps=deps,
        description=f"{title.en} / {title.zh_tw}\n\n{what.en}\n\n{what.zh_tw}",
        metadata=metadata,
        group_name=group_of(agency),
        owners=[f"team:{agency}"],
        tags={"dataset": declared.slug, "agency": agency},
        kinds=kinds,
    )


def _evidence(declared: Declared, policy: dg.RetryPolicy, pool: str | None) -> dg.AssetsDefinition:
    block = declared.dataset.minsheng
    what = Text.model_validate(
        {"en": "The agency's answers, kept as they came.", "zh-TW": "機關原始回應，照原樣保存。"}
    )
    kinds = {block.origin["protocol"], *([block.origin["format"]] if "format" in block.origin else [])}
    metadata = {"source": dg.MetadataValue.json(block.origin), "fetch": block.fetch}
    deps = [key("release", slug) for slug in declared.dataset.inputs]
    spec = _spec(declared, "evidence", what, kinds, deps, metadata).replace_attributes(
        # The declared time without a good answer after which `minsheng status` says overdue, too.
        freshness_policy=dg.FreshnessPolicy.time_window(fail_window=dt.timedelta(seconds=seconds(block.due.fetched)))
    )

    @dg.multi_asset(
        name=spec.key.to_python_identifier(),
        specs=[spec],
        pool=pool,
        **days.partitioned(declared.dataset),
    )
    def evidence(context: dg.AssetExecutionContext, world: dg.ResourceParam[World]) -> dg.MaterializeResult[Any]:
        with _begins_again(context, policy), plainly(world, declared.slug):
            sources = world.sources(slugs_of(context))
            wanted = days.wanted(context)
            ctx = dataclasses.replace(world.of(declared.slug), days=wanted)
            collected = collect(ctx, sources, declared, again=context.retry_number < policy.max_retries)
        if not wanted:  # a nightly run: Dagster does not know yet which days it fetched
            for day in days.asked_for(collected.records):
                context.log_event(dg.AssetMaterialization(spec.key, partition=day))
        metadata = collected_metadata(collected)
        if collected.newest_fails:
            metadata |= drift_metadata(ctx, declared.slug)
            raise dg.Failure(collected.newest_fails.in_both, metadata=metadata, allow_retries=False)
        trouble = world.trouble[declared.slug] = [result.in_both for result in collected.results]
        if world.apart and trouble:
            metadata[_TROUBLE] = dg.MetadataValue.json(trouble)
        return dg.MaterializeResult(metadata=metadata)

    return evidence


@contextlib.contextmanager
def _begins_again(context: dg.AssetExecutionContext, policy: dg.RetryPolicy) -> Iterator[None]:
    """Let a step begin again later if an agency did not answer.

    Were the policy Dagster's, a step that somebody terminates would begin again too, and the run would go on
    (op_execution_error_boundary, 1.13.27).
    """
    try:
        yield
    except dg.Failure as failure:
        if failure.allow_retries and context.retry_number < policy.max_retries:
            wait = policy.calculate_delay(context.retry_number + 1)
            raise dg.RetryRequested(policy.max_retries, wait) from failure
        raise


def _table(declared: Declared, known: set[str]) -> dg.AssetsDefinition:
    what = Text.model_validate(
        {
            "en": "The candidate for the next release, and all its checks.",
            "zh-TW": "下一版本的候選資料及其各項檢核。",
        }
    )
    slug, table_key = declared.slug, key("table", declared.slug)
    deps = [key("evidence", slug), *(key("release", name) for name in declared.dataset.tables if name in known)]
    spec = _spec(declared, "table", what, {"arrow", "greatexpectations"}, deps, {})

    # A subset, because a night without changes runs no suite and yields no checks.
    @dg.multi_asset(
        name=table_key.to_python_identifier(), specs=[spec], check_specs=checks.specs(declared), can_subset=True
    )
    def table(
        context: dg.AssetExecutionContext, world: dg.ResourceParam[World]
    ) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
        names = {check.name for check in context.selected_asset_check_keys}
        with plainly(world, slug):
            world.sources(slugs_of(context))
            ctx = world.of(slug)
            proposals = decide_pending(ctx, slug) if table_key in context.selected_asset_keys else None
            fact, judged, identity = shown_quality(ctx, slug, proposals)
            found = beside(ctx, declared.dataset, fact, identity) if fact else None
        if proposals:
            world.unlisted = True
            world.proposals[slug] = proposals
            if proposals.held and proposals.held.candidate:
                offer(context.instance, slug, proposals.held.candidate)
            if proposals.refused and not proposals.passing and not proposals.held:
                drifted = drift_metadata(ctx, slug)
                raise dg.Failure("\n".join(proposals.refused), metadata=drifted, allow_retries=False)
            shown = proposals_metadata(ctx, slug, proposals) | nobody_asked(context, slug)
            shown |= plots.of_table(ctx, declared.dataset, proposals, fact)
            yield dg.MaterializeResult(asset_key=table_key, metadata=shown)
        for evaluation in checks.evaluations(slug, fact, names, judged, found) if fact else ():
            yield checks.result(evaluation)

    return table


class ShownQuality(NamedTuple):
    """What the checks of a dataset show."""

    fact: Document | None
    """None if there is nothing to show."""
    judged: str
    """What it judged, for people: `release 4, again`."""
    candidate: str
    """The id."""


def shown_quality(ctx: Context, slug: str, proposals: Proposals | None = None) -> ShownQuality:
    """Return the quality fact to show: of the candidate of this run, else of what waits, else of the newest release.

    Args:
        ctx: the run.
        slug: the dataset.
        proposals: what this run decided; None if it decided nothing.

    Returns:
        The fact, None if there is nothing to show, what it judged, and the candidate which that is or was.
    """
    held = proposals.held.candidate if proposals and proposals.held else None
    identity = (proposals.passing if proposals else None) or held
    if identity:
        return ShownQuality(candidate_quality(ctx, slug, identity), f"candidate {identity[:16]}", identity)
    # A night without changes judges nothing: show the checks of the waiting candidate, or of the newest release.
    state = read_state(ctx, slug)
    if state.waiting:
        waits = state.waiting.identity
        return ShownQuality(candidate_quality(ctx, slug, waits), f"candidate {waits[:16]}, waiting", waits)
    base = state.base
    if base is None:
        return ShownQuality(None, "", "")
    return ShownQuality(release_quality(ctx, base), f"release {base.n}, again", base.candidate)


def _release(declared: Declared) -> dg.AssetsDefinition:
    slug = declared.slug
    metadata = {
        "dagster/column_schema": columns_of(declared.dataset),
        "release": declared.dataset.minsheng.release,
        "review": dg.MetadataValue.url(review_link(slug)),
    }
    kinds, deps = {"parquet", "csv"}, [key("table", slug)]
    spec = _spec(declared, "release", declared.dataset.description, kinds, deps, metadata)

    # A subset, so that the check can be executed alone, which must commit nothing.
    @dg.multi_asset(
        name=spec.key.to_python_identifier(), specs=[spec], check_specs=[states.spec(slug)], can_subset=True
    )
    def release(
        context: dg.AssetExecutionContext, world: dg.ResourceParam[World]
    ) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
        trouble: list[str] = []
        if spec.key in context.selected_asset_keys:
            made, trouble = _committed(context, world, declared)
            yield made
        if context.selected_asset_check_keys:
            with plainly(world, slug):
                state = states.of_run(world.of(slug), slug)
            yield checks.result(state)
        if trouble:
            raise dg.Failure("\n".join(trouble), allow_retries=False)

    return release


def _committed(
    context: dg.AssetExecutionContext, world: World, declared: Declared
) -> tuple[dg.MaterializeResult[Any], list[str]]:
    """Commit what passes; returns the output of the step, and a sentence for each answer that was refused."""
    slug = declared.slug
    with plainly(world, slug):
        world.sources(slugs_of(context))
        ctx = world.of(slug)
        proposals = world.proposals.get(slug) or decide_pending(ctx, slug)
        committed = list(commit(ctx, slug, proposals.passing)) if proposals.passing else []
        results = [*proposals.results, *committed]
        world.unlisted = True
        newest = served.served(ctx.public, slug)
        shown = slug in world.proposals  # table/ has shown them in this run
        for result in committed if shown else results:
            report(context, ctx, declared, result, but=proposals.passing if shown else None)
    # Always an output, also while a candidate is held. A dataset that refers to this one then uses its last release.
    # And Dagster's in-process executor never ends if one step is skipped and another one is abandoned (1.13.28,
    # ActiveExecution.plan_events_iterator).
    released = released_metadata(ctx, declared.dataset, newest) if newest else {"release": 0}
    made: dg.MaterializeResult[Any] = dg.MaterializeResult(
        asset_key=key("release", slug),
        metadata=outcome_metadata(results) | released | nobody_asked(context, slug),
        data_version=dg.DataVersion(newest.candidate[:16] if newest else "none"),
    )
    return made, [*_trouble(context, world, slug), *Proposals(tuple(results), None).refused]


def _trouble(context: dg.AssetExecutionContext, world: World, slug: str) -> list[str]:
    """Return a sentence for each fetch of this run that was refused while others were good."""
    if not world.apart:
        return world.trouble.get(slug, [])
    event = context.instance.get_latest_materialization_event(key("evidence", slug))
    if event is None or event.run_id != context.run_id or event.asset_materialization is None:
        return []
    said = event.asset_materialization.metadata.get(_TROUBLE)
    return list(said.value) if isinstance(said, dg.JsonMetadataValue) and isinstance(said.value, list) else []


def nobody_asked(context: dg.AssetExecutionContext, slug: str) -> dict[str, Any]:
    """Return what is shown where a run folds what was kept before, and asks nobody: that, and the job that asks."""
    if key("evidence", slug) in context.job_def.asset_layer.executable_asset_keys:
        return {}
    return {
        "asked": f"nobody was asked: this run took what was kept before. The job {job_of(slug)} asks, see the link. / "
        f"本次執行未向機關擷取，僅處理先前保存的回應；如需擷取，請執行作業 {job_of(slug)}。",
        "ask": dg.MetadataValue.url(f"/locations/{LOCATION}/jobs/{job_of(slug)}"),
    }


def slugs_of(context: dg.AssetExecutionContext) -> list[str]:
    """Return the datasets of the whole run."""
    all_keys = context.job_def.asset_layer.executable_asset_keys
    return sorted({slug for asset_key in all_keys if (slug := slug_of(asset_key))})
