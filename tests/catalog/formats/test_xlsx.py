"""Workbooks that a spreadsheet cannot misread, read back by two other libraries."""

import datetime as dt
import io
import zipfile
from typing import Any

import openpyxl
import pyarrow as pa
import pytest
from python_calamine import CalamineWorkbook

from catalog.formats import xlsx

CREATED = dt.datetime.fromisoformat("2026-07-01T09:00:00+08:00")
TIMES = ["2026-07-01T01:30:00+08:00", None, "2026-06-30T23:59:59+00:00", "1899-01-01T00:00:00+08:00"]


def made(about: list[list[str]] | None = None, **columns: pa.Array) -> bytes:
    return xlsx.render(pa.table(columns), about or [], "a" * 64, CREATED)


local = dt.datetime.fromisoformat


def cells(body: bytes, sheet: int = 0) -> list[list[Any]]:
    book = openpyxl.load_workbook(io.BytesIO(body))
    return [[cell.value for cell in row] for row in book.worksheets[sheet].iter_rows()]


TEXTS = [
    "09007", "0", "5-9", "1/2", "10-14", "1e5", "12345678901234567890", "TRUE", "#N/A", "2026-07-01", " blank ", "臺北",
    "=1+1", "+1", "-1", "@SUM(1)", "=cmd|' /C calc'!A0", "{=1}", "http://evil.example", "mailto:a@b.example",
    "internal:a!A1", "a\nb", "\ttab", '"quoted"', "<b>&amp;</b>", "_x0041_", "🌊", "'", "  ", "\u202ertl",
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
    assert rows[4][4].startswith("1899-01-01T00:00:00")
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


def test_it_says_what_it_was_made_of() -> None:
    assert xlsx.made_of(io.BytesIO(made(a=pa.array(["x"])))) == "a" * 64
    other = io.BytesIO()
    openpyxl.Workbook().save(other)
    whole = made(a=pa.array(["x"]))
    for broken in (
        b"",
        b"no zip",
        whole[:-30],
        whole.replace(b"docProps/custom", b"docProps/cuttom"),
        other.getvalue(),
    ):
        with pytest.raises(xlsx.Broken):
            xlsx.made_of(io.BytesIO(broken))


@pytest.mark.parametrize(
    ("rows", "columns", "small"),
    [(100_000, 1, True), (100_001, 1, False), (50_000, 2, True), (33_334, 3, False), (0, 3, True)],
)
def test_what_is_small(rows: int, columns: int, small: bool) -> None:
    table = pa.table({f"c{i}": pa.nulls(rows, pa.int64()) for i in range(columns)})
    assert xlsx.fits(table) is small


def test_a_text_longer_than_a_cell_does_not_fit() -> None:
    assert xlsx.fits(pa.table({"a": ["x" * xlsx.LONGEST_TEXT, None]}))
    assert not xlsx.fits(pa.table({"a": ["x" * (xlsx.LONGEST_TEXT + 1)]}))
    assert xlsx.fits(pa.table({"a": pa.array([None], pa.string())}))


@pytest.mark.parametrize("mark", ["\x00", "\x01", "\x0b", "\x1f", "\x7f", "\ufffe"])
def test_marks_that_xml_cannot_hold_do_not_break_the_file(mark: str) -> None:
    rows = cells(made(a=pa.array([f"a{mark}b"]), b=pa.array(["next"])))
    assert rows[1][1] == "next"
    assert rows[1][0].startswith("a")
    assert rows[1][0].endswith("b")
