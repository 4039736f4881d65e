"""Evidence is read by the declaration; windows by the fields' names of today."""

import json

import pytest
from markets import KEY, WINDOW, hear, on, prices
from nights import Make
from worlds import SLUG, World, column

from catalog.errors import DeclarationError
from pipelines.candidate.plan import Refusal
from pipelines.candidate.records import read_fetch
from pipelines.candidate.spoken import windows_of
from pipelines.fold.windows import Window


def test_the_rows_of_a_fetch_have_its_number(make: Make):
    world = make()
    world.hear("site,level,depth\na, 1 ,7\n")
    k = world.hear("site,level,depth\nb,2,7\nc,,7\n")
    rows = read_fetch(world.ctx, world.ctx.declarations.of(SLUG), k)
    assert rows.table.to_pylist() == [
        {"_fetch": 2, "_row": 1, "site": "b", "level": "2"},
        {"_fetch": 2, "_row": 2, "site": "c", "level": ""},
    ]
    assert [(finding.fetch, finding.rule, finding.column) for finding in rows.findings] == [(2, "unknown", "depth")]


def test_a_body_that_is_no_table_is_a_refusal_of_its_fetch(make: Make):
    world = make()
    k = world.hear("height\n1\n")
    with pytest.raises(Refusal, match="rivers: expected the column 'site'") as raised:
        read_fetch(world.ctx, world.ctx.declarations.of(SLUG), k)
    assert raised.value.k == k


@pytest.fixture
def market(make: Make) -> World:
    world = make()
    world.declare(prices())
    return world


def test_windows_are_in_declared_fields_and_in_order(market: World):
    first, second = hear(market, on("04-17"), {}), hear(market, on("04-18", "N05"), {})
    windows = windows_of(market.ctx, market.ctx.declarations.of(SLUG), [second, first, second])
    assert list(windows.items()) == [
        (first, Window({"day": ("2026-04-17", "2026-04-17"), "kind": ("N04", "N04")})),
        (second, Window({"day": ("2026-04-18", "2026-04-18"), "kind": ("N05", "N05")})),
    ]


def test_a_field_with_a_new_name_takes_the_window_with_it(market: World):
    k = hear(market, on("04-17"), {})
    renamed = json.loads(json.dumps(prices()).replace('"name": "day"', '"name": "trade_day"'))
    renamed["schema"]["primaryKey"] = ["trade_day", *KEY[1:]]
    renamed["minsheng"] |= {
        "window": WINDOW | {"day": "trade_day"},
        "partition": {"field": "trade_day", "grain": "month"},
    }
    market.declare(renamed)
    (window,) = windows_of(market.ctx, market.ctx.declarations.of(SLUG), [k]).values()
    assert window.ranges["trade_day"] == ("2026-04-17", "2026-04-17")


def test_a_word_of_a_window_that_is_not_declared_any_more_is_an_error(market: World):
    k = hear(market, on("04-17"), {})
    market.declare(prices(window={"day": "day"}))
    with pytest.raises(DeclarationError, match=r"expected minsheng.window to name the field for 'kind', found day"):
        windows_of(market.ctx, market.ctx.declarations.of(SLUG), [k])


def test_a_dataset_that_is_not_loaded_by_windows_has_none(make: Make):
    world = make(fields=[column("site")])
    assert windows_of(world.ctx, world.ctx.declarations.of(SLUG), [world.hear("site\na\n")]) == {}
