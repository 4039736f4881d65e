"""What a test says of nights: what came of them, what a steward decides, and where a run is killed."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from watched import Calls, Watched
from worlds import SLUG, World, bodies, column, declaration, table_csv

from catalog import keys
from catalog.release.verify import verify
from pipelines.declared import Declarations
from pipelines.records import Fetched, Outcome, Page
from pipelines.refresh import decide
from pipelines.refresh.result import RefreshResult
from pipelines.refresh.settle import record as keep
from pipelines.trace.rebuild import rebuild

Make = Callable[..., World]
LOOSE: dict[str, Any] = {"removed": 1, "quarantined": 1, "collapsed": 1}
"""Guards that hold nothing."""
DAILY = [column("site"), column("day", "date"), column("level", "number")]
MONTHS: dict[str, Any] = {"key": ["site", "day"], "partition": {"field": "day", "grain": "month"}}


def said(items: list[RefreshResult]) -> list[tuple[str, int | None]]:
    return [(item.outcome, item.release) for item in items]


def levels(world: World) -> dict[str, Any]:
    return {row["site"]: row["level"] for row in world.rows()}


def what(world: World, k: int) -> Outcome | None:
    return world.state().outcome(k)


def waits(world: World) -> str | None:
    """The id of what waits."""
    waiting = world.state().waiting
    return waiting.identity if waiting else None


def approve(world: World) -> RefreshResult:
    """Approve what waits; then settle what is still pending, as the next run would."""
    waiting = world.state().waiting
    assert waiting is not None, "nothing waits"
    item = decide.approve(world.ctx, SLUG, waiting.identity, "chen", "looked at it")
    world.settle()
    return item


def reject(world: World, *evidence: int) -> list[RefreshResult]:
    waiting = world.state().waiting
    assert waiting is not None, "nothing waits"
    return list(decide.reject(world.ctx, SLUG, waiting.identity[:12], "chen", "it is wrong", evidence))


def sound(world: World) -> None:
    """Every release can be proved and folded again."""
    for n in range(1, world.newest().n + 1):
        assert not list(verify(world.public, SLUG, n))
    assert rebuild(world.ctx, SLUG, world.newest().n).same


def finished(world: World) -> None:
    """All that follows from the newest commit is written: pointer, sums, outcomes."""
    n = world.newest().n
    assert world.public.get(keys.pointer(SLUG)).body == world.public.get(keys.document(SLUG, n)).body
    assert world.public.head(keys.sums(SLUG, n)) is not None
    for k in world.newest().facts.evidence:
        assert what(world, k) == Outcome("folded", n=n)


def state(world: World) -> dict[str, bytes]:
    """Every object of both stores."""
    both = {"public": world.public, "private": world.private}
    return {f"{side}/{key}": body for side, store in both.items() for key, body in bodies(store)}


def redeclare(world: World, quality: list[dict[str, Any]] | None = None, **more: Any) -> None:
    """Declare the dataset otherwise; what is not said is as by default."""
    world.declare(declaration(**more), quality)


def major(world: World) -> None:
    """A release of a new MAJOR version: a unit changed, and a steward approved it."""
    redeclare(world, fields=[column("site"), column("level", "number", unit="m")])
    world.tell(table_csv({"a": 1}))
    approve(world)


def fails(world: World) -> RefreshResult:
    """A night on which the agency is down: the failed fetch is kept."""
    world.now += dt.timedelta(hours=1)
    world.ctx.clock.advance(world.now)
    failed = Fetched({"protocol": "file"}, world.now, (), "expected an answer, found none", answered=False)
    _, item = keep(world.ctx, SLUG, failed)
    assert item is not None
    return item


def overtaken(world: World, body: str) -> None:
    """Keep what was asked for long ago, and came only now."""
    page = Page("https://waters.example/rivers.csv", 200, {}, body.encode())
    keep(world.ctx, SLUG, Fetched({"protocol": "file"}, world.now - dt.timedelta(minutes=30), (page,), None))


class Killed(BaseException):
    """The run is dead; nothing of ours catches this."""


@dataclass
class Mortal(Calls):
    """Calls of a run that dies, within this process, at a moment, or right after the write of a key."""

    after_key: str | None = None
    dead: bool = False

    def around(self, verb: str, key: str, size: int, call: Callable[[], object]) -> object:
        if self.dead:
            raise Killed
        moment = self.die_at or (-1, "")
        index = len(self.made)
        self.made.append((verb, key, size))
        self._die(moment == (index, "before"))
        try:
            return call()
        finally:
            self._die(moment == (index, "after") or (verb.startswith("put") and key == self.after_key))

    def _die(self, now: bool) -> None:
        if now:
            self.dead = True
            raise Killed


@contextmanager
def watching(world: World, calls: Calls) -> Iterator[Calls]:
    """Another process: it remembers nothing, and its calls are seen."""
    own = world.ctx
    stores = {"public": Watched(world.public, calls), "private": Watched(world.private, calls)}
    world.ctx = dataclasses.replace(own, **stores, declarations=Declarations(world.datasets))
    try:
        yield calls
    finally:
        world.ctx = dataclasses.replace(own, declarations=Declarations(world.datasets))


def killed(world: World, work: Callable[[], object], **moment: Any) -> bool:
    """Do work in a process that is killed at a moment; return whether it came to that."""
    with watching(world, Mortal(**moment)):
        try:
            work()
        except Killed:
            return True
    return False
