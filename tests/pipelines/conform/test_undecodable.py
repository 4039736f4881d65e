"""Bytes that are no text: the file is refused, or their cells are set aside, visible."""

import pytest
from nights import Make
from worlds import column

READING = {"encoding": "cp950", "undecodable": "quarantine"}
BODY = b"site,name,level\n" + "板橋,好,1.5\n臺北,".encode("cp950") + b"\xf9\xff\xa4,2.5\n"
FIELDS = [column("site"), column("name"), column("level", "number")]


def source(**reading: str) -> dict[str, object]:
    return {"protocol": "file", "address": "https://waters.example/r.csv", "format": "csv", "reading": reading}


def test_the_cell_is_listed_with_its_bytes_and_not_published(make: Make) -> None:
    world = make(fields=FIELDS, source=source(**READING), guards={"quarantined": 1})
    (item,) = world.tell(BODY)
    assert item.outcome == "released"
    assert world.rows() == [
        {"site": "板橋", "name": "好", "level": 1.5},
        {"site": "臺北", "name": None, "level": 2.5},
    ]
    (listed,) = world.quarantine()
    assert (listed["row"], listed["column"], listed["rule"], listed["left"]) == (2, "name", "name.type", "cell")
    assert listed["raw"] == "\ufffd\\xf9\ufffd\\xff\ufffd\\xa4"
    checks = {check["id"]: check["failed"] for check in world.fact("quality")["checks"]}
    assert checks["name.type"] == 1


def test_a_key_that_is_no_text_takes_its_row(make: Make) -> None:
    world = make(fields=FIELDS, source=source(**READING), guards={"quarantined": 1})
    world.tell(b"site,name,level\na,x,1\n\xff,y,2\n")
    assert [row["site"] for row in world.rows()] == ["a"]
    (listed,) = world.quarantine()
    assert (listed["rule"], listed["left"]) == ("site.type", "row")


def test_too_many_are_held(make: Make) -> None:
    world = make(fields=FIELDS, source=source(**READING))
    (item,) = world.tell(BODY)
    assert item.outcome == "held"


def test_by_default_the_file_is_refused_with_the_places(make: Make) -> None:
    world = make(fields=FIELDS, source=source(encoding="cp950"))
    (item,) = world.tell(BODY)
    assert item.outcome == "refused"
    assert "in CP950, found 3 bytes that are none: 0xf9 in line 3 at character 4, 0xff in line 3" in item.reason


def test_a_word_that_codes_keep_is_set_aside_too(make: Make) -> None:
    said = [FIELDS[0], column("name", codes={"map": {"好": "good"}, "other": "keep"}), FIELDS[2]]
    world = make(fields=said, source=source(**READING), guards={"quarantined": 1})
    world.tell(BODY)
    assert [row["name"] for row in world.rows()] == ["good", None]
    assert [one["rule"] for one in world.quarantine()] == ["name.code"]


@pytest.mark.parametrize("encoding", ["utf-8", "cp950"])
def test_what_is_text_is_as_it_was(make: Make, encoding: str) -> None:
    world = make(fields=FIELDS, source=source(encoding=encoding, undecodable="quarantine"))
    (item,) = world.tell("site,name,level\n板橋,臺,1\n".encode(encoding))
    assert item.outcome == "released"
    assert world.rows() == [{"site": "板橋", "name": "臺", "level": 1.0}]
