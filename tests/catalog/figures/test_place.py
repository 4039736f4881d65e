"""What figures say of one place is what they say of it alone."""

from measured import county, figures, item, label

from catalog.figures.place import of_place, speaks_of

STATIONS = (item("a", 1.0, 9.0, county="c1"), item("b", 2.0, 3.0, county="c2"), item("c", 2.0, 4.0, county="c1"))
COUNTIES = {"c1": county(2.0, 9.0, items=2), "c2": county(2.0, 3.0)}


def test_the_whole_is_the_place_and_the_items_lie_in_it() -> None:
    found = of_place(figures(items=STATIONS, counties=COUNTIES), "c1")
    assert found
    assert (found.whole.value, found.whole.series) == (9.0, (2.0, 9.0))
    assert [one.key for one in found.items] == ["a", "c"]
    assert list(found.counties) == ["c1"]
    assert found.steps == figures().steps


def test_a_place_of_which_nothing_is_said_has_no_figures() -> None:
    assert of_place(figures(items=STATIONS, counties=COUNTIES), "c3") is None
    assert of_place(figures(), "c1") is None


def test_what_is_listed_by_place_has_no_items_in_it() -> None:
    found = of_place(figures(items=(item("c1", 1.0, county="c1"),), counties={"c1": county(1.0)}), "c1")
    assert found
    assert found.items == ()


def test_a_crop_that_is_sold_in_one_place_only_does_not_lie_there() -> None:
    shown = figures(
        across="market", first=label("tea"), items=(item("nut", 1.0, county="c1"),),
        others=(item("m1", 1.0, county="c1"), item("m2", 2.0, county="c2")), counties={"c1": county(1.0)},
    )  # fmt: skip
    found = of_place(shown, "c1")
    assert found
    assert ([one.key for one in found.others], found.items) == (["m1"], ())
    assert of_place(shown.model_copy(update={"counties": {}, "others": ()}), "c1") is None


def test_what_measures_nothing_speaks_by_its_items() -> None:
    shown = figures(measure=None, step=None, steps=(), items=(item("a", None, county="c1"),))
    found = of_place(shown, "c1")
    assert found
    assert [one.key for one in found.items] == ["a"]
    assert speaks_of(shown, {"c1", "c9"})
    assert not speaks_of(shown, {"c2"})
    assert speaks_of(figures(counties=COUNTIES), {"c2"})
