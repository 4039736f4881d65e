"""The world of one run: the first step opens it, all steps share it, and it closes when the run ends."""

import contextlib
import dataclasses
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Self

import dagster as dg

from catalog.errors import MinshengError
from catalog.reasons.faults import of_error
from catalog.reasons.sentences import in_both
from pipelines import settings
from pipelines.context import Context
from pipelines.declared import Declared
from pipelines.fetch.clock import ClockDoubt
from pipelines.fetch.sources import Sources
from pipelines.fetch.transport import Unreachable
from pipelines.refresh.settle import Proposals
from pipelines.run import begin, failed, write_lists
from pipelines.settings import Settings

CATALOG = dg.AssetKey(["catalog"])
CLOCK_IS_RIGHT = "clock_is_right"
"""In the configuration of the resource `world`: who starts a run vouches for this machine's clock."""


class World:
    """What the steps of one run share. A run is one process and runs one step at a time: see location.py.

    With Dask each step has a world of its own (`apart`). What a later step needs of an earlier one it then reads from
    the stores, which hold all that was decided, or from Dagster's history.

    The first step opens it. So an error of a store or a setting is the one sentence of that step.
    """

    def __init__(self, settings_: Settings, *, clock_is_right: bool = False) -> None:
        self.settings = settings_
        self.apart = settings_.dask is not None
        """Whether the steps of a run do not share this world, because workers elsewhere take them."""
        self.clock_is_right = clock_is_right
        """Whether the person who started the run vouches for this machine's clock."""
        self._stack = contextlib.ExitStack()
        self._ctx: Context | None = None
        self._sources: Sources | None = None
        self._broken: MinshengError | None = None
        self._of: dict[str, Context] = {}
        self.proposals: dict[str, Proposals] = {}
        """By dataset, what table/ decided, for release/ of the same run."""
        self.trouble: dict[str, list[str]] = {}
        """By dataset, a sentence for each refused fetch; other fetches of the same run may be good."""
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
        """The stores, declarations and secrets, with the clock of the run."""
        if self._broken:
            raise self._broken
        if self._ctx is None:
            try:
                ctx = self._stack.enter_context(settings.open_context(self.settings)).for_one_run()
                self._ctx = dataclasses.replace(ctx, clock_is_right=self.clock_is_right)
            except MinshengError as error:
                self._broken = error
                raise
        return self._ctx

    @property
    def begun(self) -> bool:
        """Whether the sources are open. Then both stores are known to hold the same kind of data."""
        return self._sources is not None

    def sources(self, wanted: list[str]) -> Sources:
        """Return the sources of a run over these datasets. Marks both stores with their kind, and sets the clock."""
        if self._sources is None:
            ctx = self.shared
            sources = settings.sources(self.settings)
            begin(ctx, sources, wanted)
            self._sources = sources
        return self._sources

    def of(self, slug: str) -> Context:
        """Return the context of one dataset, with its own clock. All its steps share it."""
        if slug not in self._of:
            self._of[slug] = self.shared.with_own_clock()
        return self._of[slug]

    def list_releases(self) -> None:
        """Write catalog.json and the site."""
        write_lists(self.shared)
        self.unlisted = False


def world(settings_: Settings) -> dg.ResourceDefinition:
    """Return the resource that opens the world of one run."""

    @dg.resource(
        description="Stores, sources and clock of one run, as the MINSHENG_ variables say.",
        config_schema={
            CLOCK_IS_RIGHT: dg.Field(
                bool,
                is_required=False,  # and no default, which the Launchpad would show in every form
                description="Go on although a store or the newest evidence has another time: this machine's clock is "
                "right. 本機時鐘經確認無誤，即使與儲存體或最近一次擷取的時間不符，仍繼續執行。",
            )
        },
    )
    def opened(init: dg.InitResourceContext) -> Iterator[World]:
        with World(settings_, clock_is_right=init.resource_config.get(CLOCK_IS_RIGHT, False)) as shared:
            yield shared
            # The asset `catalog` does not run if a dataset before it fails. The new releases are listed here.
            # With Dask it does run.
            if shared.unlisted and not shared.apart:
                _list_late(shared, init)

    return opened


def _list_late(shared: World, init: dg.InitResourceContext) -> None:
    try:
        shared.list_releases()
    except MinshengError as error:
        if init.log:
            init.log.error(f"the catalog and the site still show the state before this run: {error}")
        return
    if init.instance:
        why = "written at the end of the run, because a dataset failed"
        init.instance.report_runless_asset_event(
            dg.AssetMaterialization(CATALOG, metadata={"note": why, "run": init.run.run_id if init.run else ""})
        )


def named(by_slug: Mapping[str, Declared], slug: str) -> Declared:
    """Return the dataset that a form names.

    Raises:
        dg.Failure: none has this name; says which there are.
    """
    if slug not in by_slug:
        known = ", ".join(sorted(by_slug))
        raise dg.Failure(f"no dataset {slug!r} is declared; known are {known}", allow_retries=False)
    return by_slug[slug]


@contextlib.contextmanager
def plainly(world_: World, slug: str) -> Iterator[None]:
    """Let a step fail with one sentence for people. Dagster tries again only if an agency did not answer."""
    try:
        yield
    except Unreachable as error:
        raise dg.Failure(str(error), allow_retries=True) from None
    except ClockDoubt as error:
        form = f"resources: {{world: {{config: {{{CLOCK_IS_RIGHT}: true}}}}}}"
        raise dg.Failure(
            f"{error}. If this machine's clock is right: start the job in the Launchpad with `{form}`",
            allow_retries=False,
        ) from None
    except MinshengError as error:
        # Before it has begun the home is not to be touched: its store is away, or it holds another kind of data.
        reasons = failed(world_.of(slug), slug, error).reasons if world_.begun else (of_error(error),)
        raise dg.Failure("\n".join(map(in_both, reasons)), allow_retries=False) from None
