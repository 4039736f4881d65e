"""Decisions that are killed: the decision counts once it is stored, and whoever comes next ends the same.

Killed before and after every store call of a decision, its catalog and its pages included; then the next night, the
same command again, or a decision otherwise of another steward. A run can know only what is stored: so each state that
a killed command leaves is followed once, however many moments leave it. What is stored then is, byte by byte, what it
is when nobody was killed: documents, decisions, outcomes, marks, status, catalog and pages. The clock is that of the
evidence, and stands still.
"""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from decided import Decided, Tried, Work, committed, kill, night
from nights import LOOSE, redeclare, waits
from worlds import SLUG, World, column, declaration, many, table_csv, text

import quality.run  # noqa: F401  the children are forked from a process that has it
from catalog.errors import DecisionError
from pipelines.refresh import decide
from pipelines.run import deciding

MARKUP = [column("site"), column("level", "number", strip="markup")]
LOW = {
    "id": "level-low",
    "type": "ExpectColumnValuesToBeBetween",
    "kwargs": {"column": "level", "max_value": 1},
    "severity": "hold",
    "reason": text("In tests."),
}


def batch(rows: dict[str, Any]) -> str:
    """Rows with a column that nobody declared: held whatever they say."""
    return "site,level,extra\n" + "".join(f"{site},{level},x\n" for site, level in rows.items())


# What waits, and what is decided ----------------------------------------------------------------------------


def parts(world: World) -> None:
    """One bad fetch of three waits, said once more later."""
    world.declare(declaration())
    world.tell(table_csv(many(3)))
    world.hear(table_csv({"a": 1}))
    world.hear(batch({"b": 7, "s001": 7}))
    world.tell(table_csv({"c": 2}))


def half(world: World) -> None:
    """Each fetch is the whole table, and half of it is gone; the agency said so three times."""
    world.declare(declaration(load="replace"))
    world.tell(table_csv(many(10)))
    for _ in range(3):
        world.tell(table_csv(many(5)))


def news(world: World) -> None:
    """Something waits, and more was heard since that no run has looked into."""
    world.declare(declaration())
    world.tell(table_csv(many(3)))
    world.tell(batch({"s001": 9, "b": 9}))
    world.hear(table_csv({"s001": 2, "n": 5}))


def again(world: World) -> None:
    """What waits was made again on a later release, and a fetch repeats it as it was before."""
    world.declare(declaration(load="upsert"))
    world.tell(table_csv(many(3)))
    world.tell(batch({"b": 9}))
    world.tell(batch({"b": 9}))
    world.tell(table_csv({"c": 1}))


def reread(world: World) -> None:
    """The declaration reads the old answers otherwise."""
    world.declare(declaration(guards=LOOSE))
    world.tell("site,level\na,<b>5</b>\nb,1\n")
    redeclare(world, fields=MARKUP, guards=LOOSE, approve="always")
    world.tell("site,level\na,<b>6</b>\nb,2\n")


def rejudged(world: World) -> None:
    """A changed quality.yaml finds fault with what is published."""
    world.declare(declaration(guards=LOOSE))
    world.tell(table_csv({"a": 5}))
    redeclare(world, guards=LOOSE, quality=[LOW])
    world.settle()


def first(world: World) -> None:
    """Nothing is released yet."""
    world.declare(declaration(approve="always"))
    world.tell(table_csv({"a": 1}))


def redeclared(world: World) -> None:
    """The declaration changed, and no run came since; something else waits."""
    world.declare(declaration(guards={"changed": 0.1}))
    world.tell("site,level\na,<b>5</b>\nb,1\n")
    world.tell("site,level\nb,9\n")
    redeclare(world, fields=[*MARKUP, column("extra")], guards={"changed": 0.1})


def taken_back(world: World) -> None:
    """A later word takes back a part of what waits, and changes nothing that is published."""
    world.declare(declaration(guards={"changed": 0.1}))
    world.tell(table_csv(many(5)))
    world.tell(table_csv(many(5, 9)))
    world.hear(table_csv({"s001": 1}))


def held(world: World) -> None:
    """What was just heard will have to wait, together with what waits."""
    world.declare(declaration())
    world.tell(table_csv(many(3)))
    world.tell(batch({"b": 9}))
    world.hear(batch({"c": 9}))


def approves(candidate: str, by: str = "chen") -> Work:
    return lambda world: decide.approve(world.ctx, SLUG, candidate, by, "looked at it")


def rejects(candidate: str, by: str = "chen", *evidence: int) -> Work:
    return lambda world: list(decide.reject(world.ctx, SLUG, candidate, by, "it is wrong", evidence))


def alone(decision: Work, listed: bool) -> Work:
    """Decide, and write catalog and pages or not; a steward who is told no goes away."""

    def work(world: World) -> None:
        with contextlib.suppress(DecisionError), deciding(world.ctx) if listed else contextlib.nullcontext():
            decision(world)

    return work


