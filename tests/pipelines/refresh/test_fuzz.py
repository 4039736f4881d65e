"""Random histories, some of them killed on the way, against a model of a few lines; the seed tells each one."""

import random
from dataclasses import dataclass, field
from typing import Any

import pytest
from nights import LOOSE, Make, finished, killed, levels, redeclare, waits, what
from worlds import SLUG, World, table_csv, text

from catalog import keys
from catalog.release import publish
from catalog.release.verify import verify
from pipelines import decisions
from pipelines.refresh import decide
from pipelines.trace.rebuild import rebuild

HISTORIES, FAST = 30, 6
"""How many of each load; all but the first ones are long tests."""
STEPS = (5, 12)
OPERATIONS = (
    "tell",
    "tell",
    "tell bad",
    "tell bad",
    "hear",
    "hear bad",
    "approve",
    "approve",
    "reject",
    "reject part",
    "retitle",
)
DEADLY = 0.3
"""How often an operation is killed on the way."""
CALLS = 160
"""The store calls among which it is killed."""

Rows = dict[str, int]


@dataclass
class History:
    """A world, and what an observer noted beside it."""

    world: World
    load: str
    random: random.Random
    heard: dict[int, Rows] = field(default_factory=dict)
    bad: set[int] = field(default_factory=set)
    log: list[Any] = field(default_factory=list)

    def step(self, i: int) -> None:
        """Do something, perhaps in a process that is killed; then anything may come next."""
        name = self.random.choice(OPERATIONS)
        moment = (self.random.randrange(CALLS), self.random.choice(("before", "after")))
        work = getattr(self, f"_{name.split()[0]}")
        said = self._said(i, name)
        if self.random.random() >= DEADLY:
            work(*said)
        elif killed(self.world, lambda: work(*said), die_at=moment):
            self.log.append(("killed", *moment))
            if self.random.random() < 0.7:
                self.world.settle()
        self._note(name, said)

    def _said(self, i: int, name: str) -> tuple[Any, ...]:
        if name.startswith(("tell", "hear")):
            rows = {self.random.choice("abcd"): self.random.randint(1, 3) for _ in range(self.random.randint(1, 2))}
            return (rows, name.endswith("bad"))
        if name == "retitle":
            return (f"Title {i}",)
        return (self.random.random(),) if name == "reject part" else ()

    def _note(self, name: str, said: tuple[Any, ...]) -> None:
        self.log.append((name, *said, f"waits {(waits(self.world) or '')[:6]}"))
        k = max(self.heard, default=0) + 1
        if name.startswith(("tell", "hear")) and self.world.private.head(keys.evidence(SLUG, k)):
            self.heard[k] = said[0]
            self.bad |= {k} if said[1] else set()

    def _hear(self, rows: Rows, bad: bool) -> None:
        body = table_csv(rows)
        self.world.hear(body.replace("\n", ",extra\n") if bad else body)

    def _tell(self, rows: Rows, bad: bool) -> None:
        self._hear(rows, bad)
        self.world.settle()

    def _approve(self) -> None:
        identity = waits(self.world)
        if identity:
            decide.approve(self.world.ctx, SLUG, identity, "chen", "looked at it")
            self.world.settle()

    def _reject(self, part: float | None = None) -> None:
        waiting = self.world.state().waiting
        if waiting:
            some = () if part is None else (waiting.evidence[int(part * len(waiting.evidence))],)
            list(decide.reject(self.world.ctx, SLUG, waiting.identity, "chen", "it is wrong", some))

    def _retitle(self, title: str) -> None:
        redeclare(self.world, load=self.load, guards=LOOSE, top={"title": text(title)})
        self.world.settle()

    def counted(self) -> list[int]:
        """The fetches that count: not excluded, not waiting, not superseded, and bad ones only once approved."""
        line = self.world.state()
        out = decisions.excluded(decisions.read(self.world.private, SLUG))
        out |= set(line.waiting.evidence) if line.waiting else set()
        released = set()
        for n in range(1, line.newest.n + 1 if line.newest else 1):
            release = publish.load(self.world.public, SLUG, n)
            mine = set(release.facts.evidence)
            assert not mine & released, "a fetch is released once"
            released |= mine
            if mine & self.bad:
                assert release.approval.by == "chen", "what is bad passes only when approved"
        found = []
        for k in self.heard:
            outcome = what(self.world, k)
            assert outcome or k in out, f"fetch {k} is decided, excluded, or waits"
            if k not in out and outcome and (outcome.what in ("folded", "unchanged") or k in released):
                found.append(k)
        return found

    def rows(self) -> Rows:
        """What should be published."""
        counted = self.counted()
        if self.load == "replace":
            return self.heard[counted[-1]] if counted else {}
        rows: Rows = {}
        for k in counted:
            rows |= self.heard[k]
        return rows


def live(history: History) -> None:
    for i in range(history.random.randint(*STEPS)):
        history.step(i)
    world = history.world
    world.settle()
    assert [item.outcome for item in world.settle()] in ([], ["held"]), "a second run finds nothing to do"
    newest = publish.newest(world.public, SLUG)
    assert (levels(world) if newest else {}) == history.rows()
    if history.load == "upsert":
        # Nothing is lost on the way: what is good counts, unless it was excluded or waits with what is bad.
        line = world.state()
        out = set(line.excluded) | set(line.waiting.evidence if line.waiting else ())
        assert set(history.heard) - history.bad - out <= set(history.counted()) | repeated(history)
    elif history.heard:
        k = max(history.heard)
        assert k in history.bad or k in world.state().excluded or levels(world) == history.heard[k], "the newest counts"
    if newest:
        finished(world)
        assert not list(verify(world.public, SLUG, newest.n))
        for n in {newest.n, history.random.randint(1, newest.n)}:
            assert rebuild(world.ctx, SLUG, n).same, f"release {n} folded at once"


def repeated(history: History) -> set[int]:
    """The fetches that said what a candidate said."""
    found = set()
    for k in history.heard:
        outcome = what(history.world, k)
        if outcome and outcome.what == "same":
            found.add(k)
    return found


@pytest.mark.parametrize(
    "seed", [pytest.param(seed, marks=[pytest.mark.soak] if seed >= FAST else []) for seed in range(HISTORIES)]
)
@pytest.mark.parametrize("load", ["upsert", "replace"])
def test_a_random_history(make: Make, load: str, seed: int):
    world = make(load=load, guards=LOOSE)
    history = History(world, load, random.Random(f"{load} {seed}"))
    try:
        live(history)
    except BaseException as error:
        error.add_note(f"load {load}, seed {seed}: {history.log}")
        raise
