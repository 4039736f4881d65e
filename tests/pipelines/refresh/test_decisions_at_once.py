"""Two stewards at once, and a steward while a night is at work: one decision counts, and the other is told."""

import json
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from homes import Home
from nights import levels, redeclare, sound, waits, watching
from tiers import few
from watched import Calls, at_once
from worlds import SLUG, START, World, column, declaration, many, table_csv

import quality.run  # noqa: F401  the children are forked from a process that has it
from catalog import keys
from catalog.errors import DecisionError
from catalog.release import publish
from pipelines import decisions
from pipelines.refresh import decide
from pipelines.refresh.result import RefreshResult
from pipelines.refresh.state import superseded_by

BAD = "site,level,extra\nb,7,x\ns001,7,x\n"
"""A column that nobody declared: it waits."""


class Meanwhile(Calls):
    """Calls of somebody during which somebody else acts, once: at a call, or before a key is created."""

    def __init__(self, act: Callable[[], object], *, at: int = -1, creates: str = "") -> None:
        super().__init__()
        self.act: Callable[[], object] | None = act
        self.at, self.creates = at, creates

    def around(self, verb: str, key: str, size: int, call: Callable[[], object]) -> object:
        if self.act and (len(self.made) == self.at or (verb, key) == ("put_new", self.creates)):
            act, self.act = self.act, None
            act()
        return super().around(verb, key, size, call)


def other(world: World) -> World:
    """Another process with the same home."""
    found = World(world.root, world.now)
    found.ctx.clock.advance(world.now)
    return found


def open_world(root: Path) -> World:
    world = World(root)
    world.declare(declaration())
    world.tell(table_csv(many(3)))
    world.tell(BAD)
    return world


def decides(world: World, action: str, by: str, candidate: str) -> list[RefreshResult]:
    if action == "approve":
        return [decide.approve(world.ctx, SLUG, candidate, by, "looked at it")]
    return list(decide.reject(world.ctx, SLUG, candidate, by, "looked at it"))


DONE = {"approve": "approved", "reject": "rejected"}
PAIRS = [(one, two) for one in ("approve", "reject") for two in ("approve", "reject")]


@pytest.mark.parametrize(("late", "first"), PAIRS)
def test_of_two_decisions_the_one_that_creates_the_number_counts(late: str, first: str, tmp_path: Path) -> None:
    world = open_world(tmp_path)
    candidate = waits(world) or ""
    calls = Meanwhile(lambda: decides(other(world), first, "first", candidate), creates=keys.decision(SLUG, 1))
    told = ""
    with watching(world, calls):
        try:
            decides(world, late, "late", candidate)
        except DecisionError as error:
            told = str(error)
    (decision,) = world.state().decisions
    assert (decision.action, decision.by, decision.i) == (first, "first", 1)
    if first == "approve":
        assert (world.newest().n, world.newest().approval.by) == (2, "first")
    else:
        assert (world.newest().n, world.state().excluded) == (1, (2,))
    # Who wanted the approval that there is learns from the release whose it was.
    assert (f"was {DONE[first]} by first" in told) == ((late, first) != ("approve", "approve"))
    assert other(world).settle() == []
    sound(world)


@pytest.mark.parametrize("kind", ["file", "s3"])
@pytest.mark.parametrize("actions", few([(("approve", "reject"),), (("approve", "approve"),), (("reject", "reject"),)]))
def test_stewards_in_processes_of_their_own(
    kind: str, actions: tuple[str, ...], tmp_path: Path, s3_server: Any
) -> None:
    home = Home(kind, tmp_path, s3_server)
    opened = lambda: World(tmp_path, START, (home.public, home.private))  # noqa: E731
    world = opened()
    world.declare(declaration())
    world.tell(table_csv(many(3)))
    world.tell(BAD)
    candidate = waits(world) or ""

    def steward(i: int, action: str) -> None:
        answer = "done"
        home.open()
        try:
            decides(opened(), action, f"steward {i}", candidate)
        except DecisionError as error:
            answer = str(error)
        (tmp_path / f"{i}.txt").write_text(answer, encoding="utf-8")

    works = [lambda i=i, action=action: steward(i, action) for i, action in enumerate((*actions, *actions))]
    assert at_once(works) == [0] * 4
    (decision,) = decisions.read(home.private, SLUG)
    answers = [(tmp_path / f"{i}.txt").read_text(encoding="utf-8") for i in range(4)]
    winner = int(decision.by[-1])
    assert answers[winner] == "done"
    wanted = [*actions, *actions]
    for i in {0, 1, 2, 3} - {winner}:
        same = (wanted[i], decision.action) == ("approve", "approve")
        assert (answers[i] == "done") == same, answers[i]
        assert same or f"was {DONE[decision.action]} by {decision.by} (looked at it)" in answers[i]
    assert opened().settle() == []
    newest = publish.newest(home.public, SLUG)
    assert newest is not None
    assert newest.n == (2 if decision.action == "approve" else 1)
    assert json.loads(home.public.get(keys.status(SLUG)).body)["state"] == "fresh"