BOTH = ("approve", "reject")
DECISIONS = [(each, action) for each in (parts, half, news, again, reread, rejudged) for action in BOTH]
DECISIONS += [(first, "approve"), (first, "reject 1"), (parts, "reject 2"), (reread, "reject 2")]
NAMED = [f"{arrange.__name__}-{action}" for arrange, action in DECISIONS]


def of(decided: Decided, action: str, listed: bool) -> tuple[Work, dict[str, Work]]:
    """The command, with catalog and pages or without, and who comes next."""
    candidate = waits(decided.world())
    assert candidate is not None, "something waits"
    verb, *evidence = action.split()
    short, named = candidate[:12], tuple(map(int, evidence))
    command = approves(short) if verb == "approve" else rejects(short, "chen", *named)
    other = rejects(short, "Lin", *named) if verb == "approve" else approves(candidate, "Lin")
    command, other = (alone(work, listed) for work in (command, other))
    return command, {"a night": night if listed else World.settle, "the same": command, "another steward": other}


def test_a_decision_killed_at_any_write_ends_the_same(tmp_path: Path) -> None:
    decided = Decided("quick", tmp_path, None, news)
    assert kill(decided, *of(decided, "approve", listed=False), writes=True).points > 20


@pytest.mark.soak
@pytest.mark.parametrize(("arrange", "action"), DECISIONS, ids=NAMED)
def test_a_decision_killed_at_any_call_ends_the_same(
    arrange: Work, action: str, tmp_path: Path, counted: Callable[[str, int], None]
) -> None:
    decided = Decided("quick", tmp_path, None, arrange)
    tried = kill(decided, *of(decided, action, listed=False))
    counted("kill points of decisions, nights and repairs", tried.points)
    assert tried.points > 50


@pytest.mark.soak
@pytest.mark.parametrize("action", BOTH)
@pytest.mark.parametrize("kind", ["file", "s3"])
def test_a_process_killed_with_catalog_and_pages(
    kind: str, action: str, tmp_path: Path, s3_server: Any, counted: Callable[[str, int], None]
) -> None:
    decided = Decided(kind, tmp_path, s3_server, parts)
    tried = kill(decided, *of(decided, action, listed=True), process=True, writes=kind == "s3")
    counted("kill points of decisions, nights and repairs", tried.points)
    assert tried.points > 50


# Nights, and repairs ----------------------------------------------------------------------------------------


def the_night(decided: Decided, listed: bool) -> dict[str, Work]:
    """Who comes after a night that is killed: another one, which may be followed by a decision."""

    def and_approves(world: World) -> None:
        world.settle()
        candidate = waits(world)
        assert candidate is not None, "something waits"
        alone(approves(candidate), listed)(world)

    return {"a night": night if listed else World.settle, "a night, and a decision": and_approves}


def test_a_night_killed_at_any_write_lets_the_same_wait(tmp_path: Path) -> None:
    decided = Decided("quick", tmp_path, None, taken_back)
    assert kill(decided, World.settle, the_night(decided, listed=False), writes=True, night=True).points > 10


@pytest.mark.soak
@pytest.mark.parametrize("arrange", [redeclared, taken_back, held])
def test_a_night_killed_at_any_call_lets_the_same_wait(
    arrange: Work, tmp_path: Path, counted: Callable[[str, int], None]
) -> None:
    decided = Decided("quick", tmp_path, None, arrange)
    tried = kill(decided, night, the_night(decided, listed=True), night=True)
    counted("kill points of decisions, nights and repairs", tried.points)
    assert tried.points > 60


def repairs(arrange: Work, action: str, folder: Path, *, writes: bool, most: int = 100) -> Tried:
    """Kill a decision at each write; then kill the night that repairs what it left; the night after ends the same."""
    decided, tried = Decided("quick", folder, None, arrange), Tried()
    command, _ = of(decided, action, listed=False)
    moments = [(i, "after") for i, (verb, _, _) in enumerate(decided.calls(command)) if verb.startswith("put")]
    for moment in moments:
        decided.set(decided.before)
        assert decided.kill(command, moment)
        if committed(decided.held) == committed(decided.start):
            continue
        decided.before = decided.held
        tried += kill(decided, World.settle, {"a night": World.settle}, writes=writes, night=True)
        decided.set(decided.start)
        decided.before = decided.start
        most -= 1
        if not most:
            break
    return tried


@pytest.mark.soak
def test_a_repair_killed_at_any_write_is_repaired(tmp_path: Path) -> None:
    assert repairs(parts, "reject", tmp_path, writes=True, most=1).points > 30


@pytest.mark.soak
@pytest.mark.parametrize(("arrange", "action"), [(parts, "reject"), (again, "approve"), (reread, "approve")])
def test_each_repair_killed_at_any_write_is_repaired(
    arrange: Work, action: str, tmp_path: Path, counted: Callable[[str, int], None]
) -> None:
    tried = repairs(arrange, action, tmp_path, writes=True)
    counted("kill points of decisions, nights and repairs", tried.points)
    assert tried.points > 100
