"""What stewards approved of a candidate: whether that is enough to release it, and from when."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from catalog.errors import DecisionError
from catalog.reasons.values import BeforeItsDay, Embargoed, OneOfTwo, Reason
from catalog.release.announcements import announced
from catalog.release.digest import Document
from catalog.release.notices import Notice
from catalog.release.publish import CLOCKS_DIFFER
from pipelines import decisions
from pipelines.context import ZONE, Context
from pipelines.decisions import Decision
from pipelines.identity import are_two
from pipelines.refresh.marks import Waiting


@dataclass(frozen=True)
class Approvals:
    """The approvals of a candidate that count, oldest first."""

    needed: int
    """Of how many people, as the declaration says."""
    taken: tuple[Decision, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether enough people approved it."""
        return len(self.taken) >= self.needed

    @property
    def embargo(self) -> str | None:
        """Before when it is not public, ISO 8601."""
        return self.taken[-1].embargo if self.taken else None

    def is_open(self, now: dt.datetime) -> bool:
        """Whether something can still be decided on it: another person is needed, or its embargo is not over."""
        return bool(self.taken) and not (self.complete and self._is_over(now))

    def is_embargoed(self, now: dt.datetime) -> bool:
        """Whether it is approved, and its time has not come."""
        return self.complete and not self._is_over(now)

    def lets_pass(self, now: dt.datetime) -> bool:
        """Whether it may be released."""
        return self.complete and self._is_over(now)

    def may_follow(self, decision: Decision, now: dt.datetime) -> bool:
        """Return whether a decision may follow these: nothing does that changes nothing, or comes too late."""
        if not self.is_open(now):
            return False
        if decision.action == "reject":
            return True
        if not self.complete:
            return decision.embargo == self.embargo and all(
                are_two(each.identity, decision.identity) for each in self.taken
            )
        return self.needed == 1 and decision.embargo != self.embargo

    def _is_over(self, now: dt.datetime) -> bool:
        return self.embargo is None or now >= dt.datetime.fromisoformat(self.embargo)

    @property
    def document(self) -> Document:
        """What the release says of who let it pass."""
        first, second = self.taken[0], self.taken[-1]
        said: Document = {"by": first.by, "reason": first.reason, "candidate": first.candidate, "i": first.i}
        if second.i == first.i:
            return said
        return said | {"second": {"by": second.by, "reason": second.reason, "i": second.i}}

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why it waits still."""
        if not self.taken:
            return ()
        by = " + ".join(each.by for each in self.taken)
        if not self.complete:
            return (OneOfTwo(by=by, at=self.taken[-1].at),)
        return (Embargoed(by=by, until=self.embargo),) if self.embargo else ()


def approvals(taken: Sequence[Decision], candidate: str | None, needed: int) -> Approvals:
    """Return what stewards approved of a candidate, since the last rejection of it.

    Args:
        taken: all decisions on the dataset.
        candidate: the whole id.
        needed: how many people must approve it.
    """
    last = decisions.on(taken, candidate)
    if last is None or last.action != "approve":
        return Approvals(needed)
    if needed == 1:
        return Approvals(needed, (last,))
    counted: tuple[Decision, ...] = ()
    for each in taken:
        if each.candidate != candidate:
            continue
        if each.action != "approve":
            counted = ()
        elif len(counted) < needed and each.identity and all(are_two(one.identity, each.identity) for one in counted):
            counted = (*counted, each)
    return Approvals(needed, counted)


def moment(ctx: Context, now: str) -> dt.datetime:
    """Return the time by which an embargo is over or not: no later than the clock of any store says.

    Args:
        ctx: the run.
        now: the time for the dataset: the run's, or with simulated sources its newest evidence's.
    """
    at = dt.datetime.fromisoformat(now)
    behind = min(ctx.stores_ahead.values(), default=dt.timedelta())
    doubted = ctx.clock.simulated is None and not ctx.clock_is_right and behind < -CLOCKS_DIFFER
    return at + behind if doubted else at


def read_embargo(text: str | None) -> str | None:
    """Read from when an approved candidate is to be public.

    Args:
        text: a time as 2026-12-01T09:00+08:00, or a day, which is its start in Taipei; None or blank for no embargo.

    Returns:
        ISO 8601, to the second, in the zone of the ministry.

    Raises:
        DecisionError: it is none of these.
    """
    if not text or not text.strip():
        return None
    try:
        at = dt.datetime.fromisoformat(text.strip())
        return (at if at.tzinfo else at.replace(tzinfo=ZONE)).astimezone(ZONE).isoformat(timespec="seconds")
    except (ValueError, OverflowError):
        raise DecisionError(
            f"expected the embargo to be a time or a day, as 2026-12-01T09:00+08:00 or 2026-12-01, found {text!r}"
        ) from None


def check_ahead(embargo: str | None, now: dt.datetime) -> None:
    """See that an embargo lies ahead.

    Raises:
        DecisionError: it would be over at once.
    """
    if embargo and dt.datetime.fromisoformat(embargo) <= now:
        raise DecisionError(
            f"expected the embargo to end after now, {now.isoformat()}, found {embargo}; approve without an embargo to "
            "release at once"
        )


def approvals_of(ctx: Context, slug: str, taken: Sequence[Decision], candidate: str | None) -> Approvals:
    """Return what stewards approved of a candidate, by the declaration as it stands.

    Args:
        ctx: the run.
        slug: the dataset.
        taken: all decisions on it.
        candidate: the whole id.
    """
    return approvals(taken, candidate, ctx.declarations.dataset(slug).minsheng.approvals)


def with_approvals(
    ctx: Context, waiting: Waiting, taken: Sequence[Decision], notices: Sequence[Notice], now: str
) -> Waiting:
    """Return a candidate that waits with what is approved of it, and what readers were told that it does not keep to.

    Args:
        ctx: the run.
        waiting: the candidate.
        taken: all decisions on the dataset.
        notices: all its notices.
        now: the time for the dataset, ISO 8601 in the zone of the ministry.
    """
    name = waiting.candidate.name
    passed = approvals_of(ctx, name, taken, waiting.identity)
    early: tuple[BeforeItsDay, ...] = ()
    if waiting.candidate.facts.kind == "schema":
        public_on = max(map(dt.datetime.fromisoformat, filter(None, (now, passed.embargo)))).astimezone(ZONE).date()
        early = tuple(
            BeforeItsDay(starts=each.notice.starts.isoformat(), notice=each.notice.i)
            for each in announced(notices)
            if each.stands and each.notice.starts > public_on
        )
    return replace(waiting, approved=passed.reasons, early=early)
