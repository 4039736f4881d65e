"""What a run derives of all datasets together, in which present, for which address."""

import dataclasses
import datetime as dt
from pathlib import Path

from worlds import SLUG, START, World, declaration, table_csv

from catalog import keys
from pipelines.fetch.sources import mark
from pipelines.run import write_lists


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
