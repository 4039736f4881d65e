"""Writes what became of fetches and candidates: what a crash left unwritten, and what a run decides.

Each step may be repeated.
"""

import contextlib
import logging
from dataclasses import replace

from catalog import keys
from catalog.reasons.stored import to_json
from catalog.reasons.values import Superseding
from catalog.release import pointer
from catalog.release.digest import canonical
from catalog.release.proof import restore
from catalog.store import Changed, Store, Unknown, put_first
from pipelines.context import Context, check_place
from pipelines.records import Outcome
from pipelines.refresh.carry_out import carried_out, follow_inputs
from pipelines.refresh.state import DatasetState, read_state
from pipelines.refresh.status import write_status

_LOG = logging.getLogger(__name__)
NOBODY_WAITS = canonical({"candidate": None})
"""What waiting.json holds while no candidate waits."""


def repaired(ctx: Context, slug: str) -> DatasetState:
    """Read a dataset's state, and write first what a crash left unwritten, or what was lost and can be proved.

    That is: a release document that is gone, its private copy, what follows from notices, outcomes, the pointer and
    checksums, and that a candidate does not wait any more. A run and a decision begin so; nobody else writes.
    """
    follow_inputs(ctx, slug)
    state = read_state(ctx, slug)
    if state.newest is None or state.proof.lost:  # else a document of a step could be restored to where all see it
        check_place(ctx, slug)
    restore(ctx.public, ctx.private, state.proof)
    for n in sorted(state.proof.lost):
        _LOG.warning("%s: %s was gone; it is restored from its copy", slug, keys.document(slug, n))
    if not state.noticed.finished:
        state = carried_out(ctx, state)
    for k, outcome in sorted(state.unwritten.items()):
        state.evidence.decide(k, outcome)
    if state.newest:
        pointer.point(ctx.public, state.newest, pointed=state.proof.points_to(state.base))
    if state.gone:
        supersede(ctx.private, slug, state.gone.candidate, state.gone.why)
    if state.names_waiting and state.waiting is None:
        # Whoever made another candidate wait since this was read keeps the last word.
        with contextlib.suppress(Changed, Unknown):
            ctx.private.put_if(keys.waiting(slug), NOBODY_WAITS, state.names_waiting)
        state = replace(state, names_waiting=None)
        if state.finished:  # else that is written once everything is
            write_status(ctx, state)
    return replace(state, unwritten={}, gone=None)


def supersede(private: Store, slug: str, identity: str, why: Superseding) -> None:
    """Mark a candidate as no longer to be decided; the first reason stands."""
    put_first(private, keys.candidate(slug, identity, "superseded.json"), canonical({"by": to_json(why)}))


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
