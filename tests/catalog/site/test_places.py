"""What the page of a place shows follows from the figures of every dataset that speaks of it."""

import re
from typing import Any

from measured import LEVELS, VIEWS, county, figures, item, label, measures

from catalog.figures.document import Figures
from catalog.site import places
from catalog.site.measures import Measures
from catalog.site.places import Speaking
from catalog.site.sources import Released, Standing

NAMES = {f"c{i}": f"Land {i}" for i in range(1, 15)}
COUNTIES = {"c1": county(1.0, 9.0, items=2), "c2": county(2.0, 4.0), "c3": county(2.0, 4.0), "c4": county(3.0, None)}
STATIONS = (
    item("a", 1.0, 9.0, county="c1", level="wild"),
    item("b", 2.0, 3.0, county="c1", level="calm"),
    item("d", 5.0, 4.0, county="c2"),
)


def speaking(
    shown: Figures, views: dict[str, Any] | None = None, state: str = "fresh", language: str = "en"
) -> Speaking:
    how = measures(language, shown, views)
    declared = {"title": {"en": "Dust by station, hourly", "zh-TW": "各站塵量：逐時"}, **how.released.declared}
    released = Released(
        how.released.release,
        how.released.schema,
        {},
        {"dataset": declared, "agency": {"title": {"en": "Dust office", "zh-TW": "塵務局"}}},
    )
    standing = Standing("dust", state, "2026-07-01T00:00:00+08:00", (), ())
    return Speaking("dust", Measures(how.words, released, shown), standing)


def test_a_card_says_what_how_much_where_when_and_by_whom() -> None:
    counties = COUNTIES | {"c1": county(1.0, 5.0, 9.0, items=2, top=label("harbour"), level="wild")}
    (card,) = places.cards([speaking(figures(counties=counties), VIEWS | LEVELS)], "c1")
    assert (card.title, card.what, card.value, card.unit) == ("Dust by station", "Water level", "9.0", "NT$ per kg")
    assert (card.level, card.tone, card.of, card.at) == ("Wild", "level2", "HARBOUR", "2026-07-10")
    assert (card.agency, card.late, card.state) == ("Dust office", False, "fresh")
    assert "<svg" in card.spark


def test_an_older_value_says_so_and_none_says_none() -> None:
    counties = {"c1": county(1.0, None, last_at="2026-07-09"), "c2": county(None, None)}
    shown = [speaking(figures(counties=counties))]
    (card,) = places.cards(shown, "c1")
    assert (card.value, card.at, card.late, card.spark) == ("1.0", "2026-07-09", True, "")
    (card,) = places.cards(shown, "c2")
    assert (card.value, card.late) == ("no value", False)
    assert places.cards(shown, "c9") == []


def test_a_week_is_said_to_be_one_and_a_mean_of_markets_too() -> None:
    shown = figures(step="week", across="market", first=label("tea"), counties={"c1": county(1.0, 2.0, items=3)})
    (card,) = places.cards([speaking(shown)], "c1")
    assert (card.at, card.of, card.what) == ("week from 2026-07-10", "mean of 3 places", "Water level (TEA)")


def test_a_rank_counts_who_is_higher_and_says_a_tie() -> None:
    shown = [speaking(figures(counties=COUNTIES))]
    (first,) = places.ranks(shown, "c1", NAMES)
    assert (first.rank, first.value) == ("no. 1 of 3, highest first", "9.0 NT$ per kg")
    (tied,) = places.ranks(shown, "c3", NAMES)
    assert tied.rank == "tied no. 2 of 3, highest first"
    assert tied.picture.count("<circle") == 3
    assert "Land 3 is tied no. 2 of 3" in tied.picture
    assert places.ranks(shown, "c4", NAMES) == [], "it has no value"
    assert places.ranks(shown, "c1", {"c1": "Land 1", "c2": "Land 2"}) == [], "two are no ranking"


