"""A run: which datasets, in which order, heard how, folded when. Command line and Dagster shell call it."""

import logging
from collections.abc import Iterator

from catalog.declaration.dataset import Dataset, load_dataset, slugs
from catalog.declaration.pipeline import DERIVED
from catalog.derived import write as derived
from catalog.errors import MinshengError, SourceError, fault_sentence
from catalog.release import publish
from pipelines.context import Context, kind_of
from pipelines.evidence import Fetched
from pipelines.fetch.derived import derived_fetch
from pipelines.fetch.inline import INLINE, inline_fetch
from pipelines.fetch.sources import Sources, mark
from pipelines.redaction import redact_text
from pipelines.refresh import state as lines
from pipelines.refresh.outcome import Item
from pipelines.refresh.settle import keep, settle
from pipelines.refresh.status import checked_again, write_status

OURS = (INLINE, DERIVED)
"""The protocols that ask no agency: heard alike in every kind of source, and only when something changed."""


def run(ctx: Context, sources: Sources, wanted: list[str], *, each: bool = False) -> Iterator[Item]:
    """Fetch, fold, check and release datasets, and yield what happened to each.

    Args:
        ctx: the run.
        sources: where evidence comes from.
        wanted: datasets; those that they refer to and that are kept inline come first.
        each: whether to fold after every fetch.

    Raises:
        MinshengError: before anything is done: a declaration is wrong, or the home holds another kind of data. What
            goes wrong with one dataset later is an item, and does not stop another.
    """
    datasets = [load_dataset(ctx.datasets, slug) for slug in in_order(ctx, wanted)]
    mark(ctx.public, ctx.private, sources.kind)
    sources.begin(ctx, wanted)
    for dataset in datasets:
        try:
            yield from one(ctx, sources, dataset, each=each, asked=dataset.name in wanted)
        except MinshengError as error:
            yield failed(ctx, dataset.name, str(error))
        except Exception as error:
            logging.getLogger(__name__).exception("a fault of the software with %s", dataset.name)
            yield failed(ctx, dataset.name, fault_sentence(error))
    write_lists(ctx)


def write_lists(ctx: Context) -> None:
    """Write what is derived of all datasets together: catalog.json, the lists of releases, the site."""
    now = ctx.clock.now() if kind_of(ctx.private) == "live" else None
    derived.write(ctx.public, slugs(ctx.datasets), ctx.address, now)


def one(ctx: Context, sources: Sources, dataset: Dataset, *, each: bool, asked: bool = True) -> Iterator[Item]:
    """Refresh one dataset; a dataset of which nothing new was heard says so, if it was asked for."""
    said = False
    for item in _hear_and_settle(ctx, sources, dataset, each=each):
        said = True
        yield item
    if not said and asked:
        yield quiet(ctx, dataset.name)


def hear(ctx: Context, sources: Sources, dataset: Dataset) -> Iterator[Fetched]:
    """Yield what is heard of a dataset, the clock of the run moving along."""
    if dataset.minsheng.origin["protocol"] in OURS:
        fetched = derived_fetch(ctx, dataset) if dataset.minsheng.derive else inline_fetch(ctx, dataset)
        if fetched:
            yield fetched
        return
    for fetched in sources.fetches(ctx, dataset):
        if sources.kind != "live":
            ctx.clock.advance(fetched.fetched_at)
        yield fetched


def in_order(ctx: Context, wanted: list[str]) -> list[str]:
    """Return the datasets and the inline ones that they refer to, each after those it refers to.

    Raises:
        DeclarationError: an unknown dataset.
        SourceError: datasets refer to one another in a circle.
    """
    found: list[str] = []

    def add(slug: str, path: tuple[str, ...]) -> None:
        if slug in found:
            return
        if slug in path:
            raise SourceError(f"datasets refer to one another in a circle: {' -> '.join([*path, slug])}")
        dataset = load_dataset(ctx.datasets, slug)
        for name in (*dataset.tables, *dataset.inputs):
            if name in wanted or load_dataset(ctx.datasets, name).minsheng.origin["protocol"] == INLINE:
                add(name, (*path, slug))
        found.append(slug)

    for slug in wanted:
        add(slug, ())
    return found


def quiet(ctx: Context, slug: str) -> Item:
    """Say that nothing new was heard, naming a candidate that waits."""
    line = lines.load(ctx, slug)
    pending = [k for k in line.open if not line.waiting or k not in line.waiting.evidence]
    reason = "nothing new was heard" if not pending else f"fetch {pending[-1]} is heard, and waits for the candidate"
    if line.waiting:
        reason += f"; candidate {line.waiting.identity[:16]} waits since {line.waiting.since}"
    return Item(slug, None, "unchanged", line.base.n if line.base else None, reason=reason)


def failed(ctx: Context, slug: str, reason: str) -> Item:
    """Say, in the item and in the dataset's status, why it could not be refreshed."""
    reason = redact_text(reason, ctx.secrets)
    try:
        write_status(ctx, lines.load(ctx, slug), failing=reason)
    except MinshengError as error:
        reason = f"{reason}; and its status could not be written: {error}"
    newest = publish.newest(ctx.public, slug)
    return Item(slug, None, "failed", newest.n if newest else None, reason=reason)


def _hear_and_settle(ctx: Context, sources: Sources, dataset: Dataset, *, each: bool) -> Iterator[Item]:
    heard = False
    for fetched in hear(ctx, sources, dataset):
        heard = True
        _, item = keep(ctx, dataset.name, fetched)
        del fetched  # its bodies may be large, and lie in the evidence now
        if item:
            yield item
        elif each:
            yield from settle(ctx, dataset.name)
    yield from settle(ctx, dataset.name)
    if not heard and dataset.minsheng.origin["protocol"] in OURS:
        yield from _still_refused(ctx, dataset.name)


def _still_refused(ctx: Context, slug: str) -> Iterator[Item]:
    """What is ours, was refused and is as it was is refused again: it was heard again."""
    checked_again(ctx, slug)
    evidence = ctx.evidence(slug)
    newest_k = evidence.newest()
    outcome = evidence.outcome(newest_k) if newest_k else None
    if outcome and outcome.what == "refused":
        newest = publish.newest(ctx.public, slug)
        yield Item(slug, None, "refused", newest.n if newest else None, reason=outcome.reason)
