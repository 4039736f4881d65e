"""The home page opens with the newest figures of the datasets that site.yaml names first."""

from measured import county, figures, measures

from catalog.declaration.site import SiteDeclaration
from catalog.site.front import MOST_CARDS, cards, newest_map, ordered

NAMES = {f"c{i}": f"縣{i}" for i in range(4)}
DECLARED = SiteDeclaration.model_validate(
    {
        "first": ["prices", "air"],
        "places": {"dataset": "counties", "code": "code", "tiles": {f"c{i}": [1 + i, 1] for i in range(4)}},
    },
    strict=False,
)
WIDE = {code: county(1.0 + i) for i, code in enumerate(NAMES)}


def test_those_that_are_named_first_come_first_the_others_as_they_are() -> None:
    assert ordered(["zoo", "air", "bay", "prices"], DECLARED) == ["prices", "air", "zoo", "bay"]


def test_a_card_for_each_that_measures_and_no_more_than_fit() -> None:
    shown = {f"d{i}": (f"Dataset {i}", measures("en", figures())) for i in range(MOST_CARDS + 3)}
    shown["places"] = ("Places", measures("en", figures(measure=None, step=None, steps=())))
    found = cards(shown, NAMES, DECLARED)
    assert [one.slug for one in found] == [f"d{i}" for i in range(MOST_CARDS)]
    assert found[0].headline.parts == [("10.0", "NT$ per kg")]
    assert (found[0].when, "<svg" in found[0].picture) == ("2026-07-10", True)


def test_the_map_is_of_the_first_that_speaks_of_most_places() -> None:
    few = figures(counties={"c1": county(1.0)})
    shown = {
        "air": ("Air", measures("en", figures(counties=WIDE))),
        "prices": ("Prices", measures("en", few)),
        "rain": ("Rain", measures("en", figures(counties=WIDE))),
    }
    found = newest_map(shown, NAMES, DECLARED, {"c2": "two.html"})
    assert found
    assert (found.slug, found.title, found.note) == ("air", "Air", "Water level by county, 10 July 2026")
    assert 'href="two.html"' in found.svg


def test_without_places_there_is_no_map() -> None:
    shown = {"air": ("Air", measures("en", figures(counties=WIDE)))}
    assert newest_map(shown, {}, SiteDeclaration(), {}) is None
    assert newest_map({}, NAMES, DECLARED, {}) is None
