"""JSON values: parsed with numbers as they are written, and laid out as records of text."""

import json as stdlib_json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import SourceError
from pipelines.decode.parts import json_values
from pipelines.decode.parts.beside import FAULT


def records(body: bytes) -> list[dict[str, Any]]:
    return json_values.records(json_values.parse(body)).to_pylist()  # type: ignore[no-any-return]


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
        (b'[{"a": NaN}, {"a": -Infinity}, {"a": [Infinity]}]', [{"a": "NaN"}, {"a": "-Infinity"}, {"a": "[Infinity]"}]),
        (b'[{"a": "x\r\n\ty"}]', [{"a": "x\r\n\ty"}]),
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
        (b'[{"a": nan}]', "expected JSON"),
        (b'[{"a": +Infinity}]', "expected JSON"),
        (b'{"a": 1}\n{"a": 2}\n', "is it one value a line"),
        (b"[" * 100_000, "expected JSON"),
        (b'{"a":' * 100_000, "expected JSON"),
        (b'[{"a": "\xff"}]', "0xff in line 1 at character 9"),
        ('[{"a": "臺"}]'.encode("big5"), "expected text in UTF-8, found a byte"),
        (b'[{"a": "x"}] trailing', "expected JSON"),
        (b'[{"a": "\x01"}]', "expected JSON"),
        (b"[{'a': 1}]", "expected JSON"),
        (b'[{"a": 01}]', "expected JSON"),
    ],
)
def test_what_is_no_json_is_one_sentence(body: bytes, words: str):
    with pytest.raises(SourceError, match=words) as raised:
        json_values.parse(body)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "body",
    [
        b'[{"a": "\\ud800"}]',
        b'[{"a": {"b": "\\ud800"}}]',
        b'[{"\\ud800": "x"}]',
        b'[{"a": "\\ud800"}, {"b": "\\ud800"}]',
    ],
)
def test_half_a_character_is_one_sentence(body: bytes):
    with pytest.raises(SourceError, match="surrogate"):
        records(body)


def test_half_a_character_in_one_record_is_a_fault_beside_the_others():
    body = b'[{"a": "x"}, {"a": {"b": "\\ud800"}}, {"a": true}]'
    assert records(body) == [
        {"a": "x", FAULT: None},
        {"a": "true", FAULT: None},
        {"a": None, FAULT: '{"a": {"b": "\\ud800"}}'},
    ]


def test_a_key_of_ours_is_none_of_the_agencys():
    with pytest.raises(SourceError, match=r"found the control character U\+0000 in"):
        records(b'[{"\\u0000fault": "x"}]')


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
        json_values.parse(b'{"data": [{"a": {"b": 1, "c": 2, "b": 1}}]}')


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
    at = json_values.find(document, paths)
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
        raise AssertionError("one record refuses no other") from None
    if "\\ud" in body.decode() and FAULT in first:
        assert first == {"a": "x", FAULT: None}
        return
    assert first["a"] is None if value is None else isinstance(first["a"], str)
