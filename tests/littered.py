"""A world with all that nothing needs any more, and work that is done in the midst of other work."""

import datetime as dt
import gzip
from collections.abc import Callable
from dataclasses import dataclass

from nights import watching
from watched import Calls
from worlds import SLUG, World, table_csv

from catalog import keys
from catalog.release.digest import sha256
from pipelines.garbage.collect import Collection, collect
from pipelines.keep import Keep

NOW = dt.datetime(2026, 8, 1, tzinfo=dt.UTC)
ORPHAN = keys.dataset(SLUG, f"data/{SLUG}_all.0123456789abcdef.parquet")
BODY = keys.blob(sha256(b"never recorded"))


def days(count: float) -> dt.timedelta:
    return dt.timedelta(days=count)


def litter(world: World) -> set[str]:
    """Three releases, a candidate that waits and one that it superseded, and what killed runs left; what is garbage."""
    for rows in ({"a": 1}, {"b": 2}, {"c": 3}):
        world.tell(table_csv(rows))
    released = [each for each in staged(world) if each != world.newest().candidate]
    world.tell("site,level,extra\nd,9,x\n")
    (before,) = staged(world) - {*released, world.newest().candidate}
    world.tell("site,level,extra\ne,9,x\n")
    for store in (world.public, world.private):
        store.put_new(f"{keys.PROBE}feed", b"first")
    world.public.put_new(ORPHAN, b"rows")
    world.private.put_new(BODY, gzip.compress(b"never recorded"))
    for at in ("20260701T010000", "20260702T010000"):
        world.private.put_new(keys.night(at, ".json"), b"{}")
    world.private.put_new(keys.night_newest(".json"), b"{}")
    world.private.put_new(keys.NIGHT_TOLD, b"{}")
    return {
        *(f"private:{keys.candidates(SLUG)}{each}/" for each in (*released, before)),
        f"public:{ORPHAN}",
        f"private:{BODY}",
        *(f"{side}:{keys.PROBE}feed" for side in ("public", "private")),
        *(f"private:{keys.night(at, '.json')}" for at in ("20260701T010000", "20260702T010000")),
    }


def staged(world: World) -> set[str]:
    """The ids of candidates whose documents are there."""
    begin = keys.candidates(SLUG)
    return {key.split("/")[2] for key in world.private.list(begin) if key.endswith("/document.json")}


def gc(world: World, after: float) -> Collection:
    """Collect, so many days after the litter; by a process that remembers nothing."""
    return collect(World(world.root, world.now).ctx, Keep(), NOW + days(after))


@dataclass
class Meanwhile(Calls):
    """Calls in the midst of which, before one of them, another process does something."""

    at: int = -1
    act: Callable[[], object] = lambda: None

    def around(self, verb: str, key: str, size: int, call: Callable[[], object]) -> object:
        if len(self.made) == self.at:
            self.at = -1
            self.act()
        return super().around(verb, key, size, call)


def interrupted(world: World, work: Callable[[], object], at: int, act: Callable[[], object]) -> list[str]:
    """Do work, and before its call number `at` the other work; return the verbs of all calls."""
    with watching(world, Meanwhile(at=at, act=act)) as calls:
        work()
    return [verb for verb, _, _ in calls.made]


def moments(verbs: list[str], *, every: bool) -> list[int]:
    """The calls before which something else happens: all, or those that write."""
    return [i for i, verb in enumerate(verbs) if every or verb.startswith(("put", "delete"))]
