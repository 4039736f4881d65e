"""JSON -> records of text; hostile bytes -> one sentence."""

import json as stdlib_json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from catalog.errors import SourceError
from pipelines.decode import json
from pipelines.decode.parts import limits


def records(body: bytes) -> list[dict[str, Any]]:
    return json.records(json.parse(body)).to_pylist()  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'[{"a": "x"}]', [{"a": "x"}]),
        (b'\xef\xbb\xbf[{"a": "x"}]', [{"a": "x"}]),
        (
            b'[{"a": 1.50, "b": 1E5, "c": -0, "d": 12345678901234567890}]',
            [{"a": "1.50", "b": "1E5", "c": "-0", "d": "12345678901234567890"}],
        ),
        (b'[{"a": true}, {"a": false}, {"a": null}, {}]', [{"a": "true"}, {"a": "false"}, {"a": None}, {"a": None}]),
        (b'[{"a": 1}, {"a": "x"}, {"a": true}]', [{"a": "1"}, {"a": "x"}, {"a": "true"}]),
        ('[{"a": ["臺"]}, {"a": {"b": null}}]'.encode(), [{"a": '["臺"]'}, {"a": '{"b": null}'}]),
        (b'[{"b": "1"}, {"a": "2"}]', [{"b": "1", "a": None}, {"b": None, "a": "2"}]),
        (b'[{"a": "\\u81fa\\ud842\\udfb7"}]', [{"a": "臺𠮷"}]),
        (b'[{"a": "\\u0000"}]', [{"a": "\x00"}]),
        (b'[{"a": ""}]', [{"a": ""}]),
        (b"[]", []),
    ],
)
def test_json_gives_the_text_of_each_scalar(body: bytes, expected: list[dict[str, str | None]]):
    assert records(body) == expected


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "begins b''"),
        (b"<!DOCTYPE html>", "begins b'<!DOCTYPE html>'"),
        (b'[{"a": "x"', "expected JSON"),
        (b'[{"a": NaN}]', "NaN is not JSON"),
        (b'[{"a": -Infinity}]', "-Infinity is not JSON"),
        (b"[" * 100_000, "expected JSON"),
        (b'{"a":' * 100_000, "expected JSON"),
        (b'[{"a": "\xff"}]', "found the byte 0xff at 8"),
        ('[{"a": "臺"}]'.encode("big5"), "expected JSON in UTF-8, found the byte"),
        (b'[{"a": "x"}] trailing', "expected JSON"),
        (b'[{"a": "\x01"}]', "expected JSON"),
        (b"[{'a': 1}]", "expected JSON"),
        (b'[{"a": 01}]', "expected JSON"),
    ],
)
def test_what_is_no_json_is_one_sentence(body: bytes, words: str):
    with pytest.raises(SourceError, match=words) as raised:
        json.parse(body)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "body",
    [
        b'[{"a": "\\ud800"}]',
        b'[{"a": true}, {"a": "\\ud800"}]',
        b'[{"a": {"b": "\\ud800"}}]',
        b'[{"\\ud800": "x"}]',
    ],
)
def test_half_a_character_is_one_sentence(body: bytes):
    with pytest.raises(SourceError, match="surrogate"):
        records(body)


def test_a_nested_value_is_its_json_text():
    assert records(b'[{"a": [1, 2.50]}]') == [{"a": "[1, 2.50]"}]
    assert records('[{"a": {"臺": [-0, "1", null, {}]}}, {"a": 1e5}]'.encode()) == [
        {"a": '{"臺": [-0, "1", null, {}]}'},
        {"a": "1e5"},
    ]


def test_a_value_nested_too_deep_to_be_written_is_one_sentence():
    with pytest.raises(SourceError, match="expected"):
        records(b'[{"a":' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"}]")


def test_a_key_twice_in_one_record_is_refused():
    with pytest.raises(SourceError, match=r"twice|once"):
        records(b'[{"a": "1", "a": "2"}]')


def test_a_key_twice_is_refused_where_it_is_nested_too():
    with pytest.raises(SourceError, match="expected each key once in an object, found 'b' more than once"):
        json.parse(b'{"data": [{"a": {"b": 1, "c": 2, "b": 1}}]}')


