"""XLSX: numbers, days and times as text, sheets, layouts; bounds that a hostile file cannot pass."""

import datetime as dt
import io
import zipfile
from typing import Any

import pytest
from agency_columns import rows_of
from pydantic import ValidationError
from workbooks import xls, xlsx

from catalog.errors import SourceError
from pipelines.decode import xlsx as decoder
from pipelines.decode.parts import archive, limits, sheets
from pipelines.decode.parts.beside import FAULT

DAY = dt.date(2026, 7, 1)


def laid(body: bytes, **said: Any) -> list[dict[str, str | None]]:
    return rows_of(decoder.decode(body, sheets.Reading.model_validate(said)))


def cells(*values: Any, form: str | None = None) -> bytes:
    """A workbook of one column `x`."""

    def fill(workbook: Any) -> None:
        sheet, look = workbook.add_worksheet(), workbook.add_format({"num_format": form} if form else {})
        sheet.write(0, 0, "x")
        sheet.write(0, 1, "n")
        for row, value in enumerate(values, start=1):
            sheet.write(row, 0, value, look)
            sheet.write(row, 1, row)

    return xlsx(fill)


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (63, None, "63"),
        (62.15, None, "62.15"),
        (-0.5, "0.0%", "-0.5"),
        (9815928, "#,##0", "9815928"),
        (63000010002, None, "63000010002"),
        (1e22, None, "1e+22"),
        (1e-7, None, "1e-07"),
        ("09020", None, "09020"),
        ("  臺 北\n", None, "  臺 北\n"),
        (True, None, "true"),
        (False, None, "false"),
        (DAY, "yyyy-mm-dd", "2026-07-01"),
        (dt.datetime.combine(DAY, dt.time(12, 30)), "yyyy-mm-dd hh:mm", "2026-07-01T12:30:00"),
        (dt.time(12, 30), "hh:mm", "12:30:00"),
        (1.5, "[h]:mm", "36:00:00"),
        (None, None, None),
        ("=1+1", None, "0"),
        ("=1/0", None, "#DIV/0!"),
    ],
)
def test_a_cell_is_its_shortest_text(value: Any, form: str | None, text: str | None):
    if value == "=1/0":

        def fill(workbook: Any) -> None:
            sheet = workbook.add_worksheet()
            sheet.write_row(0, 0, ["x", "n"])
            sheet.write_formula(1, 0, value, None, "#DIV/0!")
            sheet.write(1, 1, 1)

        body = xlsx(fill)
    else:
        body = cells(value, form=form)
    assert laid(body) == [{"x": text, "n": "1"}]


def test_a_layout_counts_from_the_first_row():
    def fill(workbook: Any) -> None:
        sheet = workbook.add_worksheet("表")
        sheet.merge_range(1, 1, 1, 2, "Population")
        sheet.write_row(2, 0, ["county", "all", "men"])
        sheet.write_row(3, 0, ["臺北", 5, 2])
        sheet.write(4, 0, "Source: us")

    said = {"skip": 1, "header": 2}
    rows = [{"county": "臺北", "Population all": "5", "Population men": "2"}]
    assert laid(xlsx(fill), until="Source", **said) == rows
    with pytest.raises(SourceError, match="sheet '表': expected a row that begins with 'Note' below the table"):
        laid(xlsx(fill), until="Note", **said)


def test_all_sheets_one_below_the_other():
    def fill(workbook: Any) -> None:
        for name, more in (("a", []), ("b", ["y"])):
            sheet = workbook.add_worksheet(name)
            sheet.write_row(0, 0, ["x", *more])
            sheet.write_row(1, 0, [1, *more])
        workbook.add_chartsheet("c")

    assert laid(xlsx(fill), sheet="*", differing="fill") == [{"x": "1", "y": None}, {"x": "1", "y": "y"}]
    with pytest.raises(SourceError, match="expected the same columns in all tables, found 'y' not in 'a', but in 'b'"):
        laid(xlsx(fill), sheet="*")
    assert laid(xlsx(fill), sheets="b*") == [{"x": "1", "y": "y"}]
    with pytest.raises(SourceError, match="expected sheets 'z', found none; there are 1 'a', 2 'b'"):
        laid(xlsx(fill), sheets="z")
    with pytest.raises(ValidationError, match="which sheets"):
        laid(xlsx(fill), sheets="b*", sheet=2)
    with pytest.raises(SourceError, match="sheet 'a': expected each column once, found 'x', as sheet_column"):
        laid(xlsx(fill), sheet="*", sheet_column="x")
    with pytest.raises(SourceError, match="expected the sheet 3, found none; there are 1 'a', 2 'b'"):
        laid(xlsx(fill), sheet=3)


