"""Control characters get into no published text: their cells are set aside, visible, whatever the format."""

import io
import json

import pyarrow as pa
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from nights import Make
from worlds import World, column

from pipelines.conform import controls
from pipelines.decode.parts.text import NO_TEXT

FIELDS = [column("site"), column("name"), column("level", "number")]
HIDDEN = [*map(chr, (*range(9), *range(0x0E, 0x20), *range(0x7F, 0xA0)))]


def shown(*texts: str | None) -> list[str | None]:
    return controls.trimmed(pa.array(texts, pa.string())).to_pylist()


@pytest.mark.parametrize("sign", HIDDEN)
def test_a_control_character_is_marked_wherever_it_stands(sign: str) -> None:
    mark = f"{NO_TEXT}{ord(sign):02x}"
    assert shown("a", f"a{sign}b", f" {sign}", None) == ["a", f"a{mark}b", mark, None]
    assert controls.visible(pa.array([f"a{sign}\n", "b"])).to_pylist() == [f"a{mark}\n", "b"]


def test_blanks_and_feeds_around_a_text_are_trimmed_and_feeds_within_are_marked() -> None:
    assert shown("\ufeff a\t\r\n", "\x0ca\x0b", "a\tb\r\nc", "a\x0bb") == ["a", "a", "a\tb\r\nc", f"a{NO_TEXT}0bb"]


@given(st.lists(st.one_of(st.none(), st.text(max_size=4), st.text("aé\x85\x00 \n塩", max_size=4)), max_size=6))
def test_what_has_no_control_character_is_only_trimmed(texts: list[str | None]) -> None:
    plain = [text for text in texts if text is None or not any(sign in text for sign in [*HIDDEN, "\x0b", "\x0c"])]
    assert shown(*plain) == controls._trimmed(pa.array(plain, pa.string())).to_pylist()
    for text in shown(*texts):
        assert text is None or not any(sign in text for sign in [*HIDDEN, "\x0b", "\x0c"])


def source(kind: str, **reading: object) -> dict[str, object]:
    return {"protocol": "file", "address": "https://waters.example/r", "format": kind, "reading": reading}


def workbook() -> bytes:
    body = io.BytesIO()
    with xlsxwriter.Workbook(body) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate((("site", "name", "level"), ("a", "x", 1), ("b", "A\x01B", 2))):
            sheet.write_row(number, 0, row)
    return body.getvalue()


RECORDS = [{"site": "a", "name": "x", "level": 1}, {"site": "b", "name": "A\x01B", "level": 2}]
XML = (
    "<l><i><site>a</site><name>x</name><level>1</level></i><i><site>b</site><name>A\x85</name><level>2</level></i></l>"
)
PAGE = "<table><tr><td>site<td>name<td>level<tr><td>a<td>x<td>1<tr><td>b<td>A\x85<td>2</table>"
FORMATS = [
    ("csv", {}, b"site,name,level\na,x,1\nb,A\x01B,2\n", "A\ufffd\\x01B"),
    ("csv", {"comment": "#"}, b"site,name,level\na,x,1\nb,A\x01B,2\n", "A\ufffd\\x01B"),
    ("csv", {}, b"site,name,level\na,x,1\nb,\0\0,2\n", "\ufffd\\x00\ufffd\\x00"),
    ("csv", {"encoding": "utf-16"}, "site,name,level\na,x,1\nb,A\0,2\n".encode("utf-16"), "A\ufffd\\x00"),
    ("csv", {"encoding": "latin-1"}, b"site,name,level\na,x,1\nb,etc\x85,2\n", "etc\ufffd\\x85"),
    ("csv", {"encoding": "cp950"}, b"site,name,level\na,x,1\nb,\xa4\x40\x7f,2\n", "一\ufffd\\x7f"),
    ("json", {}, json.dumps(RECORDS).encode(), "A\ufffd\\x01B"),
    ("ndjson", {}, b"\n".join(json.dumps(one).encode() for one in RECORDS), "A\ufffd\\x01B"),
    ("xml", {"records": "l/i"}, XML.encode(), "A\ufffd\\x85"),
    ("html", {}, PAGE.encode(), "A\ufffd\\x85"),
    ("fixed", {}, b"site name level\na x 1\nb A\x01B 2\n", "A\ufffd\\x01B"),
    ("xlsx", {}, workbook(), "A\ufffd\\x01B"),
]


