"""What is due where an agency is asked by the day."""

import datetime as dt
from pathlib import Path

import pytest
from markets import SOURCE, hear, on, page, prices
from worlds import SLUG, World, column, declaration

from catalog.declaration.dataset import load_dataset
from pipelines.fetch.fetcher import asking
from pipelines.fetch.nights import is_about, last_night, windows_due
from pipelines.protocols.parts.request import RequestWindow
from pipelines.records import Fetched, Page
from pipelines.refresh.settle import record as keep

NIGHT = dt.datetime.fromisoformat("2026-04-17T01:30:00+08:00")


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path, NIGHT - dt.timedelta(hours=1))
    world.ctx.clock.simulated = NIGHT
    world.declare(prices(source=SOURCE | {"days": 2}))
    return world


def due(world: World) -> list[tuple[str, str]]:
    """Day and kind of each window, in order."""
    windows = windows_due(world.ctx, load_dataset(world.datasets, SLUG))
    return [(window["day"][0][5:], window["kind"][0]) for window in windows]


def days(*numbers: int) -> list[tuple[str, str]]:
    return [(f"04-{number}", kind) for number in numbers for kind in ("N04", "N05")]


def ask(world: World, day: str, kind: str, body: bytes, why: str | None = None) -> None:
    """Keep what the agency answers this minute for a day and a kind."""
    asked = asking(load_dataset(world.datasets, SLUG), on(day, kind).window)
    answer = Page("https://waters.example/api/v1/Prices/", 200, {}, body)
    now = world.ctx.clock.now()
    keep(world.ctx, SLUG, Fetched(asked.asked, now, (answer,), why, window=asked.window))


def whole_night(world: World) -> None:
    for day, kind in due(world):
        ask(world, day, kind, page({}))


def test_the_first_night_asks_so_many_days_back(world: World):
    assert due(world) == days(16, 17)
    assert last_night(world.ctx, SLUG).first_unasked is None


def test_a_night_that_was_overtaken_is_not_the_last_one(world: World):
    for night in (NIGHT, NIGHT - dt.timedelta(days=5)):
        world.ctx.clock.simulated = night
        whole_night(world)
    world.ctx.clock.simulated = NIGHT + dt.timedelta(days=1)
    assert due(world) == days(17, 18) + days(11, 12)  # nothing was folded of what was refused: it comes last


def test_the_days_of_the_run_are_asked_and_no_day_to_come(world: World):
    object.__setattr__(world.ctx, "days", (dt.date(2026, 4, 15), dt.date(2026, 4, 30)))
    assert due(world) == days(15, 16, 17)


def test_after_nights_without_a_run_each_day_that_was_missed_is_asked(world: World):
    whole_night(world)
    world.ctx.clock.advance(NIGHT + dt.timedelta(days=3))
    assert last_night(world.ctx, SLUG).first_unasked == dt.date(2026, 4, 18)
    assert due(world) == days(17, 18, 19, 20)


@pytest.mark.parametrize(
    ("body", "why"),
    [(b"<html>", None), (b"", None), (b"[]", "rivers: cut")],
    ids=["no data", "nothing", "cut on its way"],
)
def test_a_window_that_was_refused_comes_back_behind_the_days_of_the_night(world: World, body: bytes, why: str | None):
    ask(world, "04-16", "N05", body, why)
    whole_night_but(world, ("04-16", "N05"))
    world.ctx.clock.advance(NIGHT + dt.timedelta(days=2))
    assert due(world) == [*days(17, 18, 19), ("04-16", "N05")]
    ask(world, "04-16", "N05", page({}))
    assert due(world) == days(17, 18, 19)


def whole_night_but(world: World, refused: tuple[str, str]) -> None:
    for day, kind in due(world):
        if (day, kind) != refused:
            ask(world, day, kind, page({}))


def test_a_window_is_given_up_after_as_many_days_as_a_night_asks_back(world: World):
    ask(world, "04-16", "N05", b"")
    whole_night_but(world, ("04-16", "N05"))
    for later in (2, 3):
        world.ctx.clock.advance(NIGHT + dt.timedelta(days=later))
        assert ("04-16", "N05") in due(world)
        ask(world, "04-16", "N05", b"")
    assert ("04-16", "N05") not in due(world)


def test_hours_end_with_the_present_one(world: World):
    fields = [column("site"), column("at", "datetime")]
    source = {"protocol": "file", "format": "csv", "address": "https://waters.example/{hour:%Y%m%d%H}"}
    source["over"] = {"hour": {"each": "hour", "last": 3}}
    more = {"load": "window", "window": {"hour": "at"}, "key": ["site", "at"]}
    world.declare(declaration(fields=fields, source=source, **more))

    def hours() -> list[str]:
        windows = windows_due(world.ctx, load_dataset(world.datasets, SLUG))
        return [window["hour"][0] for window in windows]

    assert hours() == ["2026-04-16T23:00:00", "2026-04-17T00:00:00", "2026-04-17T01:00:00"]
    object.__setattr__(world.ctx, "days", (dt.date(2026, 4, 16), dt.date(2026, 4, 17)))
    assert (len(hours()), hours()[0], hours()[-1]) == (26, "2026-04-16T00:00:00", "2026-04-17T01:00:00")
    assert is_about(world.ctx, {"hour": ("2026-04-16T23:00:00",) * 2})
    assert not is_about(world.ctx, {"hour": ("2026-04-15T23:00:00",) * 2})


def test_an_answer_that_the_fold_refused_is_not_asked_for_again(world: World):
    """It was whole, and is the agency's word: a night that asks anew would hear the same."""
    world.now = NIGHT - dt.timedelta(hours=1)
    hear(world, on("04-17", "N04"), {("04-01", "N04", "a"): 1.0})
    (item,) = world.settle()
    assert (item.outcome, last_night(world.ctx, SLUG).refused) == ("refused", {})


@pytest.mark.parametrize(
    ("window", "about"),
    [
        ({"day": ("2026-04-15", "2026-04-16")}, True),
        ({"day": ("2026-04-14", "2026-04-14")}, False),
        ({"kind": ("N04", "N04")}, True),
    ],
)
def test_a_window_may_have_a_day_of_the_run(world: World, window: RequestWindow, about: bool):
    assert is_about(world.ctx, window)
    object.__setattr__(world.ctx, "days", (dt.date(2026, 4, 15), dt.date(2026, 4, 30)))
    assert is_about(world.ctx, window) is about