# A night at the same time -----------------------------------------------------------------------------------


def while_it_waits(world: World) -> None:
    """The night brings what may be released."""
    world.hear(table_csv({"n": 5, "s002": 2}))


def while_more_waits(world: World) -> None:
    """The night brings more that has to wait."""
    world.hear("site,level,extra\nc,8,x\n")


def while_it_is_taken_back(world: World) -> None:
    """The night speaks of the same keys, and changes nothing."""
    world.hear(table_csv({"s001": 1.0}))


def while_the_declaration_changed(world: World) -> None:
    """The night reads all that was heard anew."""
    redeclare(world, fields=[column("site"), column("level", "number", strip="markup")])


NIGHTS = (while_it_waits, while_more_waits, while_it_is_taken_back, while_the_declaration_changed)


def nights_and_decisions(root: Path, night: Callable[[World], None], action: str, *, every: int, decides_first: bool):
    """Let a decision be taken at a call of a night, or a night pass at a call of a decision; count the calls."""
    at = 0
    while True:
        world = open_world(root / f"{at}-{secrets.token_hex(2)}")
        candidate = waits(world) or ""
        night(world)
        answers: list[object] = []

        def decided(world: World = world, candidate: str = candidate, answers: list[object] = answers) -> None:
            try:
                answers.append(decides(other(world), action, "lin", candidate))
            except DecisionError as error:
                answers.append(error)

        def passes(world: World = world) -> None:
            other(world).settle()

        calls = Meanwhile(decided if not decides_first else passes, at=at)
        with watching(world, calls):
            if not decides_first:
                world.settle()
            else:
                try:
                    answers.append(decides(world, action, "lin", candidate))
                except DecisionError as error:
                    answers.append(error)
        if calls.act:
            return at
        ends_well(other(world), candidate, action, answers, f"call {at}: {calls.made[at][:2]}")
        at += every


def ends_well(world: World, candidate: str, action: str, answers: list[object], call: str) -> None:
    """One word on the candidate; what was said of it is so; a second night finds nothing to do."""
    world.settle()
    assert [one.outcome for one in other(world).settle()] == [], call
    world = other(world)
    (answer,) = answers
    taken = decisions.on(world.state().decisions, candidate)
    refused = isinstance(answer, DecisionError)
    assert refused or taken is not None, call
    releases = [publish.load(world.public, SLUG, n) for n in range(1, world.newest().n + 1)]
    released = [one.n for one in releases if one.candidate == candidate]
    if action == "approve":
        assert bool(released) != refused, f"{call}: {answer}"
        # Refused, it still waits: as it was made again.
        assert (waits(world) is not None and 2 in world.state().pending) == refused or released, f"{call}: {answer}"
    elif not refused:
        assert (released, 2 in world.state().excluded) == ([], True), call
        assert superseded_by(world.private, SLUG, candidate) is not None, call
        assert levels(world)["s001"] == 1, call
    waiting = world.state().waiting
    status = json.loads(world.public.get(keys.status(SLUG)).body)
    assert status["candidate"] == (waiting.identity if waiting else None), call
    assert publish.read_json(world.private, keys.waiting(SLUG))["candidate"] == status["candidate"], call
    sound(world)


@pytest.mark.parametrize("action", few(["approve", "reject"]))
def test_a_decision_while_a_night_is_at_work(action: str, tmp_path: Path) -> None:
    assert nights_and_decisions(tmp_path, while_it_waits, action, every=20, decides_first=False) > 50


@pytest.mark.parametrize("action", few(["reject", "approve"]))
def test_a_night_while_a_decision_is_carried_out(action: str, tmp_path: Path) -> None:
    assert nights_and_decisions(tmp_path, while_it_waits, action, every=20, decides_first=True) > 20


@pytest.mark.soak
@pytest.mark.parametrize("decides_first", [False, True])
@pytest.mark.parametrize("action", ["approve", "reject"])
@pytest.mark.parametrize("night", NIGHTS)
def test_a_decision_and_a_night_at_every_call(
    night: Callable[[World], None],
    action: str,
    decides_first: bool,
    tmp_path: Path,
    counted: Callable[[str, int], None],
) -> None:
    at = nights_and_decisions(tmp_path, night, action, every=3, decides_first=decides_first)
    counted("moments at which a decision and a night meet", at // 3)
    assert at > 20
