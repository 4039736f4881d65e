"""Workbooks that a spreadsheet cannot misread, read back by two other libraries."""

import datetime as dt
import io
import zipfile
from typing import Any

import openpyxl
import openpyxl.utils.escape
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from catalog.errors import IntegrityError
from catalog.formats import xlsx

TIMES = ["2026-07-01T01:30:00+08:00", None, "2026-06-30T23:59:59+00:00", "1899-01-01T00:00:00+08:00"]


def made(about: list[list[str]] | None = None, **columns: pa.Array) -> bytes:
    return xlsx.render(pa.table(columns), about or [])


local = dt.datetime.fromisoformat


def cells(body: bytes, sheet: int = 0) -> list[list[Any]]:
    book = openpyxl.load_workbook(io.BytesIO(body))
    return [[cell.value for cell in row] for row in book.worksheets[sheet].iter_rows()]


TEXTS = [
    "09007", "0", "5-9", "1/2", "10-14", "1e5", "12345678901234567890", "TRUE", "#N/A", "2026-07-01", " blank ", "臺北",
    "=1+1", "+1", "-1", "@SUM(1)", "\t=1", "=cmd|' /C calc'!A0", "{=1}", "http://evil.example", "mailto:a@b.example",
    "internal:a!A1", "a\nb", "\ttab", '"quoted"', "<b>&amp;</b>", "_x0041_", "_x0041_x0042_", "🌊", "'", "  ",
    "\u202ertl",
]  # fmt: skip


