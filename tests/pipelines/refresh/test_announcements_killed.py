"""Announcements that are killed: the notice counts once it is stored, and whoever comes next ends the same.

Killed before and after every store call; then the next night, the same command again, another steward who announces
something else, or one who withdraws a release. What both stores hold then is, byte by byte, what they hold when nobody
was killed.
"""

import contextlib
import dataclasses
import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from decided import Decided, Work, kill, night
from tiers import few
from worlds import SLUG, World, declaration, table_csv

from catalog.declaration.strict import Text
from catalog.errors import DecisionError
from pipelines.refresh.announce import Announcement, TakeBack, announce
from pipelines.refresh.withdraw import Withdrawal, withdraw
from pipelines.run import deciding

CHANGE = Announcement("Lin", dt.date(2026, 9, 1), Text(en="In metres.", zh_tw="改以公尺計。"))


def three(world: World) -> None:
    """Three releases."""
    world.declare(declaration())
    for rows in ({"a": 1}, {"b": 2}, {"c": 3}):
        world.tell(table_csv(rows))


def waiting(world: World) -> None:
    """The same, and something waits."""
    three(world)
    world.tell("site,level,extra\nb,9,x\n")


def noticed(world: World) -> None:
    """The same as three; one is withdrawn, and something is announced."""
    three(world)
    withdraw(world.ctx, SLUG, 3, Withdrawal("Lin", "It holds names."))
    announce(world.ctx, SLUG, CHANGE)


def announces(wanted: Announcement | TakeBack, *, listed: bool = False) -> Work:
    """A command; a steward who is told no goes away."""

    def work(world: World) -> None:
        with contextlib.suppress(DecisionError), deciding(world.ctx) if listed else contextlib.nullcontext():
            announce(world.ctx, SLUG, wanted)

    return work


def withdraws(world: World) -> None:
    withdraw(world.ctx, SLUG, 2, Withdrawal("Chen", "It holds names."))


COMMANDS = {
    "announce": (three, CHANGE),
    "waiting": (waiting, CHANGE),
    "replace": (noticed, dataclasses.replace(CHANGE, starts=dt.date(2026, 10, 1), replaces=2)),
    "take-back": (noticed, TakeBack("Wu", "It stays.", 2)),
}


def others(command: Work) -> dict[str, Work]:
    """Who comes next."""
    other = announces(dataclasses.replace(CHANGE, by="Chen"))
    return {"a night": World.settle, "the same": command, "another steward": other, "a withdrawal": withdraws}


@pytest.mark.parametrize("name", few(["waiting", "replace"]))
def test_an_announcement_killed_at_any_write_ends_the_same(name: str, tmp_path: Path) -> None:
    arrange, wanted = COMMANDS[name]
    command = announces(wanted)
    tried = kill(Decided("quick", tmp_path, None, arrange), command, others(command), writes=True)
    assert tried.points >= 6, "notice, decision and status, before and after"


@pytest.mark.soak
@pytest.mark.parametrize("name", COMMANDS)
def test_an_announcement_killed_at_any_call_ends_the_same(
    name: str, tmp_path: Path, counted: Callable[[str, int], None]
) -> None:
    arrange, wanted = COMMANDS[name]
    command = announces(wanted)
    tried = kill(Decided("quick", tmp_path, None, arrange), command, others(command))
    counted("kill points of announcements", tried.points)
    assert tried.points > 30


@pytest.mark.soak
def test_a_process_killed_with_catalog_and_pages(tmp_path: Path, counted: Callable[[str, int], None]) -> None:
    command = announces(CHANGE, listed=True)
    nexts: dict[str, Work] = {"a night": night, "the same": command}
    tried = kill(Decided("file", tmp_path, None, three), command, nexts, process=True, writes=True)
    counted("kill points of announcements", tried.points)
    assert tried.points > 20
