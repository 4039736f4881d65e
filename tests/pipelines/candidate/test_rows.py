"""The typed rows of a plan, and the base that they are folded on."""

import pytest
from markets import hear, on, prices
from nights import DAILY, LOOSE, MONTHS, Make, redeclare
from worlds import SLUG, World, column

from pipelines.candidate.plan import FoldPlan
from pipelines.candidate.rows import PlannedRows, planned_rows


def planned(world: World, *ks: int, again: bool = False) -> PlannedRows:
    """The rows of fetches, to be folded on the newest release."""
    return planned_rows(world.ctx, FoldPlan(world.ctx.declarations.of(SLUG), world.state().newest, ks, again=again))


@pytest.fixture
def world(make: Make) -> World:
    world = make(fields=DAILY, guards=LOOSE, **MONTHS)
    world.tell("site,day,level\nb,2026-01-01,1\na,2026-02-01,2\n")
    return world


def test_raw_and_typed_rows_of_all_fetches_are_in_the_order_of_the_fold(make: Make):
    world = make(fields=DAILY, guards=LOOSE, **MONTHS)
    ks = [world.hear(f"site,day,level\n{row}\n") for row in ("b,2026-02-01,1", "a,2026-02-01,2", "a,2026-01-01,x")]
    rows = planned(world, *ks)
    assert rows.conformed.rows.column("_fetch").to_pylist() == [3, 2, 1]
    assert rows.raw.table.column("level").to_pylist() == ["x", "2", "1"]
    assert rows.conformed.unread["level"].to_pylist() == ["x", None, None]
    assert list(rows.fetched_at) == ks
    assert rows.fetched_at[1] < rows.fetched_at[3]
    assert rows.asked is None


def test_without_a_release_the_base_is_empty(make: Make):
    world = make(fields=DAILY, **MONTHS)
    base = planned(world, world.hear("site,day,level\na,2026-01-01,1\n")).base
    assert (dict(base.hashes), base.rows("2026-01").num_rows) == ({}, 0)


def test_the_base_is_read_partition_by_partition(world: World):
    base = planned(world, world.hear("site,day,level\na,2026-01-01,1\n")).base
    assert base.hashes == world.newest().hashes
    assert base.rows("2026-02").column("site").to_pylist() == ["a"]
    assert base.rows("2026-03").num_rows == 0
    assert (base.other_key, base.other_partitions) == (False, False)


def test_folding_again_knows_what_the_declaration_changed(world: World):
    base = planned(world, 1, again=True).base
    assert (base.hashes, base.other_key, base.other_partitions) == (world.newest().hashes, False, False)
    redeclare(world, fields=[*DAILY, column("note")], guards=LOOSE, key=["site"])
    base = planned(world, 1, again=True).base
    assert (base.other_key, base.other_partitions) == (True, True)
    assert base.schema.names == ["site", "day", "level"]
    assert not set(base.hashes.values()) & set(world.newest().hashes.values()), "another schema gives other content"


def test_windows_are_known_where_the_dataset_is_loaded_by_windows(make: Make):
    world = make()
    world.declare(prices())
    k = hear(world, on("04-17"), {("04-17", "N04", "a"): 1.0})
    asked = planned(world, k).asked
    assert asked is not None
    assert (list(asked.windows), asked.judged) == ([k], (k,))
