"""A tile map is a list of links, each at its place, its colour said in words."""

import pytest
from pictures import ALT, HARM, harmless, named, texts

from catalog.site.draw import Tile, tiles
from catalog.site.words import FOLDER


def test_tiles_stand_at_their_places_and_read_in_order() -> None:
    cells = [Tile(4, 1, "臺北", "64", "level2", "普通", "a.html"), Tile(1, 3, "金門", "無數值", "level0")]
    made = tiles(ALT, cells)
    assert [one.get("class") for one in named(made, "li")] == ["x4 y1 level2", "x1 y3 level0"]
    assert texts(made, "li") == ["臺北 64 普通", "金門 無數值"]
    assert [one.get("href") for one in named(made, "a")] == ["a.html"]
    assert named(made, "ul")[0].get("class") == "pic-tiles w4"


def test_every_place_of_the_grid_has_its_rule() -> None:
    style = (FOLDER / "style.css").read_text(encoding="utf-8")
    names = {f".pic-tiles{end}" for i in range(1, 13) for end in (f".w{i}", f" .x{i}", f" .y{i}")}
    assert {name for name in names if f"{name} {{" not in style} == set()


@pytest.mark.parametrize("cells", [[Tile(1, 1, "a", "1")] * 2, [Tile(0, 1, "a", "1")], [Tile(1, 13, "a", "1")]])
def test_a_place_that_is_taken_or_beyond_the_grid_is_refused(cells: list[Tile]) -> None:
    with pytest.raises(ValueError, match="tile 'a' at column"):
        tiles(ALT, cells)


def test_hostile_words_stay_words() -> None:
    made = tiles(ALT, [Tile(1, 1, HARM, HARM, "q1", HARM, "javascript:alert(1)")])
    harmless(made, 2_000)
    assert named(made, "a") == []
    assert tiles(ALT, []) != ""
