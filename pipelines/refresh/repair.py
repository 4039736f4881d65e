"""Writes what became of fetches: what a crash left unwritten, and what a run decides. Each step may be repeated."""

from dataclasses import replace

from catalog.release import pointer
from catalog.release.proof import restore
from pipelines.context import Context
from pipelines.evidence import Outcome
from pipelines.refresh.state import DatasetState, read_state


def repaired(ctx: Context, slug: str) -> DatasetState:
    """Read a dataset's state, and write first what a crash left unwritten, or what was lost and can be proved.

    That is a release document that is gone, its private copy, outcomes, and the pointer and checksums. A run and a
    decision begin so; nobody else writes.
    """
    state = read_state(ctx, slug)
    restore(ctx.public, ctx.private, state.proof)
    for k, outcome in sorted(state.unwritten.items()):
        state.evidence.decide(k, outcome)
    if state.newest:
        pointer.point(ctx.public, state.newest, pointed=state.proof.pointed)
    return replace(state, unwritten={})


def conclude(state: DatasetState, ks: tuple[int, ...], outcome: Outcome) -> DatasetState:
    """Write what became of fetches.

    Args:
        state: the dataset.
        ks: numbers of evidence.
        outcome: what became of each of them.

    Returns:
        The state in which they are not pending any more.
    """
    for k in ks:
        state.evidence.decide(k, outcome)
    return state.without(ks)


def supersede_before(state: DatasetState, k: int) -> DatasetState:
    """Conclude that a fetch of a dataset that is replaced whole makes all older ones superfluous."""
    older = tuple(one for one in state.pending if one < k)
    state = conclude(state, older, Outcome("superseded", by=k))
    return replace(state, repeats=tuple(one for one in state.repeats if one >= k))
