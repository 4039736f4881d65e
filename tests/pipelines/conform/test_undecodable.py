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
    assert "in CP950, found 3 bytes that are none: 0xf9ffa4 in line 3 at character 4; is" in item.reason


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


NAMES = [column("no"), column("name")]


@pytest.mark.parametrize(
    ("encoding", "cell", "name"),
    [
        ("big5-eten", b"\xa9\xaf\xba\xd6\xc7\x55\xa8\xfd", "幸福の味"),
        ("big5-eten", b"\xc6\xa1\xb8\xb9", "①號"),
        ("big5-uao", b"\x95\xcd\xa6\xe6\xa8\xbd", "塩行里"),
    ],
)
def test_a_table_called_big5_is_declared(make: Make, encoding: str, cell: bytes, name: str) -> None:
    body = b"no,name\n1,\xa6\xe6\n2," + cell + b"\r\n"
    world = make(fields=NAMES, source=source(encoding=encoding))
    (item,) = world.tell(body)
    assert item.outcome == "released"
    assert [row["name"] for row in world.rows()] == ["行", name]


@pytest.mark.parametrize("encoding", ["cp950", "big5"])
def test_a_pair_that_tables_read_differently_refuses_the_file(make: Make, encoding: str) -> None:
    world = make(fields=NAMES, source=source(encoding=encoding))
    (item,) = world.tell(b"no,name\n1,\xa6\xe6\n2,\xba\xd6\xc7\x55\xa8\xfd\n")
    assert item.outcome == "refused"
    assert "found 2 bytes that are none: 0xc755 in line 3 at character 4;" in item.reason


def test_a_pair_of_another_table_is_set_aside_with_its_cell_alone(make: Make) -> None:
    world = make(fields=NAMES, source=source(**READING), guards={"quarantined": 1})
    world.tell(b"no,name\n1,\x95\xcd\xa6\xe6\xa8\xbd\n2,\xa6\xe6\n")
    assert [row["name"] for row in world.rows()] == [None, "行"]
    (listed,) = world.quarantine()
    assert listed["raw"] == "\ufffd\\x95\ufffd\\xcd行里"
