"""Names of dots touch nothing, and an enlarged part covers no dot."""

import random

from hypothesis import given
from hypothesis import strategies as st

from catalog.site.draw.places import LETTER, Box, Placed, inset_for, labels_for
from catalog.site.draw.svg import width

placed = st.lists(st.builds(Placed, st.floats(0, 300), st.floats(0, 400), st.text("臺北a1 ", max_size=6)), max_size=25)
BOX = Box(0, 0, 300, 400)


def box_of(label: tuple[float, float, str, str]) -> Box:
    x, y, anchor, text = label
    size = width(text) * LETTER
    left = x - size * {"s": 0.0, "m": 0.5, "e": 1.0}[anchor]
    return Box(left, y - 6, left + size, y + 6)


@given(placed)
def test_labels_touch_neither_each_other_nor_the_edge_nor_what_is_taken(dots: list[Placed]) -> None:
    taken = Box(0, 300, 120, 400)
    found = [box_of(label) for label in labels_for(dots, BOX, [taken])]
    assert all(one.within(BOX) and not one.touches(taken) for one in found)
    assert not any(one.touches(other) for i, one in enumerate(found) for other in found[i + 1 :])


def test_a_label_stands_where_it_covers_no_dot() -> None:
    found = labels_for([Placed(100, 100, "臺北"), Placed(115, 100)], BOX, [])
    assert [(anchor, text) for _, _, anchor, text in found] == [("e", "臺北")]


def test_a_crowd_is_enlarged_where_no_dot_is_covered() -> None:
    chance = random.Random(4)
    degrees = [(121.5 + chance.random() / 4, 25 + chance.random() / 4) for _ in range(20)] + [
        (119.5, 26.2),
        (121, 22.0),
    ]
    dots = [Placed(36 + (lon - 119) * 80, 20 + (26.5 - lat) * 85) for lon, lat in degrees]
    inset = inset_for(dots, degrees, 328, 420, 85)
    assert inset is not None
    assert len(inset.members) == 20
    assert not any(inset.to.holds(one.x, one.y) for one in dots)
    assert all(inset.to.holds(*inset.at(dots[i].x, dots[i].y)) for i in inset.members)


def test_few_dots_and_a_crowd_that_is_all_have_no_inset() -> None:
    few = [(121.0 + i / 100, 25.0) for i in range(8)]
    assert inset_for([Placed(lon, lat) for lon, lat in few], few, 328, 420, 80) is None
    near = [(121.0 + i / 100, 25.0 + i % 3 / 10) for i in range(20)]
    assert inset_for([Placed(lon, lat) for lon, lat in near], near, 328, 420, 900) is None


def test_without_free_room_the_enlarged_part_stands_below() -> None:
    degrees = [(120 + i % 20 / 10, 23 + i // 20 / 10) for i in range(400)]
    dots = [Placed(40 + (lon - 120) * 140, 20 + (25 - lat) * 190) for lon, lat in degrees]
    inset = inset_for(dots, degrees, 328, 420, 80)
    assert inset is not None
    assert inset.to.top > 420
