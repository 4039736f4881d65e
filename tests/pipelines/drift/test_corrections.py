"""A correction as an edit; what stands in it is what the steward and the agency wrote, whatever that is."""

import datetime as dt

import pytest
from drifting import declare
from nights import Make
from worlds import SLUG, World, correction, texts

from catalog.declaration.strict import Text
from pipelines.drift.changes import Draft
from pipelines.drift.corrections import Mending, lifted, mended, proposed
from pipelines.trace.heard import HeardRow

AT = dt.datetime.fromisoformat("2026-07-01T09:00:00+08:00")
TEXT = Text.model_validate({"en": "Why: {not} a #comment", "zh-TW": "原因：「甲」"})


def drafted(world: World) -> Draft:
    path = world.datasets / SLUG / "dataset.yaml"
    return Draft(path.read_text(encoding="utf-8"), world.ctx.declarations.dataset(SLUG))


@pytest.mark.parametrize("found", ["9999", "", "no", "1:2", "# x", "'\"", "{a: b}", "民\u3000國", "- x", "2026-07-01"])
def test_any_text_is_written_so_that_it_is_read_back(make: Make, found: str):
    world = make()
    declare(world)
    heard = HeardRow(3, 7, AT, {"site": found or "a"}, {"site": found or "a", "level": found})
    mending = Mending("level", "12", TEXT, dt.date(2026, 7, 3))
    draft = drafted(world)
    after = draft.after([proposed(draft, heard, mending)])
    (one,) = after.dataset.minsheng.corrections
    assert (one.found, one.value, one.when, one.reason) == (found, "12", {"site": found or "a"}, TEXT)
    assert (one.id, one.reported, one.until) == ("level-2026-07-03", "2026-07-03", "2026-12-30")
    assert after.after([lifted(after, one.id)]).text == draft.text


def test_it_lasts_from_the_fetch_where_that_is_later(make: Make):
    world = make()
    declare(world)
    heard = HeardRow(3, 7, AT.replace(year=2027), {"site": "a"}, {"site": "a", "level": "9999"})
    draft = drafted(world)
    (one,) = draft.after([proposed(draft, heard, Mending("level", "12", TEXT, AT.date()))]).dataset.minsheng.corrections
    assert one.until == "2027-12-28"


@pytest.mark.parametrize(("level", "says"), [("12", 1), ("9999", 0), (None, 1)])
def test_what_the_newest_answer_tells_of_a_correction(make: Make, level: str | None, says: int):
    world = make(corrections=[correction()])
    records = texts(site=["a", "b"], level=[level, "1"])
    assert len(mended(drafted(world), records)) == says
    assert mended(drafted(world), texts(site=["b"], level=["1"])) == [], "it does not speak of the row"
