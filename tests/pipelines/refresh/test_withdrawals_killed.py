"""Withdrawals that are killed: the notice counts once it is stored, and whoever comes next ends the same.

Killed before and after every store call; then the next night, the same command again, or another steward who
withdraws a later release. What both stores hold then is, byte by byte, what they hold when nobody was killed. So no
crash leaves a file of a withdrawn release behind, and none takes one that a release still names.
"""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from decided import Decided, Work, kill, night
from worlds import SLUG, World, column, declaration, table_csv

from catalog.errors import DecisionError
from pipelines.refresh.withdraw import Withdrawal, withdraw
from pipelines.run import deciding, refresh

TOTALS = declaration(
    "totals",
    [column("kind"), column("level", "number")],
    derive={"sql": "totals.sql", "over": {"rivers": SLUG}},
    load="replace",
)
del TOTALS["minsheng"]["source"]


def three(world: World) -> None:
    """Three releases, of which the second brought what must go."""
    world.declare(declaration())
    for rows in ({"a": 1}, {"s666": 667}, {"c": 3}):
        world.tell(table_csv(rows))


def waiting(world: World) -> None:
    """The same, and something waits that was made on the last of them."""
    three(world)
    world.tell("site,level,extra\nb,9,x\n")


def whole(world: World) -> None:
    """Each fetch is the whole table; the last brought back what the first had."""
    world.declare(declaration(load="replace", guards={"removed": 1, "changed": 1}))
    for rows in ({"a": 1}, {"s666": 667}, {"a": 1}):
        world.tell(table_csv(rows))


def derived(world: World) -> None:
    """The same as three, and totals that were derived of each."""
    world.declare(declaration())
    world.declare(TOTALS)
    query = "SELECT 'sum' AS kind, sum(level) AS level FROM rivers"
    (world.datasets / "totals" / "totals.sql").write_text(query, encoding="utf-8")
    for rows in ({"a": 1}, {"s666": 667}, {"c": 3}):
        world.tell(table_csv(rows))
        derive(world)


def derive(world: World) -> None:
    list(refresh(world.ctx, None, world.ctx.declarations.of("totals"), each=False))  # type: ignore[arg-type]


def both_nights(world: World) -> None:
    """A night of both datasets."""
    world.settle()
    derive(world)


def withdraws(n: int, by: str = "Lin", *, purge: bool = False, listed: bool = False) -> Work:
    """A command; a steward who is told no goes away."""

    def work(world: World) -> None:
        with contextlib.suppress(DecisionError), deciding(world.ctx) if listed else contextlib.nullcontext():
            withdraw(world.ctx, SLUG, n, Withdrawal(by, "It holds names.", "PDPA, article 11", purge=purge))

    return work


ARRANGED = [three, waiting, whole, derived]


def others(arrange: Work, command: Work, listed: bool = False) -> dict[str, Work]:
    """Who comes next."""
    nights = both_nights if arrange is derived else night if listed else World.settle
    return {"a night": nights, "the same": command, "another steward": withdraws(3, "Chen", listed=listed)}


def test_a_withdrawal_killed_at_its_writes_ends_the_same(tmp_path: Path) -> None:
    decided = Decided("quick", tmp_path, None, three)
    tried = kill(decided, withdraws(2, purge=True), {"a night": World.settle}, writes=True, every=3)
    assert tried.points > 8


@pytest.mark.soak
@pytest.mark.parametrize("purge", [False, True], ids=["kept", "purged"])
@pytest.mark.parametrize("arrange", ARRANGED)
def test_a_withdrawal_killed_at_any_call_ends_the_same(
    arrange: Work, purge: bool, tmp_path: Path, counted: Callable[[str, int], None]
) -> None:
    decided = Decided("quick", tmp_path, None, arrange)
    command = withdraws(2, purge=purge)
    tried = kill(decided, command, others(arrange, command))
    counted("kill points of withdrawals", tried.points)
    assert tried.points > 100


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["file", "s3"])
def test_a_process_killed_with_catalog_and_pages(
    kind: str, tmp_path: Path, s3_server: Any, counted: Callable[[str, int], None]
) -> None:
    decided = Decided(kind, tmp_path, s3_server, three)
    command = withdraws(2, purge=True, listed=True)
    tried = kill(decided, command, others(three, command, listed=True), process=True, writes=kind == "s3")
    counted("kill points of withdrawals", tried.points)
    assert tried.points > 50
