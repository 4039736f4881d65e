"""site.yaml: topics and places, and the sentences for what is wrong in it."""

import json
from pathlib import Path
from typing import Any

import pytest
from worlds import text

from catalog.declaration.dataset import load_dataset, slugs
from catalog.declaration.site import NAME, SiteDeclaration, load_site
from catalog.errors import DeclarationError

REAL = Path(__file__).resolve().parents[3] / "datasets"
TOPICS = {"air": {"title": text("Air"), "description": text("How clean it is.")}}
PLACES = {"dataset": "counties", "code": "code", "tiles": {"TW-TPE": [1, 1], "TW-KHH": [1, 2]}}


def write(folder: Path, told: Any) -> Path:
    (folder / NAME).write_text(told if isinstance(told, str) else json.dumps(told), encoding="utf-8")
    return folder


def test_without_the_file_there_are_no_topics_and_no_places(tmp_path: Path) -> None:
    assert load_site(tmp_path) == SiteDeclaration()
    assert SiteDeclaration().place_table is None
    assert slugs(write(tmp_path, {})) == [], "it is no dataset"


def test_what_it_says_is_read(tmp_path: Path) -> None:
    found = load_site(write(tmp_path, {"topics": TOPICS, "places": PLACES, "contact": "data@waters.example"}))
    assert found.topics["air"].title.zh_tw == "臺：Air"
    assert found.places is not None
    assert found.place_table == "counties"
    assert found.places.tiles == {"TW-TPE": (1, 1), "TW-KHH": (1, 2)}
    assert found.contact == "data@waters.example"


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"topics": {"Air!": TOPICS["air"]}}, "topics.Air!"),
        ({"topics": {"air": {"title": text("Air")}}}, "topics.air.description: is required and missing"),
        (
            {"topics": {"air": TOPICS["air"] | {"a": "red"}}},
            "topics.air.a: is not known; known here: description, title",
        ),
        (
            {"topics": {"air": {"title": {"en": "Air"}, "description": text("x")}}},
            "topics.air.title.zh-TW: is required",
        ),
        ({"titles": {}}, "titles: is not known; known here: contact, first, places, topics"),
        (
            {"places": PLACES | {"tiles": {"a": [1, 1], "b": [1, 1]}}},
            "places: tiles: each place needs a tile of its own",
        ),
        (
            {"places": PLACES | {"tiles": {"a": [0, 1]}}},
            "places: tiles: each place needs a tile of its own, and columns",
        ),
        ({"places": PLACES | {"tiles": {"a": [1]}}}, "places.tiles.a"),
        (
            {"places": PLACES | {"tiles": {"a": [1, "2"]}}},
            "places.tiles.a.1: expected a whole number, found '2'",
        ),
        ({"places": PLACES | {"dataset": "../x"}}, "places.dataset: expected a text that matches the pattern"),
        ({"places": {"dataset": "counties"}}, "places.code: is required and missing"),
        ({"contact": "javascript:alert(1)"}, "contact: expected a text that matches the pattern"),
        ({"contact": "a@b?bcc=c"}, "contact: expected a text that matches the pattern"),
        ("topics: {air: {}, air: {}}", "air"),
        ("- a list", "expected keys and values, found list"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_key(tmp_path: Path, told: Any, words: str) -> None:
    with pytest.raises(DeclarationError) as fault:
        load_site(write(tmp_path, told))
    assert str(fault.value).startswith(str(tmp_path / NAME))
    assert words in str(fault.value)


def test_the_real_one_names_real_places_and_topics_that_are_used() -> None:
    site = load_site(REAL)
    assert site.places is not None
    declared = {slug: load_dataset(REAL, slug) for slug in slugs(REAL)}
    assert declared[site.places.dataset].table.primary_key == (site.places.code,)
    assert {each.minsheng.topic for each in declared.values()} == set(site.topics)
    table = (REAL / site.places.dataset / str(declared[site.places.dataset].minsheng.origin["table"])).read_text(
        "utf-8"
    )
    assert [code for code in site.places.tiles if code not in table] == []
    assert len(site.places.tiles) == table.count("\nTW-"), "every place has a tile"
