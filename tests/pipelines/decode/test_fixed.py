"""Text in columns: runs of blanks, or declared widths."""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from catalog.errors import SourceError
from pipelines.decode import fixed

BUOY = """#YY  MM mm WSPD
#yr  mo mn  m/s
2021 01 00  9.4
2021 01 50 10.1
"""


def laid(body: str | bytes, **said: Any) -> list[dict[str, str | None]]:
    body = body.encode() if isinstance(body, str) else body
    return fixed.decode(body, fixed.Reading.model_validate(said)).to_pylist()  # type: ignore[no-any-return]


def test_runs_of_blanks_stand_between_cells():
    assert laid(BUOY, header=2, header_line=1) == [
        {"#YY": "2021", "MM": "01", "mm": "00", "WSPD": "9.4"},
        {"#YY": "2021", "MM": "01", "mm": "50", "WSPD": "10.1"},
    ]
    assert laid("  a\tb \r\n\r\n 1 \t 2\r\n") == [{"a": "1", "b": "2"}]


def test_a_wide_sign_may_take_two():
    body = "A1臺北市   1.5\nB2※℃m      2\nC3甲乙丙丁12.5\n"
    said = {"widths": [2, 8, 4], "wide": True, "header": 0, "columns": ["a", "b", "c"]}
    rows = [["A1", "臺北市", "1.5"], ["B2", "※℃m", "2"], ["C3", "甲乙丙丁", "12.5"]]
    assert [list(row.values()) for row in laid(body, **said)] == rows
    assert [list(row.values()) for row in laid(body.encode("cp950"), encoding="cp950", **said)] == rows
    lost = laid(b"A1\xa5\xd2\xf9\xff\xa5\xd2   1.5\n", encoding="cp950", undecodable="quarantine", **said)
    assert [list(row.values()) for row in lost] == [["A1", "甲\ufffd\\xf9\ufffd\\xff甲", "1.5"]]
    with pytest.raises(ValidationError, match="wide: belongs to widths"):
        fixed.Reading.model_validate({"wide": True})


def test_columns_have_declared_widths():
    assert laid("site  level\nA B   1.5\nC\n", widths=[6, 5]) == [
        {"site": "A B", "level": "1.5"},
        {"site": "C", "level": ""},
    ]
    assert laid("臺北 12\n".encode("cp950"), widths=[3, 2], header=0, columns=["a", "b"], encoding="cp950") == [
        {"a": "臺北", "b": "12"}
    ]


@pytest.mark.parametrize(
    ("body", "said", "words"),
    [
        (" \n", {}, "expected text in columns, found an empty body"),
        ("<html>", {}, "found a page of markup"),
        ("a b\n1 2 3\n", {}, "expected 2 cells in every row, as in the header, found 3 in line 2"),
        ("a b\n1 234\n", {"widths": [2, 1]}, "found 3 in line 2"),
        (b"\xff", {}, "expected text in UTF-8"),
    ],
)
def test_what_is_none_is_one_sentence(body: str | bytes, said: dict[str, Any], words: str):
    with pytest.raises(SourceError) as raised:
        laid(body, **said)
    assert words in str(raised.value)


def test_a_width_is_positive():
    with pytest.raises(ValidationError, match="widths"):
        fixed.Reading(widths=(3, 0))


@given(st.lists(st.tuples(st.from_regex(r"[a-z0-9]{1,3}", fullmatch=True), st.just("x"))))
def test_every_line_is_a_record(rows: list[tuple[str, str]]):
    assert len(laid("a  b\n" + "".join(f"{a}   {b}\n" for a, b in rows))) == len(rows)


@given(st.binary(max_size=60), st.sampled_from([(), (1, 2)]))
def test_any_bytes_are_a_table_or_a_sentence(body: bytes, widths: Any):
    with contextlib.suppress(SourceError):
        laid(body, widths=widths)


@pytest.mark.parametrize(("widths", "bad"), [((), "c 2  x 3"), ((2, 2), "c 2 and more")])
def test_a_line_of_another_width_leaves_alone(widths: tuple[int, ...], bad: str):
    found = laid(f"a b\r\nx 1\r\n{bad}\r\ny 2\r\n", widths=list(widths), ragged="quarantine")
    assert [tuple(row.values()) for row in found] == [("x", "1", None), (None, None, bad), ("y", "2", None)]
