"""A steward withdraws a release: one notice, which is the commit; what follows is derived from it.

With a release go all later ones, because they were made on it, and what was derived from them. What the agency said of
the release itself is set aside; what it said later is folded again, on the newest release that stands.
"""

from dataclasses import dataclass

from catalog.errors import DecisionError
from catalog.release import notices, publish
from catalog.release.document import Release
from catalog.release.notices import GoneCounts, NamedRelease, WithdrawalNotice
from pipelines.context import Context
from pipelines.refresh.carry_out import derived_from, name_of, rows_of, stored
from pipelines.refresh.decide import signed
from pipelines.refresh.settle import caught_up
from pipelines.refresh.state import DatasetState


@dataclass(frozen=True)
class Withdrawal:
    """What a steward wants withdrawn, and why. The reason is public."""

    by: str
    reason: str
    basis: str | None = None
    """The law or order that asks for it."""
    evidence: tuple[int, ...] = ()
    """More fetches that are not folded again, beside those of the release itself."""
    purge: bool = False
    """Whether to take away what the agency sent, and the candidates, too."""


@dataclass(frozen=True)
class WithdrawalResult:
    """What came of it."""

    notice: WithdrawalNotice
    is_new: bool
    served: int | None
    """The release that is served now."""
    referring: tuple[NamedRelease, ...] = ()
    """Releases that took codes from one that is withdrawn, and hold rows of it: they stand."""

    def of(self, slug: str) -> list[int]:
        """Return the numbers of the releases of a dataset that it withdraws."""
        return sorted(each.n for each in self.notice.releases_of(slug))

    @property
    def derived(self) -> dict[str, list[int]]:
        """The numbers of the derived releases that it withdraws, by dataset."""
        others = {each.dataset for each in self.notice.releases} - {self.notice.dataset}
        return {slug: self.of(slug) for slug in sorted(others)}


def planned(ctx: Context, state: DatasetState, n: int | None, wanted: Withdrawal) -> WithdrawalNotice:
    """Return the notice that would withdraw a release, without a number. Nothing is written.

    Args:
        ctx: the run.
        state: the dataset.
        n: the release; None for the one that is served.
        wanted: who wants it, and why.

    Raises:
        DecisionError: there is no such release or fetch.
    """
    slug, n = state.slug, n or state.n
    if n is None or state.newest is None:
        raise DecisionError(f"{slug} has no release that could be withdrawn")
    release = publish.load(ctx.public, slug, n)
    if before := notices.withdrawn(state.noticed.notices, slug).get(n):
        return _once_more(state, before, wanted)
    later = [publish.load(ctx.public, slug, m) for m in range(n + 1, state.newest.n + 1)]
    later = [each for each in later if each.n not in state.noticed.withdrawn]
    own = [release, *later]
    derived = derived_from(ctx, slug, [each.n for each in own])
    known = {(name, m) for name in derived for m in notices.withdrawn(notices.read(ctx.public, name), name)}
    others = [each for releases in derived.values() for each in releases if (each.name, each.n) not in known]
    return WithdrawalNotice(
        dataset=slug,
        at=state.now(ctx),
        by=wanted.by.strip(),
        reason=wanted.reason.strip(),
        basis=(wanted.basis or "").strip() or None,
        purged=wanted.purge,
        releases=tuple(name_of(each) for each in (*own, *others)),
        hashes=_hashes(ctx, state, release),
        evidence=_set_aside(state, release, wanted.evidence),
        counts=GoneCounts(releases=len(own) + len(others), rows=rows_of([release])),
    )


def withdraw(ctx: Context, slug: str, n: int | None, wanted: Withdrawal) -> WithdrawalResult:
    """Withdraw a release, and carry it out for its dataset and all that was derived from it.

    Args:
        ctx: the run.
        slug: the dataset.
        n: the release; None for the one that is served.
        wanted: who wants it, and why.

    Returns:
        The notice. Withdrawing once more what is withdrawn finishes what a crash left, and says so.

    Raises:
        DecisionError: there is no such release or fetch, or nobody signed: nothing is recorded.
    """
    signed(wanted.by, wanted.reason)
    state = caught_up(ctx, slug)
    notice = planned(ctx, state, n, wanted)
    is_new = not notice.i
    if is_new:
        notice = stored(ctx, notice)
    others = sorted({each.dataset for each in notice.releases} - {slug})
    state = caught_up(ctx, slug)
    for name in others:
        caught_up(ctx, name)
    return WithdrawalResult(notice, is_new, state.n, tuple(_referring(ctx, notice)))


def _once_more(state: DatasetState, before: WithdrawalNotice, wanted: Withdrawal) -> WithdrawalNotice:
    """What is withdrawn already; a legal order may ask for its evidence too."""
    all_of = [each for each in state.noticed.withdrawals if before.releases[0] in each.releases]
    if not wanted.purge or any(each.purged for each in all_of):
        return next((each for each in all_of if each.purged), before)
    said = {"by": wanted.by.strip(), "reason": wanted.reason.strip(), "basis": (wanted.basis or "").strip() or None}
    return before.model_copy(update=said | {"i": 0, "purged": True, "because": None})


def _hashes(ctx: Context, state: DatasetState, release: Release) -> tuple[str, ...]:
    """What the release brought of rows, and no release that stands has: it is never published again."""
    stay: set[str] = set()
    for n in range(1, release.n):
        if n not in state.noticed.withdrawn:
            stay |= _rows_in(publish.load(ctx.public, state.slug, n))
    return tuple(sorted(_rows_in(release) - stay))


def _rows_in(release: Release) -> set[str]:
    return {digest for each in release.resources if each.rows for digest in (each.sha256, each.content_sha256)}


def _set_aside(state: DatasetState, release: Release, more: tuple[int, ...]) -> tuple[int, ...]:
    """The fetches of the release, those that are named, and all that brought the same bytes."""
    evidence, wanted = state.evidence, {*release.facts.evidence, *more}
    strays = sorted(k for k in wanted if not 1 <= k <= state.newest_k)
    if strays:
        raise DecisionError(f"{state.slug} has no fetch {strays[0]}; its newest is {state.newest_k}")
    bodies = {evidence.read(k).bodies for k in wanted} - {()}
    first = min(wanted, default=state.newest_k)
    return tuple(sorted(wanted | {k for k in range(first, state.newest_k + 1) if evidence.read(k).bodies in bodies}))


def _referring(ctx: Context, notice: WithdrawalNotice) -> list[NamedRelease]:
    """The newest releases that name one that is withdrawn, and stand all the same."""
    gone = {(each.dataset, each.n) for each in notice.releases}
    found = []
    for slug in ctx.declarations.slugs:
        release = publish.newest(ctx.public, slug)
        if release and (slug, release.n) not in gone:
            found += [name_of(release)] if any((each.dataset, each.n) in gone for each in release.facts.inputs) else []
    return found
