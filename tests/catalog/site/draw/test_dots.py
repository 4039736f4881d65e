"""A dot map: a dot for each place, at its place, inside the map."""

import math

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from pictures import ALT, HARM, harmless, named, sound, texts

from catalog.site.draw import MapDot, MapWords, dots

anywhere = st.builds(MapDot, st.floats(-180, 180), st.floats(-90, 90), st.just("x"), st.just("k1"), st.booleans())
TAIWAN = [
    MapDot(121.5 + i % 5 / 50, 25.0 + i // 5 / 40, f"臺北 {i}", "level1", i == 3, f"站 {i}" if i < 3 else "")
    for i in range(15)
] + [MapDot(118.4, 24.4, "金門", label="金門 28"), MapDot(120.7, 22.0, "恆春", "level0"), MapDot(119.9, 26.2, "馬祖")]


def box(made: Markup) -> tuple[float, float]:
    wide, high = named(made, "svg")[0].get("viewBox", "").split()[2:]
    return float(wide), float(high)


@given(st.lists(anywhere, max_size=25))
def test_any_places_lie_inside_the_map(points: list[MapDot]) -> None:
    made = dots(ALT, points)
    sound(made)
    wide, high = box(made)
    circles = named(made, "circle")
    assert len(circles) >= len(points)
    assert all(0 <= float(one.get("cx", "")) <= wide and 0 <= float(one.get("cy", "")) <= high for one in circles)


def test_east_is_right_north_is_above_and_a_degree_has_its_shape() -> None:
    made = dots(ALT, [MapDot(120, 23, "a"), MapDot(121, 23, "b"), MapDot(120, 24, "c")])
    places = [(float(one.get("cx", "")), float(one.get("cy", ""))) for one in named(made, "circle")]
    (ax, ay), (bx, by), (cx, cy) = places
    assert (ay, ax) == (by, cx)
    assert bx > ax
    assert cy < ay
    assert abs((bx - ax) / (ay - cy) - math.cos(math.radians(23.5))) < 0.01


def test_a_crowd_is_drawn_twice_and_the_marked_ones_lie_above() -> None:
    made = dots(ALT, TAIWAN, words=MapWords("°E", "°N", "臺北放大"))
    assert len(named(made, "circle")) == len(TAIWAN) + 15
    assert "臺北放大" in texts(made)
    assert "金門 28" in texts(made)
    assert [one for one in texts(made) if one.endswith("°N")]
    assert len(named(made, "circle", "marked")) == 2
    assert len(made.encode()) < 8_000


def test_what_lies_on_no_globe_is_left_out() -> None:
    made = dots(ALT, [MapDot(math.nan, 1, "a"), MapDot(121, math.inf, "b"), MapDot(999, 0, "c"), MapDot(121, 24, "d")])
    assert texts(made, "title") == [ALT.title, "d"]
    sound(dots(ALT, []))


def test_very_many_dots_are_bounded_and_hostile_words_stay_words() -> None:
    many = [MapDot(118 + i % 97 / 20, 22 + i % 89 / 20, "x") for i in range(10_000)]
    made = dots(ALT, many)
    assert len(named(made, "circle")) <= 800
    assert len(made.encode()) < 80_000
    harmless(dots(ALT, [MapDot(121, 24, HARM, label=HARM)], words=MapWords(HARM[:9], HARM[:9], HARM)))
