"""Decisions that are on no candidate: to hold a dataset, and to lift that; or to let fetches in again."""

from collections.abc import Iterator

from catalog.errors import DecisionError
from pipelines import decisions
from pipelines.context import Context
from pipelines.decisions import Decision
from pipelines.refresh.decide import signed
from pipelines.refresh.result import RefreshResult
from pipelines.refresh.settle import caught_up, settle
from pipelines.refresh.state import DatasetState


def hold(ctx: Context, slug: str, by: str, reason: str) -> Decision:
    """Hold a dataset: until that is lifted, nothing new is released that a steward has not approved.

    Args:
        ctx: the run.
        slug: the dataset.
        by: the steward's name.
        reason: why; it stays private.

    Returns:
        The decision that stands; the one before, if the dataset is held already.
    """
    signed(by, reason)
    state = caught_up(ctx, slug)
    if standing := decisions.held(state.decisions):
        return standing
    decision = Decision(action="hold", by=by.strip(), reason=reason.strip(), at=state.now(ctx), identity=ctx.identity)
    return decisions.append(ctx.private, slug, decision)


def lift(ctx: Context, slug: str, evidence: tuple[int, ...], by: str, reason: str) -> Iterator[RefreshResult]:
    """Let fetches in again that a steward set aside, and fold what that brings; or lift a hold.

    Args:
        ctx: the run.
        slug: the dataset.
        evidence: the fetches; none lifts the hold.
        by: the steward's name.
        reason: why; it stays private.

    Yields:
        What became of them. The same once more records nothing, and finishes what a crash left.

    Raises:
        DecisionError: a fetch is not set aside, or what it brought is purged, or the dataset is not held: nothing is
            recorded.
    """
    signed(by, reason)
    by, reason, wanted = by.strip(), reason.strip(), tuple(sorted(set(evidence)))
    state = caught_up(ctx, slug)
    last = next((each for each in reversed(state.decisions) if each.action == "lift"), None)
    said = last is not None and (last.evidence, last.by, last.reason) == (wanted, by, reason)
    open_ = decisions.held(state.decisions) if not wanted else set(wanted) & set(state.set_aside)
    if open_ or not said:
        _may_be_lifted(state, wanted)
        decision = Decision(
            action="lift", evidence=wanted, by=by, reason=reason, at=state.now(ctx), identity=ctx.identity
        )
        decisions.append(ctx.private, slug, decision)
    yield from settle(ctx, slug)


def _may_be_lifted(state: DatasetState, wanted: tuple[int, ...]) -> None:
    aside = state.set_aside
    for k in wanted:
        if k not in aside:
            raise DecisionError(f"{state.slug}: fetch {k} is not set aside; set aside are {list(aside)}")
        for digest in state.evidence.read(k).bodies:
            if gone := state.evidence.purged(digest):
                raise DecisionError(
                    f"{state.slug}: what fetch {k} brought is purged with notice {gone.get('notice')}; "
                    "it cannot be let in again"
                )
    if not wanted and not decisions.held(state.decisions):
        raise DecisionError(
            f"{state.slug} is not held by a steward; to let fetches in again name them with --evidence: set aside are "
            f"{list(aside)}"
        )
