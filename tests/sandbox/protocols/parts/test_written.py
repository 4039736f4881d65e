"""Rows as CSV, and records as JSON."""

from typing import Any

from sandbox.protocols.parts.written import csv_bytes, csv_text, json_value, nested, put


def test_rows_are_written_under_their_header() -> None:
    rows = [{"a": 'x,"y"', "c": "no column"}, {"b": "甲"}]
    assert csv_bytes(["a", "b"], rows) == 'a,b\r\n"x,""y""",\r\n,甲\r\n'.encode()
    assert csv_bytes(["a"], [], "\n", bom=True) == b"\xef\xbb\xbfa\n"


def test_titles_stand_instead_of_the_header() -> None:
    text = csv_text(["a"], [{"a": "1", "year": "115"}], "\n", ["年度,{year}", ",甲"], ["來源"])
    assert text == "年度,115\n,甲\n1\n來源\n"
    assert csv_text(["a"], [], "\n", ["{year}"]) == "{year}\n"


def test_a_value_is_put_where_its_place_says() -> None:
    document: dict[str, Any] = {}
    for place, text in {"": "115", "p.result": "3.30", "at.points[]": "120.5", "p.text": "x"}.items():
        put(document, place, json_value(text))
    put(document, "at.points[]", 23)
    assert document == {"": 115, "p": {"result": 3.3, "text": "x"}, "at": {"points": [120.5, 23]}}


def test_rows_that_share_texts_are_lists_in_lists() -> None:
    rows = [{"place": p, "what": w, "at": at, "said": p + w} for p in "ab" for w in "xy" for at in "12"]
    levels = [(["place"], "elements"), (["what"], "times")]
    found = nested(rows, levels, ["place", "what", "at", "said"], lambda row, columns: {c: row[c] for c in columns})
    assert [one["place"] for one in found] == ["a", "b"]
    assert found[1]["elements"][0] == {
        "what": "x", "times": [{"at": "1", "said": "bx"}, {"at": "2", "said": "bx"}],
    }  # fmt: skip


def test_a_list_with_dots_in_its_name_lies_deeper():
    rows = [{"place": "a", "what": "rain"}, {"place": "a", "what": "wind"}]
    found = nested(
        rows, [(["place"], "held.now")], ["place", "what"], lambda row, columns: {c: row[c] for c in columns}
    )
    assert found == [{"place": "a", "held": {"now": [{"what": "rain"}, {"what": "wind"}]}}]
