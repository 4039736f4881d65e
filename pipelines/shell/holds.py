"""The jobs of decisions on no candidate: hold a dataset, lift that, let fetches in again."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import dagster as dg

from pipelines.context import Context
from pipelines.declared import Declared
from pipelines.refresh import hold as orders
from pipelines.refresh.result import RefreshResult
from pipelines.run import deciding
from pipelines.shell.decided import report_newest
from pipelines.shell.report import report
from pipelines.shell.world import World, plainly

HOLD, LIFT = "hold_dataset", "lift_hold"
"""The ops of the jobs. No other job may have an op of these names."""
_SIGNED = {
    "by": dg.Field(str, description="your name"),
    "reason": dg.Field(str, description="why; it stays private. 理由不公開。"),
}
Carry = Callable[[Context, Mapping[str, Any]], list[RefreshResult]]


def hold_job(declared: Sequence[Declared]) -> dg.JobDefinition:
    """Return the job by which a steward holds a dataset."""
    return _job(
        declared,
        ("hold", HOLD),
        "Hold a dataset: nothing new is released without an approval until that is lifted.\n\n"
        "暫停釋出：解除之前，新資料須經核可才能釋出。",
        {"dataset": dg.Field(str, description="the dataset"), **_SIGNED},
        _hold,
    )


def lift_job(declared: Sequence[Declared]) -> dg.JobDefinition:
    """Return the job by which a steward lifts a hold, or lets fetches in again that were set aside."""
    fetches = dg.Field(
        [int], is_required=False, default_value=[], description="the fetches to let in again; empty lifts the hold"
    )
    return _job(
        declared,
        ("lift", LIFT),
        "Lift a hold; or let fetches in again that a rejection or a withdrawal set aside, and fold them.\n\n"
        "解除暫停釋出，或恢復採用先前排除的擷取。",
        {"dataset": dg.Field(str, description="the dataset"), "evidence": fetches, **_SIGNED},
        _lift,
    )


def _hold(ctx: Context, form: Mapping[str, Any]) -> list[RefreshResult]:
    orders.hold(ctx, form["dataset"], form["by"], form["reason"])
    return []


def _lift(ctx: Context, form: Mapping[str, Any]) -> list[RefreshResult]:
    return list(orders.lift(ctx, form["dataset"], tuple(form["evidence"]), form["by"], form["reason"]))


def _job(
    declared: Sequence[Declared], names: tuple[str, str], says: str, schema: dict[str, dg.Field], carry: Carry
) -> dg.JobDefinition:
    """A job with one op that carries a decision out, and its form."""
    by_slug = {dataset.slug: dataset for dataset in declared}
    name, op = names

    @dg.op(name=op, description=says, config_schema=schema)
    def carry_out(context: dg.OpExecutionContext, world: dg.ResourceParam[World]) -> None:
        form = context.op_config
        slug = form["dataset"]
        if slug not in by_slug:
            known = ", ".join(sorted(by_slug))
            raise dg.Failure(f"no dataset {slug!r} is declared; known are {known}", allow_retries=False)
        with plainly(world, slug), deciding(world.shared):
            ctx = world.of(slug)
            results = carry(ctx, form)
        for result in results:
            report(context, ctx, by_slug[slug], result)
        report_newest(context, ctx, by_slug[slug], name)

    form = {each: [] if each == "evidence" else "" for each in schema}

    @dg.job(name=name, description=says, config={"ops": {op: {"config": form}}})
    def job() -> None:
        carry_out()

    return job