@pytest.mark.parametrize(
    ("document", "paths", "found"),
    [
        ([{"a": "1"}], ("",), 1),
        ({"records": [{"a": "1"}]}, ("", "records"), 1),
        ({"result": {"records": [{}, {}]}}, ("records", "result.records"), 2),
        ([], ("",), 0),
        ({"records": []}, ("records",), 0),
        ({"records": [1]}, ("records",), None),
        ({"records": {"a": 1}}, ("records",), None),
        ({"records": None}, ("records.x",), None),
        ("text", ("",), None),
        ({}, (), None),
    ],
)
def test_records_lie_at_the_first_path_that_holds_a_list_of_objects(
    document: Any, paths: tuple[str, ...], found: int | None
):
    at = json.find(document, paths)
    assert (None if at is None else len(at)) == found


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.text(max_size=3)), lambda one: st.lists(one, max_size=3), max_leaves=5
    )
)
def test_any_value_becomes_text_or_null(value: Any):
    body = stdlib_json.dumps([{"a": value}, {"a": "x"}]).encode()
    try:
        (first, _) = records(body)
    except SourceError:
        assert "\\ud" in body.decode()
        return
    assert first["a"] is None if value is None else isinstance(first["a"], str)


def laid(document: Any, **said: Any) -> list[dict[str, str | None]]:
    body = stdlib_json.dumps(document).encode()
    return json.decode(body, json.Reading.model_validate(said)).to_pylist()  # type: ignore[no-any-return]


FORECAST = {
    "issued": "08:00",
    "places": [
        {"name": "臺北", "elements": [{"id": "T", "time": [{"at": 1, "v": {"x": 2.50}}, {"at": 2, "v": {"x": 3}}]}]},
        {"name": "新竹", "elements": [{"id": "T", "time": []}, {"id": "R"}]},
    ],
}


def test_records_lie_where_the_path_leads():
    assert laid([{"a": 1}]) == [{"a": "1"}]
    assert laid({"d": {"r": [{"a": 1}]}}, records="d.r") == [{"a": "1"}]
    assert laid({"d": {"r": [{"a": 1}]}}, records="d.r[]") == [{"a": "1"}]
    assert laid({"d": []}, records="d") == []


def test_what_stands_above_the_records_can_be_kept():
    keep = {"place": "places[].name", "element": "places[].elements[].id", "issued": "issued", "no": "places[].none.x"}
    found = laid(FORECAST, records="places[].elements[].time", keep=keep, flatten=True)
    above = {"place": "臺北", "element": "T", "issued": "08:00", "no": None}
    assert found == [above | {"at": "1", "v.x": "2.5"}, above | {"at": "2", "v.x": "3"}]


def test_the_names_of_members_can_be_kept():
    document = {"local": {"09007": 1, "10002": 0}, "import": {"09007": 2}}
    keep = {"kind": "{}", "county": "{}{}"}
    assert laid(document, records="{}{}", columns=["cases"], keep=keep) == [
        {"kind": "local", "county": "09007", "cases": "1"},
        {"kind": "local", "county": "10002", "cases": "0"},
        {"kind": "import", "county": "09007", "cases": "2"},
    ]


def test_records_can_be_lists_of_values():
    document = {"": "13:20", "aaData": [["a", 1.50], ["b", None]]}
    assert laid(document, records="aaData", columns=["unit", "mw"], keep={"time": '""'}) == [
        {"time": "13:20", "unit": "a", "mw": "1.5"},
        {"time": "13:20", "unit": "b", "mw": None},
    ]
    with pytest.raises(SourceError, match="expected 1 values in a record, as declared, found 2"):
        laid(document, records="aaData", columns=["unit"])


def test_there_can_be_a_single_record():
    assert laid({"data": {"a": 1, "b": [2]}}, records="data", shape="single") == [{"a": "1", "b": "[2]"}]
    with pytest.raises(SourceError, match=r"expected a record at data, found '\{\"message\": \"no\"\}'"):
        laid({"message": "no"}, records="data", shape="single")


def test_a_record_can_come_in_parts():
    assert laid({"r": [{"a": 1}, {"b": {"c": 2}}]}, records="r", shape="parts", flatten=True) == [
        {"a": "1", "b.c": "2"}
    ]
    with pytest.raises(SourceError, match="expected each key in one part of a record, found 'a' in two"):
        laid([{"a": 1}, {"a": 1}], shape="parts")
    with pytest.raises(SourceError, match="expected a list of the parts of a record, found '5'"):
        laid([5], shape="parts")


