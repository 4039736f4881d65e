"""What a release changed is read from its changes file: cell by cell, in bounded memory, a first release not at all."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from ministries import LOOSE
from watched import Calls, Watched
from worlds import World, column, damage, declaration, text

from catalog.formats import parquet
from catalog.release import served
from catalog.release.changes import Counts
from catalog.release.read import AlteredFile, MissingFile
from catalog.site import changed
from catalog.site.changed import Cell, ReleaseChanges, read
from catalog.site.sources import Reader
from pipelines.refresh import decide

FIELDS = [
    column("site", categories=[{"value": "n", "label": text("North")}, {"value": "s", "label": text("South")}]),
    column("day", "date"),
    column("level", "number", unit="m"),
    column("note"),
]
HEAD = "site,day,level,note"
FIRST = [f"{site},2026-0{month}-01,{month}.5,ok" for month in range(1, 7) for site in ("n", "s")]


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.declare(declaration("rivers", FIELDS, key=["site", "day"], load="replace", guards=LOOSE | {"removed": 1}))
    tell(world, FIRST)
    return world


def tell(world: World, lines: list[str], head: str = HEAD) -> None:
    world.tell("\n".join([head, *lines, ""]), "rivers")


def changed_by(world: World, n: int | None = None, calls: Calls | None = None) -> ReleaseChanges:
    public = Watched(world.public, calls) if calls else world.public
    release = served.named(world.public, "rivers", n)
    released = Reader(world.public).released(release)
    return read(public, released)  # type: ignore[arg-type]  # a watched store is one


def test_a_first_release_is_not_read(world: World) -> None:
    calls = Calls()
    found = changed_by(world, calls=calls)
    assert calls.made == []
    assert (found.rows, found.counts, found.compared_with) == (12, Counts(insert=12), None)
    assert (found.updated, found.deleted, found.where) == ((), (), ())


def test_corrections_and_removals_are_told_cell_by_cell(world: World) -> None:
    tell(world, [*FIRST[2:-1], "s,2026-06-01,9,wet", "n,2026-07-01,1,ok"])
    calls = Calls()
    found = changed_by(world, calls=calls)
    assert [verb for verb, _, _ in calls.made] == ["get"], "the changes file alone, once"
    assert (found.before, found.rows, found.unchanged) == (12, 11, 9)
    assert found.counts == Counts(insert=1, update=1, delete=2)
    (row,) = found.updated
    assert row.key == {"site": "s", "day": dt.date(2026, 6, 1)}
    assert row.cells == (Cell("level", 6.5, 9.0), Cell("note", "ok", "wet"))
    assert [gone.key["site"] for gone in found.deleted] == ["n", "s"]
    assert found.deleted[0].beside == {"level": 1.5, "note": "ok"}
    assert not found.by_size, "two columns have no common size"
    place, time = found.where
    assert (place.column, dict(place.counts)) == ("site", {"n": Counts(1, 0, 1), "s": Counts(0, 1, 1)})
    assert (time.grain, time.counts[0]) == ("day", ("2026-07-01", Counts(insert=1)))


def test_corrections_of_one_number_stand_in_order_of_size_then_newest_first(world: World) -> None:
    lines = [line.replace("2.5", "2.6").replace("3.5", "13.5").replace("5.5", "5.6") for line in FIRST]
    tell(world, lines)
    found = changed_by(world)
    assert found.by_size
    assert [(row.key["day"].month, row.key["site"]) for row in found.updated] == [
        (3, "n"), (3, "s"), (5, "n"), (5, "s"), (2, "n"), (2, "s"),
    ]  # fmt: skip


def test_a_number_that_came_or_went_stands_first(world: World) -> None:
    tell(world, [FIRST[0].replace("1.5", ""), *FIRST[1:-1], FIRST[-1].replace("6.5", "99")])
    found = changed_by(world)
    assert [row.cells[0].after for row in found.updated] == [None, 99.0]


def test_no_more_rows_are_held_than_a_page_lists(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changed, "MOST_LISTED", 3)
    tell(world, [line.replace(",ok", ",dry") for line in FIRST[:8]])
    found = changed_by(world)
    assert (found.counts.update, len(found.updated)) == (8, 3)
    assert (found.counts.delete, len(found.deleted)) == (4, 3)


def test_of_very_many_changes_only_the_first_row_groups_are_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "ROWS_PER_GROUP", 2)
    tell(world, [line.replace(",ok", ",dry") for line in FIRST])
    monkeypatch.setattr(changed, "MOST_READ", 4)
    monkeypatch.setattr(changed, "MOST_SORTED", 4)
    monkeypatch.setattr(changed, "MOST_LISTED", 4)
    taken = []
    whole = parquet.Opened._group
    monkeypatch.setattr(parquet.Opened, "_group", lambda self, group: taken.append(group) or whole(self, group))
    found = changed_by(world)
    assert taken == [0, 1], "of six"
    assert (len(found.updated), found.where) == (4, ())
    assert [row.key["day"].month for row in found.updated] == [1, 2, 3, 4], "in order of the key"


@pytest.mark.parametrize("whole", [True, False])
def test_a_damaged_file_is_said(world: World, monkeypatch: pytest.MonkeyPatch, whole: bool) -> None:
    if not whole:
        monkeypatch.setattr(changed, "WHOLE_BYTES", 0)
    tell(world, FIRST[:-1])
    assert len(changed_by(world).deleted) == 1
    damage(world.public, world.newest(), "changes", "flipped")
    with pytest.raises(AlteredFile, match="release 2"):
        changed_by(world)


def test_a_missing_file_is_said(world: World) -> None:
    tell(world, FIRST[:-1])
    damage(world.public, world.newest(), "changes", "missing")
    with pytest.raises(MissingFile, match="release 2"):
        changed_by(world)


def other(fields: list[dict[str, Any]], key: list[str]) -> dict[str, Any]:
    return declaration("rivers", fields, key=key, load="replace", guards=LOOSE | {"removed": 1}, approve="auto")


def approve(world: World) -> None:
    waiting = world.state("rivers").waiting
    assert waiting
    decide.approve(world.ctx, "rivers", waiting.identity, "chen", "wanted")


def test_a_change_of_columns_is_told(world: World) -> None:
    fields = [*FIELDS[:2], column("level", "number", unit="cm"), column("depth", "integer")]
    world.declare(other(fields, ["site", "day"]))
    tell(world, [f"{line},7" for line in FIRST], f"{HEAD},depth")
    approve(world)
    found = changed_by(world)
    assert found.columns
    assert (found.columns.added, found.columns.altered, found.columns.other_key) == (("depth",), ("level",), False)
    assert [gone["name"] for gone in found.columns.gone] == ["note"]


def test_another_key_leaves_nothing_to_compare(world: World) -> None:
    world.declare(other(FIELDS, ["day", "site", "note"]))
    tell(world, FIRST)
    approve(world)
    found = changed_by(world)
    assert found.columns
    assert found.columns.other_key
    assert (found.counts, found.deleted) == (Counts(insert=12, delete=12), ())
    assert (found.before, found.unchanged) == (12, 0)


def test_many_days_are_counted_by_month_or_year(world: World) -> None:
    days = [dt.date(2024, 1, 1) + dt.timedelta(days=i) for i in range(50)]
    tell(world, [*FIRST, *(f"n,{day},1,ok" for day in days)])
    when = changed_by(world).where[-1]
    assert (when.grain, when.counts) == ("month", (("2024-02", Counts(insert=19)), ("2024-01", Counts(insert=31))))
    old = [f"n,{year}-{month:02}-01,1,ok" for year in range(1990, 1996) for month in range(1, 13)]
    tell(world, [*FIRST, *(f"n,{day},1,ok" for day in days), *old])
    assert changed_by(world).where[-1].counts[0] == ("1995", Counts(insert=12))
