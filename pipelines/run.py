"""A run: which datasets, in which order, fetched how, folded when. Command line and Dagster shell call it."""

import contextlib
import functools
import logging
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field, replace

from catalog.declaration.dataset import digest
from catalog.declaration.pipeline import OURS
from catalog.derived import write as derived
from catalog.errors import DecisionError, IntegrityError, MinshengError
from catalog.reasons.faults import of_error
from catalog.reasons.values import CandidateWaits, Fault, Missed, Note, NothingNew, Reason, WaitsBehind
from catalog.release import publish
from pipelines.context import Context, kind_of
from pipelines.declared import Declared
from pipelines.fetch.derived import derived_fetch
from pipelines.fetch.inline import inline_fetch
from pipelines.fetch.sources import Sources, mark
from pipelines.fetch.transport import Unreachable
from pipelines.lanes import Errand, Lanes
from pipelines.records import Fetched, Record
from pipelines.redaction import redact_text
from pipelines.refresh.missed import missed_before
from pipelines.refresh.result import RefreshResult
from pipelines.refresh.settle import record, settle
from pipelines.refresh.state import DatasetState, read_state
from pipelines.refresh.status import checked_again, write_failing, write_status


def run(ctx: Context, sources: Sources, wanted: list[str], *, each: bool = False) -> Iterator[RefreshResult]:
    """Fetch, fold, check and release datasets, and yield what happened to each.

    Args:
        ctx: the world of the run.
        sources: where evidence comes from.
        wanted: datasets; those that they refer to and that are kept inline come first.
        each: whether to fold after every fetch.

    Raises:
        MinshengError: before anything is done: a declaration is wrong, or the home holds another kind of data. What
            goes wrong with one dataset later is a result, and does not stop another.
    """
    ctx = ctx.for_one_run()
    yield from refresh_all(ctx, sources, wanted, each=each)
    write_lists(ctx)


def refresh_all(ctx: Context, sources: Sources, wanted: list[str], *, each: bool = False) -> Iterator[RefreshResult]:
    """Do the part of a run that is about each dataset, without the lists and pages of all; as `run`."""
    declared = [ctx.declarations.of(slug) for slug in ctx.declarations.in_order(wanted)]
    begin(ctx, sources, wanted)
    work = (Refresh(ctx.with_own_clock(), sources, one, each=each, wanted=one.slug in wanted) for one in declared)
    if sources.side_by_side and len({one.dataset.minsheng.agency for one in declared if not is_ours(one)}) > 1:
        yield from _side_by_side(ctx, work)
    else:
        for dataset in work:
            yield from dataset.guarded(dataset.all())


def is_ours(declared: Declared) -> bool:
    """Whether nobody is asked for a dataset: it is kept beside its declaration, or derived."""
    return declared.dataset.minsheng.origin["protocol"] in OURS


def _side_by_side(ctx: Context, work: Iterable["Refresh"]) -> Iterator[RefreshResult]:
    """Ask all agencies at once; fold one dataset after the other, whichever is heard first."""
    left = {dataset.slug: dataset for dataset in work}
    after = {slug: frozenset(ctx.declarations.needs(slug)) & left.keys() for slug in left}
    own = [slug for slug, dataset in left.items() if is_ours(dataset.declared)]
    errands = [Errand(each.slug, each.agency, after[each.slug], each.fetches) for each in left.values()]
    with Lanes(errand for errand in errands if errand.slug not in own) as lanes:
        while left:
            ours = next((left[slug] for slug in own if slug in left and not after[slug] & left.keys()), None)
            if ours:
                yield from ours.guarded(ours.all())
                lanes.done(ours.slug)
                del left[ours.slug]
            else:
                yield from _next_heard(lanes, left)


def _next_heard(lanes: Lanes, left: dict[str, "Refresh"]) -> Iterator[RefreshResult]:
    """Deal with what is heard next of any agency."""
    heard = lanes.take()
    dataset = left.get(heard.slug)
    if dataset is None:
        return
    if heard.fetched:
        yield from dataset.guarded(dataset.hear(heard.fetched))
    elif heard.error:
        yield from dataset.guarded(_raising(heard.error))
    else:
        yield from dataset.guarded(dataset.end())
    if heard.last or dataset.broken:
        lanes.done(heard.slug)
        del left[heard.slug]
    lanes.dealt_with(heard.slug)


def _raising(error: Exception) -> Iterator[RefreshResult]:
    raise error
    yield


@contextlib.contextmanager
def deciding(ctx: Context) -> Iterator[None]:
    """Write the lists once a decision is carried out; also where it is refused, for that finishes an earlier one."""
    try:
        yield
    except DecisionError:
        write_lists(ctx)
        raise
    write_lists(ctx)


