"""The derived status of a dataset: what state it is in, since when, why, and when it will be overdue."""

import contextlib
import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from catalog import keys
from catalog.declaration.dataset import Dataset
from catalog.declaration.pipeline import seconds
from catalog.derived import releases_json
from catalog.errors import IntegrityError
from catalog.reasons.faults import of_error
from catalog.reasons.sentences import sentences
from catalog.reasons.stored import public_json, read_all, read_public, to_json
from catalog.reasons.values import AllWithdrawn, ChangeAnnounced, Gaps, Misdated, Overdue, Reason, WithdrawnSince
from catalog.release import notices, publish, served
from catalog.release.digest import Document, canonical
from catalog.release.document import Release
from catalog.release.notices import Notice
from catalog.release.proof import prove
from catalog.release.publish import CLOCKS_DIFFER
from catalog.release.read import LostDocument
from catalog.store import Absent, put_over
from pipelines import decisions
from pipelines.context import ZONE, Context, kind_of
from pipelines.refresh.approval import approvals_of
from pipelines.refresh.result import gaps
from pipelines.refresh.state import DatasetState

_Time = Annotated[AwareDatetime, Field(strict=False)]
State = Literal["fresh", "overdue", "held", "failing", "damaged", "withdrawn", "never"]
_CLOCK = {"last_checked", "since", "due_at"}
"""What moves in status.json although nothing happened."""


class _Stored(BaseModel):
    """What is read back of status.json; what has another form is derived again. Version 0.1 wrote no `reasons`."""

    model_config = ConfigDict(strict=True)
    dataset: str
    state: Literal["fresh", "held", "failing", "withdrawn", "never"]
    since: _Time
    last_checked: _Time | None = None
    due_at: _Time | None = None
    candidate: str | None = None


@dataclass(frozen=True)
class Status:
    """What `minsheng status` says of one dataset."""

    dataset: str
    release: int | None
    rows: int | None
    last_checked: str | None
    state: State
    since: str | None
    reasons: tuple[Reason, ...]
    """With what stewards may read, as far as the private store has it."""
    candidate: str | None
    due_at: str | None

    @property
    def reason(self) -> str | None:
        """The reasons as one English sentence."""
        return sentences(self.reasons) or None

    def json(self) -> dict[str, Any]:
        """Return what `minsheng status --json` documents."""
        names = ("dataset", "release", "rows", "last_checked", "state", "reason")
        return {name: getattr(self, name) for name in names} | {"reasons": [to_json(each) for each in self.reasons]}


def write_status(
    ctx: Context, state: DatasetState, failing: tuple[Reason, ...] = (), *, if_wrong: bool = False
) -> None:
    """Write status.json: derived, and a hint for the next run of how far everything is decided.

    Args:
        ctx: the run.
        state: the dataset as it stands.
        failing: why it could not be refreshed; unsaid, why the newest fetch failed or was refused, if so.
        if_wrong: whether to write it only where it says something else: a crash kept it from being written.
    """
    before, seen = _read(ctx, state.slug)
    name, reasons = _stands(state, failing or _newest_refused(state))
    if name == "failing":
        # The public status leaves out what an agency wrote; stewards read it there.
        put_over(ctx.private, keys.failing(state.slug), canonical({"reasons": [to_json(each) for each in reasons]}))
    status = _document(ctx, state, before, name, reasons)
    if if_wrong and _says(before, status):
        return
    if status != before:
        put_over(ctx.public, keys.status(state.slug), canonical(status), seen)


def _document(
    ctx: Context, state: DatasetState, before: Document, name: State, reasons: tuple[Reason, ...]
) -> Document:
    """What status.json is to say."""
    public, now = [each.public() for each in reasons], state.now(ctx)
    return {
        "dataset": state.slug,
        "n": state.newest.n if state.newest else 0,
        "notices": len(state.noticed.notices),
        "last_checked": now,
        "state": name,
        "since": _since(before, name, now),
        "reason": sentences(public) or None,
        "reasons": public_json(public),
        "candidate": state.waiting.identity if state.waiting else None,
        "failed_checks": list(state.waiting.candidate.facts.failed) if state.waiting else [],
        "due_at": _due_text(ctx, state.slug, now, state.base),
        "decided": state.hint,
    }


