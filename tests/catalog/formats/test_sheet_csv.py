"""The CSV for spreadsheet programs: its mark, its cells, and no text that is carried out."""

import csv as reader
import io
import re

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.formats import csv, sheet_csv

FORMULAS = [
    "=1+1", "=cmd|' /C calc'!A0", "@SUM(1)", "+A1", "-2+3", "+886-2-2311-7722", "\t=1", "\r=1", "\n=1", "-x", "=",
    "＝1", "＋1+1", "－1-1", "＠SUM(1)", "'=1", "''@x", "-1\n=2",
]  # fmt: skip
HARMLESS = [
    "-5",
    "+3.2",
    "-1,200",
    "-5%",
    "-",
    "--",
    "－",
    "+",
    "'s-Hertogenbosch",
    "5-9",
    "007",
    "a=1",
    " =1",
    "",
    "臺北",
]


def guarded(*texts: str | None) -> tuple[list[str | None], int]:
    table, count = sheet_csv.guard(pa.table({"a": pa.array(texts, pa.string())}))
    return table["a"].to_pylist(), count


@pytest.mark.parametrize("text", FORMULAS)
def test_what_would_be_carried_out_gets_an_apostrophe_and_is_counted(text: str) -> None:
    assert guarded("a", text, None) == (["a", f"'{text}", None], 1)


def test_what_would_not_stays() -> None:
    assert guarded(*HARMLESS) == (HARMLESS, 0)


def test_numbers_and_days_are_never_touched() -> None:
    table = pa.table({"n": [-1.5, None], "i": [-7, 7], "t": pa.array(["x", None])})
    assert sheet_csv.guard(table) == (table, 0)


def test_it_begins_with_the_mark_and_is_else_the_canonical_csv() -> None:
    table = pa.table({"code": ["007", "5-9", "a,b"], "level": [-0.5, 1e21, None]})
    assert sheet_csv.render(table) == b"\xef\xbb\xbf" + csv.render(table)


def test_the_table_that_is_guarded_is_not_changed() -> None:
    table = pa.table({"a": ["=1"]})
    sheet_csv.guard(table)
    assert table["a"].to_pylist() == ["=1"]


@given(st.lists(st.text(st.sampled_from("'=+-@\t\r\n＝－1a,\" "), max_size=6), min_size=1, max_size=30))
def test_no_cell_begins_as_a_formula_and_the_text_can_be_had_again(texts: list[str]) -> None:
    shown, count = guarded(*texts)
    body = sheet_csv.render(pa.table({"n": range(len(shown)), "a": pa.array(shown, pa.string())})).decode("utf-8-sig")
    read = [row[1] for row in reader.reader(io.StringIO(body, newline=""), strict=True)][1:]
    for cell in read:
        plain = re.fullmatch(r"[+-]?[0-9]+([.,][0-9]+)*%?|[-+－＋]+", cell)
        assert plain or not cell.startswith(tuple("=+-@\t\r\n＝－"))
    back = [re.sub(r"^'(?='*[=+\-@\t\r\n＝－])", "", cell) for cell in read]
    assert back == texts
    assert count == sum(cell != text for cell, text in zip(read, texts, strict=True))
