"""NDJSON: one JSON value a line; a bad line is a fault beside the others, a file that is cut or joined is refused."""

import contextlib
import json as stdlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import SourceError
from pipelines.decode import ndjson
from pipelines.decode.parts.beside import FAULT
from pipelines.decode.parts.text import NO_TEXT


def laid(body: str | bytes, **said: Any) -> list[dict[str, str | None]]:
    body = body.encode() if isinstance(body, str) else body
    return ndjson.decode(body, ndjson.Reading.model_validate(said)).to_pylist()  # type: ignore[no-any-return]


def test_each_line_is_a_record():
    expected = [{"a": "1.50", "b": None}, {"a": None, "b": "臺\u2028"}]
    for end in ("\n", "\r\n", "\n\n"):
        assert laid('{"a":1.50}' + end + '{"b":"臺\u2028"}' + end) == expected
    assert laid('\ufeff{"a":1.50}\n{"b":"臺\u2028"}') == expected


def test_a_line_can_hold_lists_and_objects_as_in_json():
    assert laid('["x", 2]\n', columns=["unit", "mw"]) == [{"unit": "x", "mw": "2"}]
    assert laid('{"a":{"b":1}}\n', flatten=True) == [{"a.b": "1"}]
    assert laid('{"d":1,"r":[{"a":1},{"a":2}]}\n', records="[].r[]", keep={"d": "[].d"}) == [
        {"d": "1", "a": "1"},
        {"d": "1", "a": "2"},
    ]


@pytest.mark.parametrize("bad", ["oops", '{"a": 1', "5", "null", '{"a":1,"a":2}', "2021-01-01", '{"a":1},', "[" * 9999])
def test_a_bad_line_is_a_fault_beside_the_others(bad: str):
    for lines in ([bad, '{"a":1}'], ['{"a":1}', bad]):
        found = laid("".join(f"{line}\r\n" for line in lines))
        assert found == [{"a": "1", FAULT: None}, {"a": None, FAULT: bad}]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", "expected NDJSON, found an empty body"),
        ("<html>\n", "expected one JSON value a line, found none: line 1, which begins '<html>'"),
        ("5\n6\n", "expected a list of records at the top, found '5' in it"),
        ('{"a":1}\n{"a":2', "expected a JSON value in the last line, found one that is cut: '{\"a\":2'"),
        ('{"a":1}{"a":2}\n', "found two in line 1; the second begins '{\"a\":2}'"),
        ('{"a":1}\n{"a":1} {"a":2}\n', "found two in line 2"),
        ('[\n{"a":1},\n{"a":2}\n]\n', "found one value in several lines; that is the format json"),
        ('[{"a":1},{"a":2}]\n', "expected a list of records at the top"),
        (b'{"a":"\xff"}\n', "expected text in UTF-8"),
    ],
)
def test_what_is_none_is_one_sentence(body: str | bytes, words: str):
    with pytest.raises(SourceError) as raised:
        laid(body)
    assert words in str(raised.value)


def test_a_body_can_be_in_the_encoding_of_the_agency():
    assert laid('{"縣市":"許功蓋"}\n'.encode("cp950"), encoding="cp950") == [{"縣市": "許功蓋"}]
    assert laid('{"a":"臺"}\n'.encode("utf-16"), encoding="utf-16") == [{"a": "臺"}]
    assert laid(b'{"a":"\xff"}\n', undecodable="quarantine") == [{"a": f"{NO_TEXT}ff"}]


@given(st.lists(st.one_of(st.integers(), st.text(max_size=3), st.dictionaries(st.just("a"), st.text(max_size=3)))))
def test_every_line_is_a_record_or_a_fault(values: list[Any]):
    body = "".join(f"{stdlib.dumps(value)}\n" for value in values)
    try:
        found = laid(body)
    except SourceError:
        assert not any(isinstance(value, dict) and "\\ud" not in stdlib.dumps(value) for value in values)
        return
    counted = len(values) if any(found) or not values else 0
    assert len(found) == counted


@given(st.binary(max_size=60))
def test_any_bytes_are_a_table_or_a_sentence(body: bytes):
    with contextlib.suppress(SourceError):
        laid(body)