@pytest.mark.parametrize(("kind", "reading", "body", "raw"), FORMATS, ids=[one[0] for one in FORMATS])
def test_its_cell_leaves_in_every_format(make: Make, kind: str, reading: dict[str, str], body: bytes, raw: str) -> None:
    world = make(fields=FIELDS, source=source(kind, **reading), guards={"quarantined": 1})
    (item,) = world.tell(body)
    assert item.outcome == "released"
    assert [row["name"] for row in world.rows()] == ["x", None]
    (listed,) = world.quarantine()
    assert (listed["row"], listed["rule"], listed["left"], listed["raw"]) == (2, "name.type", "cell", raw)
    assert failed(world)["name.type"] == 1


def failed(world: World) -> dict[str, int]:
    return {check["id"]: check["failed"] for check in world.fact("quality")["checks"]}


def test_the_check_is_there_only_where_a_text_cannot_be_read(make: Make) -> None:
    world = make(fields=FIELDS, guards={"quarantined": 1})
    world.tell("site,name,level\na,x,1\n")
    before = failed(world)
    assert "name.type" not in before
    world.tell("site,name,level\na,x\0,1\nb,y\t,2\n")
    assert failed(world) == before | {"name.type": 1}
    world.tell("site,name,level\na,x,1\nb,y,3\n")
    assert failed(world) == before
    assert world.quarantine() == []


def test_too_many_are_held(make: Make) -> None:
    (item,) = make(fields=FIELDS).tell("site,name,level\na,x,1\nb,y\0,2\n")
    assert item.outcome == "held"


def test_a_key_with_one_takes_its_row(make: Make) -> None:
    world = make(fields=FIELDS, guards={"quarantined": 1})
    world.tell("site,name,level\na,x,1\n\0b,y,2\n")
    assert [row["site"] for row in world.rows()] == ["a"]
    (listed,) = world.quarantine()
    assert (listed["rule"], listed["left"], listed["key"]) == ("site.type", "row", f"site={NO_TEXT}00b")


def test_a_number_with_one_is_no_number_and_a_kept_word_no_word(make: Make) -> None:
    fields = [FIELDS[0], column("name", codes={"map": {"好": "good"}, "other": "keep"}), FIELDS[2]]
    world = make(fields=fields, guards={"quarantined": 1})
    world.tell("site,name,level\na,好,1\x002\nb,x\x1b[2J,2\n")
    assert world.rows() == [{"site": "a", "name": "good", "level": None}, {"site": "b", "name": None, "level": 2.0}]
    assert [one["raw"] for one in world.quarantine()] == [f"1{NO_TEXT}002", f"x{NO_TEXT}1b[2J"]


@pytest.mark.parametrize(
    ("kind", "body"), [("csv", "site,na\x00me,level\na,x,1\n"), ("json", '[{"site": "a", "\\u0000fault": "x"}]')]
)
def test_a_name_with_one_refuses_the_file(make: Make, kind: str, body: str) -> None:
    (item,) = make(fields=FIELDS, source=source(kind)).tell(body)
    assert item.outcome == "refused"
    assert "found the control character U+0000 in '" in item.reason


def test_a_record_that_is_no_record_is_listed_without_one(make: Make) -> None:
    world = make(fields=FIELDS, source=source("json"), guards={"quarantined": 1})
    world.tell('[{"site": "a", "name": "x", "level": 1}, "no\\u0000ne"]')
    assert [one["raw"] for one in world.quarantine()] == ['"no\\u0000ne"']
