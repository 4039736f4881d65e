"""What notices say of a dataset, as its state sees it: above all what they withdraw. A pure read.

A notice is the commit. What stands for it in decisions/, and all else that follows, is derived from it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from catalog import keys
from catalog.release import notices, publish, served
from catalog.release.document import Described, Release
from catalog.release.notices import LostNotice, Notice, WithdrawalNotice
from catalog.store import Store
from pipelines.context import Context
from pipelines.decisions import Decision
from pipelines.evidence import Evidence


@dataclass(frozen=True)
class Noticed:
    """What notices say of a dataset."""

    base: Release | None = None
    """The newest release that is not withdrawn."""
    notices: tuple[Notice, ...] = ()
    withdrawn: frozenset[int] = frozenset()
    """The numbers of withdrawn releases."""
    unwritten: tuple[Decision, ...] = field(default=(), repr=False)
    """What is to stand in decisions/ for notices, and does not yet."""
    after: int | None = None
    """The withdrawn release after which no steward has looked at what came; None if nothing is to be looked at."""
    carried_out: int = 0
    """For how many of the notices all that follows is written."""

    @property
    def finished(self) -> bool:
        """Whether all that follows from the notices is written."""
        return self.carried_out == len(self.notices) and not self.unnamed

    @property
    def unnamed(self) -> frozenset[int]:
        """Releases that were made on a withdrawn one by a publisher who had not seen the notice yet."""
        named = {each.n for notice in self.withdrawals for each in notice.releases_of(notice.dataset)}
        return self.withdrawn - named

    @property
    def withdrawals(self) -> tuple[WithdrawalNotice, ...]:
        """Those of the notices that withdraw something."""
        return notices.withdrawals(self.notices)

    @property
    def newest_withdrawal(self) -> int:
        """The number of the newest notice that withdraws something; 0 for none."""
        return max((each.i for each in self.withdrawals), default=0)

    @property
    def moves_rows(self) -> bool:
        """Whether a withdrawal is not carried out: what is served, or pending, is another one since."""
        return self.newest_withdrawal > self.carried_out or bool(self.unnamed)

    def takes(self, described: Described) -> int | None:
        """Return the number of the notice that withdraws content of a candidate or a release; None if none does."""
        return next((each.i for each in self.withdrawals if each.takes(described)), None)


NOTHING_NOTICED = Noticed()


def read_noticed(
    ctx: Context, slug: str, newest: Release | None, taken: Sequence[Decision], carried_out: int
) -> Noticed:
    """Read what notices say.

    Args:
        ctx: the run.
        slug: the dataset.
        newest: its newest release.
        taken: the decisions that are stored.
        carried_out: of how many notices an earlier run wrote all that follows.

    Raises:
        LostNotice: one is gone that a decision stands for.
        IntegrityError: one is broken.
    """
    if newest is None:
        return NOTHING_NOTICED
    found = notices.read(ctx.public, slug)
    stands_for = {each.of_notice for each in taken if each.of_notice}
    if max([*stands_for, carried_out], default=0) > len(found):
        raise LostNotice(slug, len(found) + 1, keys.status(slug) if not stands_for else "the decision on it")
    if not found:
        return Noticed(newest)
    base = served.standing(ctx.public, newest, found)
    after = range((base.n if base else 0) + 1, newest.n + 1)
    return Noticed(
        base,
        found,
        frozenset({*notices.withdrawn(found, slug), *after}),
        tuple(decision_of(ctx, each) for each in found if each.i not in stands_for),
        _after(ctx.public, newest, found),
        min(carried_out, len(found)),
    )


def _after(public: Store, newest: Release, found: Sequence[Notice]) -> int | None:
    """The release of this dataset that a steward withdrew last, if nothing but texts was released since."""
    release: Release | None = newest
    while release is not None:
        notice = notices.notice_of(release, found)
        if notice:
            own = notice.because is None or notice.because.dataset == newest.name
            return release.n if own else None
        release = publish.before(public, release) if release.facts.kind == "metadata" else None
    return None


def decision_of(ctx: Context, notice: Notice, identity: str | None = None) -> Decision:
    """Return what is to stand in decisions/ for a notice.

    Args:
        ctx: the run.
        notice: the notice.
        identity: of who made it; only who does it knows that, for a notice is public.

    Raises:
        IntegrityError: the record of a fetch that it withdraws is broken or gone.
    """
    if not isinstance(notice, WithdrawalNotice):
        return Decision(
            action="announce",
            by=notice.by,
            reason=notice.says,
            at=notice.at,
            identity=identity,
            notice=notice.document,
        )
    evidence = ctx.evidence(notice.dataset)
    # What follows from another notice withdraws nothing that an agency said: its answers may come again.
    own = () if notice.because else notice.evidence
    return Decision(
        action="withdraw",
        evidence=notice.evidence,
        by=notice.by,
        reason=notice.reason,
        at=notice.at,
        identity=identity,
        notice=notice.document,
        bodies=tuple(sorted({evidence.read(k).bodies for k in own if evidence.read(k).bodies})),
    )


def reopened(public: Store, noticed: Noticed, evidence: Evidence) -> set[int]:
    """Return the fetches that are pending again since what follows from the notices was written last.

    That is what was folded in a release that is withdrawn since, or judged "no change" after the first of these.

    Args:
        public: the public store.
        noticed: what is withdrawn.
        evidence: of the dataset.
    """
    if noticed.finished:
        return set()
    known = notices.withdrawn(noticed.notices[: noticed.carried_out], evidence.slug)
    folded = set[int]()
    for n in sorted(noticed.withdrawn - known.keys()):
        folded |= set(publish.load(public, evidence.slug, n).facts.evidence)
    standing = set[int]()
    release = noticed.base
    while release is not None and folded:
        standing |= {*release.facts.evidence, *release.facts.over} & folded
        release = served.base_of(public, release) if standing != folded else None
    outcomes = {
        k: evidence.outcome(k) for k in range(min(folded, default=evidence.newest()) + 1, evidence.newest() + 1)
    }
    unchanged = {k for k, outcome in outcomes.items() if outcome and outcome.what == "unchanged"}
    return (folded - standing) | (unchanged - folded)