def test_stations_are_small_pictures_with_their_table_behind() -> None:
    (one,) = places.details([speaking(figures(items=STATIONS, counties=COUNTIES), VIEWS | LEVELS)], "c1")
    assert one.what == "Water level at 2 rivers"
    assert "pic-multi" in one.picture.svg
    assert re.findall(r"<b>([^<]*)</b>", one.picture.svg) == ["9.0 Wild", "3.0 Calm"]
    assert [row.name for row in one.items] == ["A", "B"]
    assert (one.open, one.steps, one.by) == (False, [], "Place")


def test_of_many_stations_twelve_are_drawn_and_it_says_so() -> None:
    many = tuple(item(f"s{i}", 1.0, float(i), county="c1") for i in range(15))
    (one,) = places.details([speaking(figures(items=many, counties=COUNTIES))], "c1")
    assert one.picture.svg.count("<li>") == 12
    assert "12 of 15 are drawn" in one.picture.note
    assert len(one.items) == 15


def test_markets_are_a_table_below_the_course_of_the_place() -> None:
    shown = figures(
        across="place", first=label("tea"), counties={"c1": county(*range(1, 11))},
        others=(item("m", 1.0, 2.0, county="c1"), item("n", 3.0, 4.0, county="c2")),
    )  # fmt: skip
    (one,) = places.details([speaking(shown)], "c1")
    assert ([row.name for row in one.items], one.open) == (["M"], True)
    assert 'class="col' in one.picture.svg
    assert one.steps[0] == ("2026-07-10", "10.0")
    assert len(one.steps) == 10


def test_a_long_course_is_thinned_in_its_table_from_the_newest() -> None:
    steps = tuple(f"2026-{1 + i // 28:02d}-{1 + i % 28:02d}" for i in range(96))
    shown = figures(step="day", steps=steps, counties={"c1": county(*map(float, range(96)))})
    (one,) = places.details([speaking(shown)], "c1")
    assert len(one.steps) == 32
    assert [value for _, value in one.steps[:2]] == ["95.0", "92.0"]


def test_parts_name_what_lies_there_reference_tables_last() -> None:
    plain = figures(measure=None, step=None, steps=(), items=(item("a", None, county="c1"),))
    table = speaking(plain)
    table.measures.released.declared["minsheng"]["source"] = {"protocol": "inline"}
    shown = [table, speaking(figures(items=STATIONS, counties=COUNTIES), VIEWS | LEVELS)]
    found = places.parts(shown, "c1")
    assert [(part.holds, part.at) for part in found] == [("2 rivers", "2026-07-10"), ("entries: 1", "")]
    assert found[0].title == "Dust by station, hourly"
    assert [part.holds for part in places.parts(shown, "c3")] == ["Water level"]


def test_all_places_stand_in_one_table() -> None:
    few = speaking(figures(counties={"c1": county(1.0)}))
    found = places.compared([speaking(figures(counties=COUNTIES)), few], NAMES)
    assert found.heads == [("Dust by station", "Water level", "2026-07-10")], "one of few places is no comparison"
    assert found.rows[0] == ("c1", "Land 1", ["9.0 NT$ per kg"])
    assert [values for _, _, values in found.rows[3:5]] == [["–"], ["–"]]


def test_maps_lead_to_the_pages() -> None:
    counties = {code: county(float(i)) for i, code in enumerate(NAMES)}
    tiles = {code: (1 + i % 4, 1 + i // 4) for i, code in enumerate(NAMES)}
    links = {code: f"{code}.html" for code in NAMES}
    (one,) = places.maps([speaking(figures(counties=counties)), speaking(figures())], dict(NAMES), tiles, links)
    assert one.svg.count('href="c1.html"') == 1
    assert one.title == "Water level"


def test_names_are_those_of_the_language() -> None:
    zh, en = speaking(figures(), language="zh-TW"), speaking(figures())
    named = {"c1": label("甲縣")}
    assert places.names_in(zh.measures.words, named) == {"c1": "甲縣"}
    assert (zh.short, en.short) == ("各站塵量", "Dust by station")
