"""A row as the agency sent it, found by its key."""

import pytest
from nights import LOOSE, Make
from worlds import SLUG, World, column, correction

from catalog.errors import DecisionError, SourceError
from pipelines.trace.heard import heard_row

FIELDS = [column("site"), column("day", "date", date={"patterns": ["%Y/%m/%d"]}), column("level", "number")]
KEY = ["site", "day"]


@pytest.fixture
def world(make: Make) -> World:
    world = make(fields=FIELDS, key=KEY, guards=LOOSE)
    world.tell("site,day,level\na,2026/07/01,1\nb,2026/07/01, x \n")
    world.tell("site,day,level\na,2026/07/01,2\n")
    return world


@pytest.mark.parametrize("key", ["a,2026/07/01", "day=2026-07-01,site=a", "site=a,day=2026/07/01"])
def test_by_the_key_as_sent_or_as_published_and_the_newest_first(world: World, key: str):
    found = heard_row(world.ctx, SLUG, key)
    assert (found.k, found.row, found.key) == (2, 1, {"site": "a", "day": "2026/07/01"})
    assert found.texts["level"] == "2"
    assert heard_row(world.ctx, SLUG, key, 1).texts["level"] == "1"


def test_a_row_of_an_earlier_fetch_with_a_text_that_cannot_be_read(world: World):
    found = heard_row(world.ctx, SLUG, "b,2026-07-01")
    assert (found.k, found.row, found.texts["level"]) == (1, 2, "x")


def test_a_declared_correction_is_not_applied(make: Make):
    world = make(corrections=[correction()])
    world.tell("site,level\na,9999\n")
    assert heard_row(world.ctx, SLUG, "a").texts["level"] == "9999"


def test_what_is_not_there(world: World):
    world.keep("<p>maintenance</p>")
    with pytest.raises(DecisionError, match="no row of the newest 3 fetches has the key"):
        heard_row(world.ctx, SLUG, "z,2026-07-01")
    with pytest.raises(DecisionError, match="no row of fetch 2 has the key"):
        heard_row(world.ctx, SLUG, "b,2026-07-01", 2)
    with pytest.raises(DecisionError, match="expected the key of one row"):
        heard_row(world.ctx, SLUG, "a")
    with pytest.raises(SourceError):
        heard_row(world.ctx, SLUG, "a,2026-07-01", 3)
