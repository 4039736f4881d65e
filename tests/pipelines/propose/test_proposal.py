"""What is proposed for the bytes of agencies: each kind of strangeness, in a file of a few rows."""

from pathlib import Path

import pytest
from proposing import fields_of, folder_of, proposed

from catalog.errors import SourceError

STATIONS = ("counties", "county-spellings")


def test_a_file_of_taiwan_becomes_a_declaration(tmp_path: Path) -> None:
    body = (
        "海水浴場水質檢驗結果,,,\n海灘,縣市,採樣日期,腸球菌群\n,,,CFU/100mL\n"
        '福隆,新北市,115/06/20,12\n白沙灣,新北市,115/06/20,<10\n旗津,高雄市,115/06/21,"1,085"\n'
        "墾丁,屏東縣,115/06/21,20\n磯崎,花蓮縣,115/06/22,<10\n杉原,臺東縣,115/06/22,31\n"
    ).encode("cp950")
    proposal = proposed(tmp_path, body, folder_of(tmp_path, *STATIONS))
    assert fields_of(proposal) == {
        "column_1": {"type": "string", "heard_as": "海灘"},
        "county": {"type": "string", "heard_as": "縣市"},
        "county_code": {
            "type": "string",
            "heard_as": "縣市",
            "codes": {"table": {"dataset": "county-spellings", "key": "spelling", "value": "county_code"}},
        },
        "sampled_on": {"type": "date", "heard_as": "採樣日期", "date": {"calendar": "roc", "patterns": ["%Y/%m/%d"]}},
        "column_4": {
            "type": "integer",
            "unit": "{CFU}/(100.mL)",
            "heard_as": "腸球菌群",
            "number": {"group": ","},
            "flag": {"field": "column_4_flag", "texts": ["<"]},
        },
        "column_4_flag": {"type": "string"},
    }
    block = proposal.values["minsheng"]
    assert block["source"]["reading"] == {"encoding": "cp950", "skip": 1, "units_line": {"腸球菌群": "CFU/100mL"}}
    assert block["references"] == [{"fields": ["county_code"], "dataset": "counties", "to": ["code"]}]
    assert proposal.values["schema"]["primaryKey"] == ["column_1"]
    assert "Guess: '<' are marks that are data" in proposal.text.replace("\n    # ", " ")


def test_sentinels_missing_marks_and_codes_with_zeros(tmp_path: Path) -> None:
    body = (
        b"\xef\xbb\xbf"
        + (
            "站號,時間,氣溫,雨量,備註\n"
            "0046,2026-07-01 01:00,28.4,0.0,\n0046,2026-07-01 02:00,-99.0,-,\n0123,2026-07-01 01:00,27.9,-998.00,空值\n"
            "0123,2026-07-01 02:00,26.1,1.5,無\n"
        ).encode()
    )
    fields = fields_of(proposed(tmp_path, body))
    assert fields["station_code"] == {"type": "string", "heard_as": "站號"}
    assert fields["time"]["date"] == {"patterns": ["%Y-%m-%d %H:%M"]}
    assert fields["air_temperature"] == {
        "type": "number", "unit": "Cel", "heard_as": "氣溫", "missing_numbers": [-99]
    }  # fmt: skip
    assert fields["rain"]["missingValues"] == ["-"]
    assert fields["rain"]["missing_numbers"] == [-998]


def test_a_key_is_proved_and_a_list_of_cases_gets_a_number(tmp_path: Path) -> None:
    rows = "".join(f"2026/07/{1 + n % 5:02},臺南市,{'女' if n % 2 else '男'}\n" for n in range(40))
    proposal = proposed(tmp_path, f"發病日,縣市,性別\n{rows}".encode())
    assert proposal.key.occurrence
    assert proposal.values["schema"]["primaryKey"][-1] == "occurrence"
    proposal = proposed(tmp_path, b"site,hour,level\na,1,5\na,2,5\nb,1,7\nb,2,7.5\n", tmp_path / "datasets")
    assert proposal.values["schema"]["primaryKey"] == ["site", "hour"]
    assert not proposal.key.occurrence


def test_a_day_and_a_time_in_two_columns_are_one_time(tmp_path: Path) -> None:
    body = b"Date,Time,NO,Status\n01/01/2020,23:00:00,3.6,P\n01/01/2020,24:00:00,No data,\n13/01/2020,01:00:00,4.5,N\n"
    proposal = proposed(tmp_path, body)
    fields = fields_of(proposal)
    assert fields["time"]["join"] == {"fields": ["date_text", "time_text"]}
    assert fields["time"]["date"] == {"patterns": ["%d/%m/%Y %H:%M:%S"], "24:00": True}
    assert fields["date_text"]["publish"] == "no"
    assert proposal.values["schema"]["primaryKey"] == ["time"]


def test_years_as_columns_are_rows(tmp_path: Path) -> None:
    body = b"Data,x,,,\n\nCountry,Country Code,2015,2016,2017\nAruba,ABW,1,2,\nAngola,AGO,3,4,5\n"
    proposal = proposed(tmp_path, body)
    assert proposal.values["minsheng"]["shape"] == [
        {"unpivot": {"patterns": [r"\s*[0-9]{4}\s*"], "name": "year", "value": "value", "empty": "drop"}}
    ]
    assert proposal.rows == 5
    assert proposal.values["schema"]["primaryKey"] == ["country_code", "year"]
    assert fields_of(proposal)["year"] == {"type": "year", "date": {"patterns": ["%Y"]}}


