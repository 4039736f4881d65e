"""A world in which a run can be tried: whatever is written stays in memory, and no agency is asked."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

from catalog import keys
from catalog.declaration.dataset import Dataset
from catalog.declaration.pipeline import INLINE, OURS
from catalog.errors import DecisionError
from catalog.release import served
from catalog.release.digest import sealed
from catalog.store import put_over
from catalog.store.overlay import Overlay
from pipelines.context import Context, kind_of
from pipelines.fetch.derived import derived_fetch
from pipelines.fetch.fetcher import asking
from pipelines.fetch.inline import inline_fetch
from pipelines.records import Fetched, Page
from pipelines.refresh.settle import record, settle


def dry(ctx: Context) -> Context:
    """Return the same world, of which nothing stays that is written from now on.

    Args:
        ctx: the world; its stores are only read, and its declarations stay those that it has.
    """
    once = ctx.for_one_run()
    return replace(
        once,
        public=Overlay(once.shown),
        private=Overlay(once.private),
        declarations=ctx.declarations,
        clock=replace(once.clock),
        dry=True,
    )


def release_tables(ctx: Context, slug: str) -> None:
    """Release the tables beside declarations that a dataset refers to and that have no release yet, as a run does.

    Args:
        ctx: a dry world.
        slug: the dataset.
    """
    for name in ctx.declarations.in_order([slug]):
        inline = ctx.declarations.dataset(name).minsheng.origin["protocol"] == INLINE
        if name == slug or not inline or served.served(ctx.public, name):
            continue
        hear_ours(ctx, name)
        for _ in settle(ctx, name):
            pass


def hear_ours(ctx: Context, slug: str) -> None:
    """Keep what is new of a table beside its declaration, or of a query over releases; of others nothing.

    Args:
        ctx: a dry world.
        slug: the dataset.

    Raises:
        SourceError: the query fails, or an input has no release.
    """
    dataset = ctx.declarations.dataset(slug)
    if dataset.minsheng.origin["protocol"] not in OURS:
        return
    fetched = derived_fetch(ctx, dataset) if dataset.minsheng.derive else inline_fetch(ctx, dataset)
    if fetched:
        record(ctx, slug, fetched)


def hear_file(ctx: Context, slug: str, file: Path) -> int:
    """Keep a file as if the agency had just sent it.

    Args:
        ctx: a dry world.
        slug: the dataset.
        file: its bytes are one answer; its name is the name of the file that was sent.

    Returns:
        The number of the fetch.

    Raises:
        DecisionError: it cannot be read, or it would have to say which window it answers.
    """
    dataset = ctx.declarations.dataset(slug)
    if words := dataset.minsheng.window_asked:
        raise DecisionError(
            f"{slug} is asked for windows ({', '.join(words)}), and a file does not say which one it answers; "
            "try what is kept, with --since"
        )
    try:
        body = file.read_bytes()
    except OSError as error:
        raise DecisionError(f"expected --file to be a file that can be read, found {file} ({error.strerror})") from None
    at = _just_now(ctx, slug)
    asked = {**asking(dataset, None).asked, "replay": [f"{at.isoformat()} {file.name} "]}
    return ctx.evidence(slug).record(Fetched(asked, at, (Page(file.name, 200, {}, body),), None)).k


def _just_now(ctx: Context, slug: str) -> dt.datetime:
    """The present; where the data are not of the present, as late as the newest fetch. Never before that one."""
    evidence, now = ctx.evidence(slug), ctx.clock.now()
    newest = evidence.read(evidence.newest()).fetched_at if evidence.newest() else None
    if newest and kind_of(ctx.private) not in (None, "live"):
        return newest
    return max(filter(None, (now, newest)))


def read_as_declared(ctx: Context, dataset: Dataset, ks: tuple[int, ...]) -> tuple[int, ...]:
    """Let fetches be read by the declared source as it stands, where they were asked by another one.

    A run reads each fetch as it was asked for. A trial shows what the next fetch would come to, if it said the same.

    Args:
        ctx: a dry world; take a fresh copy of it afterwards, for what it has read of these fetches is no longer so.
        dataset: the declaration.
        ks: numbers of fetches.

    Returns:
        The fetches that were asked by another source.
    """
    evidence, origin, other = ctx.evidence(dataset.name), dataset.minsheng.origin, list[int]()
    for k in ks:
        kept = evidence.read(k)
        if kept.asked.get("source", origin) == origin:
            continue
        document = kept.read_by(origin).document | {"dataset": dataset.name, "k": k}
        put_over(ctx.private, keys.evidence(dataset.name, k), sealed(document))
        other.append(k)
    return tuple(other)