def begin(ctx: Context, sources: Sources, wanted: list[str]) -> None:
    """Take the time of a run, see that it may be believed, and mark both stores with the kind of its data.

    Args:
        ctx: the run.
        sources: where evidence comes from.
        wanted: the datasets.

    Raises:
        MinshengError: nothing was written: the clock is in doubt, or the home holds another kind of data.
    """
    sources.begin(ctx, wanted)
    mark(ctx.public, ctx.private, sources.kind)


def write_lists(ctx: Context) -> None:
    """Write what is derived of all datasets together: catalog.json, the lists of releases, the site.

    Of several processes that end at the same time one does it for all.
    """
    now = ctx.clock.now() if kind_of(ctx.private) == "live" else None
    site = ctx.declarations.site.model_copy(update={"contact": ctx.contact} if ctx.contact else {})
    listed = [slug for slug in ctx.declarations.slugs if not ctx.declarations.is_step(slug)]
    write = functools.partial(derived.write, ctx.shown, listed, ctx.address, now, site)
    if ctx.turns is None:
        write()
        return
    what = [ctx.shown.url, listed, ctx.address, now is None, site.model_dump(mode="json")]
    ctx.turns.once(digest(what), write)


def refresh(
    ctx: Context, sources: Sources, declared: Declared, *, each: bool, wanted: bool = True
) -> Iterator[RefreshResult]:
    """Refresh one dataset.

    Args:
        ctx: the run.
        sources: where evidence comes from.
        declared: the dataset.
        each: whether to fold after every fetch.
        wanted: whether to say so if nothing new was fetched.
    """
    yield from Refresh(ctx, sources, declared, each=each, wanted=wanted).all()


@dataclass
class Refresh:
    """One dataset in a run, from what is heard of it to its release."""

    ctx: Context
    sources: Sources
    declared: Declared
    each: bool
    """Whether to fold after every fetch."""
    wanted: bool
    """Whether to say so if nothing new was fetched."""
    broken: bool = False
    """Whether it failed in a way that ends it."""
    _records: list[Record] = field(default_factory=list)
    _results: int = 0
    _failing: list[RefreshResult] = field(default_factory=list)

    @property
    def slug(self) -> str:
        """The name of the dataset."""
        return self.declared.slug

    @property
    def agency(self) -> str:
        """Who is asked."""
        return self.declared.dataset.minsheng.agency

    def fetches(self) -> Iterator[Fetched]:
        """Ask."""
        return fetch(self.ctx, self.sources, self.declared)

    def all(self) -> Iterator[RefreshResult]:
        """Ask, and go all the way."""
        for fetched in self.fetches():
            result = self._keep(fetched)
            del fetched  # its bodies may be large, and lie in the evidence now
            yield from self._kept(result)
        yield from self.end()

    def hear(self, fetched: Fetched) -> Iterator[RefreshResult]:
        """Keep one fetch."""
        yield from self._kept(self._keep(fetched))

    def _keep(self, fetched: Fetched) -> RefreshResult | None:
        kept, result = record(self.ctx, self.slug, fetched)
        self._records.append(kept)
        return result

    def _kept(self, result: RefreshResult | None) -> Iterator[RefreshResult]:
        if result and (self.each or result.release):
            yield self._told(result)
        elif result:
            self._failing.append(result)
        elif self.each:
            for one in settle(self.ctx, self.slug):
                yield self._told(one)

    def end(self) -> Iterator[RefreshResult]:
        """Fold what came, and commit or hold it; what is lost for good is told with the first thing that it came to."""
        steps = _settled(self.ctx, self.slug, self._failing)
        lost = missed_before(self.ctx, self.declared.dataset, self._records)
        while True:
            try:
                result = next(steps)
                yield self._told(replace(result, reasons=(*result.reasons, lost)) if lost else result)
                lost = None
            except StopIteration as end:
                state: DatasetState = end.value
                break
        if not self._records and is_ours(self.declared):
            for one in _still_refused(self.ctx, state):
                yield self._told(one)
        if not self._results and self.wanted:
            yield quiet(state)

    def guarded(self, steps: Iterator[RefreshResult]) -> Iterator[RefreshResult]:
        """Let what goes wrong with the dataset be a result, so that it does not stop another."""
        try:
            yield from steps
        except MinshengError as error:
            self.broken = True
            yield failed(self.ctx, self.slug, error)
        except Exception as error:
            self.broken = True
            logging.getLogger(__name__).exception("a fault of the software with %s", self.slug)
            yield failed(self.ctx, self.slug, error)

    def _told(self, result: RefreshResult) -> RefreshResult:
        self._results += 1
        return result


