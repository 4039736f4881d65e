"""A steward announces a breaking change to readers, replaces an announcement, or takes one back.

Each is one public notice, which is its commit. The decision that stands for it, and the status, follow.
"""

import datetime as dt
from dataclasses import dataclass

from catalog.declaration.strict import Text
from catalog.errors import DecisionError
from catalog.release.announcements import ChangeNotice, TakeBackNotice, announced
from pipelines.context import Context
from pipelines.refresh.carry_out import stored
from pipelines.refresh.settle import caught_up
from pipelines.refresh.state import DatasetState


@dataclass(frozen=True)
class Announcement:
    """What a steward announces. All of it is public."""

    by: str
    starts: dt.date
    """The first day on which a release may bring it."""
    change: Text
    """What will be different."""
    instead: Text | None = None
    """What readers do about it."""
    fields: tuple[str, ...] = ()
    """Which fields change."""
    replaces: int | None = None
    """The announcement in whose place it stands."""


@dataclass(frozen=True)
class TakeBack:
    """An announcement that a steward takes back. All of it is public."""

    by: str
    reason: str
    i: int
    """The number of the announcement."""


Said = ChangeNotice | TakeBackNotice


@dataclass(frozen=True)
class AnnouncementResult:
    """What came of it."""

    notice: Said
    is_new: bool


def text_of(en: str | None, zh_tw: str | None, what: str) -> Text | None:
    """Return a text in both languages; None where it is in none.

    Args:
        en: the English text.
        zh_tw: the Chinese one.
        what: it says, for the error.

    Raises:
        DecisionError: only one is there.
    """
    en, zh_tw = (en or "").strip(), (zh_tw or "").strip()
    if bool(en) != bool(zh_tw):
        missing = "Chinese" if en else "English"
        raise DecisionError(f"expected {what} in both languages, found none in {missing}; readers of both read it")
    return Text(en=en, zh_tw=zh_tw) if en else None


def planned(ctx: Context, state: DatasetState, wanted: Announcement | TakeBack) -> Said:
    """Return the notice that would be stored, without a number; or the one that says the same. Nothing is written.

    Args:
        ctx: the run.
        state: the dataset.
        wanted: what to say.

    Raises:
        DecisionError: nobody signed, or there is no such field, day or announcement.
    """
    if not wanted.by.strip():
        raise DecisionError(f"{state.slug}: an announcement needs a name: who makes it")
    if state.base is None:
        raise DecisionError(f"{state.slug} has no release that readers could rely on; there is nothing to announce yet")
    found = state.noticed.notices
    notice = _change(ctx, state, wanted) if isinstance(wanted, Announcement) else _take_back(ctx, state, wanted)
    if same := notice.said_in(found):
        return same
    named = wanted.replaces if isinstance(wanted, Announcement) else wanted.i
    if named is not None:
        _may_end(state, named)
    return notice


def announce(ctx: Context, slug: str, wanted: Announcement | TakeBack) -> AnnouncementResult:
    """Say it to everyone.

    Args:
        ctx: the run.
        slug: the dataset.
        wanted: what to say.

    Returns:
        The notice. Saying the same once more stores nothing, finishes what a crash left, and says so.

    Raises:
        DecisionError: as `planned`; nothing is recorded.
    """
    notice = planned(ctx, caught_up(ctx, slug), wanted)
    is_new = not notice.i
    if is_new:
        notice = stored(ctx, notice)
    caught_up(ctx, slug)
    return AnnouncementResult(notice, is_new)


def _change(ctx: Context, state: DatasetState, wanted: Announcement) -> ChangeNotice:
    now = state.now(ctx)
    today = dt.datetime.fromisoformat(now).date()
    if wanted.starts < today:
        raise DecisionError(
            f"{state.slug}: expected a day from {today} on, found {wanted.starts}; readers need time for a change"
        )
    published = [field.name for field in ctx.declarations.dataset(state.slug).published]
    if strays := [name for name in wanted.fields if name not in published]:
        raise DecisionError(
            f"{state.slug}: expected published fields, found {', '.join(strays)}; there are {', '.join(published)}"
        )
    return ChangeNotice(
        dataset=state.slug,
        at=now,
        by=wanted.by.strip(),
        starts=wanted.starts,
        change=wanted.change,
        instead=wanted.instead,
        fields=tuple(dict.fromkeys(wanted.fields)),
        replaces=wanted.replaces,
    )


def _take_back(ctx: Context, state: DatasetState, wanted: TakeBack) -> TakeBackNotice:
    if not wanted.reason.strip():
        raise DecisionError(f"{state.slug}: taking an announcement back needs a reason, which everyone reads")
    return TakeBackNotice(
        dataset=state.slug,
        at=state.now(ctx),
        by=wanted.by.strip(),
        reason=wanted.reason.strip(),
        takes_back=wanted.i,
    )


def _may_end(state: DatasetState, i: int) -> None:
    """See that an announcement is there, and that nothing ended it."""
    known = {each.notice.i: each for each in announced(state.noticed.notices)}
    standing = ", ".join(str(i) for i, each in known.items() if each.stands) or "none"
    if i not in known:
        raise DecisionError(f"{state.slug} has no announcement {i}; those that stand: {standing}")
    if ended := known[i].ended:
        how = "replaced" if isinstance(ended, ChangeNotice) else "taken back"
        raise DecisionError(
            f"{state.slug}: announcement {i} was {how} by {ended.by} with notice {ended.i}; "
            f"those that stand: {standing}"
        )
