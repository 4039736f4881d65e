"""What pages say of the known faults of a source that are mended here."""

import copy
import dataclasses

import pytest
from worlds import correction

from catalog.site import pages
from catalog.site.mended import mended
from catalog.site.pages import Entry
from catalog.site.words import words

CORRECTION = correction(when={"site": "<a>"})


@pytest.fixture(scope="module")
def rivers(entries: list[Entry]) -> Entry:
    """Rivers, of whose source a fault is known."""
    entry = next(each for each in entries if each.slug == "rivers")
    assert entry.newest
    declaration = copy.deepcopy(dict(entry.newest.declaration))
    declaration["dataset"]["minsheng"]["corrections"] = [CORRECTION]
    return entry._replace(newest=dataclasses.replace(entry.newest, declaration=declaration))


def test_what_is_mended_is_told_by_titles(rivers: Entry) -> None:
    assert rivers.newest
    (each,) = mended(words("zh-TW"), rivers.newest)
    assert (each.column, each.found, each.value, each.until) == ("臺：level", "9999", "", "2026-12-31")
    assert each.key == [("臺：site", "<a>")]
    assert each.reason == "臺：The gauge was stuck."


def test_the_page_of_quality_lists_it(rivers: Entry, entries: list[Entry]) -> None:
    page = pages.quality_of("en", rivers, None).decode()
    assert "The source is known to be wrong in 1 place." in page
    assert "Reported on 2026-07-01; until 2026-12-31." in page
    assert "&lt;a&gt;" in page
    other = next(each for each in entries if each.slug == "lakes")
    assert 'id="mended"' not in pages.quality_of("en", other, None).decode()
