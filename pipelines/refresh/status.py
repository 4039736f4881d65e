"""The derived status of a dataset: what state it is in, since when, why, and when it will be overdue."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from catalog import keys
from catalog.declaration.dataset import Dataset
from catalog.declaration.pipeline import seconds
from catalog.release import publish
from catalog.release.document import Document, Release, canonical
from catalog.store import put_over
from pipelines.context import ZONE, Context
from pipelines.redaction import without_quotes
from pipelines.refresh.state import Line

State = Literal["fresh", "overdue", "held", "failing", "never"]


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


def write_status(ctx: Context, line: Line, failing: str | None = None) -> None:
    """Write status.json: derived, and a hint for the next run of how far everything is decided.

    Args:
        ctx: the run.
        line: the dataset as it stands.
        failing: why it could not be refreshed; unsaid, why the newest fetch failed or was refused, if so.
    """
    before = _said(ctx, line.slug)
    failing = failing or _newest_refused(line)
    state: State = "fresh" if line.newest else "never"
    reason = None
    if line.waiting:
        state, reason = "held", "; ".join(line.waiting.reasons)
    if failing:
        state, reason = "failing", failing
    now = line.now(ctx)
    same = before.get("state") == state
    said: Document = {
        "dataset": line.slug,
        "n": line.newest.n if line.newest else 0,
        "notices": 0,
        "last_checked": now,
        "state": state,
        "since": before.get("since", now) if same else now,
        "reason": without_quotes(reason) if reason else None,
        "candidate": line.waiting.identity if line.waiting else None,
        "failed_checks": line.waiting.document["minsheng"]["quality"]["failed"] if line.waiting else [],
        "due_at": _due_text(ctx, line.slug, now, line.newest),
        "decided": line.hint,
    }
    put_over(ctx.public, keys.status(line.slug), canonical(said))


def _newest_refused(line: Line) -> str | None:
    """Why the newest fetch is refused, or cannot be read: what came before it may still have made a release."""
    if line.newest_k in line.evidence.faults:
        return line.evidence.faults[line.newest_k]
    outcome = line.evidence.outcome(line.newest_k) if line.newest_k else None
    return outcome.reason if outcome and outcome.what == "refused" and not outcome.overtaken else None


def checked_again(ctx: Context, slug: str) -> None:
    """Say that a dataset was looked at and nothing new was there: its state stays."""
    said = _said(ctx, slug)
    if said:
        now = max(said.get("last_checked") or "", ctx.clock.now().isoformat())
        said |= {"last_checked": now, "due_at": _due_text(ctx, slug, now, publish.newest(ctx.public, slug))}
        put_over(ctx.public, keys.status(slug), canonical(said))


def read_status(ctx: Context, dataset: Dataset, now: dt.datetime) -> Status:
    """Say how a dataset stands at a moment; the only place, besides `due_at`, that asks the present.

    Args:
        ctx: the run.
        dataset: the declaration, for when it is due.
        now: the moment.
    """
    said = _said(ctx, dataset.name)
    newest = publish.newest(ctx.public, dataset.name)
    state: State = said.get("state", "never")
    reason, due = said.get("reason"), _due(dataset, said.get("last_checked"), newest)
    if state == "fresh" and due and now > due:
        state = "overdue"
        reason = f"expected news by {due.isoformat()}, the newest is of {said.get('last_checked')}"
    if state == "failing":
        reason = _in_full(ctx, said) or reason
    return Status(
        dataset=dataset.name,
        release=newest.n if newest else None,
        rows=newest.rows if newest else None,
        last_checked=said.get("last_checked"),
        state=state if newest or state != "fresh" else "never",
        since=said.get("since"),
        reason=reason,
        candidate=said.get("candidate"),
        due_at=due.isoformat() if due else None,
    )


def _in_full(ctx: Context, said: Document) -> str | None:
    """What the private store says of a failure, with what was quoted; nothing where it says something else."""
    k = said.get("decided", {}).get("k")
    outcome = ctx.evidence(said["dataset"]).outcome(k) if k else None
    whole = outcome.reason if outcome and outcome.what == "refused" else None
    return whole if whole and without_quotes(whole) == said.get("reason") else None


def _said(ctx: Context, slug: str) -> Document:
    """What status.json says; nothing where it is broken, for it is derived."""
    said = publish.read_json(ctx.public, keys.status(slug))
    return said if isinstance(said, dict) else {}


def _due_text(ctx: Context, slug: str, checked: str, newest: Release | None) -> str | None:
    due = _due(ctx.declared(slug), checked, newest)
    return due.isoformat() if due else None


def _due(dataset: Dataset, checked: str | None, newest: Release | None) -> dt.datetime | None:
    """When news is due: so long after it was last looked for, or after the newest evidence if later."""
    if not checked or newest is None:
        return None
    last = max(dt.datetime.fromisoformat(checked), dt.datetime.fromisoformat(newest.facts["as_of"]))
    return (last + dt.timedelta(seconds=seconds(dataset.minsheng.due.fetched))).astimezone(ZONE)
