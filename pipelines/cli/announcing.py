"""The command that announces a breaking change, or takes that back: it shows first what everyone would read."""

import datetime as dt
from typing import NamedTuple

import click

from catalog import keys
from catalog.release.announcements import ChangeNotice
from pipelines.cli.show import say, say_json
from pipelines.context import Context
from pipelines.refresh.announce import Announcement, AnnouncementResult, Said, TakeBack, announce, planned, text_of
from pipelines.refresh.settle import caught_up
from pipelines.run import deciding
from pipelines.settings import Settings, open_context


class SaidOptions(NamedTuple):
    """What the options say of a breaking change; each is empty where an announcement is taken back."""

    change: str | None
    change_zh: str | None
    starts: dt.datetime | None
    fields: tuple[str, ...]
    instead: str | None
    instead_zh: str | None
    replaces: int | None


def announce_command(  # noqa: PLR0913  as many as the command has options
    settings: Settings,
    dataset: str,
    *,
    by: str,
    change: str | None,
    change_zh: str | None,
    starts: dt.datetime | None,
    fields: tuple[str, ...],
    instead: str | None,
    instead_zh: str | None,
    replaces: int | None,
    taken_back: int | None,
    reason: str | None,
    yes: bool,
    as_json: bool,
) -> int:
    """Announce a breaking change, or take an announcement back; or say what readers would see.

    Args:
        settings: what the environment says.
        dataset: its name.
        by: who announces it.
        change: what will be different, in English.
        change_zh: the same in Chinese.
        starts: the first day on which a release may bring it.
        fields: which fields change.
        instead: what readers do about it, in English.
        instead_zh: the same in Chinese.
        replaces: the announcement in whose place it stands.
        taken_back: the announcement to take back instead.
        reason: why it is taken back.
        yes: whether to do it; else it is only shown.
        as_json: whether to print the notice as JSON.
    """
    said = SaidOptions(change, change_zh, starts, fields, instead, instead_zh, replaces)
    wanted = _wanted(by, reason, said) if taken_back is None else _taken_back(by, reason, said, taken_back)
    return _do(settings, dataset, wanted, yes=yes, as_json=as_json)


def _wanted(by: str, reason: str | None, said: SaidOptions) -> Announcement:
    change = text_of(said.change, said.change_zh, "the change")
    if change is None or said.starts is None or reason is not None:
        raise click.UsageError("expected --change, --change-zh and --from; or --take-back and --reason")
    instead = text_of(said.instead, said.instead_zh, "what to do")
    return Announcement(by, said.starts.date(), change, instead, said.fields, said.replaces)


def _taken_back(by: str, reason: str | None, said: SaidOptions, i: int) -> TakeBack:
    if reason is None or any(said):
        raise click.UsageError("expected --take-back with --by and --reason alone")
    return TakeBack(by, reason, i)


def _do(settings: Settings, slug: str, wanted: Announcement | TakeBack, *, yes: bool, as_json: bool) -> int:
    if not yes:
        with open_context(settings) as ctx:
            notice = planned(ctx, caught_up(ctx, slug), wanted)
        say_json(notice.document) if as_json else _would(notice)
        return 0
    with open_context(settings) as ctx, deciding(ctx):
        done = announce(ctx, slug, wanted)
        say_json(done.notice.document) if as_json else _told(ctx, done)
    return 0


def _would(notice: Said) -> None:
    if notice.i:
        say(f"{notice.dataset}: said already, with notice {notice.i}")
        return
    say(f"{notice.dataset}: everyone would read:")
    _say(notice)
    say("nothing is done yet; to do it, say the same with --yes. A later notice can replace it, or take it back")


def _told(ctx: Context, done: AnnouncementResult) -> None:
    notice = done.notice
    already = "" if done.is_new else "already, "
    address = f"{ctx.place(notice.dataset)}/{keys.notice(notice.dataset, notice.i)}"
    say(f"{notice.dataset}: {already}notice {notice.i} of {notice.by}: {address}")
    _say(notice)


def _say(notice: Said) -> None:
    say(f"  {notice.says}")
    if not isinstance(notice, ChangeNotice):
        return
    say(f"  {notice.change.zh_tw}")
    if notice.fields:
        say(f"  fields: {', '.join(notice.fields)}")
    if notice.instead:
        say(f"  what to do: {notice.instead.en}")
        say(f"  {notice.instead.zh_tw}")
    if notice.replaces:
        say(f"  in place of announcement {notice.replaces}")
