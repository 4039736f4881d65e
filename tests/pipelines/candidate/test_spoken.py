"""A window of values: what a file's name, the time of a fetch or the rows themselves speak of is replaced."""

import datetime as dt
from typing import Any

import pytest
from nights import LOOSE, Make
from worlds import SLUG, World, column, dataset, declaration

from catalog.errors import DeclarationError
from pipelines.records import Fetched, Page
from pipelines.refresh.settle import record as keep

SEASONS = {
    "fields": [
        column("season", **{"from": {"file": "^([0-9]+)_"}}),
        column("letter", **{"from": {"file": "_([a-z])"}}, codes={"map": {"a": "TPE", "f": "NWT"}}),
        column("serial", "integer"),
        column("price", "integer"),
    ],
    "key": ["season", "letter", "serial"],
    "load": "window",
    "window": {"from": ["season", "letter"]},
}
ROUTES = {
    "fields": [column("route"), column("stop"), column("level", "integer")],
    "key": ["route", "stop"],
    "load": "window",
    "window": {"from": "route"},
    "guards": LOOSE,
}
DAYS = {
    "fields": [column("day", "date", **{"from": {"fetched_at": True, "shift": "-1d"}}, date={}), column("site")],
    "key": ["day", "site"],
    "load": "window",
    "window": {"from": ["day"]},
    "empty": "data",
    "partition": {"field": "day", "grain": "month"},
    "guards": LOOSE,
}


def world_of(make: Make, said: dict[str, Any], **more: Any) -> World:
    world = make()
    world.declare(declaration(**(said | more)))
    return world


def hear(world: World, body: str, *files: str, hours: int = 1) -> list[str]:
    """Hear one body for each file, and settle; return the outcomes."""
    world.now += dt.timedelta(hours=hours)
    pages = tuple(Page(f"https://waters.example/{name}", 200, {}, body.encode()) for name in files or ("x.csv",))
    asked = {"replay": [f"{world.now.isoformat()} {name} " for name in files]} if files else {"protocol": "file"}
    _, result = keep(world.ctx, SLUG, Fetched(asked, world.now, pages, None))
    return [one.outcome for one in ([result] if result else world.settle())]


def cells(world: World) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in world.rows()]


def test_a_file_replaces_the_rows_that_its_name_speaks_of(make: Make):
    world = world_of(make, SEASONS, guards=LOOSE)
    hear(world, "serial,price\n1,10\n2,20\n", "113_a.csv")
    hear(world, "serial,price\n1,11\n", "114_a.csv")
    hear(world, "serial,price\n1,12\n", "113_f.csv")
    hear(world, "serial,price\n2,21\n3,30\n", "113_a.csv")
    expected = [("113", "NWT", 1, 12), ("113", "TPE", 2, 21), ("113", "TPE", 3, 30), ("114", "TPE", 1, 11)]
    assert cells(world) == expected


def test_two_files_of_one_fetch_speak_for_both(make: Make):
    world = world_of(make, SEASONS, guards=LOOSE)
    hear(world, "serial,price\n1,10\n2,20\n", "113_a.csv", "114_f.csv", "115_f.csv")
    hear(world, "serial,price\n3,30\n", "113_a.csv", "114_f.csv")
    assert [row[:3] for row in cells(world)] == [
        ("113", "TPE", 3),
        ("114", "NWT", 3),
        ("115", "NWT", 1),
        ("115", "NWT", 2),
    ]


def test_a_guard_looks_at_the_window_alone(make: Make):
    world = world_of(make, SEASONS, guards={"removed": 0.3})
    hear(world, "serial,price\n" + "".join(f"{i},1\n" for i in range(100)), "113_a.csv")
    hear(world, "serial,price\n1,10\n2,20\n", "114_a.csv")
    assert hear(world, "serial,price\n1,10\n", "114_a.csv") == ["held"], "half of the window, 1% of the table"


@pytest.mark.parametrize("name", ["113_z.csv", "x_a.csv"])
def test_a_name_that_cannot_be_read_refuses_the_fetch(make: Make, name: str):
    world = world_of(make, SEASONS)
    assert hear(world, "serial,price\n1,10\n", name) == ["refused"]


def test_rows_say_themselves_what_they_replace(make: Make):
    world = world_of(make, ROUTES)
    hear(world, "route,stop,level\na,1,1\na,2,1\nb,1,1\nc,1,1\n")
    hear(world, "route,stop,level\na,2,2\nb,3,2\n")
    assert cells(world) == [("a", "2", 2), ("b", "3", 2), ("c", "1", 1)]


def test_a_row_that_left_still_speaks_of_its_route(make: Make):
    world = world_of(make, ROUTES)
    hear(world, "route,stop,level\na,1,1\nb,1,1\n")
    hear(world, "route,stop,level\na,,2\n")
    assert cells(world) == [("b", "1", 1)]


def test_an_empty_answer_removes_the_day_of_the_fetch(make: Make):
    world = world_of(make, DAYS)
    hear(world, "site\na\nb\n")
    hear(world, "site\na\n", hours=24)
    assert hear(world, "site\n", hours=1) == ["released"]
    assert [str(day) for day, _ in cells(world)] == ["2026-06-30", "2026-06-30"]


def test_an_empty_answer_without_a_day_of_its_own_changes_nothing(make: Make):
    world = world_of(make, ROUTES, empty="data")
    hear(world, "route,stop,level\na,1,1\n")
    assert hear(world, "route,stop,level\n") == ["unchanged"]
    assert len(cells(world)) == 1


@pytest.mark.parametrize(
    ("window", "sentence"),
    [
        ({"from": []}, "window.from: names no field"),
        ({"from": ["route"], "day": "stop"}, "or from: .* alone"),
        ({"routes": ["route"]}, "or from: .* alone"),
        ({"from": ["level"]}, "must be part of the primaryKey"),
        ({"from": ["x"]}, "must be part of the primaryKey"),
    ],
)
def test_what_no_window_can_be_is_told_on_load(window: Any, sentence: str):
    with pytest.raises(DeclarationError, match=sentence):
        dataset(**(ROUTES | {"window": window}))


def test_a_stored_window_is_read_back():
    said = dataset(**ROUTES)
    assert type(said).load(said.dump(), "stored") == said
    assert said.meaning()["window"] == {"from": ["route"]}
