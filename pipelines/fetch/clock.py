"""This machine's clock: whether a run may date fetches by it; and what a wrong one kept from being heard.

Order is k, and a fetch that began before the newest recorded one is refused. So one fetch that is dated in the future
would refuse all that come after it: a clock is doubted before anything is written by it, and an operator may vouch for
it (docs/decisions/8-a-clock-is-doubted-before-it-dates-a-fetch.md).
"""

import contextlib
from collections.abc import Iterable, Iterator

from catalog.declaration.pipeline import OURS
from catalog.errors import DecisionError, IntegrityError
from catalog.reasons.values import Overtaken
from catalog.release.publish import CLOCKS_DIFFER
from pipelines.context import Context, kind_of
from pipelines.fetch.copied import fetched_of
from pipelines.records import Fetched, Record


class ClockDoubt(DecisionError):
    """Two clocks do not agree; each door adds how an operator vouches for this machine's."""


def check_clock(ctx: Context, slugs: Iterable[str]) -> None:
    """See that this machine's clock agrees with those of the stores, and is not behind the newest evidence.

    Only where it is the clock of the home: replayed and simulated fetches have their own time. That long ago nothing
    was fetched is no doubt. What is ours goes by no clock: it is never overtaken.

    Args:
        ctx: the run.
        slugs: the datasets.

    Raises:
        ClockDoubt: it does not; says which clock, and both times.
    """
    if ctx.clock_is_right or ctx.clock.simulated or kind_of(ctx.private) not in (None, "live"):
        return
    now = ctx.clock.now()
    for store, ahead in ctx.stores_ahead.items():
        if abs(ahead) > CLOCKS_DIFFER:
            raise ClockDoubt(
                f"this machine's clock says {now.isoformat()}, that of the store {store} says "
                f"{(now + ahead).isoformat()}: expected at most {CLOCKS_DIFFER.seconds // 60} minutes between them; "
                "nothing was written. Set the clock that is wrong"
            )
    for slug in slugs:
        if ctx.declarations.dataset(slug).minsheng.origin["protocol"] in OURS:
            continue
        evidence = ctx.evidence(slug)
        with contextlib.suppress(IntegrityError):  # what is broken is told, and stops its own dataset only
            newest = evidence.last_in_time(evidence.newest())
            if newest and newest.fetched_at > now:
                raise ClockDoubt(
                    f"this machine's clock says {now.isoformat()}, and fetch {newest.k} of {slug} is dated "
                    f"{newest.fetched_at.isoformat()}, by the clock of the machine that made it: expected no fetch "
                    "from the future; nothing was written. If this machine's clock is wrong, set it"
                )


def heard_again(ctx: Context, slug: str) -> Iterator[Fetched]:
    """Yield what was refused as overtaken by a fetch from the future: to be kept once more, under a new number.

    Outcomes are written once, so a fetch that was refused stays refused; its bodies cost nothing more. What is here
    already is not yielded again, so that a run that was killed may be repeated.

    Args:
        ctx: the run; an operator vouches for its clock.
        slug: the dataset.
    """
    evidence, now = ctx.evidence(slug), ctx.clock.now()
    later, again = set[object](), list[Record]()
    for k in range(evidence.newest(), 0, -1):
        record = evidence.read(k)
        outcome = evidence.outcome(k) or evidence.on_sight(record)
        by = outcome.reason.by if outcome and isinstance(outcome.reason, Overtaken) else None
        if not (by or record.clock_is_right_at or record.fetched_at > now):
            break  # from before the wrong clock
        if by and evidence.read(by).fetched_at > now >= record.fetched_at and record.identity not in later:
            again.append(record)
        later.add(record.identity)
    for record in reversed(again):
        yield fetched_of(evidence, record)