def _stands(state: DatasetState, failing: tuple[Reason, ...]) -> tuple[State, tuple[Reason, ...]]:
    """In which state a dataset is, and why."""
    if failing:
        return "failing", failing
    if state.waiting:
        return "held", state.waiting.reasons
    if state.newest and not state.base:
        return "withdrawn", (AllWithdrawn(notice=state.noticed.newest_withdrawal),)
    return "fresh" if state.base else "never", ()


def _says(stored: Document, status: Document) -> bool:
    """Whether a stored status says how a dataset stands; version 0.1 told reasons in words of its own."""
    names = status.keys() - _CLOCK if "reasons" in stored else {"n", "state", "candidate", "decided"}
    return all(stored.get(name) == status[name] for name in names)


def write_failing(ctx: Context, slug: str, failing: tuple[Reason, ...]) -> None:
    """Say in status.json that a dataset fails whose state cannot be read; all else in it stays as it was.

    Args:
        ctx: the run.
        slug: the dataset.
        failing: why it fails.
    """
    before, now = _stored(ctx, slug), ctx.clock.now().astimezone(ZONE).isoformat(timespec="seconds")
    public = [each.public() for each in failing]
    status: Document = {
        "dataset": slug,
        "state": "failing",
        "since": _since(before, "failing", now),
        "reason": sentences(public) or None,
        "reasons": public_json(public),
    }
    put_over(ctx.private, keys.failing(slug), canonical({"reasons": [to_json(each) for each in failing]}))
    put_over(ctx.public, keys.status(slug), canonical(before | status))


def _since(before: Document, state: State, now: str) -> str:
    """Since when a state is; what an earlier run dated in the future, by a wrong clock, is since now."""
    since = before.get("since", now) if before.get("state") == state else now
    return min(since, now, key=dt.datetime.fromisoformat)


def _newest_refused(state: DatasetState) -> tuple[Reason, ...]:
    """Why the newest fetch is refused, or cannot be read: what came before it may still have made a release."""
    if fault := state.evidence.faults.get(state.newest_k):
        return (fault,)
    outcome = state.outcome(state.newest_k) if state.newest_k else None
    return (outcome.reason,) if outcome and outcome.reason and not outcome.overtaken else ()


def checked_again(ctx: Context, slug: str) -> None:
    """Say that a dataset was looked at and nothing new was there: its state stays."""
    stored = _stored(ctx, slug)
    if stored:
        now = ctx.clock.now().isoformat()
        if ctx.clock.simulated:  # this run's fetches may be older than those of an earlier one
            now = max(now, stored.get("last_checked") or now, key=dt.datetime.fromisoformat)
        stored |= {"last_checked": now, "due_at": _due_text(ctx, slug, now, served.served(ctx.public, slug))}
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
        proof = prove(ctx.public, ctx.private, dataset.name, {})
        if proof.lost:
            raise LostDocument(dataset.name, max(proof.lost), "its copy in the private store")
        found = notices.read(ctx.public, dataset.name) if proof.newest else ()
        newest = served.standing(ctx.public, proof.newest, found)
    except IntegrityError as error:
        return _damaged(ctx, dataset.name, error)
    state: State = stored.get("state") or ("fresh" if newest else "withdrawn" if proof.newest else "never")
    checked = stored.get("last_checked")
    reasons, due = reasons_in_full(ctx, stored), _due(dataset, checked, newest)
    if checked and dt.datetime.fromisoformat(checked) > now + CLOCKS_DIFFER and kind_of(ctx.private) == "live":
        here = now.astimezone(ZONE).isoformat(timespec="seconds")
        state, reasons = "failing", (*reasons, Misdated(checked=checked, now=here))
    elif state == "fresh" and due and now > due:
        state, reasons = "overdue", (Overdue(due=due.isoformat(), newest=str(checked)),)
    if newest and proof.newest and newest.n < proof.newest.n:
        reasons = (*reasons, WithdrawnSince(n=newest.n, notice=notices.withdrawals(found)[-1].i))
    announced = _announced(ctx, dataset.name, found)
    reasons = (*_approved(ctx, dataset.name, stored), *reasons, *announced, *_gaps(ctx, dataset))
    return Status(
        dataset=dataset.name,
        release=newest.n if newest else None,
        rows=newest.rows if newest else None,
        last_checked=checked,
        state=state if newest or state != "fresh" else "withdrawn" if proof.newest else "never",
        since=stored.get("since"),
        reasons=reasons,
        candidate=stored.get("candidate"),
        due_at=due.isoformat() if due else None,
    )


