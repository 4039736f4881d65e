"""A dry world: what is written there stays there; a file is heard as if it had been sent; tables are released in it."""

from pathlib import Path

import pytest
from nights import Make, state
from worlds import SLUG, World, column, declaration, inline

from catalog.errors import DecisionError
from catalog.release import publish
from pipelines.trial.world import dry, hear_file, hear_ours, read_as_declared, release_tables


def test_nothing_that_is_written_in_a_dry_world_stays(make: Make) -> None:
    world = make()
    world.tell("site,level\na,1\n")
    before = state(world)
    ctx = dry(world.ctx)
    file = world.root / "sent.csv"
    file.write_text("site,level\na,2\n", encoding="utf-8")
    k = hear_file(ctx, SLUG, file)
    record = ctx.evidence(SLUG).read(k)
    assert (k, record.replayed_file, record.complete) == (2, "sent.csv", True)
    assert record.fetched_at >= ctx.evidence(SLUG).read(1).fetched_at
    assert state(world) == before


def test_a_file_that_cannot_be_tried_is_told(make: Make, tmp_path: Path) -> None:
    world = make(
        fields=[column("day", "date"), column("kind"), column("level", "number")],
        key=["day", "kind"],
        source={"protocol": "moa", "resource": "X", "kinds": ["N04"], "since": "2026-01-01"},
        load="window",
        window={"day": "day", "kind": "kind"},
    )
    with pytest.raises(DecisionError, match=r"is asked for windows \(day, kind\), and a file does not say which"):
        hear_file(dry(world.ctx), SLUG, tmp_path / "sent.json")
    world.declare(declaration())
    with pytest.raises(DecisionError, match=r"--file to be a file that can be read, found .*\(No such file"):
        hear_file(dry(world.ctx), SLUG, tmp_path / "absent.csv")


def test_tables_that_it_refers_to_are_released_in_it(make: Make) -> None:
    world = make(references=[{"fields": ["site"], "dataset": "sites", "to": ["site"]}])
    world.declare(inline("sites"), table="site,level\na,1\n")
    ctx = dry(world.ctx)
    release_tables(ctx, SLUG)
    assert publish.newest(ctx.public, "sites") is not None
    assert publish.newest(world.public, "sites") is None
    hear_ours(ctx, "sites")
    assert ctx.evidence("sites").newest() == 1, "the table is the one that was heard"


def test_a_fetch_is_read_by_the_source_of_today(make: Make) -> None:
    world = make()
    world.hear("x\nsite,level\na,1\n")
    ctx = dry(world.ctx)
    dataset = ctx.declarations.dataset(SLUG)
    assert read_as_declared(ctx, dataset, (1,)) == ()
    kept = ctx.evidence(SLUG).read(1)
    skipped = dataset.model_copy(
        update={"minsheng": dataset.minsheng.model_copy(update={"source": {**dataset.minsheng.source, "reading": {}}})}
    )
    ctx.evidence(SLUG)._records[1] = type(kept)(**vars(kept) | {"asked": {"source": dataset.minsheng.source}})
    assert read_as_declared(ctx, skipped, (1,)) == (1,)
    again = World(world.root, stores=(ctx.public, ctx.private)).ctx
    assert again.evidence(SLUG).read(1).asked["source"] == skipped.minsheng.source
    assert "source" not in world.ctx.evidence(SLUG).read(1).asked
