"""What a run derives of all datasets together, in which present, for which address."""

import dataclasses
import datetime as dt
import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from replays import NIGHTS, night, recorded, stamps, world_of
from tiers import few
from watched import Calls, Watched
from worlds import SLUG, START, World, declaration, inline, table_csv

from catalog import keys
from catalog.store import Blob, Span
from pipelines.context import Clock, Context
from pipelines.declared import Declarations
from pipelines.fetch.fetcher import Fetcher
from pipelines.fetch.replay import Replay
from pipelines.fetch.sources import Live, mark
from pipelines.run import run, write_lists


def home(tmp_path: Path, kind: str) -> World:
    """A home whose only dataset was due one hour after it was heard."""
    world = World(tmp_path)
    world.declare(declaration(due={"fetched": "1h"}))
    mark(world.public, world.private, kind)
    world.tell(table_csv({"a": 1}))
    return world


def page(world: World) -> str:
    return world.public.get(keys.dataset_page(SLUG, "en")).body.decode()


def test_in_a_live_home_the_present_says_what_is_overdue(tmp_path: Path) -> None:
    world = home(tmp_path, "live")
    write_lists(world.ctx)
    assert "Overdue" not in page(world)
    world.ctx.clock.advance(START + dt.timedelta(days=1))
    write_lists(world.ctx)
    assert "Overdue" in page(world)


def test_in_a_simulated_home_time_stands_still_between_runs(tmp_path: Path) -> None:
    world = home(tmp_path, "replay")
    world.ctx.clock.advance(START + dt.timedelta(days=1))  # as a command does that is given years later
    write_lists(world.ctx)
    assert "Overdue" not in page(world)


def test_pages_name_the_address_of_the_run(tmp_path: Path) -> None:
    world = home(tmp_path, "live")
    write_lists(dataclasses.replace(world.ctx, address="https://a.example"))
    assert f"https://a.example/datasets/{SLUG}" in page(world)


Run = Callable[[World, Path, Sequence[str]], None]


def at_once(world: World, folder: Path, wanted: Sequence[str]) -> None:
    ctx = Context(world.public, world.private, Declarations(world.datasets), {}, clock=Clock())
    list(run(ctx, Replay(folder), list(wanted), each=True))


def one_by_one(world: World, folder: Path, wanted: Sequence[str]) -> None:
    for slug in wanted:
        at_once(world, folder, [slug])


@pytest.mark.parametrize("how", [at_once, one_by_one])
@pytest.mark.parametrize("wanted", few(((each,) for each in itertools.permutations(NIGHTS)), 2), ids="-".join)
def test_a_replay_gives_each_dataset_its_own_clock(how: Run, wanted: tuple[str, ...], tmp_path: Path) -> None:
    world = world_of(tmp_path / "home")
    how(world, recorded(tmp_path / "recorded"), wanted)
    found = stamps(world)
    for slug, days in NIGHTS.items():
        first, second = map(night, days)
        released = [(first, first)] if slug == "may" else [(first, first), (second, second)]
        due = (dt.datetime.fromisoformat(second) + dt.timedelta(hours=3)).isoformat()
        state, since = ("failing", second) if slug == "may" else ("fresh", first)
        assert found[slug] == [*released, state, second, since, due]
    # What is ours has no time of its own: it is as old as the first that looks at it.
    oldest = night(NIGHTS["april" if how is at_once else wanted[0]][0])
    assert found["places"][0] == (oldest, oldest)


class Odd(Watched):
    """A store that fails as none should, for what belongs to one dataset."""

    def get(self, key: str, span: Span | None = None) -> Blob:
        if key == keys.waiting(SLUG):
            raise RuntimeError("a fault of a library")
        return super().get(key, span)


def test_to_say_that_something_failed_does_not_fail_itself(tmp_path: Path) -> None:
    world = World(tmp_path)
    for slug in (SLUG, "wells"):
        world.declare(inline(slug), table="site,level\na,1\n")
    ctx = dataclasses.replace(world.ctx, private=Odd(world.private, Calls()))
    first, second = run(ctx, Live(Fetcher({})), [SLUG, "wells"])
    assert (first.outcome, second.outcome, second.dataset) == ("failed", "released", "wells")
    assert (first.reason or "").count("a fault of the software, please report it") == 2, (
        "the fault, and that of telling"
    )
