"""Workbooks of Excel: which sheet, and where its table is."""

import io
from typing import Any

import xlsxwriter

from pipelines.propose.forms.xlsx import see


def workbook(**sheets: list[list[Any]]) -> bytes:
    body = io.BytesIO()
    with xlsxwriter.Workbook(body) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)
    return body.getvalue()


TABLE = [
    ["表", None, None],
    [None],
    ["縣市", "人口數", "戶數"],
    ["臺北市", 5, 3],
    ["新北市", 7, 2],
    ["資料來源：內政部"],
]


def test_a_title_and_a_note_around_the_table() -> None:
    body = workbook(one=TABLE, two=[["說明"]])
    form = see(body)
    assert form is not None
    assert form.reading == {"skip": 2, "until": "資料來源"}
    assert form.records(body).num_rows == 2
    assert "other sheets data too (two)" in form.notes[0]


def test_sheets_with_one_header_are_one_table() -> None:
    body = workbook(one=TABLE, two=TABLE, three=TABLE)
    form = see(body)
    assert form is not None
    assert (form.reading["sheet"], form.reading["sheet_column"]) == ("*", "sheet")
    assert form.records(body).num_rows == 6


def test_hidden_sheets_are_a_question_and_merged_cells_are_told() -> None:
    body = io.BytesIO()
    with xlsxwriter.Workbook(body) as book:
        for name, hidden in (("舊", True), ("今", False)):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["縣市", "區", "人數"])
            for at, row in enumerate([["大安", 3], ["信義", 4], ["松山", 5]]):
                sheet.write_row(1 + at, 1, row)
            sheet.merge_range(1, 0, 3, 0, "臺北市")
            if hidden:
                sheet.hide()
            else:
                sheet.activate()
                sheet.set_first_sheet()
    form = see(body.getvalue())
    assert form is not None
    assert (form.reading, form.merged) == ({}, ("縣市",))
    assert form.notes[0] == "Question: are the hidden sheets data (舊)? They are not read."


def test_names_below_merged_ones_are_no_units() -> None:
    body = workbook(one=[["縣市", "男", None], [None, "人數", "比率"], ["甲", 5, 0.1], ["乙", 7, 0.2]])
    form = see(body)
    assert form is not None
    assert form.reading == {"header": ["縣市", "人數"]}
    assert form.records(body).column_names[:3] == ["縣市", "男 人數", "男 比率"]


def test_another_zip_file_is_none() -> None:
    assert see(b"PK\x03\x04") is None
