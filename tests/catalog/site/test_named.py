"""Names in place of codes: of the schema, of a reference table as it was used, of a column beside."""

from pathlib import Path

import pytest
from watched import Calls, Watched
from worlds import World, column, declaration, inline, text

from catalog import keys
from catalog.release.read import DamagedFile
from catalog.site import named
from catalog.site.named import NamesOfCodes
from catalog.site.sources import Reader, Released

FIELDS = [
    column("place", codes={"map": {"?": "unknown"}, "other": "keep"}),
    column("kind", categories=[{"value": "a", "label": text("Apple")}]),
    column("note"),
]
PLACES = "code,name_zh,name_en\nTW-TPE,臺北市,Taipei City\nTW-X,某地,\n"


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    fields = [column("code"), column("name_zh"), column("name_en")]
    named = {"labels": {"code": {"en": "name_en", "zh-TW": "name_zh"}}}
    world.declare(inline("places", fields=fields, views=named), table=PLACES)
    world.tell(PLACES, "places")
    reference = {"fields": ["place"], "dataset": "places", "to": ["code"]}
    world.declare(declaration("rivers", FIELDS, references=[reference], views={"labels": {"kind": "note"}}))
    world.tell("place,kind,note\nTW-TPE,a,x\nTW-X,a,x\n?,a,x\n")
    return world


def released(world: World) -> Released:
    return Reader(world.public).released(world.newest("rivers"))


def test_codes_have_the_names_of_the_schema_and_of_the_reference_table(world: World) -> None:
    found = NamesOfCodes(world.public).of(released(world)).codes
    assert found["kind"] == {"a": {"en": "Apple", "zh-TW": "臺：Apple"}}
    assert found["place"]["TW-TPE"] == {"en": "Taipei City", "zh-TW": "臺北市"}
    assert found["place"]["TW-X"] == {"zh-TW": "某地"}, "one without an English name keeps its code"
    assert "unknown" not in found["place"]


def test_the_names_are_those_of_the_release_that_was_used_and_are_read_once(world: World) -> None:
    before = released(world)
    world.tell("code,name_zh,name_en\nTW-TPE,別名,Another\n", "places")
    calls = Calls()
    names = NamesOfCodes(Watched(world.public, calls))
    assert names.of(before).codes["place"]["TW-TPE"]["zh-TW"] == "臺北市"
    first = len(calls.made)
    names.of(before)
    assert len(calls.made) == first
    assert ("get", keys.document("places", 1)) in {(verb, key) for verb, key, _ in calls.made}


def test_a_large_reference_table_is_not_read_for_names(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(named, "MOST_NAMES", 1)
    assert NamesOfCodes(world.public).of(released(world)).codes["place"] == {}


def test_a_damaged_reference_table_is_said(world: World) -> None:
    path = world.newest("places").partitions["all"].path
    (world.root / "public" / keys.dataset("places", path)).write_bytes(b"spoilt")
    with pytest.raises(DamagedFile, match="release 1"):
        NamesOfCodes(world.public).of(released(world))


def test_a_name_may_stand_beside_its_code(world: World) -> None:
    assert NamesOfCodes(world.public).of(released(world)).beside == {"kind": {"en": "note", "zh-TW": "note"}}


def test_a_table_that_names_nothing_gives_no_names(world: World) -> None:
    world.declare(inline("places", fields=[column("code"), column("name_zh"), column("name_en")]))
    world.tell("code,name_zh,name_en\nTW-TPE,臺北市,Taipei City\nTW-Y,乙,Y\n", "places")
    world.tell("place,kind,note\nTW-Y,a,x\n")
    assert "TW-Y" not in NamesOfCodes(world.public).of(released(world)).codes.get("place", {})
