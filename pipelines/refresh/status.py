"""The derived status of a dataset: what state it is in, since when, why, and when it will be overdue."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from catalog import keys
from catalog.declaration.dataset import Dataset
from catalog.declaration.pipeline import seconds
from catalog.errors import IntegrityError
from catalog.release import publish
from catalog.release.digest import Document, canonical
from catalog.release.document import Release
from catalog.store import put_over
from pipelines.context import ZONE, Context
from pipelines.redaction import without_quotes
from pipelines.refresh.state import DatasetState

State = Literal["fresh", "overdue", "held", "failing", "damaged", "never"]


@dataclass(frozen=True)
class Status:
    """What `minsheng status` says of one dataset."""

    dataset: str
    release: int | None
    rows: int | None
    last_checked: str | None
    state: State
    since: str | None
    reason: str | None
    candidate: str | None
    due_at: str | None


def write_status(ctx: Context, state: DatasetState, failing: str | None = None) -> None:
    """Write status.json: derived, and a hint for the next run of how far everything is decided.

    Args:
        ctx: the run.
        state: the dataset as it stands.
        failing: why it could not be refreshed; unsaid, why the newest fetch failed or was refused, if so.
    """
    before = _stored(ctx, state.slug)
    failing = failing or _newest_refused(state)
    name: State = "fresh" if state.newest else "never"
    reason = None
    if state.waiting:
        name, reason = "held", "; ".join(state.waiting.reasons)
    if failing:
        name, reason = "failing", failing
    now = state.now(ctx)
    status: Document = {
        "dataset": state.slug,
        "n": state.newest.n if state.newest else 0,
        "notices": 0,
        "last_checked": now,
        "state": name,
        "since": before.get("since", now) if before.get("state") == name else now,
        "reason": without_quotes(reason) if reason else None,
        "candidate": state.waiting.identity if state.waiting else None,
        "failed_checks": list(state.waiting.candidate.facts.failed) if state.waiting else [],
        "due_at": _due_text(ctx, state.slug, now, state.newest),
        "decided": state.hint,
    }
    put_over(ctx.public, keys.status(state.slug), canonical(status))


def _newest_refused(state: DatasetState) -> str | None:
    """Why the newest fetch is refused: what was heard before it may still have made a release."""
    outcome = state.outcome(state.newest_k) if state.newest_k else None
    return outcome.reason if outcome and outcome.what == "refused" and not outcome.overtaken else None


def checked_again(ctx: Context, slug: str) -> None:
    """Say that a dataset was looked at and nothing new was there: its state stays."""
    stored = _stored(ctx, slug)
    if stored:
        now = max(stored.get("last_checked") or "", ctx.clock.now().isoformat())
        stored |= {"last_checked": now, "due_at": _due_text(ctx, slug, now, publish.newest(ctx.public, slug))}
        put_over(ctx.public, keys.status(slug), canonical(stored))


def read_status(ctx: Context, dataset: Dataset, now: dt.datetime) -> Status:
    """Say how a dataset stands at a moment; the only place, besides `due_at`, that asks the present.

    Args:
        ctx: the run.
        dataset: the declaration, for when it is due.
        now: the moment.
    """
    stored = _stored(ctx, dataset.name)
    try:
        newest = publish.newest(ctx.public, dataset.name)
    except IntegrityError as error:
        return _damaged(dataset.name, stored, str(error))
    state: State = stored.get("state", "never")
    reason, due = stored.get("reason"), _due(dataset, stored.get("last_checked"), newest)
    if state == "fresh" and due and now > due:
        state = "overdue"
        reason = f"expected news by {due.isoformat()}, the newest is of {stored.get('last_checked')}"
    if state == "failing":
        reason = _in_full(ctx, stored) or reason
    return Status(
        dataset=dataset.name,
        release=newest.n if newest else None,
        rows=newest.rows if newest else None,
        last_checked=stored.get("last_checked"),
        state=state if newest or state != "fresh" else "never",
        since=stored.get("since"),
        reason=reason,
        candidate=stored.get("candidate"),
        due_at=due.isoformat() if due else None,
    )


def _damaged(slug: str, stored: Document, reason: str) -> Status:
    """How a dataset stands whose newest release document cannot be read."""
    return Status(
        dataset=slug,
        release=None,
        rows=None,
        last_checked=stored.get("last_checked"),
        state="damaged",
        since=stored.get("since") if stored.get("state") == "failing" else None,
        reason=reason,
        candidate=None,
        due_at=stored.get("due_at"),
    )


def write_failing(ctx: Context, slug: str, reason: str) -> None:
    """Say in status.json that a dataset fails whose state cannot be read; all else in it stays as it was."""
    before, now = _stored(ctx, slug), ctx.clock.now().astimezone(ZONE).isoformat(timespec="seconds")
    since = before.get("since", now) if before.get("state") == "failing" else now
    failing = {"dataset": slug, "state": "failing", "since": since, "reason": without_quotes(reason)}
    put_over(ctx.public, keys.status(slug), canonical(before | failing))


def _in_full(ctx: Context, stored: Document) -> str | None:
    """What the private store says of a failure, with what was quoted; nothing where it says something else."""
    k = stored.get("decided", {}).get("k")
    outcome = ctx.evidence(stored["dataset"]).outcome(k) if k else None
    whole = outcome.reason if outcome and outcome.what == "refused" else None
    return whole if whole and without_quotes(whole) == stored.get("reason") else None


def _stored(ctx: Context, slug: str) -> Document:
    """What status.json says; nothing where it is broken, for it is derived."""
    stored = publish.read_json(ctx.public, keys.status(slug))
    return stored if isinstance(stored, dict) else {}


def _due_text(ctx: Context, slug: str, checked: str, newest: Release | None) -> str | None:
    due = _due(ctx.declarations.dataset(slug), checked, newest)
    return due.isoformat() if due else None


def _due(dataset: Dataset, checked: str | None, newest: Release | None) -> dt.datetime | None:
    """When news is due: so long after it was last looked for, or after the newest evidence if later."""
    if not checked or newest is None:
        return None
    last = max(dt.datetime.fromisoformat(checked), dt.datetime.fromisoformat(newest.facts.as_of))
    return (last + dt.timedelta(seconds=seconds(dataset.minsheng.due.fetched))).astimezone(ZONE)
