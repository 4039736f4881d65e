"""Numbers that Dagster plots over the nights."""

import pytest
from nights import DAILY, MONTHS, Make, waits
from worlds import SLUG, World, damage

from pipelines.candidate.facts import candidate_quality
from pipelines.refresh.settle import Proposals, decide_pending
from pipelines.shell.plots import of_release, of_table

HEAD = "site,day,level\n"


@pytest.fixture
def world(make: Make) -> World:
    world = make(fields=DAILY, load="replace", guards={"removed": 0, "quarantined": 1}, **MONTHS)
    world.tell(f"{HEAD}a,2026-06-29,1\nb,2026-06-30,x\n")
    return world


def shown(world: World, proposals: Proposals, identity: str) -> dict[str, float]:
    dataset = world.ctx.declarations.dataset(SLUG)
    numbers = of_table(world.ctx, dataset, proposals, candidate_quality(world.ctx, SLUG, identity))
    return {name: getattr(value, "value", value) for name, value in numbers.items()}


def test_of_a_candidate_and_of_a_night_without_one(world: World):
    world.keep(f"{HEAD}b,2026-06-30,2\n")
    held = decide_pending(world.ctx, SLUG)
    assert shown(world, held, waits(world) or "") == {
        "rows": 1, "insert": 0, "update": 1, "delete": 1, "failed_rows": 0, "source_lag_hours": 34.0,
    }  # fmt: skip
    quiet = Proposals((), None)
    assert shown(world, quiet, world.newest().candidate) == {
        "rows": 2, "insert": 0, "update": 0, "delete": 0, "failed_rows": 1,
    }  # fmt: skip


def test_the_lag_of_a_release_grows_while_nothing_new_comes(world: World):
    dataset = world.ctx.declarations.dataset(SLUG)
    before = of_release(world.ctx, dataset, world.newest())["source_lag_hours"].value
    assert world.tell(f"{HEAD}a,2026-06-29,1\nb,2026-06-30,x\n")[-1].outcome == "unchanged"
    assert (before, of_release(world.ctx, dataset, world.newest())["source_lag_hours"].value) == (33.0, 34.0)


def test_a_damaged_file_stops_no_step_because_of_a_plot(world: World):
    damage(world.public, world.newest(), "data", "missing")
    assert of_release(world.ctx, world.ctx.declarations.dataset(SLUG), world.newest()) == {}


def test_a_table_without_times_has_no_lag(make: Make):
    world = make()
    world.tell("site,level\na,1\n")
    assert of_release(world.ctx, world.ctx.declarations.dataset(SLUG), world.newest()) == {}
    assert shown(world, Proposals((), None), world.newest().candidate)["rows"] == 1