def with_member(body: bytes, name: str, content: bytes) -> bytes:
    """A workbook, one of whose members holds something else."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for one in old.namelist():
            new.writestr(one, content if one == name else old.read(one))
        if name not in old.namelist():
            new.writestr(name, content)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


ROWS = [
    '<row r="1048576"><c r="XFD1048576"/></row>',
    "<row r='2'><c r = 'XFD2'/></row><row r='9999'/>",
    '<row r="1048575"/><x:row xmlns:x="x">' + "<c/>" * 16_384 + "</x:row>",
]


@pytest.mark.parametrize("rows", ROWS, ids=["one cell", "a row", "no places"])
def test_a_cell_far_away_is_refused(rows: str):
    body = with_member(cells(1), SHEET, f"<worksheet><sheetData>{rows}</sheetData></worksheet>".encode())
    with pytest.raises(SourceError, match=r"at most 20,000,000 cells, found [\d,]+ rows of 16,384 columns in xl/"):
        laid(body)


def test_rows_and_cells_without_places_follow_each_other():
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    row = "<row><c t='str'><v>a</v></c><c t='str'><v>b</v></c></row>"
    body = with_member(
        cells(1), SHEET, f"<worksheet xmlns='{space}'><sheetData>{row * 3}</sheetData></worksheet>".encode()
    )
    assert laid(body) == [{"a": "a", "b": "b"}] * 2


def test_a_bomb_is_stopped_before_it_is_opened(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(archive, "LIMITS", limits.DecodeLimits(unpacked_bytes=100_000))
    assert laid(cells(1)) == [{"x": "1", "n": "1"}]
    with pytest.raises(SourceError, match=r"expected an .xlsx workbook of at most 100,000 bytes, found more"):
        laid(with_member(cells(1), "xl/media/image1.png", bytes(100_001)))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "expected an .xlsx workbook, found a body that begins b''"),
        (b"<html>", "expected an .xlsx workbook, found a body that begins b'<html>'"),
        (xls(("a", b"")), "found a compound file: an .xls, or one locked by a password"),
        (cells(1)[:-30], "expected an .xlsx workbook, found"),
        (with_member(cells(1), "xl/workbook.xml", b"<no"), "expected a workbook, found one that cannot be read"),
        (with_member(cells(1), "xl/workbook.xml", b""), "expected"),
        (with_member(cells(1), SHEET, b"<worksheet><sheetData><row><c r='A1'><v>1"), "expected"),
    ],
)
def test_what_is_none_is_one_sentence(body: bytes, words: str):
    with pytest.raises(SourceError, match=words):
        laid(body)


def test_an_empty_sheet_has_no_header():
    with pytest.raises(SourceError, match="sheet 'Sheet1': expected 1 header lines, found 0"):
        laid(xlsx(lambda workbook: workbook.add_worksheet()))


def test_more_sheets_than_the_limit_are_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sheets, "LIMITS", limits.DecodeLimits(sheets=1))
    with pytest.raises(SourceError, match="expected at most 1 sheets, found 2"):
        laid(xlsx(lambda workbook: [workbook.add_worksheet() for _ in range(2)]))


def hides(*names: str) -> bytes:
    """Sheets a, b and c, of which some are hidden; c so that only a program can show it."""

    def fill(workbook: Any) -> None:
        for name in ("a", "b", "c"):
            sheet = workbook.add_worksheet(name)
            sheet.write_column(0, 0, ["x", f"in {name}"])
            if name in names:
                sheet.very_hidden() if name == "c" else sheet.hide()
        workbook.get_worksheet_by_name(next(name for name in "abc" if name not in names)).activate()

    return xlsx(fill)


def test_a_number_means_a_sheet_that_is_seen():
    assert laid(hides("a")) == laid(hides("a"), sheet=1) == [{"x": "in b"}]
    assert laid(hides("a"), sheet=2) == [{"x": "in c"}]
    assert laid(hides("b", "c")) == [{"x": "in a"}]
    with pytest.raises(SourceError, match="expected the sheet 2, found none; there are 1 'a', hidden 'b', hidden 'c'"):
        laid(hides("b", "c"), sheet=2)


def test_a_hidden_sheet_is_read_where_it_is_named():
    assert laid(hides("a", "c"), sheet="c") == laid(hides("a", "c"), sheets="c*") == [{"x": "in c"}]
    assert laid(hides("a"), sheet="*") == [{"x": "in a"}, {"x": "in b"}, {"x": "in c"}]


@pytest.mark.parametrize("quote", [b'"', b"'"])
def test_an_error_is_a_text_wherever_it_stands(quote: bytes):
    def fill(workbook: Any) -> None:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, ["x", "y"])
        for row, error in enumerate(["#DIV/0!", "#REF!", "#N/A"], start=1):
            sheet.write_formula(row, 0, "=A1", None, error)
            sheet.write(row, 1, 't="e"')

    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx(fill))) as body, zipfile.ZipFile(made, "w") as again:
        for name in body.namelist():
            member = body.read(name)
            assert b't="e"' in member or "sheet1" not in name
            again.writestr(name, member.replace(b' t="e"', b" t=%be%b" % (quote, quote)))
    assert laid(made.getvalue()) == [{"x": error, "y": 't="e"'} for error in ("#DIV/0!", "#REF!", "#N/A")]


def test_what_is_wider_than_the_header_leaves_alone_and_a_short_row_is_none():
    def fill(workbook: Any) -> None:
        sheet = workbook.add_worksheet()
        for row, cells_ in enumerate([["x", "y"], [1, 2], [3, 4, None, "note"], [5], [], [7, 8, "  "]]):
            sheet.write_row(row, 0, cells_)

    found = decoder.decode(xlsx(fill), sheets.Reading(ragged="quarantine"))
    assert found.select(["x", "y", FAULT]).to_pylist() == [
        {"x": "1", "y": "2", FAULT: None},
        {"x": None, "y": None, FAULT: "3\t4\t\tnote"},
        {"x": "5", "y": None, FAULT: None},
        {"x": None, "y": None, FAULT: None},
        {"x": "7", "y": "8", FAULT: None},
    ]


def test_a_digit_above_the_line_is_no_part_of_a_number():
    def fill(workbook: Any) -> None:
        sheet, raised = workbook.add_worksheet(), workbook.add_format({"font_script": 1})
        bold = workbook.add_format({"bold": True})
        sheet.write_rich_string(0, 0, "面積 m", raised, "2")
        sheet.write_rich_string(1, 0, "1", bold, "25", raised, "註1")
        sheet.write_rich_string(2, 0, bold, "1", "2", bold, "5")

    rows = laid(xlsx(fill))
    assert [next(iter(row.items())) for row in rows] == [("面積 m²", "125註¹"), ("面積 m²", "125")]
