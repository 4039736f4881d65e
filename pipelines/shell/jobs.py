"""The job by which a steward decides on a candidate."""

from collections.abc import Sequence
from typing import Any

import dagster as dg

from pipelines.context import Context
from pipelines.declared import Declared
from pipelines.refresh import decide as decisions
from pipelines.refresh.result import RefreshResult
from pipelines.run import deciding
from pipelines.shell.decided import report_decision
from pipelines.shell.forms import DECIDE, decision_form, decision_key
from pipelines.shell.report import report
from pipelines.shell.world import World, plainly

CANDIDATES = dg.DynamicPartitionsDefinition(name="candidates")
"""The candidates that wait for a steward: `<slug>|<first 16 digits of the id>`. The sensor `candidates` keeps them."""


def decide(declared: Sequence[Declared]) -> dg.JobDefinition:
    """Return the job by which a steward decides on a candidate."""
    by_slug = {dataset.slug: dataset for dataset in declared}

    @dg.op(
        name=DECIDE,
        description="Approve a candidate, which releases it, or reject it, which excludes the fetches at fault.",
        config_schema=_decision_schema(),
    )
    def carry_out(context: dg.OpExecutionContext, world: dg.ResourceParam[World]) -> None:
        form = context.op_config
        declared_dataset = by_slug[form["dataset"]]
        ctx, results = _decided(world, form)
        for result in results:
            report(context, ctx, declared_dataset, result)
        report_decision(context, ctx, declared_dataset, form["candidate"])
        partition = decision_key(form["dataset"], form["candidate"])
        if context.instance.has_dynamic_partition(str(CANDIDATES.name), partition):
            context.instance.delete_dynamic_partition(str(CANDIDATES.name), partition)

    @dg.job(
        name="decide",
        description="Decide on a candidate that waits: choose it under Partition, then fill in action (approve or "
        "reject), by and reason.",
        config=dg.PartitionedConfig(partitions_def=CANDIDATES, run_config_for_partition_key_fn=decision_form),
    )
    def decide_job() -> None:
        carry_out()

    return decide_job


def _decision_schema() -> dict[str, dg.Field]:
    """The fields of the form, as Dagster checks them."""
    action = dg.Enum("action", [dg.EnumValue("approve"), dg.EnumValue("reject")])
    return {
        "dataset": dg.Field(str, description="the dataset"),
        "candidate": dg.Field(str, description="the candidate's id, or at least its first 8 digits"),
        "action": dg.Field(action, description="approve or reject"),
        "by": dg.Field(str, description="your name"),
        "reason": dg.Field(
            str,
            description="why, in quotes; of an approval it is published, of a rejection it stays private. "
            "理由，請寫在引號內：核可之理由隨版本公開，不予核可之理由不公開。",
        ),
        "evidence": dg.Field(
            [int],
            is_required=False,
            default_value=[],
            description="reject: the fetches to exclude; empty: those that would be held alone",
        ),
    }


def _decided(world: World, form: dict[str, Any]) -> tuple[Context, list[RefreshResult]]:
    """Carry out a decision and list what it released; returns the world of the dataset and what happened."""
    slug, signed = form["dataset"], (form["candidate"], form["by"], form["reason"])
    with plainly(world, slug), deciding(world.shared):
        ctx = world.of(slug)
        if form["action"] == "approve":
            results = [decisions.approve(ctx, slug, *signed)]
        else:
            results = list(decisions.reject(ctx, slug, *signed, tuple(form["evidence"])))
    return ctx, results
