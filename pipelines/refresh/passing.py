"""Whether the candidate that waits may be released now, by what stewards approved; or only from a later time on."""

from catalog.reasons.values import ByLift, Superseding
from pipelines.context import Context
from pipelines.declared import Declared
from pipelines.refresh.approval import Approvals, approvals_of, moment
from pipelines.refresh.marks import Waiting
from pipelines.refresh.state import DatasetState
from pipelines.refresh.waiting import outdated


def approved(ctx: Context, state: DatasetState, declared: Declared) -> bool:
    """Return whether stewards approved what waits, its embargo is over, and it still may be released.

    Args:
        ctx: the run.
        state: the dataset.
        declared: the declaration as it stands.
    """
    found = _still_good(ctx, state, declared)
    return found is not None and found.lets_pass(moment(ctx, state.now(ctx)))


def embargoed(ctx: Context, state: DatasetState, declared: Declared) -> bool:
    """Return whether stewards approved what waits, and its time has not come. Until then nothing else is folded.

    What came since might hold the same rows and make them public; and a release would supersede what is approved.

    Args:
        ctx: the run.
        state: the dataset.
        declared: the declaration as it stands.
    """
    found = _still_good(ctx, state, declared)
    return found is not None and found.is_embargoed(moment(ctx, state.now(ctx)))


def superseding(ctx: Context, state: DatasetState, declared: Declared) -> Superseding | None:
    """Return why a candidate that waits cannot be released as it is; an approved one outlives the hold that it is of.

    Args:
        ctx: the run.
        state: the dataset.
        declared: the declaration as it stands.
    """
    by = outdated(ctx, state, declared)
    if isinstance(by, ByLift) and (found := _still_good(ctx, state, declared)) and found.complete:
        return None
    return by


def _still_good(ctx: Context, state: DatasetState, declared: Declared) -> Approvals | None:
    """What is approved of what waits, if that follows the newest release and is of the declaration of today."""
    waiting = state.waiting
    if waiting is None or not state.waiting_follows or waiting.candidate.facts.verdict != "hold":
        return None
    found = approvals_of(ctx, state.slug, state.decisions, waiting.identity)
    return found if _of_today(waiting, found, declared) else None


def _of_today(waiting: Waiting, found: Approvals, declared: Declared) -> bool:
    if not waiting.is_of_declaration and found.embargo is None:
        return True  # it is released at once, or a crash is finished
    return waiting.fits(declared.fingerprint, declared.suite_digest)
