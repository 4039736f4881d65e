"""The world of one run: opened by its first step, shared by all, closed when the run ends."""

import contextlib
from collections.abc import Iterator
from types import TracebackType
from typing import Self

import dagster as dg

from catalog.errors import MinshengError
from catalog.reasons.faults import of_error
from catalog.reasons.sentences import in_both
from pipelines import settings
from pipelines.context import Context
from pipelines.fetch.sources import Sources, mark
from pipelines.fetch.transport import FetchLimits, Unreachable
from pipelines.refresh.settle import Proposals
from pipelines.run import failed, write_lists
from pipelines.settings import Settings

CATALOG = dg.AssetKey(["catalog"])


class World:
    """What the steps of one run share. Runs are in process and take one step at a time: see definitions.py.

    It is opened by the first step, not before, so that what is wrong with a store or a setting is that step's one
    sentence.
    """

    def __init__(self, said: Settings) -> None:
        self.settings = said
        limits = FetchLimits(backoff_seconds=0.1) if said.sources == "sandbox" else None
        self._limits = limits
        self._stack = contextlib.ExitStack()
        self._ctx: Context | None = None
        self._sources: Sources | None = None
        self._broken: MinshengError | None = None
        self._of: dict[str, Context] = {}
        self.proposals: dict[str, Proposals] = {}
        """What table/ came to, for release/ of the same run."""
        self.trouble: dict[str, list[str]] = {}
        """Sentences about evidence that was refused beside evidence that was not."""
        self.unlisted = False
        """Whether a dataset was refreshed after catalog.json was written."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def shared(self) -> Context:
        """The stores and the rest, without a clock of one dataset."""
        if self._broken:
            raise self._broken
        if self._ctx is None:
            try:
                self._ctx = self._stack.enter_context(settings.open_context(self.settings)).for_one_run()
            except MinshengError as error:
                self._broken = error
                raise
        return self._ctx

    @property
    def begun(self) -> bool:
        """Whether the sources are open, and so both stores known to be of their kind."""
        return self._sources is not None

    def sources(self, wanted: list[str]) -> Sources:
        """Return the sources, both stores marked with their kind and the clock set, for a run over these datasets."""
        if self._sources is None:
            ctx = self.shared
            sources = settings.sources(self.settings, limits=self._limits)
            mark(ctx.public, ctx.private, sources.kind)
            sources.begin(ctx, wanted)
            self._sources = sources
        return self._sources

    def of(self, slug: str) -> Context:
        """Return the world with the clock of one dataset: the same in all its steps."""
        if slug not in self._of:
            self._of[slug] = self.shared.with_own_clock()
        return self._of[slug]

    def list_releases(self) -> None:
        """Write catalog.json and the site."""
        write_lists(self.shared)
        self.unlisted = False


def world(said: Settings) -> dg.ResourceDefinition:
    """Return the resource that opens the world of the settings for one run."""

    @dg.resource(description="Stores, sources and clock of one run, as the MINSHENG_ variables say.")
    def opened(init: dg.InitResourceContext) -> Iterator[World]:
        with World(said) as one:
            yield one
            # The asset `catalog` does not run when a dataset before it fails; what is released is listed.
            if one.unlisted:
                _list_late(one, init)

    return opened


def _list_late(one: World, init: dg.InitResourceContext) -> None:
    try:
        one.list_releases()
    except MinshengError as error:
        if init.log:
            init.log.error(f"the catalog and its pages are as they were before this run: {error}")
        return
    if init.instance:
        why = "written at the end of the run, because a dataset failed"
        init.instance.report_runless_asset_event(
            dg.AssetMaterialization(CATALOG, metadata={"note": why, "run": init.run.run_id if init.run else ""})
        )


@contextlib.contextmanager
def plainly(one: World, slug: str) -> Iterator[None]:
    """Let a step fail with one sentence for people; only an agency that does not answer is worth another try."""
    try:
        yield
    except Unreachable as error:
        raise dg.Failure(str(error), allow_retries=True) from None
    except MinshengError as error:
        # Before it has begun the home is not to be touched: its store is away, or it holds another kind of data.
        reasons = failed(one.of(slug), slug, error).reasons if one.begun else (of_error(error),)
        raise dg.Failure("\n".join(map(in_both, reasons)), allow_retries=False) from None
