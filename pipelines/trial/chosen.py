"""Which fetches a trial looks at: those since a day, or what a run would still have to decide on."""

import datetime as dt

from pipelines.refresh.state import DatasetState


def chosen(state: DatasetState, since: dt.datetime | None) -> tuple[int, ...]:
    """Return the fetches to be tried, in order: whole answers that no steward set aside.

    Args:
        state: the dataset.
        since: try those that began at or after this moment. None: those that are pending, or were refused since the
            newest that was folded or changed nothing; if there is none, that one.
    """
    found = _since(state, since) if since else [*state.pending, *_undecided(state)]
    return tuple(sorted(set(found)))


def _since(state: DatasetState, since: dt.datetime) -> list[int]:
    found = []
    for k in range(state.newest_k, 0, -1):
        outcome = state.outcome(k)
        if outcome and outcome.overtaken:
            continue  # it says nothing of where the time ends
        if state.evidence.read(k).fetched_at < since:
            break
        found += [k] if _whole(state, k) else []
    return found


def _undecided(state: DatasetState) -> list[int]:
    found: list[int] = []
    for k in range(state.newest_k, 0, -1):
        outcome = state.outcome(k)
        settled = outcome is not None and outcome.what in ("folded", "unchanged", "superseded")
        if settled and (found or state.pending):
            break
        found += [k] if _whole(state, k) else []
        if settled and found:
            break
    return found


def _whole(state: DatasetState, k: int) -> bool:
    """Whether the agency answered all that was asked, in its time, and the answer is not set aside."""
    outcome = state.outcome(k)
    return state.evidence.read(k).complete and k not in state.set_aside and not (outcome and outcome.overtaken)
