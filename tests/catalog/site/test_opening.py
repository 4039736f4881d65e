"""What the page of a dataset opens with follows from its figures."""

import re
from typing import Any

import pytest
from measured import DAYS, HOURS, LEVELS, VIEWS, county, course, figures, item, label, measures

from catalog.declaration.site import SiteDeclaration
from catalog.figures.document import Course
from catalog.site.opening import headline, opening, short, tile_map
from catalog.site.words import words

NAMES = {f"c{i}": f"縣{i}" for i in range(14)}
TILES: dict[str, Any] = {code: [1 + i % 4, 1 + i // 4] for i, code in enumerate(NAMES)}
DECLARED = SiteDeclaration.model_validate(
    {"places": {"dataset": "counties", "code": "code", "tiles": TILES}}, strict=False
)
NOTHING = SiteDeclaration()


def text(markup: object) -> str:
    return re.sub(r"<[^>]+>", " ", str(markup))


def test_levels_are_counted_and_the_gravest_is_named() -> None:
    items = (
        item("a", 1.0, 9.0, level="wild", county="c1"),
        item("b", 2.0, 0.5, level="calm"),
        item("c", 2.0, 0.7, level="calm"),
        item("d", 2.0, None),
    )
    shown = measures("en", figures(items=items), VIEWS | LEVELS)
    found = headline(shown, {"c1": "Lake County"})
    assert found.parts == [("2", "rivers Calm"), ("1", "rivers Wild")]
    assert found.moment == "10 July 2026"
    assert "Highest: A, Lake County, Water level 9.0 (Wild)" in found.says
    assert "No value: D." in found.says
    assert {"level1", "level2"} <= set(re.findall(r"level\d", str(found.picture)))


def test_a_sum_says_how_it_stands_to_the_one_before_and_that_it_grows() -> None:
    shown = measures("en", figures(together="sum", growing=2, decimals=0))
    found = headline(shown, {})
    assert found.parts == [("10", "NT$ per kg")]
    assert found.says == "1 NT$ per kg more than the 9 before. The newest figures still grow."


def test_the_one_shown_first_is_named() -> None:
    shown = measures("zh-TW", figures(first=label("甘藍"), others=(item("m", 1.0), item("n", 2.0))))
    found = headline(shown, {})
    assert found.parts == [("10.0", "元／公斤（甘藍）")]
    assert "甘藍，2 個市場" in found.says


def test_what_measures_nothing_counts_its_rows() -> None:
    found = opening(measures("en", figures(measure=None, step=None, steps=()), rows=12_345), {}, NOTHING)
    assert found.headline.parts == [("12,345", "rows")]
    assert (found.beside, found.pictures, found.rows) == (None, [], [])


def test_figures_without_any_value_open_with_rows() -> None:
    found = opening(measures("en", figures(steps=(), whole=Course())), {}, NOTHING)
    assert found.headline.parts == [("9", "rows")]


@pytest.mark.parametrize("language", ["zh-TW", "en"])
def test_positions_are_dots_on_a_map(language: str) -> None:
    items = tuple(item(f"s{i}", 1.0 + i, longitude=120 + i / 3, latitude=22 + i / 3, level="calm") for i in range(6))
    found = opening(measures(language, figures(items=items), VIEWS | LEVELS), {}, DECLARED)
    assert found.beside
    assert str(found.beside.svg).count("<circle") >= 6
    assert str(words(language)("where.map", n=6, of=measures(language, figures()).measure)) in text(found.beside.svg)


def test_many_counties_are_tiles_and_few_are_bars() -> None:
    many = {code: county(1.0 + i) for i, code in enumerate(NAMES)}
    shown = measures("zh-TW", figures(counties=many))
    found = opening(shown, NAMES, DECLARED)
    assert found.beside
    assert "縣13" in text(found.beside.svg)
    few = figures(counties={"c1": county(1.0)}, items=(item("a", 3.0), item("b", 1.0)))
    bars = opening(measures("zh-TW", few), NAMES, DECLARED)
    assert bars.beside
    assert "pic-bars" in bars.beside.svg


def test_tiles_lead_to_their_pages_and_say_what_a_colour_means() -> None:
    shown = measures("en", figures(counties={"c0": county(9.0, level="wild"), "c1": county(None)}), VIEWS | LEVELS)
    html = tile_map(
        shown, {"c0": "Lake County", "c1": "Taipei City"}, {"c0": (1, 1), "c1": (2, 1), "c9": (3, 1)}, {"c0": "x.html"}
    )
    assert re.search(r'<a [^>]*href="x.html"[^>]*>.*Lake.*9.*Wild', str(html), re.DOTALL)
    assert "level2" in html
    assert text(html).split() == ["Lake", "9", "Wild", "Taipei", "–", "Wild"]


@pytest.mark.parametrize(
    ("shown", "picture"),
    [
        (figures(together="sum"), "columns"),
        (figures(first=label("a")), "columns"),
        (figures(), "lines"),
        (figures(step="hour", steps=HOURS, whole=Course(**course(*range(48)))), "lines"),
        (figures(steps=DAYS[:1], whole=Course(**course(1.0))), None),
    ],
)
def test_the_course_is_columns_of_counts_and_prices_else_lines(shown: Any, picture: str | None) -> None:
    found = opening(measures("en", shown), {}, NOTHING).pictures
    assert len(found) == (picture is not None)
    if picture:
        assert ("<rect" in found[0].svg or 'class="bar' in found[0].svg or "col" in found[0].svg) or picture == "lines"
        assert found[0].title.startswith(("Water level, the last", "A, the last"))


def test_of_many_the_highest_now_the_highest_ever_and_the_middle_are_drawn() -> None:
    items = tuple(item(f"s{i}", *[float(i)] * 9, 20.0 - i) for i in range(9))
    found = opening(measures("en", figures(items=items)), {}, NOTHING).pictures[0]
    said = text(found.svg)
    assert "S0 20" in said
    assert "Median 16" in said


def test_counties_over_time_are_a_heat_strip_with_bounds_that_part_them() -> None:
    many = {code: county(*[float(i * 10 + step) for step in range(10)]) for i, code in enumerate(NAMES)}
    found = opening(measures("en", figures(counties=many)), NAMES, DECLARED)
    heat = found.pictures[-1]
    assert heat.title == "Water level in 14 counties"
    assert len(set(re.findall(r"\bq[1-5]\b", str(heat.svg)))) == 5


def test_counties_with_one_value_alike_still_make_a_picture() -> None:
    same = {code: county(*[3.0] * 10) for code in NAMES}
    assert opening(measures("en", figures(counties=same)), NAMES, DECLARED).pictures


def test_a_row_says_when_its_value_was_heard_if_that_is_not_now() -> None:
    shown = figures(
        items=(
            item("a", 1.0, 2.0, month=1.5, year_before=3.0),
            item("b", 4.0, None, last_at="2026-07-09"),
            item("c", None, None),
        )
    )
    rows = opening(measures("en", shown), {}, NOTHING).rows
    assert [(row.name, row.value, row.late, row.month, row.year_before) for row in rows] == [
        ("A", "2.0", "", "1.5", "3.0"),
        ("B", "4.0", "2026-07-09", "–", "–"),
        ("C", "no value", "", "–", "–"),
    ]


HOSTILE = "<script>alert(1)</script>\"'>"


def test_hostile_names_stay_text_in_every_picture() -> None:
    bad = figures(
        items=(
            item("a", 1.0, 9.0, name=HOSTILE, longitude=120.0, latitude=23.0),
            item("b", 1.0, 2.0, longitude=121.0, latitude=24.0),
        ),
        counties={code: county(1.0, 2.0) for code in NAMES},
        steps=DAYS[:2],
        whole=Course(**course(1.0, 9.0)),
        first=label(HOSTILE),
    )
    for language in ("zh-TW", "en"):
        found = opening(measures(language, bad), dict.fromkeys(NAMES, HOSTILE), DECLARED)
        pictures = [found.beside, *found.pictures]
        for each in pictures:
            assert each
            assert "<script" not in str(each.svg).lower()
        assert "<script" not in str(found.headline.picture).lower()
        assert "<script" not in str(found.headline.says).lower()


def test_names_on_tiles_are_short_where_they_stay_clear() -> None:
    names = [
        "臺北市",
        "新北市",
        "新竹市",
        "新竹縣",
        "高雄市",
        "海市",
        "縣13",
        "Chiayi City",
        "Chiayi County",
        "Keelung City",
    ]
    found = short(dict(enumerate(names)))  # type: ignore[arg-type]
    assert list(found.values()) == [
        "臺北", "新北", "新竹市", "新竹縣", "高雄", "海市", "縣13", "Chiayi City", "Chiayi County", "Keelung"
    ]  # fmt: skip
