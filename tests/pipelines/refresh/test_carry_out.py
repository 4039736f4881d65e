"""What follows from a notice in other datasets, and where another publisher comes between."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from nights import approve, killed, said
from worlds import SLUG, World, column, declaration, inline, table_csv

from catalog import keys
from catalog.release import notices, publish, served
from catalog.release.read import ReleaseFiles
from pipelines.refresh.carry_out import derived_from
from pipelines.refresh.withdraw import Withdrawal, withdraw
from pipelines.run import refresh

WANTED = Withdrawal("Lin", "It holds names.", "PDPA, article 11")


def derived(slug: str, of: str) -> dict[str, Any]:
    """A dataset with the sum of another one's levels."""
    found = declaration(
        slug,
        [column("kind"), column("level", "number")],
        derive={"sql": "sum.sql", "over": {"source": of}},
        load="replace",
        guards={"changed": 1},
    )
    del found["minsheng"]["source"]
    return found


def derive(world: World, slug: str) -> list[tuple[str, int | None]]:
    return said(list(refresh(world.ctx, None, world.ctx.declarations.of(slug), each=False)))  # type: ignore[arg-type]


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Rivers, their total, and the total of that; three releases of each."""
    world = World(tmp_path)
    world.declare(declaration())
    for slug, of in (("totals", SLUG), ("grand", "totals")):
        world.declare(derived(slug, of))
        query = "SELECT 'sum' AS kind, sum(level) AS level FROM source"
        (world.datasets / slug / "sum.sql").write_text(query, encoding="utf-8")
    for rows in ({"a": 1}, {"s666": 667}, {"c": 3}):
        world.tell(table_csv(rows))
        assert derive(world, "totals")[0][0] == derive(world, "grand")[0][0] == "released"
    return world


def total(world: World, slug: str) -> Any:
    release = served.served(world.public, slug)
    assert release is not None
    return ReleaseFiles(world.public, release).table().column("level").to_pylist()


def test_what_was_derived_is_withdrawn_by_the_same_notice_however_far(world: World) -> None:
    done = withdraw(world.ctx, SLUG, 2, WANTED)
    assert done.derived == {"totals": [2, 3], "grand": [2, 3]}
    for slug in ("totals", "grand"):
        (notice,) = notices.read(world.public, slug)
        assert notice.because is not None
        assert (notice.because.dataset, notice.because.i, notice.by) == (SLUG, 1, "Lin")
        assert total(world, slug) == [1.0]
        for file in publish.load(world.public, slug, 2).files():
            there = world.public.head(keys.dataset(slug, file.path)) is not None
            stays = file in publish.load(world.public, slug, 1).files()
            assert there == stays
    world.settle()
    approve(world)
    assert derive(world, "totals") == [("released", 4)], "nobody has to look at what is only derived"
    assert derive(world, "grand") == [("released", 4)]
    assert total(world, "grand") == [4.0]
    for slug in (SLUG, "totals", "grand"):
        world.public.delete(keys.status(slug))  # then all of it is carried out once more
    world.settle()
    assert derive(world, "totals")[0][0] == derive(world, "grand")[0][0] == "unchanged"
    assert total(world, "grand") == [4.0]
    assert [len(notices.read(world.public, slug)) for slug in (SLUG, "totals", "grand")] == [1, 1, 1]
    withdraw(world.ctx, SLUG, 2, replace(WANTED, purge=True))
    assert total(world, "grand") == [4.0]


def test_what_was_derived_is_withdrawn_also_where_it_is_run_alone_after_a_crash(world: World) -> None:
    assert killed(world, lambda: withdraw(world.ctx, SLUG, 2, WANTED), after_key=keys.notice(SLUG, 1))
    assert notices.read(world.public, "totals") == ()
    assert [outcome for outcome, _ in derive(world, "totals")] == ["unchanged"]
    assert total(world, "totals") == [1.0]
    assert [each.n for each in notices.read(world.public, "totals")[0].releases] == [2, 3]
    world.settle()
    assert derive(world, "grand")[0][0] == "unchanged"
    assert total(world, "grand") == [1.0]


def test_a_table_that_gives_codes_is_told_and_withdraws_nothing_else(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.declare(inline("codes", fields=[column("code")]), table="code\na\nb\n")
    refer = [{"fields": ["site"], "dataset": "codes", "to": ["code"]}]
    world.declare(declaration(references=refer))
    derive(world, "codes")
    world.tell(table_csv({"a": 1}))
    done = withdraw(world.ctx, "codes", 1, WANTED)
    assert done.derived == {}
    assert [(each.dataset, each.n) for each in done.referring] == [(SLUG, 1)]
    assert served.served(world.public, SLUG) is not None


def test_what_another_publisher_made_on_it_meanwhile_is_named_by_the_next_run(world: World) -> None:
    late = world.copied(world.root.with_name("late"))
    late.tell(table_csv({"e": 5}))
    derive(late, "totals")
    withdraw(world.ctx, SLUG, 2, WANTED)
    for side, store in (("public", late.public), ("private", late.private)):
        mine = world.public if side == "public" else world.private
        for key in list(store.list("")):
            if "/4" in key or "-4" in key or "00000004" in key or mine.head(key) is None:
                mine.delete(key)
                mine.put_new(key, store.get(key).body)
    assert world.newest().n == 4
    world.settle()
    assert [
        sorted(each.n for each in one.releases if each.dataset == SLUG) for one in notices.read(world.public, SLUG)
    ] == [
        [2, 3],
        [4],
    ]
    assert world.state().n == 1


def test_what_was_derived_is_found_once_for_each_dataset(world: World) -> None:
    found = derived_from(world.ctx, SLUG, [3])
    assert {slug: [each.n for each in releases] for slug, releases in found.items()} == {"totals": [3], "grand": [3]}