def fetch(ctx: Context, sources: Sources, declared: Declared) -> Iterator[Fetched]:
    """Yield what is fetched of a dataset, the clock of the run moving along."""
    if is_ours(declared):
        ours = derived_fetch if declared.dataset.minsheng.derive else inline_fetch
        fetched = ours(ctx, declared.dataset)
        if fetched:
            yield fetched
        return
    for fetched in sources.fetches(ctx, declared.dataset):
        if sources.kind != "live":
            ctx.clock.advance(fetched.fetched_at)
        yield fetched


@dataclass(frozen=True)
class Collected:
    """What was fetched of one dataset and kept."""

    records: tuple[Record, ...]
    results: tuple[RefreshResult, ...]
    """Fetches that failed or were refused."""
    newest_fails: RefreshResult | None
    """What is said of the newest fetch, if nothing can be folded from it."""
    missed: Missed | None = None
    """What was lost for good before these fetches."""


def collect(ctx: Context, sources: Sources, declared: Declared, *, again: bool) -> Collected:
    """Fetch a dataset and keep what came, without folding it.

    Args:
        ctx: the run.
        sources: where evidence comes from.
        declared: the dataset.
        again: whether the caller will try again: an agency that said nothing at all is then not recorded yet, so that
            the numbers of fetches are those of a run without retries.

    Raises:
        Unreachable: it said nothing, and it will be tried again.
    """
    records, results = [], []
    newest_fails: RefreshResult | None = None
    for fetched in fetch(ctx, sources, declared):
        if again and fetched.passes and not fetched.answered and not fetched.pages:
            raise Unreachable(fetched.why or "no answer", place=declared.slug)
        kept, result = record(ctx, declared.slug, fetched)
        records.append(kept)
        newest_fails = result
        results += [result] if result else []
    missed = missed_before(ctx, declared.dataset, records)
    return Collected(tuple(records), tuple(results), newest_fails, missed)


def quiet(state: DatasetState) -> RefreshResult:
    """Say that nothing new was fetched, naming a candidate that waits."""
    waiting = state.waiting
    pending = [k for k in state.pending if not waiting or k not in waiting.evidence]
    news: Note = WaitsBehind(fetch=pending[-1]) if pending else NothingNew()
    waits = (CandidateWaits(candidate=waiting.identity, since=waiting.since), *waiting.approved) if waiting else ()
    return RefreshResult(state.slug, None, "unchanged", state.n, reasons=(news, *waits))


def failed(ctx: Context, slug: str, error: Exception) -> RefreshResult:
    """Say, in the result and in the dataset's status, why it could not be refreshed.

    Args:
        ctx: the run.
        slug: the dataset.
        error: what was raised.
    """
    reasons: tuple[Reason, ...] = (_without_secrets(ctx, error),)
    n = None
    try:
        n = _write_failing(ctx, slug, reasons)
    except Exception as second:  # saying that something failed must not fail itself
        if not isinstance(second, MinshengError):
            logging.getLogger(__name__).exception("a fault of the software while telling that %s fails", slug)
        reasons = (*reasons, _without_secrets(ctx, second))
    return RefreshResult(slug, None, "failed", n, reasons=reasons)


def _write_failing(ctx: Context, slug: str, reasons: tuple[Reason, ...]) -> int | None:
    """Write into the status why a dataset fails, and return the release that is served."""
    try:
        state = read_state(ctx, slug)
    except IntegrityError:
        write_failing(ctx, slug, reasons)
        return publish.newest_n(ctx.public, slug) or None
    write_status(ctx, state, failing=reasons)
    return state.n


def _without_secrets(ctx: Context, error: Exception) -> Reason:
    reason = of_error(error)
    return (
        reason.model_copy(update={"detail": redact_text(reason.detail, ctx.secrets)})
        if isinstance(reason, Fault)
        else reason
    )


def _settled(ctx: Context, slug: str, failing: list[RefreshResult]) -> Generator[RefreshResult, None, DatasetState]:
    """Fold what came; fetches that failed before the first release are told with the release that follows here."""
    results, steps = list[RefreshResult](), settle(ctx, slug)
    state: DatasetState | None = None
    try:
        if not failing:
            return (yield from steps)
        while True:
            results.append(next(steps))
    except StopIteration as end:
        state = end.value
        return state
    finally:
        if failing:
            n = state.n if state else None
            yield from (replace(result, release=result.release or n) for result in failing)
            yield from results


def _still_refused(ctx: Context, state: DatasetState) -> Iterator[RefreshResult]:
    """What is ours, was refused and is as it was is refused again: it was read again."""
    checked_again(ctx, state.slug)
    outcome = state.outcome(state.newest_k) if state.newest_k else None
    if outcome and outcome.what == "refused":
        yield RefreshResult(state.slug, None, "refused", state.n, reasons=(outcome.reason,) if outcome.reason else ())
