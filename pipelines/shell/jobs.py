"""The night, one agency, and a steward's decision on a candidate."""

from collections.abc import Sequence

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from pipelines.declared import Declarations, Declared
from pipelines.refresh import decide as decisions
from pipelines.shell import assets
from pipelines.shell.forms import DECIDE, decision_form, decision_key
from pipelines.shell.report import report, report_release
from pipelines.shell.world import CATALOG, World, plainly

AssetJob = UnresolvedAssetJobDefinition
"""What define_asset_job returns; it has no public name."""
CANDIDATES = dg.DynamicPartitionsDefinition(name="candidates")
"""What waits for a steward, as `<slug>|<first 16 of the id>`; pipelines/sensors.py keeps it true."""


def nightly() -> AssetJob:
    """Return the job that refreshes every dataset."""
    return dg.define_asset_job(
        "nightly",
        selection=dg.AssetSelection.all(),
        description="Fetch, fold, check and release every dataset; one that fails or is held does not stop another.",
    )


def by_agency(declarations: Declarations) -> list[AssetJob]:
    """Return a job for each agency: its datasets, and the inline tables that they refer to, first."""
    jobs, declared = [], declarations.all()
    for agency in sorted({one.dataset.minsheng.agency for one in declared}):
        mine = {one.slug for one in declared if one.dataset.minsheng.agency == agency}
        wanted = sorted(declarations.in_order(sorted(mine)))
        asset_keys = [assets.key(stage, slug) for slug in wanted for stage in ("evidence", "table", "release")]
        jobs.append(
            dg.define_asset_job(
                f"agency_{assets.group_of(agency)}",
                selection=dg.AssetSelection.assets(*asset_keys, CATALOG),
                description=f"Refresh the datasets of {agency}: {', '.join(sorted(mine))}.",
            )
        )
    return jobs


def decide(declared: Sequence[Declared]) -> dg.JobDefinition:
    """Return the job that carries out a steward's decision."""
    by_slug = {one.slug: one for one in declared}

    @dg.op(
        name=DECIDE,
        description="Approve a candidate, which releases it, or reject it, which excludes the fetches at fault.",
        config_schema={
            "dataset": dg.Field(str, description="the dataset"),
            "candidate": dg.Field(str, description="the candidate's id, or at least 8 digits of its beginning"),
            "action": dg.Field(
                dg.Enum("action", [dg.EnumValue("approve"), dg.EnumValue("reject")]), description="approve or reject"
            ),
            "by": dg.Field(str, description="your name"),
            "reason": dg.Field(str, description="why; it is published with the release"),
            "evidence": dg.Field(
                [int],
                is_required=False,
                default_value=[],
                description="reject: the fetches to exclude; empty: those which alone would be held",
            ),
        },
    )
    def carry_out(context: dg.OpExecutionContext, world: dg.ResourceParam[World]) -> None:
        form = context.op_config
        slug, signed = form["dataset"], (form["candidate"], form["by"], form["reason"])
        with plainly(world, slug):
            ctx = world.of(slug)
            if form["action"] == "approve":
                results = [decisions.approve(ctx, slug, *signed)]
            else:
                results = list(decisions.reject(ctx, slug, *signed, tuple(form["evidence"])))
            world.list_releases()
        for result in results:
            report(context, ctx, by_slug[slug], result)
        report_release(context, ctx, by_slug[slug])
        partition = decision_key(slug, form["candidate"])
        if context.instance.has_dynamic_partition(str(CANDIDATES.name), partition):
            context.instance.delete_dynamic_partition(str(CANDIDATES.name), partition)

    @dg.job(
        name="decide",
        description="A steward's decision on a candidate that waits: choose it under Partition, then fill in action "
        "(approve or reject), by and reason.",
        config=dg.PartitionedConfig(partitions_def=CANDIDATES, run_config_for_partition_key_fn=decision_form),
    )
    def decide_job() -> None:
        carry_out()

    return decide_job