def _approved(ctx: Context, slug: str, stored: Document) -> tuple[Reason, ...]:
    """What stewards approved already of the candidate that waits: only the private store says so."""
    candidate = stored.get("candidate")
    if not candidate:
        return ()
    with contextlib.suppress(IntegrityError):  # a run says what is wrong with the decisions
        return approvals_of(ctx, slug, decisions.read(ctx.private, slug), candidate).reasons
    return ()


def _announced(ctx: Context, slug: str, found: Sequence[Notice]) -> tuple[ChangeAnnounced, ...]:
    """Which breaking changes readers are told of, and have before them."""
    return tuple(
        ChangeAnnounced(starts=each.notice.starts.isoformat(), notice=each.notice.i)
        for each in releases_json.to_come(ctx.public, slug, found)
    )


def _gaps(ctx: Context, dataset: Dataset) -> tuple[Gaps, ...]:
    """What the newest fetch did not find, where its source may have gaps."""
    if (dataset.minsheng.source or {}).get("missing") != "gap":
        return ()
    evidence = ctx.evidence(dataset.name)
    with contextlib.suppress(IntegrityError):  # a run says what is wrong with the evidence
        newest = evidence.newest()
        return gaps([evidence.read(newest)] if newest else [])
    return ()


def _damaged(ctx: Context, slug: str, error: IntegrityError) -> Status:
    """How a dataset stands whose newest release document cannot be read."""
    stored = _stored(ctx, slug)
    return Status(
        dataset=slug,
        release=error.n if isinstance(error, LostDocument) else publish.newest_n(ctx.public, slug),
        rows=None,
        last_checked=stored.get("last_checked"),
        state="damaged",
        since=stored.get("since") if stored.get("state") == "failing" else None,
        reasons=(of_error(error),),
        candidate=None,
        due_at=stored.get("due_at"),
    )


def reasons_in_full(ctx: Context, status: Document) -> tuple[Reason, ...]:
    """Return the reasons of a status.json with what only stewards may read, as far as the private store has it."""
    slug = status.get("dataset", "")
    private = {"held": keys.waiting, "failing": keys.failing}.get(status.get("state", ""))
    whole: tuple[Reason, ...] = ()
    with contextlib.suppress(IntegrityError):  # a broken status is derived again by the next run
        public = read_public(status, keys.status(slug))
        whole = public
        stored = publish.read_json(ctx.private, private(slug)) if private and public else None
        if private and isinstance(stored, dict):
            found = read_all(stored.get("reasons"), private(slug))
            whole = found if tuple(each.public() for each in found) == public else public
    return whole


def last_checked(ctx: Context, slug: str) -> str | None:
    """Return when a dataset was looked at last, as status.json says; None where it does not."""
    return _stored(ctx, slug).get("last_checked")


def _stored(ctx: Context, slug: str) -> Document:
    """What status.json says; nothing where it is broken, for it is derived."""
    return _read(ctx, slug)[0]


def _read(ctx: Context, slug: str) -> tuple[Document, str | None]:
    """What status.json says, and the etag of the file; None where there is none."""
    try:
        blob = ctx.public.get(keys.status(slug))
    except Absent:
        return {}, None
    with contextlib.suppress(ValueError, RecursionError):
        stored = json.loads(blob.body)
        if _Stored.model_validate(stored).dataset == slug:
            return stored, blob.etag
    return {}, blob.etag


def _due_text(ctx: Context, slug: str, checked: str, newest: Release | None) -> str | None:
    due = _due(ctx.declarations.dataset(slug), checked, newest)
    return due.isoformat() if due else None


def _due(dataset: Dataset, checked: str | None, newest: Release | None) -> dt.datetime | None:
    """When news is due: so long after it was last looked for."""
    if not checked or newest is None:
        return None
    last = dt.datetime.fromisoformat(checked)
    return (last + dt.timedelta(seconds=seconds(dataset.minsheng.due.fetched))).astimezone(ZONE)