def test_packed_cells_and_marks_behind_numbers(tmp_path: Path) -> None:
    body = b"unit,air,geo\\time\t2013 \t2012 \t2011 \nT,NH3,AT\t630 \t0 n\t: z\nT,NOX,AT\t5 \t: \t7 \n"
    fields = fields_of(proposed(tmp_path, body))
    assert fields["geo"] == {"type": "string", "heard_as": "unit,air,geo\\time", "split": {"separator": ",", "part": 2}}
    assert fields["value"]["flag"] == {"field": "value_flag", "texts": ["n", "z"]}
    assert fields["value"]["missingValues"] == [":"]


def test_one_row_without_a_day_takes_that_of_the_fetch(tmp_path: Path) -> None:
    proposal = proposed(tmp_path, b"cases,deaths\n100,2\n")
    assert proposal.values["schema"]["primaryKey"] == ["day"]
    assert fields_of(proposal)["day"] == {"type": "date", "from": {"fetched_at": True}}
    assert proposal.values["minsheng"]["load"] == "upsert"


def test_weeks_that_no_one_rule_reads_stay_apart(tmp_path: Path) -> None:
    rows = "".join(f"{year},{week},{year * week % 97}\n" for year in (2014, 2015, 2016) for week in range(1, 54))
    fields = fields_of(proposed(tmp_path, f"年,週,就診人次\n{rows}".encode()))
    assert (fields["year"]["type"], fields["week"]["type"]) == ("year", "integer")  # 2014 has no week 53
    rows = "".join(f"{year},{week},{year * week % 97}\n" for year in (2014, 2016) for week in range(1, 53))
    fields = fields_of(proposed(tmp_path, f"年,週,就診人次\n{rows}".encode(), tmp_path / "datasets"))
    assert fields["week"]["join"] == {"fields": ["year_text", "week_text"], "by": "-"}


def test_a_key_that_few_rows_prove_is_a_question(tmp_path: Path) -> None:
    body = "站號,測站,時間,值\nA1,甲,2026-07-01 01:00,5.5\nA2,乙,2026-07-01 02:00,5.5\n"
    proposal = proposed(tmp_path, body.encode())
    assert proposal.values["schema"]["primaryKey"] == ["station_code"]
    (note,) = proposal.notes["schema", "primaryKey"]
    assert note.startswith("Question: which fields identify a row? This key is proved by 2 rows only; ")
    assert "time, or station" in note
    rows = "".join(f"A{n},{n}\n" for n in range(40))
    (note,) = proposed(tmp_path, f"站號,值\n{rows}".encode(), tmp_path / "datasets").notes["schema", "primaryKey"]
    assert note.startswith("Seen: each of 40 rows has a key of its own.")


def test_a_header_alone_gives_a_folder_with_questions(tmp_path: Path) -> None:
    proposal = proposed(tmp_path, "種類,警報編號,發布時間\n".encode())
    assert {one["type"] for one in fields_of(proposal).values()} == {"string"}
    assert proposal.values["schema"]["primaryKey"] == [list(fields_of(proposal))[1]]
    assert proposal.notes["schema", "primaryKey"][0].endswith("The file has no rows; this key is a guess.")
    assert any("Then write empty: data" in note for note in proposal.notes["minsheng", "load"])


def test_numbers_that_count_time_are_times(tmp_path: Path) -> None:
    body = "id,updated,日期,值\na,1388620046501,42403,1.5\nb,1388620047000,42409,2\n"
    proposal = proposed(tmp_path, body.encode())
    fields = fields_of(proposal)
    assert fields["updated"] == {"type": "datetime", "date": {"epoch": "milliseconds", "fraction": "drop"}}
    assert fields["date"] == {"type": "date", "heard_as": "日期", "date": {"excel": 1900}}
    text = " ".join(proposal.text.replace("# ", "").split())
    assert "42403 is 2016-02-03; with excel: 1904 it would be 2020-02-04" in text
    assert "1388620046501 is 2014-01-01 23:47 UTC" in text


def test_cells_of_groups_are_filled(tmp_path: Path) -> None:
    body = "縣市,區,人數\n臺北市,大安區,3\n,信義區,3\n新北市,三重區,5\n,板橋區,3\n".encode()
    proposal = proposed(tmp_path, body)
    assert proposal.values["minsheng"]["shape"] == [{"fill_down": {"columns": ["縣市"]}}]
    assert proposal.notes["minsheng", "shape"][0].startswith("Guess: groups of rows")


def test_an_answer_that_is_one_page_is_asked_for_in_pages(tmp_path: Path) -> None:
    page = b'{"total": 50, "rows": [{"id": "a", "n": 1}, {"id": "b", "n": 2}]}'
    proposal = proposed(tmp_path, page)
    source = proposal.values["minsheng"]["source"]
    assert (source["protocol"], source["format"]) == ("rest", "json")
    assert source["paging"] == {"by": "page", "name": "page", "size": 2, "total": "total"}
    assert any(
        "which parameter asks for the next page" in note for note in proposal.notes["minsheng", "source", "paging"]
    )


def test_guards_have_figures_of_the_file(tmp_path: Path) -> None:
    rows = "".join(f"2026-07-{day:02},{site},{day}\n" for day in range(1, 8) for site in "abcdefgh"[: 6 + day % 3])
    guards = proposed(tmp_path, f"day,site,level\n{rows}".encode()).values["minsheng"]["guards"]
    assert guards["rows"] == {"field": "day", "period": "day", "minimum": 3, "maximum": 16}
    assert "7 days have 6 to 8 rows each" in guards["reason"]["en"]


def test_what_is_no_data_is_refused(tmp_path: Path) -> None:
    for body, said in (
        (b"", "empty body"),
        (b'{"RS": "OK", "Data": []}', "an empty list at Data"),
        (b"\x00\x01", "a format that is known"),
    ):
        with pytest.raises(SourceError, match=said):
            proposed(tmp_path, body, folder_of(tmp_path))
