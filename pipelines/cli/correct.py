"""The command `correct`: a patch to the declaration that mends a wrong figure of an agency, or lifts that again."""

import datetime as dt
from collections.abc import Callable

import click

from catalog.declaration.strict import Text
from pipelines.cli.show import say
from pipelines.context import ZONE, Context
from pipelines.drift.corrections import Mending
from pipelines.drift.mend import MendedDeclaration, correct, lift
from pipelines.drift.told import with_patch
from pipelines.settings import Settings, open_context


def correct_command(  # noqa: PLR0913  as many as the command has options
    settings: Settings,
    dataset: str,
    *,
    row: str | None,
    column: str | None,
    instead: str | None,
    reason: str | None,
    reason_zh: str | None,
    reported: dt.datetime | None,
    until: dt.datetime | None,
    identity: str | None,
    evidence: int | None,
    lifted: str | None,
) -> int:
    """Print the patch that corrects one cell, or lifts a correction.

    Args:
        settings: what the environment says.
        dataset: its name.
        row: its key.
        column: the field whose text is wrong.
        instead: what to read instead.
        reason: what is wrong, in English.
        reason_zh: the same in Chinese.
        reported: when the agency was told; None is today.
        until: the last day on which it holds.
        identity: its name.
        evidence: the fetch that has the row.
        lifted: the correction to take out instead.
    """
    if lifted is not None:
        if {row, column, instead, reason, reason_zh, reported, until, identity, evidence} != {None}:
            raise click.UsageError("expected --lift alone")
        return _print(settings, lambda ctx: lift(ctx, dataset, lifted))
    if row is None or column is None or instead is None or reason is None or reason_zh is None:
        raise click.UsageError("expected --key, --column, --instead, --reason and --reason-zh; or --lift alone")
    told = (reported or dt.datetime.now(ZONE)).date()
    mending = Mending(column, instead, Text(en=reason, zh_tw=reason_zh), told, until and until.date(), identity)
    return _print(settings, lambda ctx: correct(ctx, dataset, row, mending, evidence))


def _print(settings: Settings, propose: Callable[[Context], MendedDeclaration]) -> int:
    with open_context(settings, writing=False) as ctx:
        found = propose(ctx)
    say(f"{found.slug}: {found.says}")  # `patch` passes over what stands before a patch
    if found.after:
        say(with_patch(found.slug, found.after, settings.language))
    say(found.patch.rstrip("\n"))
    return 0
