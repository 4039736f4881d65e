"""A run without its end: what it does with each dataset, and no lists and pages of all."""

from collections.abc import Iterator

from pipelines.context import Context
from pipelines.fetch.sources import Sources
from pipelines.refresh.result import RefreshResult
from pipelines.run import Refresh, begin


def refreshed(ctx: Context, sources: Sources, wanted: list[str], *, each: bool = False) -> Iterator[RefreshResult]:
    """As `pipelines.run.run`, for tests that look at no list and no page: these take more time than all the rest."""
    ctx = ctx.for_one_run()
    begin(ctx, sources, wanted)
    for slug in ctx.declarations.in_order(wanted):
        declared = ctx.declarations.of(slug)
        dataset = Refresh(ctx.with_own_clock(), sources, declared, each=each, wanted=slug in wanted)
        yield from dataset.guarded(dataset.all())
