"""An answer without any record is data where that is declared: a warning that ended is no longer served."""

import gzip
from typing import Any

import pytest
from nights import Make
from worlds import SLUG, World, declaration, many, table_csv

from catalog import keys
from catalog.release.read import ReleaseFiles
from pipelines.run import write_lists

HEADER = "site,level\n"


def warnings(make: Make, **more: Any) -> World:
    world = make()
    world.declare(declaration(**({"load": "replace", "empty": "data"} | more)))
    return world


def said(form: str, records: str = "") -> dict[str, Any]:
    reading = {"records": records} if form == "json" else {}
    return {"protocol": "file", "address": "https://waters.example/x", "format": form, "reading": reading}


@pytest.mark.parametrize(
    ("source", "full", "empty"),
    [
        (said("csv"), table_csv(many(3)), HEADER),
        (said("csv"), table_csv(many(3)), HEADER.strip()),
        (said("csv"), table_csv(many(3)).encode("utf-8-sig"), HEADER.encode("utf-8-sig")),
        (said("csv"), table_csv(many(3)), gzip.compress(HEADER.encode(), mtime=0)),
        (said("json"), '[{"site": "a", "level": 1}]', "[]"),
        (said("json", "records"), '{"records": [{"site": "a", "level": 1}]}', '{"records": []}'),
    ],
)
def test_a_table_that_is_empty_is_released_and_comes_back(make: Make, source: Any, full: str, empty: str):
    world = warnings(make, source=source)
    told = [world.tell(body)[0] for body in (full, empty, empty, full)]
    assert [result.outcome for result in told] == ["released", "released", "unchanged", "released"]
    assert [result.rows for result in told] == [told[0].rows, 0, None, told[0].rows]


def test_without_the_word_it_is_no_data(make: Make):
    world = warnings(make, empty="refuse")
    assert [world.tell(body)[0].outcome for body in (table_csv(many(3)), HEADER)] == ["released", "refused"]
    assert len(world.rows()) == 3


def test_the_first_answer_may_be_empty(make: Make):
    world = warnings(make)
    assert [world.tell(HEADER)[0].outcome, world.tell(table_csv(many(3)))[0].outcome] == ["released"] * 2


@pytest.mark.parametrize("body", ["", "\n", "height\n", "<p>maintenance</p>", "{}"])
def test_what_is_no_table_is_refused_all_the_same(make: Make, body: str):
    world = warnings(make)
    world.tell(table_csv(many(3)))
    assert world.tell(body)[0].outcome == "refused"


def test_a_table_whose_rows_all_left_is_not_empty(make: Make):
    world = warnings(make, guards={"quarantined": 1})
    assert world.tell("site,level\n,1\n")[0].outcome == "refused"
    world.tell(table_csv(many(3)))
    assert world.tell("site,level\n,1\n")[0].outcome == "held", "guard.removed asks a steward"


def test_records_that_are_omitted_are_no_empty_answer(make: Make):
    omit = [{"when": {"site": "sum"}, "reason": {"en": "A total.", "zh-TW": "合計。"}}]
    world = warnings(make, omit=omit)
    world.tell(table_csv(many(3)))
    assert world.tell("site,level\nsum,0\n")[0].outcome == "held"


def test_with_upsert_nothing_changes(make: Make):
    world = warnings(make, load="upsert")
    told = [world.tell(body)[0].outcome for body in (HEADER, table_csv(many(3)), HEADER)]
    assert told == ["unchanged", "released", "unchanged"]


def test_a_table_of_months_may_lose_all_of_them(make: Make):
    fields = [{"name": "day", "type": "date", "date": {"patterns": ["%Y-%m-%d"]}}, {"name": "level", "type": "number"}]
    texts = {"title": {"en": "x", "zh-TW": "x"}, "description": {"en": "x", "zh-TW": "x"}}
    world = warnings(make, fields=[one | texts for one in fields], partition={"field": "day", "grain": "month"})
    told = [world.tell(f"day,level\n{row}")[0] for row in ("2026-06-30,1\n2026-07-01,1\n", "", "2026-07-02,1\n")]
    assert [(result.outcome, result.rows) for result in told] == [("released", 2), ("released", 0), ("released", 1)]
    world.tell("day,level\n")
    write_lists(world.ctx)


def test_all_that_is_published_of_it_works(make: Make):
    world = warnings(make)
    world.tell(table_csv(many(3)))
    world.tell(HEADER)
    write_lists(world.ctx)
    release = world.newest()
    assert ReleaseFiles(world.public, release).table().num_rows == 0
    text = release.texts["all"]
    assert gzip.decompress(world.public.get(keys.dataset(SLUG, text.path)).body) == HEADER.encode()
    for page in ("index.html", "explore.html", "quality.html", f"{SLUG}.xlsx", "figures.json", "profile.json"):
        assert world.public.get(keys.dataset(SLUG, page)).body, page
