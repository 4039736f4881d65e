"""What follows from a notice: decisions that stand for it, notices of what was derived, and files that go.

The notice is the commit. Everything here is repair: it may be repeated, and any later run or decision finishes it.
"""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from catalog import keys
from catalog.errors import MinshengError
from catalog.release import notices, publish, served
from catalog.release.document import FileReference, Release
from catalog.release.notices import Cause, GoneCounts, NamedRelease, Notice, WithdrawalNotice
from catalog.release.read import CandidateFiles, ReleaseFiles
from catalog.store import put_same
from pipelines import decisions
from pipelines.context import Context
from pipelines.evidence import Evidence
from pipelines.refresh.noticed import decision_of
from pipelines.refresh.state import DatasetState, read_state

_Notice = TypeVar("_Notice", bound=Notice)


def stored(ctx: Context, wanted: _Notice) -> _Notice:
    """Store a notice, and beside it, privately, who is vouched for; a run that is killed in between leaves nobody.

    Args:
        ctx: the run.
        wanted: the notice, without a number.

    Returns:
        The notice that is stored: this one, or one that says the same and was first.
    """
    notice = notices.append(ctx.public, wanted)
    if notice.model_copy(update={"i": 0}) == wanted:  # and not one that another steward was first with
        decisions.append(ctx.private, notice.dataset, decision_of(ctx, notice, ctx.identity))
    return notice


def carried_out(ctx: Context, state: DatasetState) -> DatasetState:
    """Do what follows from the notices of a dataset, but for the status, which is written last.

    Args:
        ctx: the run.
        state: the dataset; some notice is not carried out.

    Returns:
        How the dataset stands then.
    """
    slug = state.slug
    for decision in state.noticed.unwritten:
        decisions.append(ctx.private, slug, decision)
    _withdraw_later(ctx, state)
    withdrawals = notices.withdrawals(notices.read(ctx.public, slug)[state.noticed.carried_out :])
    for notice in withdrawals:
        for other in derived_notices(ctx, notice):
            notices.append(ctx.public, other)
        if notice.purged:
            purge(ctx, notice)
    state = read_state(ctx, slug)
    for decision in state.noticed.unwritten:
        decisions.append(ctx.private, slug, decision)
    if withdrawals:
        _take_files(ctx, state)
    return read_state(ctx, slug)


def _withdraw_later(ctx: Context, state: DatasetState) -> None:
    """Name the releases that another publisher made on a withdrawn one before it saw the notice."""
    found, slug = state.noticed.notices, state.slug
    later = [publish.load(ctx.public, slug, n) for n in sorted(state.noticed.unnamed)]
    if later:
        cause = next(each for release in later if (each := notices.notice_of(release, found)))
        notices.append(ctx.public, following(cause, slug, later, evidence=()))


def following(
    cause: WithdrawalNotice, slug: str, releases: Sequence[Release], evidence: tuple[int, ...]
) -> WithdrawalNotice:
    """Return the notice that follows from another one.

    Args:
        cause: the notice of a steward, or one that follows from that.
        slug: the dataset whose releases are withdrawn.
        releases: these.
        evidence: its fetches that are not folded again.
    """
    return WithdrawalNotice(
        dataset=slug,
        at=cause.at,
        by=cause.by,
        reason=cause.reason,
        basis=cause.basis,
        purged=cause.purged,
        because=Cause(dataset=cause.dataset, i=cause.i),
        releases=tuple(name_of(each) for each in releases),
        evidence=evidence,
        counts=GoneCounts(releases=len(releases), rows=rows_of(releases)),
    )


def name_of(release: Release) -> NamedRelease:
    """Return how a notice names a release."""
    return NamedRelease(dataset=release.name, n=release.n, sha256=release.sha256)


def rows_of(releases: Iterable[Release]) -> int:
    """Return how many rows releases brought or changed."""
    return sum(each.facts.changes.insert + each.facts.changes.update for each in releases)


def derived_notices(ctx: Context, notice: WithdrawalNotice) -> Iterator[WithdrawalNotice]:
    """Return the notice of each dataset that is derived from what a notice withdraws, however many steps away.

    Args:
        ctx: the run.
        notice: the notice; what it names of other datasets is named again, with what was released since.
    """
    if notice.because and notice.because.dataset != notice.dataset:
        return  # the notice from which it follows looked for all of them
    for slug, releases in derived_from(ctx, notice.dataset, [each.n for each in notice.releases]).items():
        evidence = {k for each in releases for k in each.facts.evidence}
        yield following(notice, slug, releases, tuple(sorted(evidence)))


def derived_from(ctx: Context, slug: str, ns: Sequence[int]) -> dict[str, list[Release]]:
    """Return the releases that were derived from releases of a dataset, oldest first, by dataset.

    Args:
        ctx: the run.
        slug: the dataset.
        ns: the numbers of its releases.
    """
    gone = {slug: set(ns)}
    found: dict[str, list[Release]] = {}
    while True:
        before = {name: set(each) for name, each in gone.items()}
        for name in ctx.declarations.slugs:
            if name != slug and (releases := _derived(ctx, name, gone)):
                found[name] = releases
                gone[name] = {each.n for each in releases}
        if gone == before:
            return found


def _derived(ctx: Context, slug: str, gone: dict[str, set[int]]) -> list[Release]:
    """The releases of a dataset that used one that goes, and those that were made on them."""
    release = publish.newest(ctx.public, slug)
    if release is None or not any(each.dataset in gone for each in release.facts.inputs):
        return []
    releases: list[Release] = []
    while release is not None:  # all of them: after a withdrawal a release uses older inputs than the one before
        releases.insert(0, release)
        release = publish.before(ctx.public, release)
    found: dict[int, Release] = {}
    for each in releases:
        if each.facts.base in found or _uses(ctx, each, gone):
            found[each.n] = each
    return list(found.values())


