"""A steward's table is evidence like any other, and only when it changed."""

import datetime as dt
from pathlib import Path

import pytest
from worlds import SLUG, START, World, declaration

from catalog.declaration.dataset import load_dataset
from catalog.reasons.values import NotData
from pipelines.fetch.inline import inline_fetch
from pipelines.records import Fetched
from pipelines.refresh.settle import record as keep

TABLE = declaration(source={"protocol": "inline", "table": "table.csv"})


@pytest.fixture
def world(tmp_path: Path) -> World:
    found = World(tmp_path / "home")
    found.declare(declaration())
    return found


def test_a_stewards_table_is_heard_when_it_changed(world: World):
    world.declare(declaration(source={"protocol": "inline", "table": "table.csv"}), table="site,level\na,1\n")
    said, evidence = load_dataset(world.datasets, SLUG), world.ctx.evidence(SLUG)

    def heard() -> Fetched | None:
        found = inline_fetch(world.ctx, said)
        if found:
            evidence.record(found)
        return found

    assert heard() is not None
    assert heard() is None
    (world.datasets / SLUG / "table.csv").write_text("site,level\na,2\n")
    world.ctx.clock.simulated = START - dt.timedelta(days=1)  # a clock that went back does not make it overtaken
    found = heard()
    assert found is not None
    assert found.fetched_at == START
    assert evidence.outcome(2) is None


def test_a_table_without_rows_is_kept_refused_and_not_kept_twice(world: World):
    world.declare(TABLE, table="site,level\n")
    fetched = inline_fetch(world.ctx, load_dataset(world.datasets, SLUG))
    assert fetched is not None
    record, item = keep(world.ctx, SLUG, fetched)
    assert world.ctx.evidence(SLUG).body(record.bodies[0]) == b"site,level\n"
    assert item is not None
    assert item.reasons == (NotData(detail="expected rows in table.csv, found a header only"),)
    assert inline_fetch(world.ctx, load_dataset(world.datasets, SLUG)) is None


def test_a_table_that_is_missing_is_recorded_once(world: World):
    world.declare(TABLE)
    fetched = inline_fetch(world.ctx, load_dataset(world.datasets, SLUG))
    assert fetched is not None
    assert str(fetched.why).startswith("expected the file table.csv beside dataset.yaml, found none")
    keep(world.ctx, SLUG, fetched)
    assert inline_fetch(world.ctx, load_dataset(world.datasets, SLUG)) is None
