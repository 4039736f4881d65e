"""A run without its end: what it does with each dataset, and no lists and pages of all."""

from collections.abc import Iterator

from pipelines.context import Context
from pipelines.fetch.sources import Sources
from pipelines.refresh.result import RefreshResult
from pipelines.run import refresh_all


def refreshed(ctx: Context, sources: Sources, wanted: list[str], *, each: bool = False) -> Iterator[RefreshResult]:
    """As `pipelines.run.run`, for tests that look at no list and no page: these take more time than all the rest."""
    return refresh_all(ctx.for_one_run(), sources, wanted, each=each)