def test_texts_stay_texts() -> None:
    body = made(code=pa.array(TEXTS))
    book = openpyxl.load_workbook(io.BytesIO(body))
    column = [row[0] for row in book.worksheets[0].iter_rows(min_row=2)]
    assert {cell.data_type for cell in column} == {"s"}
    assert {cell.number_format for cell in column} == {"@"}
    assert not [cell for cell in column if cell.hyperlink]
    seen = CalamineWorkbook.from_filelike(io.BytesIO(body)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    assert [row[0] for row in seen[1:]] == TEXTS


def test_no_part_holds_a_formula_a_link_or_a_macro() -> None:
    body = made([[one] for one in TEXTS], code=pa.array(TEXTS))
    with zipfile.ZipFile(io.BytesIO(body)) as parts:
        for name in parts.namelist():
            text = parts.read(name).decode()
            assert not [tag for tag in ("<f>", "<f ", "hyperlink", "vbaProject", "externalLink") if tag in text], name


def test_values_have_their_types() -> None:
    body = made(
        number=pa.array([1.5, None, -0.25, 1e15, 0.1]),
        count=pa.array([7, None, 0, 2**53 + 1, -(10**15)]),
        yes=pa.array([True, None, False, True, True]),
        day=pa.array([dt.date(2026, 7, 1), None, dt.date(1900, 3, 1), dt.date(1900, 2, 28), dt.date(1, 1, 1)]),
        time=pa.array([*TIMES, None]).cast(pa.timestamp("ms", "UTC")).cast(pa.timestamp("ms", "Asia/Taipei")),
    )
    rows = cells(body)
    assert rows[0] == ["number", "count", "yes", "day", "time"]
    assert rows[1] == [1.5, 7, True, local("2026-07-01"), local("2026-07-01T01:30")]
    assert rows[2] == [None] * 5
    assert rows[3] == [-0.25, 0, False, local("1900-03-01"), local("2026-07-01T07:59:59")]
    assert rows[4][:4] == [1e15, str(2**53 + 1), True, "1900-02-28"]
    assert rows[4][4] == "1899-01-01T00:00:00+0800"
    assert rows[5][:4] == [0.1, str(-(10**15)), True, "0001-01-01"]
    book = openpyxl.load_workbook(io.BytesIO(body))
    assert [cell.number_format for cell in book.worksheets[0][2]][3:] == ["yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"]


def test_the_second_sheet_says_what_it_means() -> None:
    body = made([["title", "=1"], [], ["unit", "ug/m3", "微克"]], a=pa.array(["x"]))
    assert cells(body, 1) == [["title", "=1", None], [None] * 3, ["unit", "ug/m3", "微克"]]


def test_the_same_gives_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = {"code": pa.array(TEXTS), "n": pa.array(range(len(TEXTS)))}
    one = made([["a"]], **columns)
    monkeypatch.setenv("TZ", "America/New_York")
    assert made([["a"]], **columns) == one


@pytest.mark.parametrize(
    ("rows", "columns", "small"),
    [(1_000_000, 1, True), (1_000_001, 1, False), (1_000_000, 25, True), (961_539, 26, False), (0, 3, True)],
)
def test_what_is_small_enough(rows: int, columns: int, small: bool) -> None:
    assert xlsx.fits(pa.table({f"c{i}": pa.nulls(rows, pa.bool_()) for i in range(columns)})) is small


def test_a_table_that_is_too_large_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    table = pa.table({"a": pa.nulls(10, pa.int64())})
    assert xlsx.fits(table)
    monkeypatch.setattr(xlsx, "MOST_BYTES", table.nbytes - 1)
    assert not xlsx.fits(table)
    monkeypatch.undo()
    monkeypatch.setattr(xlsx, "MOST_CELLS", 9)
    assert not xlsx.fits(table)


@pytest.mark.parametrize("mark", ["x", "臺", "🌊"])
def test_a_text_longer_than_a_cell_does_not_fit(mark: str) -> None:
    longest = mark * (xlsx.LONGEST_TEXT // (2 if mark == "🌊" else 1))
    assert xlsx.fits(pa.table({"a": [longest, None]}))
    assert not xlsx.fits(pa.table({"a": [longest + mark]}))
    assert xlsx.fits(pa.table({"a": pa.array([None], pa.string())}))


def test_a_long_text_of_the_second_sheet_is_cut_at_a_whole_character() -> None:
    ((shown,),) = cells(made([["a" + "🌊" * 20_000]], a=pa.array(["x"])), 1)
    assert shown == "a" + "🌊" * (xlsx.LONGEST_TEXT // 2)


def test_more_rows_than_are_written_at_once() -> None:
    count = 2 * 16_384 + 3
    table = {"n": pa.array(range(count)), "code": pa.array([f"{i % 7:03d}" for i in range(count)])}
    rows = cells(made(**table))
    assert len(rows) == count + 1
    assert rows[-1] == [count - 1, f"{(count - 1) % 7:03d}"]
    assert rows[16_385] == [16_384, f"{16_384 % 7:03d}"]


def test_a_table_without_rows_and_one_of_many_columns() -> None:
    assert cells(made(a=pa.array([], pa.string()), b=pa.array([], pa.int64()))) == [["a", "b"]]
    many = {f"c{i}": pa.array([i]) for i in range(800)}
    assert cells(made(**many)) == [list(many), list(range(800))]


def test_a_number_that_is_none_is_refused() -> None:
    with pytest.raises(IntegrityError, match="column a: NaN and infinity"):
        made(a=pa.array([float("nan")]))


def test_no_part_has_a_clock() -> None:
    with zipfile.ZipFile(io.BytesIO(made(a=pa.array(["x"])))) as parts:
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@given(st.lists(st.text(st.characters(blacklist_categories=["Cs"]), max_size=20), min_size=1, max_size=20))
def test_any_text_is_read_back_as_it_was(texts: list[str]) -> None:
    """By openpyxl, which leaves the marks that XML cannot hold as they are written."""
    column = [row[0] or "" for row in cells(made(a=pa.array(texts, pa.string())))[1:]]
    assert [openpyxl.utils.escape.unescape(text) for text in column] == texts


@pytest.mark.parametrize("mark", ["\x00", "\x01", "\x0b", "\x1f", "\x7f", "\ufffe"])
def test_marks_that_xml_cannot_hold_do_not_break_the_file(mark: str) -> None:
    rows = cells(made(a=pa.array([f"a{mark}b"]), b=pa.array(["next"])))
    assert rows[1][1] == "next"
    assert rows[1][0].startswith("a")
    assert rows[1][0].endswith("b")
