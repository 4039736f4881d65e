"""CSV: separator, encoding, quotes, comments, and what stands above and below the table."""

from typing import Any

import pytest

from pipelines.propose.forms.csv import see

ROWS = "甲,1,2\n乙,3,4\n丙,5,6\n"


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        (f"a,b,c\n{ROWS}", {}),
        (f"\ufeffa,b,c\n{ROWS}", {}),
        ("a;b\n1;2\n3;4\n", {"separator": ";"}),
        ("a\tb\n1\t\"2\n3\t4\n", {"separator": "\t", "quoted": False}),
        ('a,b\n"x \\" y",2\n"z",3\n', {"escape": "\\"}),
        ("# 1\n# 2\n# 3\na,b\n1,2\n3,4\n", {"comment": "#"}),
        (f"title\n\na,b,c\n{ROWS}", {"skip": 2}),
        (f"title\n\na,b,c\n\n{ROWS}", {"skip": 2}),
        (f"a,b,c\n{ROWS}\ufeffA,B,C\n{ROWS}", {"notes": "a"}),
        ("a,b\nx,第一\ny,第二\nz,\n", {}),
        (f"時間：民國115年07月01日\na,b,c\n{ROWS}\n狀態說明\n" + "0:運轉\n" * 7, {"skip": 1, "until": "狀態說明"}),
        (f"a,b,c\n{ROWS}資料來源：局,,\n", {"until": "資料來源"}),
        (f"a,b,c\n{ROWS},,\n,,\nEnd,,\n", {"until": "End", "empty_rows": "drop"}),
        (f"地區,合計,\n,男,女\n{ROWS}", {"header": ["地區", "男"]}),
        (f"鄉鎮,年,月\ntown,year,month\n{ROWS}", {"header": ["鄉鎮", "town"], "header_line": 1}),
        (f"地點,雨量,風速\n,mm,m/s\n{ROWS}", {"units_line": {"雨量": "mm", "風速": "m/s"}}),
        ("agency\tsite\tv\n5s\t15s\t14n\nU\t1\t5\nU\t2\t6\n",
         {"separator": "\t", "header": ["agency", "5s"], "header_line": 1}),
        (f"a,Status,Status\n{ROWS}", {"repeated": "number"}),
        (f"a,b,c,\n{ROWS.replace(chr(10), ',' + chr(10))}", {"empty_columns": "drop"}),
        (f"a,b,c\n{ROWS}丁,7,8,9\n", {"ragged": "quarantine"}),
        (f"a,b,c\n{ROWS}丁,7\n", {"ragged": "pad"}),
        ("甲,1,2\n乙,3,4\n丙,5,6\n", {"header": 0, "columns": ["column_1", "column_2", "column_3"]}),
        (f"a,b,c\n{ROWS}a,b,c\n{ROWS}", {"notes": "a"}),
        ("place,2015,2016,2017\nx,1,2,3\ny,4,5,6\n", {}),
    ],
)  # fmt: skip
def test_a_reading_with_which_the_decoder_reads_it(text: str, reading: dict[str, Any]) -> None:
    body = text.encode()
    form = see(body)
    assert form is not None
    assert form.reading == reading
    assert form.records(body).num_rows >= 2


def test_big5_and_bytes_that_are_no_text() -> None:
    body = f"地點,數量\n{ROWS}".replace(",1,2", ",1").replace(",3,4", ",3").replace(",5,6", ",5").encode("cp950")
    form = see(body)
    assert form is not None
    assert form.reading == {"encoding": "cp950"}


def test_what_has_no_columns_is_none() -> None:
    assert see(b"YY  MM\n20  01\n20  02\n") is None
    assert see(b'{"a": 1}') is None
    assert see(b"<html>") is None


def test_a_time_above_the_header_is_asked_about() -> None:
    dated, plain = (see(f"{line}\na,b,c\n{ROWS}".encode()) for line in ("時間：民國115年07月01日", "水質"))
    assert dated is not None
    assert plain is not None
    assert any("from: {title: …}" in note for note in dated.notes)
    assert not any("from: {title: …}" in note for note in plain.notes)
