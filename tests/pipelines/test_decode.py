"""Bytes -> records of text; hostile bytes -> one sentence."""

import gzip as stdlib
import json as stdlib_json
import time
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import SourceError
from pipelines.decode import csv, gzip, json

# CSV --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"a,b\n1,2\n", [{"a": "1", "b": "2"}]),
        (b"a,b\r\n1,2\r\n", [{"a": "1", "b": "2"}]),
        (b"a,b\n1,2", [{"a": "1", "b": "2"}]),
        (b"\xef\xbb\xbfa,b\n1,2\n", [{"a": "1", "b": "2"}]),
        (b'a,b\n"1,5","say ""x"""\n', [{"a": "1,5", "b": 'say "x"'}]),
        (b'a,b\n"one\ntwo",2\n', [{"a": "one\ntwo", "b": "2"}]),
        (b"a,b\n,\n", [{"a": "", "b": ""}]),
        ("測站,b\n臺北, 2 \n".encode(), [{"測站": "臺北", "b": " 2 "}]),
        (b"a,b\nNA,null\n", [{"a": "NA", "b": "null"}]),
        (b"a,b\n007,1e5\n", [{"a": "007", "b": "1e5"}]),
        (b"a,b\ntrue,2026-07-01\n", [{"a": "true", "b": "2026-07-01"}]),
        (b"a,b\n1\x00,2\n", [{"a": "1\x00", "b": "2"}]),
        (b",b\n1,2\n", [{"": "1", "b": "2"}]),
        (b"a,b\n", []),
    ],
)
def test_csv_gives_text_and_guesses_nothing(body: bytes, expected: list[dict[str, str]]):
    assert csv.records(body).to_pylist() == expected


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "found an empty body"),
        (b" \n\r\n", "found an empty body"),
        (b"\xef\xbb\xbf", "expected CSV"),
        (b"a,b\n1\n", "Expected 2 columns, got 1"),
        (b"a,b\n1,2,3\n", "Expected 2 columns, got 3"),
        (b'a,b\n"1,2\n', "expected CSV"),
        (b"a,a\n1,2\n", "each column once, found 'a' more than once"),
        (b"a,b\n\xff,2\n", "expected CSV in UTF-8, found the byte 0xff at 4"),
        (b"\xef\xbb\xbf\na\n\xff\n", "found the byte 0xff at 6"),
        (b"<html>\n<body>\n</body>\n</html>\n", "expected CSV, found a page of markup that begins b'<html>"),
        (b"\xef\xbb\xbf\n <?xml version='1.0'?>\n<a/>\n", "a page of markup"),
        ("a,b\n臺,2\n".encode("big5"), "expected CSV in UTF-8, found the byte 0xbb at 4"),
        ("a,b\n1,2\n".encode("utf-16"), "expected CSV"),
        (b"<!DOCTYPE html>\n<p>a, b</p>\n", "expected CSV"),
        (b"\x00\x00\x00", "expected CSV"),
    ],
)
def test_what_is_no_csv_is_one_sentence(body: bytes, words: str):
    with pytest.raises(SourceError, match=words) as raised:
        csv.records(body)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("body", "place"), [("測站,b\n1,2\n".encode("big5"), "0xb4 at 0"), ("a,測站\n1,2\n".encode("big5"), "0xb4 at 2")]
)
def test_a_header_that_is_not_utf_8_is_one_sentence(body: bytes, place: str):
    with pytest.raises(SourceError, match=f"expected CSV in UTF-8, found the byte {place}"):
        csv.records(body)


@pytest.mark.parametrize(
    ("body", "cells"),
    [
        (b"a\n1\n\n2\n", ["1", "", "2"]),
        (b"\xef\xbb\xbf\r\na\r\n\r\n1\r\n", ["", "1"]),
        (b"a\n1\n\n\n", ["1"]),
        (b'a\n""\n', [""]),
        (b"a\n", []),
    ],
)
def test_an_empty_cell_of_a_single_column_is_a_row_unless_it_ends_the_file(body: bytes, cells: list[str]):
    assert csv.records(body).column("a").to_pylist() == cells


def test_a_blank_line_beside_rows_of_two_columns_is_none():
    assert csv.records(b"a,b\n1,2\n\n3,4\n\n").num_rows == 2


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=6)


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=8))
def test_csv_written_by_python_reads_back(rows: list[tuple[str, str]]):
    import csv as stdlib_csv
    import io

    text = io.StringIO()
    stdlib_csv.writer(text, quoting=stdlib_csv.QUOTE_ALL).writerows([("a", "b"), *rows])
    found = csv.records(text.getvalue().encode()).to_pylist()
    assert [(row["a"], row["b"]) for row in found] == rows


# JSON -------------------------------------------------------------------------------------------------------


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


# gzip -------------------------------------------------------------------------------------------------------

LIMIT = 100_000


def test_gzip_is_unpacked_and_what_is_none_stays():
    assert gzip.unpack(stdlib.compress(b"a,b\n"), LIMIT) == b"a,b\n"
    assert gzip.unpack(b"a,b\n", LIMIT) == b"a,b\n"
    assert gzip.unpack(stdlib.compress(b"a") + stdlib.compress(b"b") + b"\0\0", LIMIT) == b"ab"
    assert gzip.unpack(stdlib.compress(b""), LIMIT) == b""


@pytest.mark.parametrize("size", [LIMIT + 1, 50_000_000])
def test_a_bomb_is_stopped_at_the_limit(size: int):
    body = stdlib.compress(bytes(size))
    began = time.monotonic()
    with pytest.raises(SourceError, match="expected at most 100,000 bytes, found a gzip file that holds more"):
        gzip.unpack(body, LIMIT)
    assert time.monotonic() - began < 0.5


def test_a_bomb_of_many_members_is_stopped_too():
    with pytest.raises(SourceError, match="at most"):
        gzip.unpack(stdlib.compress(bytes(LIMIT // 2)) * 3, LIMIT)
    assert gzip.unpack(stdlib.compress(bytes(LIMIT // 2)) * 2, LIMIT) == bytes(LIMIT)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (stdlib.compress(b"abc" * 99, mtime=0)[:-9], "cut short"),
        (stdlib.compress(b"abc", mtime=0)[:5], "cut short"),
        (b"\x1f\x8b", "cut short"),
        (b"\x1f\x8b" + b"no" * 20, "broken compression"),
        (stdlib.compress(b"abc", mtime=0) + b"rest", "broken compression"),
        (stdlib.compress(b"abc", mtime=0)[:-8] + b"12345678", "broken compression"),
    ],
)
def test_broken_gzip_is_one_sentence(body: bytes, words: str):
    with pytest.raises(SourceError, match=words):
        gzip.unpack(body, LIMIT)


def test_a_body_of_many_empty_members_takes_no_longer_than_its_bytes():
    member = zlib.compressobj(wbits=31).flush()
    began = time.monotonic()
    assert gzip.unpack(member * 100_000, LIMIT) == b""  # 2 MB; the largest body is 128 times as long
    assert time.monotonic() - began < 0.4
