"""What is lost for good: fetches that the cadence wanted and nobody made, of an agency that shows only the newest.

A pure read of the evidence. What can still be had is asked for by the next run (`pipelines.fetch.nights`) and is not
told here; nor is what is missed while nothing came yet, for it is told once, with the next good answer.
"""

import datetime as dt
import itertools
from collections.abc import Iterable

from croniter import croniter

from catalog.declaration.dataset import Dataset
from catalog.declaration.pipeline import seconds
from catalog.reasons.values import Missed
from pipelines.context import ZONE, Context, kind_of
from pipelines.records import Record

_SECOND = dt.timedelta(seconds=1)
_MOST = 10_000
"""Fetches that are counted: five weeks of one every five minutes."""


def missed_since(ctx: Context, dataset: Dataset, since: dt.datetime) -> Missed | None:
    """Return what was lost before the good answers that came after a time.

    Args:
        ctx: the stores.
        dataset: the declaration.
        since: the time.
    """
    if not _is_judged(ctx, dataset):
        return None
    evidence = ctx.evidence(dataset.name)
    # One that was overtaken, or is misdated, says nothing of where the time ends.
    came = itertools.takewhile(lambda record: record.fetched_at > since, evidence.in_time(evidence.newest()))
    return _before(ctx, dataset, [record.k for record in came][::-1])


def missed_before(ctx: Context, dataset: Dataset, records: Iterable[Record]) -> Missed | None:
    """Return what was lost before the fetches of a run.

    Args:
        ctx: the run.
        dataset: the declaration.
        records: what it fetched.
    """
    ks = [record.k for record in records]
    return _before(ctx, dataset, ks) if ks and _is_judged(ctx, dataset) else None


def _is_judged(ctx: Context, dataset: Dataset) -> bool:
    """Whether fetches have their times from a clock by which the cadence goes: a recording has gaps of its own."""
    return dataset.minsheng.reach is not None and kind_of(ctx.private) in ("live", "sandbox")


def _before(ctx: Context, dataset: Dataset, ks: Iterable[int]) -> Missed | None:
    """What was lost before each of these fetches, together."""
    evidence = ctx.evidence(dataset.name)
    good = [k for k in ks if evidence.whole(k)]
    if not good:
        return None
    before = evidence.dated(good[0] - 1, evidence.read(good[0]).clock_is_right_at)
    earlier = next((record.k for record in before if evidence.whole(record.k)), None)
    times = [evidence.read(k).fetched_at for k in ([earlier] if earlier else []) + good]
    lost = [lost_between(dataset, *pair) for pair in itertools.pairwise(times)]
    found = [each for each in lost if each]
    if not found:
        return None
    return Missed(fetches=sum(each.fetches for each in found), first=found[0].first, last=found[-1].last)


def lost_between(dataset: Dataset, earlier: dt.datetime, later: dt.datetime) -> Missed | None:
    """Return which fetches were missed between two good answers, and are not told by the later one.

    The later answer stands for the last time at which a fetch was due before it.

    Args:
        dataset: the declaration.
        earlier: when the one answer was asked for.
        later: when the other one was.
    """
    reach = dataset.minsheng.reach
    if reach is None:
        return None
    cron = dataset.minsheng.fetch
    stood_for = croniter(cron, later.astimezone(ZONE) + _SECOND).get_prev(dt.datetime)
    end = min(stood_for, later - dt.timedelta(seconds=seconds(reach)) + _SECOND)
    due = croniter(cron, earlier.astimezone(ZONE))
    first, count = due.get_next(dt.datetime), 0
    at = first
    while at < end and count < _MOST:
        count += 1
        at = due.get_next(dt.datetime)
    if not count:
        return None
    last = croniter(cron, end.astimezone(ZONE)).get_prev(dt.datetime)
    return Missed(fetches=count, first=_text(first), last=_text(last))


def _text(at: dt.datetime) -> str:
    return at.astimezone(ZONE).isoformat(timespec="seconds")
