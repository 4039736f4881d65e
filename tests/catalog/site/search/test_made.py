"""The files of the search together: pages, index, and the numbers that datasets keep."""

import json
from typing import Any

import pytest

from catalog import keys
from catalog.site.pages import Entry
from catalog.site.search.made import made
from catalog.site.sources import Shared


def numbers(entries: list[Entry], before: Any) -> dict[str, int]:
    stored: dict[str, int] = json.loads(made(entries, Shared(), {}, before)[keys.SEARCH_NUMBERS])
    return stored


def test_there_is_a_page_in_each_language_and_an_index(entries: list[Entry]) -> None:
    files = made(entries, Shared(), {}, None)
    assert {keys.search_page(language) for language in keys.LANGUAGES} <= set(files)
    assert json.loads(files[keys.SEARCH_HEAD])["datasets"] == 5, "ponds has no release"
    assert files == made(entries, Shared(), {}, None)
    page = files["search.html"].decode()
    assert 'href="datasets/rivers/index.html"' in page
    assert "<noscript>" in page


def test_numbers_are_kept(entries: list[Entry]) -> None:
    assert numbers(entries, {"wells": 9, "gone": 3}) == {
        "lakes": 10, "places": 11, "rivers": 12, "springs": 13, "wells": 9,
    }  # fmt: skip


@pytest.mark.parametrize("before", [None, [], {"wells": "9"}, {"wells": 1, "lakes": 1}, {"wells": -1}])
def test_numbers_that_are_broken_are_given_anew(entries: list[Entry], before: Any) -> None:
    assert numbers(entries, before) == {"lakes": 0, "places": 1, "rivers": 2, "springs": 3, "wells": 4}