def _uses(ctx: Context, release: Release, gone: dict[str, set[int]]) -> bool:
    """Whether a release was derived from one that goes. One that only takes codes from it was not."""
    used = [each.dataset for each in release.facts.inputs if each.n in gone.get(each.dataset, ())]
    if not used:
        return False
    with contextlib.suppress(MinshengError, KeyError):
        block = ReleaseFiles(ctx.public, release).fact("declaration")["dataset"]["minsheng"]
        over = (block.get("derive") or {}).get("over", {}).values()
        return not {each if isinstance(each, str) else each["dataset"] for each in over}.isdisjoint(used)
    derive = ctx.declarations.dataset(release.name).minsheng.derive  # its files are gone already
    return derive is not None and not set(derive.datasets).isdisjoint(used)


def follow_inputs(ctx: Context, slug: str) -> None:
    """Withdraw what a derived dataset made of releases that are withdrawn, if a crash kept that from being written.

    Args:
        ctx: the run.
        slug: the dataset.
    """
    if ctx.declarations.of(slug).dataset.minsheng.derive is None:
        return
    line = served.line(ctx.public, slug)
    for used in line.served.facts.inputs if line.served else ():
        found = notices.read(ctx.public, used.dataset)
        if cause := notices.withdrawn(found, used.dataset).get(used.n):
            for notice in derived_notices(ctx, cause):
                notices.append(ctx.public, notice)


def _take_files(ctx: Context, state: DatasetState) -> None:
    """Delete the files of withdrawn releases, but for those that a release names that stands."""
    slug, newest = state.slug, state.newest
    if newest is None:
        return
    gone: dict[str, FileReference] = {}
    stay = set[str]()
    for n in range(1, newest.n + 1):
        release = newest if n == newest.n else publish.load(ctx.public, slug, n)
        if n in state.noticed.withdrawn:
            gone |= {file.path: file for file in release.files()}
        else:
            stay |= {file.path for file in release.files()}
    for path in sorted(gone.keys() - stay):
        ctx.public.delete(keys.dataset(slug, path))
    # Another publisher may have found one of them in its place, and released it meanwhile.
    later = publish.newest(ctx.public, slug)
    if later and later.n != newest.n:
        _put_back(ctx, later)


def _put_back(ctx: Context, release: Release) -> None:
    """Put the files of a release that stands where they are gone, from the candidate that it was."""
    if notices.notice_of(release, notices.read(ctx.public, release.name)):
        return
    candidate = publish.staged(ctx.private, release.name, release.candidate)
    files = CandidateFiles(ctx.private, ctx.public, candidate)
    for file in release.files():
        if ctx.public.head(keys.dataset(release.name, file.path)) is None:
            put_same(ctx.public, keys.dataset(release.name, file.path), files.body(file))


def purge(ctx: Context, notice: WithdrawalNotice) -> None:
    """Take away what the agency sent, and the candidates that were made of it; tombstones stay.

    A body that another fetch has too, of any dataset, stays.
    """
    slug, evidence = notice.dataset, ctx.evidence(notice.dataset)
    bodies = {digest for k in notice.evidence for digest in evidence.read(k).bodies}
    stay: set[str] = set()
    for name in ctx.declarations.slugs if bodies else ():
        theirs = evidence if name == slug else Evidence(ctx.private, name)
        for record in theirs.records():
            if name != slug or record.k not in notice.evidence:
                stay |= bodies.intersection(record.bodies)
    for digest in sorted(bodies - stay):
        evidence.purge(digest, tombstone(notice))
    # Why something was refused may quote an answer. What fails still is written again.
    ctx.private.delete(keys.failing(slug))
    for k in notice.evidence:
        outcome = evidence.outcome(k)
        if outcome and outcome.what == "refused":
            ctx.private.delete(keys.outcome(slug, k))
    withdrawn = {publish.load(ctx.public, slug, each.n).candidate for each in notice.releases if each.dataset == slug}
    for identity, found in _candidates(ctx, slug).items():
        if identity in withdrawn or not set(notice.evidence).isdisjoint(_evidence_of(ctx, slug, identity)):
            for key in found:
                ctx.private.delete(key)


def tombstone(notice: WithdrawalNotice) -> dict[str, object]:
    """Return what stays of a body that is purged with a notice."""
    said = {"dataset": notice.dataset, "notice": notice.i, "by": notice.by, "at": notice.at, "reason": notice.reason}
    return said | ({"basis": notice.basis} if notice.basis else {})


def _candidates(ctx: Context, slug: str) -> dict[str, list[str]]:
    """The keys of each candidate, its document last: as long as that is there, what it is made of is known."""
    found: dict[str, list[str]] = {}
    for key in ctx.private.list(keys.candidates(slug)):
        identity, _, path = key.removeprefix(keys.candidates(slug)).partition("/")
        if path:
            found.setdefault(identity, []).append(key)
    for identity, each in found.items():
        each.sort(key=lambda key, own=identity: key == keys.candidate(slug, own))  # type: ignore[misc]
    return found


def _evidence_of(ctx: Context, slug: str, identity: str) -> tuple[int, ...]:
    try:
        facts = publish.staged(ctx.private, slug, identity).facts
    except MinshengError:
        return ()
    return (*facts.evidence, *facts.over)
