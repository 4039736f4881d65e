"""CSV -> records of text; hostile bytes -> one sentence."""

import csv as stdlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import SourceError
from pipelines.decode import csv


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
    assert csv.decode(body).to_pylist() == expected


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
        (
            b"a,b\n\xff,2\n",
            "in UTF-8, found a byte that is none: 0xff in line 2 at character 1; is `encoding`",
        ),
        (b"\xef\xbb\xbf\na\n\xff\n", "0xff in line 3 at character 1"),
        (b"<html>\n<body>\n</body>\n</html>\n", "expected CSV, found a page of markup that begins b'<html>"),
        (b"\xef\xbb\xbf\n <?xml version='1.0'?>\n<a/>\n", "a page of markup"),
        ("a,b\n臺,2\n".encode("big5"), "found a byte that is none: 0xbb in line 2 at character 1"),
        ("a,b\n1,2\n".encode("utf-16"), "expected text in UTF-8, found 2 bytes"),
        (b"<!DOCTYPE html>\n<p>a, b</p>\n", "expected CSV"),
        (b"\x00\x00\x00", "expected CSV"),
    ],
)
def test_what_is_no_csv_is_one_sentence(body: bytes, words: str):
    with pytest.raises(SourceError, match=words) as raised:
        csv.decode(body)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ("測站,b\n1,2\n".encode("big5"), "0xb4 in line 1 at character 1, "),
        ("a,測站\n1,2\n".encode("big5"), "0xb4 in line 1 at character 3, "),
    ],
)
def test_a_header_that_is_not_utf_8_is_one_sentence(body: bytes, place: str):
    with pytest.raises(SourceError, match=f"expected text in UTF-8, found 4 bytes that are none: {place}"):
        csv.decode(body)


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
    assert csv.decode(body).column("a").to_pylist() == cells


def test_a_blank_line_beside_rows_of_two_columns_is_none():
    assert csv.decode(b"a,b\n1,2\n\n3,4\n\n").num_rows == 2


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=6)


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=8))
def test_csv_written_by_python_reads_back(rows: list[tuple[str, str]]):
    text = io.StringIO()
    stdlib.writer(text, quoting=stdlib.QUOTE_ALL).writerows([("a", "b"), *rows])
    found = csv.decode(text.getvalue().encode()).to_pylist()
    assert [(row["a"], row["b"]) for row in found] == rows