def test_there_can_be_a_list_for_each_column():
    assert laid({"h": {"t": [1, 2], "v": ["x", None]}}, records="h", shape="columns") == [
        {"t": "1", "v": "x"},
        {"t": "2", "v": None},
    ]
    with pytest.raises(SourceError, match="expected columns of one length, found 1 and 2 values"):
        laid({"t": [1, 2], "v": [1]}, shape="columns")
    with pytest.raises(SourceError, match="expected an object with a list for each column"):
        laid({"t": [1, 2], "v": 5}, shape="columns")


def test_nested_objects_are_columns_where_declared():
    document = [{"a": {"b": {"c": 1}, "d": [1, 2]}, "e": None}]
    assert laid(document) == [{"a": '{"b": {"c": 1}, "d": [1, 2]}', "e": None}]
    assert laid(document, flatten=True) == [{"a.b.c": "1", "a.d": "[1, 2]", "e": None}]
    with pytest.raises(SourceError, match=r"each column once, found 'a.b' more than once in a record"):
        laid([{"a": {"b": 1}, "a.b": 2}], flatten=True)


def test_items_that_name_themselves_are_columns_where_declared():
    document = [{"s": {"coords": [{"n": "TWD67", "lat": 1}, {"n": "WGS84", "lat": 2}]}}]
    named = {"s.coords": "n"}
    assert laid(document, flatten=True, named=named) == [{"s.coords.TWD67.lat": "1", "s.coords.WGS84.lat": "2"}]
    with pytest.raises(SourceError, match=r"expected each name once at s.coords, found 'x' more than once"):
        laid([{"s": {"coords": [{"n": "x"}, {"n": "x"}]}}], flatten=True, named=named)
    with pytest.raises(SourceError, match=r"expected objects with a text under 'n' at s.coords, found '5'"):
        laid([{"s": {"coords": [5]}}], flatten=True, named=named)


@pytest.mark.parametrize(
    ("document", "said", "words"),
    [
        ({"message": "File not found"}, {}, 'list of records at the top, found \'{"message": "File not found"}\''),
        ({"message": "x"}, {"records": "records.location"}, "a list of records at records.location, found '{"),
        ({"records": None}, {"records": "records"}, "a list of records at records, found '{"),
        ([1, 2], {}, "expected a list of records at the top, found '1' in it"),
        ([{"a": 1}], {"keep": {"a": ""}}, "expected each column once, found 'a' in a record and under keep"),
    ],
)
def test_what_holds_no_records_is_one_sentence(document: Any, said: dict[str, Any], words: str):
    with pytest.raises(SourceError) as raised:
        laid(document, **said)
    assert words in str(raised.value)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"records": "a..b"}, "is no path at character"),
        ({"records": "a[].b", "keep": {"x": "c[].d"}}, "keep.x: beyond the path of the records, only keys"),
        ({"named": {"a": "b"}}, "named: belongs to flatten: true"),
        ({"shape": "guess"}, "shape"),
    ],
)
def test_a_reading_that_cannot_be_is_told(said: dict[str, Any], words: str):
    with pytest.raises(ValidationError, match=words):
        json.Reading.model_validate(said)


def test_a_million_keys_are_refused(monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(SourceError, match="expected at most 4,096 columns, found 1,000,000"):
        laid([{f"k{i}": 1 for i in range(1_000_000)}])
    with pytest.raises(SourceError, match="found 5,000"):
        laid([{f"k{i}": 1} for i in range(5_000)])


def test_rows_of_few_values_under_many_keys_are_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(limits, "LIMITS", limits.DecodeLimits(cells=10))
    with pytest.raises(SourceError, match="expected at most 10 cells, found 16"):
        laid([{f"k{i}": 1} for i in range(4)])


@pytest.mark.parametrize("said", [{}, {"columns": ["x"]}])
def test_a_value_nested_hundreds_deep_is_one_sentence(said: dict[str, Any]):
    body = b"[" + b'{"a":' * 900 + b"1" + b"}" * 900 + b"]"
    with pytest.raises(SourceError, match=r"nested hundreds deep|expected JSON"):
        json.decode(body, json.Reading.model_validate(said))
