"""A command that is killed at any store call: what it leaves, and what whoever comes next makes of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from homes import Held, Home
from nights import killed, watching
from watched import Calls, in_child
from worlds import START, World

from pipelines.run import write_lists

Work = Callable[[World], object]


def night(world: World) -> None:
    """The agency says nothing new."""
    world.settle()
    write_lists(world.ctx)


class Decided:
    """A home in which something waits; whatever is done there is done by a process that remembers nothing."""

    def __init__(self, kind: str, folder: Path, server: Any, arrange: Work) -> None:
        self.home = Home(kind, folder, server)
        self.folder = folder
        self.now = START
        world = self.world()
        arrange(world)
        write_lists(world.ctx)
        self.now = world.now
        self.start = self.before = self.held = self.home.all()

    def world(self) -> World:
        world = World(self.folder, self.now, (self.home.public, self.home.private))
        world.ctx.clock.advance(self.now)
        return world

    def set(self, wanted: Held) -> None:
        self.home.set_back(self.held, wanted)
        self.held = wanted

    def after(self, *works: Work) -> Held:
        """What the home holds when these have been done, one after the other."""
        for work in works:
            work(self.world())
        self.held = self.home.all()
        return self.held

    def calls(self, work: Work) -> list[tuple[str, str, int]]:
        """Every store call of a piece of work that nobody kills."""
        world = self.world()
        with watching(world, Calls()) as calls:
            work(world)
        self.held = self.home.all()
        return calls.made

    def kill(self, work: Work, moment: tuple[int, str], *, process: bool = False) -> bool:
        """Kill the work at a moment: a process, by its signal; or the calls of it in this one."""
        world = self.world()
        if process:
            with watching(world, Calls(die_at=moment)):
                died = in_child(lambda: work(world)) == -9
        else:
            died = killed(world, lambda: work(world), die_at=moment)
        self.held = self.home.all()
        return died


@dataclass
class Tried:
    """What was tried."""

    points: int = 0
    states: set[frozenset[tuple[str, bytes]]] = field(default_factory=set)
    followed: int = 0

    def __add__(self, other: "Tried") -> "Tried":
        return Tried(self.points + other.points, self.states | other.states, self.followed + other.followed)

    def __str__(self) -> str:
        return f"{self.points} kill points, {len(self.states)} states left, {self.followed} finished by another process"


def kill(
    decided: Decided,
    command: Work,
    others: dict[str, Work],
    *,
    writes: bool = False,
    process: bool = False,
    night: bool = False,
    every: int = 1,
) -> Tried:
    """Kill a command at every moment, and compare what others make of it with what they make of the whole.

    Args:
        decided: the home.
        command: what is killed.
        others: who comes next, by name.
        writes: whether it is killed around its writes only.
        process: whether a process is killed.
        night: whether it is a night: who comes next does again what it did not do.
        every: which moments; 2: every second one.
    """
    tried = Tried()
    made = decided.calls(command)
    whole = decided.held
    expected: dict[tuple[bool, str], Held] = {}
    for name, other in others.items():
        for stored, start in ((True, whole), (False, whole if night else decided.before)):
            decided.set(start)
            expected[stored, name] = decided.after(other)
    moments = [
        (i, when)
        for i, (verb, _, _) in enumerate(made)
        for when in ("before", "after")
        if verb.startswith(("put", "delete")) or not writes
    ]
    for moment in moments[::every]:
        decided.set(decided.before)
        call = f"killed {moment[1]} call {moment[0]}: {made[moment[0]][:2]}"
        assert decided.kill(command, moment, process=process), call
        tried.points += 1
        left = decided.held
        if (state := frozenset(left.items())) in tried.states:
            continue
        tried.states.add(state)
        stored = committed(left) != committed(decided.before)
        for name, other in others.items():
            decided.set(left)
            ends, should = decided.after(other), expected[stored, name]
            different = {key for key in ends | should if ends.get(key) != should.get(key)}
            assert different == set(), f"{call}; then {name}"
            tried.followed += 1
    return tried


def committed(held: Held) -> set[str]:
    """The decisions and notices that are stored."""
    return {key for key in held if key.startswith("private/decisions/") or "/notices/" in key}
