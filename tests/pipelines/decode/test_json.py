"""JSON bodies -> records of text, as a declaration lays them out; what holds none is one sentence."""

import contextlib
import json as stdlib_json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from catalog.errors import SourceError
from pipelines.decode import json
from pipelines.decode.parts import limits
from pipelines.decode.parts.beside import FAULT
from pipelines.decode.parts.text import NO_TEXT


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


@pytest.mark.soak
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


def test_an_element_that_is_no_record_is_a_fault_beside_the_others():
    document = [{"a": 1}, None, 5, {"a": 2}, ["x", 2.5]]
    assert laid(document) == [
        {"a": "1", FAULT: None},
        {"a": "2", FAULT: None},
        {"a": None, FAULT: "null"},
        {"a": None, FAULT: "5"},
        {"a": None, FAULT: '["x", 2.5]'},
    ]
    (good, bad) = laid([["a", 1], ["b", 2, 3]], columns=["unit", "mw"])
    assert (good["unit"], bad["unit"], bad[FAULT]) == ("a", None, '["b", 2, 3]')


def test_a_body_can_be_in_the_encoding_of_the_agency():
    body = '[{"縣市": "臺北市許功蓋"}]'
    for encoding in ("cp950", "big5", "utf-16"):
        assert json.decode(body.encode(encoding), json.Reading(encoding=encoding)).to_pylist() == [
            {"縣市": "臺北市許功蓋"}
        ]
    with pytest.raises(SourceError, match="expected text in UTF-8, found"):
        json.decode(body.encode("cp950"))


def test_a_byte_that_is_no_text_stays_visible_where_declared():
    reading = json.Reading(encoding="cp950", undecodable="quarantine")
    found = json.decode(b'[{"a": "x\xff"}, {"a": "y"}]', reading).to_pylist()
    assert found == [{"a": f"x{NO_TEXT}ff"}, {"a": "y"}]


@given(st.lists(st.one_of(st.none(), st.integers(), st.dictionaries(st.text(max_size=2), st.text(max_size=3)))))
def test_every_element_is_a_record_or_a_fault(elements: list[Any]):
    try:
        found = json.decode(stdlib_json.dumps(elements).encode())
    except SourceError:
        assert elements
        return
    names = set().union(*(one for one in elements if isinstance(one, dict)))
    assert found.num_rows == (len(elements) if found.column_names else 0)
    assert set(found.column_names) - {FAULT} <= names


@given(st.binary(max_size=60), st.sampled_from(["utf-8", "cp950", "utf-16", "latin-1"]))
def test_any_bytes_are_a_table_or_a_sentence(body: bytes, encoding: Any):
    for undecodable in ("refuse", "quarantine"):
        with contextlib.suppress(SourceError):
            json.decode(body, json.Reading(encoding=encoding, undecodable=undecodable))
