"""Every recorded file is decoded as declared, its records counted by other means, or refused as its README says.

How a record is counted is told in tests/recorded_formats.py.
"""

import csv
import fnmatch
import io
import json
from typing import Any

import pyarrow as pa
import pytest
import recordings
from agency_columns import columns_of
from recorded_formats import CASES, REFUSED, Case
from worlds import column, dataset

from catalog.errors import SourceError
from pipelines.conform.columns import find_columns
from pipelines.conform.rows import conform
from pipelines.protocols import file

pytestmark = recordings.needed


def recorded() -> list[str]:
    """Every data file of the recordings, by its path."""
    found = [path for path in recordings.FOLDER.glob("*/*/*") if path.is_file() and path.name != "README.md"]
    return sorted(path.relative_to(recordings.FOLDER).as_posix() for path in found)


def cases(name: str) -> list[Case]:
    return [case for case in CASES if fnmatch.fnmatchcase(name, case.files)]


def decoded(name: str, format: str | None = None, reading: dict[str, Any] | None = None) -> pa.Table:
    """A recorded file, as it is declared or in another way."""
    if format is None:
        (case,) = cases(name)
        format, reading = case.format, case.reading
    source = file.Source(address="https://agency.example/file", format=format, reading=reading or {})
    return columns_of(file.records(source, recordings.body(name)))


def test_every_recorded_file_is_of_one_case():
    names = recorded()
    assert len(names) == 616
    assert set(names) >= set(REFUSED)
    assert {name: [case.files for case in cases(name)] for name in names if len(cases(name)) != 1} == {}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.files)
def test_a_recorded_file_has_as_many_records_as_are_counted(case: Case):
    names = [name for name in recorded() if fnmatch.fnmatchcase(name, case.files) and name not in REFUSED]
    assert names
    for name in names:
        table = decoded(name)
        assert table.num_rows == case.count(recordings.body(name)), name
        assert set(table.schema.types) <= {pa.string()}, name


@pytest.mark.parametrize("name", REFUSED)
def test_what_its_readme_calls_no_data_is_refused_in_one_sentence(name: str):
    with pytest.raises(SourceError) as raised:
        decoded(name)
    assert REFUSED[name] in str(raised.value)
    (case,) = cases(name)
    source = file.Source(address="https://agency.example/file", format=case.format, reading=case.reading)
    assert str(file.contents(source, [recordings.body(name)]).incomplete).startswith("not data: expected")


@pytest.mark.parametrize(
    ("name", "format", "reading", "words"),
    [
        (
            "cwa/observations_2016/E-A0014-001_error.json",
            "json",
            {"records": "cwaopendata.dataset.Station"},
            'expected a list of records at cwaopendata.dataset.Station, found \'{"message": "File not found", ',
        ),
        (
            "taipower/load_status/loadpara_2024-07-05_1000.txt",
            "json",
            {},
            "expected JSON, found a body that begins b'var ",
        ),
        ("cwa/warnings_2016/W-C0034-002.kmz", "xml", {"records": "alert/info"}, "expected XML, found a zip file"),
        (
            "cwa/warnings_2016/W-C0033-001.xml",
            "xml",
            {"records": "alert/info"},
            "the root element alert, found cwbopendata",
        ),
        (
            "aec/gamma_monitor/000_20130810T221502.csv",
            "csv",
            {},
            "in UTF-8, found 140 bytes that are none: 0xba in line 1",
        ),
        ("aec/plant_status/0000_20130810T224817.csv", "csv", {"encoding": "cp950"}, "Expected 1 columns, got 7"),
        ("moa/aquaculture_yearly/eel_100.csv", "csv", {"encoding": "cp950", "skip": 0}, "Expected 4 columns, got 20"),
        (
            "usgs/nwis_rdb/03290500_dv.txt",
            "csv",
            {"separator": "\t", "comment": "#"},
            "5 cells in every row, .* line 354",
        ),
        ("worldbank/sp_pop_totl/updated-2018-01-25.csv", "csv", {}, "Expected 3 columns, got 63"),
        (
            "moi/vital_events_monthly/2025-01.csv",
            "csv",
            {"header": ["statistic_yyymm", "統計年月"], "header_line": 2},
            "expected a header line that begins with 'statistic_yyymm', found '統計年月' in line 1",
        ),
        ("defra/aurn_hourly/2020_station-hourly.csv", "csv", {}, "each column once, found 'Status' more than once"),
        (
            "moi/real_price_lienchiang/2015S4_Z_lvr_land_A.CSV",
            "xls",
            {},
            "expected an .xls workbook, found a body that",
        ),
        (
            "moi/real_price_lienchiang/2015S4_Z_lvr_land_A.xls",
            "xlsx",
            {},
            "found a compound file: an .xls, or one locked",
        ),
        ("moi/population_by_town/2025-07.ods", "xlsx", {}, "expected an .xlsx workbook, found a zip file of mimetype"),
        ("moi/village_code_table/village_codes.xlsx", "ods", {}, "expected an .ods workbook, found a zip file of"),
        (
            "ncdr/typhoon_track/124_20250920T004004.kmz",
            "zip",
            {"member": "*.png", "format": "csv"},
            "one member .*found 2",
        ),
    ],
)
def test_a_recorded_file_read_as_something_else_is_refused(name: str, format: str, reading: dict[str, Any], words: str):
    with pytest.raises(SourceError, match=words.replace("{", r"\{")):
        decoded(name, format, reading)


@pytest.mark.parametrize(
    "case",
    [
        case
        for case in CASES
        if case.format == "csv" and set(case.reading) <= {"encoding"} and "onset" not in case.files
    ],
    ids=lambda case: case.files,
)
def test_every_cell_is_the_one_that_pythons_csv_module_reads(case: Case):
    name = next(name for name in recorded() if fnmatch.fnmatchcase(name, case.files))
    body = recordings.body(name)
    text = io.StringIO(body.decode(case.reading.get("encoding", "utf-8-sig")), newline="")
    header, *rows = [row for row in csv.reader(text) if row]
    table = decoded(name)
    assert table.column_names == header
    assert list(zip(*table.to_pydict().values(), strict=True)) == [tuple(row) for row in rows]


@pytest.mark.parametrize(
    ("name", "row", "cells"),
    [
        (
            "aec/gamma_monitor/000_20130810T221502.csv",
            0,
            {"監測站": "三芝", "監測值(微西弗/時)": "0.062", "時間": "2013/8/11 06:00"},
        ),
        ("aec/plant_status/0000_20130810T224817.csv", -1, {"": "發電量(ＭＷｅ)", "核三廠二號機": "967   "}),
        (
            "cdc/dengue_county_totals/003_20240107T171312.json",
            0,
            {"kind": "local", "county_code": "09007", "cases": "0"},
        ),
        ("cdc/nidss_covid19_towns/004_20210526T052226.json", 0, {"county": "新北市", "town": "板橋區", "cases": "513"}),
        ("cwa/earthquake_list_series/013_20260723T153521.json", 0, {"magnitude": "3.0", "epicenter.latitude": "23.43"}),
        (
            "cwa/earthquake_reports/report_113110.json",
            0,
            {"number": "113110", "area": "南投縣地區", "pga.EWComponent": "2.3"},
        ),
        (
            "cwa/forecast_36h/2016-08-13_file.xml",
            0,
            {"county": "臺北市", "element": "Wx", "parameter/parameterValue": "36"},
        ),
        (
            "cwa/forecast_36h/2024-08-12_file.json",
            0,
            {"county": "臺北市", "parameter.parameterName": "多雲午後短暫雷陣雨"},
        ),
        (
            "cwa/forecast_36h/2025_api_compact.json",
            3,
            {"county": "嘉義縣", "element": "PoP", "parameter.parameterName": "10"},
        ),
        ("cwa/forecast_36h_series/0600_20260731T171813.json", 0, {"county": "嘉義縣", "comfort_index": "舒適至悶熱"}),
        (
            "cwa/observations_2016/O-A0001-001.xml",
            0,
            {"time/obsTime": "2016-08-13T11:00:00+08:00", "weatherElement/TEMP/elementValue/value": "28.3"},
        ),
        (
            "cwa/observations_2016/O-A0005-001.xml",
            -1,
            {"date": "2016/08/12", "locationCode": "466990", "value": "10.9200"},
        ),
        ("cwa/station_observations/O-A0003-001_2020-04-17.json", 0, {"weatherElement.WDSD.elementValue.value": "3.60"}),
        (
            "cwa/station_observations/O-A0001-001_2024-02-23.json",
            0,
            {"GeoInfo.Coordinates.WGS84.StationLatitude": "22.104300", "WeatherElement.Now.Precipitation": "0.0"},
        ),
        (
            "cwa/station_observations/E-A0015-003_2024-02-13.json",
            0,
            {"sent": "2024-02-13T08:08:37+8:00", "ResourceDesc": "2024005等震度圖"},
        ),
        ("cwa/warnings_2016/C-A0007-001.xml", 0, {"resourceDesc": "\ufffd" * 18, "mimeType": "application/pdf"}),
        ("cwa/warnings_2016/F-C0035-001.xml", 0, {"resourceDesc": "?" * 11, "sent": "2016-08-13T05:17:37+08:00"}),
        ("cwa/warnings_2016/W-C0033-002.xml", -1, {"phenomena": "大雨", "locationName": "蘭嶼綠島"}),
        ("cwa/warnings_2016/W-C0034-001.xml", 0, {"event": "颱風", "msgType": "Cancel"}),
        (
            "defra/aurn_hourly/2020_station-hourly.csv",
            -1,
            {
                "Time": "24:00:00",
                "Nitric oxide": "0.74838",
                "Status": "P ugm-3",
                "Status 2": "N ugm-3",
                "Status 12": "N degC",
            },
        ),
        ("dgbas/county_budgets/100_revenue_by_source.xls", 0, {"column_1": "總  計", "column_2": "940699068"}),
        (
            "dgbas/county_budgets/100_revenue_expenditure_summary.xls",
            1,
            {"項 目": " 1.稅課收入", "本年度預算數 百分比": "45.199999999999996"},
        ),
        ("dgbas/county_budgets/101_balance_summary.xls", -1, {"本年度\n預算數": "181340123"}),
        ("dgbas/price_unemployment_yearly/cpi_a.csv", 0, {"year": "48", "Avg": "11.03 "}),
        (
            "eurostat/env_air_emis/env_air_emis.tsv",
            5,
            {"unit,airpol,airsect,geo\\time": "T,NH3,SE1_CIH,CZ", "2013 ": "0 n"},
        ),
        ("moa/aquaculture_yearly/eel_100.csv", 1, {"所屬縣市": "臺南市", "已完成調查魚塭口數 小計": "3,436"}),
        ("moa/food_self_sufficiency/coa_self.csv", 0, {"era": "民國", "year": "71", "dairy": "…"}),
        (
            "moenv/ecolife_use/electricity_village_2014-8.csv",
            0,
            {"town": "松山區", "village": "吉祥里", "used": "4051379"},
        ),
        (
            "moenv/prtr_facility/A44A2483__v1_20160203T143140.json",
            0,
            {"report": "WAT", "facility": "A44A2483", "EMIITEMVALUE": "97.40", "TWD97LON": None},
        ),
        (
            "moi/population_by_town/2025-07.ods",
            0,
            {"區 域 別": "總\u3000  計", "人 口 數 計": "23337936", "sheet": "總計"},
        ),
        ("moi/population_by_town/2025-07.ods", -1, {"區 域 別": "東引鄉", "人 口 數 女": "566", "sheet": "連江縣"}),
        (
            "moi/village_code_table/village_codes.xlsx",
            0,
            {"行政院主計總處 村里代碼": "6300100-002", "內政部戶役政資訊系統 村里代碼": "63000010002"},
        ),
        (
            "moi/village_code_table/village_codes.xlsx",
            -1,
            {"行政院主計總處 縣市代碼": "09020", "行政院主計總處 村里名稱": "小坵村"},
        ),
        ("moi/vital_events_monthly/2014-12.csv", 0, {"統計年月": "10312", "村里": "仁愛村", "離婚對數": "0"}),
        ("moi/vital_events_monthly/2016-06.csv", 0, {"統計年月": "10506", "村里": "留侯里"}),
        (
            "ncdr/typhoon_track/124_20250920T004004.kmz",
            0,
            {"storm": "米塔", "issued": "2025-09-19T20:00+08:00", "name": "過去路徑"},
        ),
        (
            "tainan/garbage_truck_routes/route_1.json",
            0,
            {"StopName": "中寮里砂崙寮7-1號路口", "DayValue": "一,三,五,六"},
        ),
        (
            "taipei/labour_income_births/births_2020_by_district.csv",
            0,
            {"行政區": "松山區", "月平均": "109.33333333333333"},
        ),
        (
            "taipei/parking_available/2023-12-26.json",
            0,
            {"availablebus": "-9", "updated": "Tue Dec 26 19:24:00 CST 2023"},
        ),
        (
            "taipei/parking_available/2025-06-27_signs.xml",
            0,
            {"CmsID": "P006", "CmsLocation": "RG4X8 秀明路1段221號對面人行道上", "time": "2025/06/27 10:43:38"},
        ),
        ("taipower/load_status/loadfueltype_2024-07-03.csv", 0, {"time": "00:00", "fuel_14": "-0.8"}),
        (
            "taipower/load_status/loadpara_2024-07-05_1000.json",
            0,
            {"curr_load": "3807.4", "publish_time": "113.07.05(五)10:00", "real_hr_peak_time": "2024.07.05 05:47"},
        ),
        (
            "taipower/load_status/loadpara_2024-07-05_1000.txt",
            0,
            {"load": "38,074.0", "updated": "113.07.05(五)10:00更新"},
        ),
        (
            "usgs/nwis_rdb/03290500_dv.txt",
            -41,
            {"datetime": "2013-05-22", "06_00060_00003": "5000", "06_00060_00003_cd": "P"},
        ),
        ("usgs/nwis_rdb/03287500_uv.txt", -1, {"site_no": "03287500", "datetime": "2014-03-13 15:30", "tz_cd": "EDT"}),
        ("worldbank/sp_pop_totl/updated-2018-01-25.csv", 0, {"Country Name": "Aruba", "1960": "54211", "2017": ""}),
        (
            "wra/flood_sensors/20250923T140106.geojson",
            0,
            {"geometry.longitude": "120.27771", "toBeConfirm": "true", "result": "3"},
        ),
        ("wra/reservoir_daily/2014-07-01.json", 0, {"name": "石門水庫", "in_time.now_cap_percent": "94.23 %"}),
    ],
)
def test_a_recorded_row_reads_as_in_the_file(name: str, row: int, cells: dict[str, str | None]):
    table = decoded(name)
    found = table.slice(row % table.num_rows, 1).to_pylist()[0]
    assert {column: found[column] for column in cells} == cells


def comparable(cell: str | None) -> str | float | None:
    """A cell without what formats write differently: 0.0 or 0, an empty text or none."""
    try:
        return float(cell) if cell else None
    except ValueError:
        return cell


@pytest.mark.parametrize("quarter", ["2015S4", "2016S1"])
def test_one_table_in_three_formats_has_equal_content(quarter: str):
    name = f"moi/real_price_lienchiang/{quarter}_Z_lvr_land_A"
    in_csv, in_xml, in_xls = (decoded(f"{name}.{ending}") for ending in ("CSV", "XML", "xls"))
    assert in_csv.column_names == in_xml.column_names
    rows = [
        [[comparable(cell) for cell in row.values()] for row in table.to_pylist()] for table in (in_csv, in_xml, in_xls)
    ]
    assert rows[0] == rows[1] == rows[2]
    assert len(rows[0]) == 10
    assert len(rows[0][0]) == 28


def test_one_hour_in_two_formats_has_equal_content():
    in_csv, in_json = (decoded(f"moenv/aqx_p_432/2024-10-08T1600.{ending}") for ending in ("csv", "json"))
    assert [[*row.values()] for row in in_csv.to_pylist()] == [[*row.values()] for row in in_json.to_pylist()]


def test_markup_in_cells_goes_where_a_field_says_so():
    hour = "taipower/unit_generation/genary_2024-07-03_1320"
    fields = [column("time"), column("unit"), column("kind", strip="markup")]
    said = dataset(fields=fields, key=["time", "unit"])
    raw = find_columns(said, 1, decoded(f"{hour}.json")).table
    found = conform(said, raw, {}).rows.column("kind").to_pylist()
    assert found == decoded(f"{hour}.tsv").column("能源別").to_pylist()
    assert found[0] == "核能(Nuclear)"


def test_the_towns_of_a_workbook_add_up_to_their_counties():
    table = decoded("moi/population_by_town/2025-07.ods").to_pylist()
    by_sheet: dict[str, list[int]] = {}
    for row in table:
        by_sheet.setdefault(row["sheet"], []).append(int(row["人 口 數 計"]))
    counties = [sizes for sheet, sizes in by_sheet.items() if sheet != "總計"]
    assert len(counties) == 22
    assert all(total == sum(towns) for total, *towns in counties)
    assert sum(total for total, *_ in counties) == by_sheet["總計"][0]


@pytest.mark.parametrize("name", ["100_revenue_by_source", "100_expenditure_by_purpose"])
def test_the_counties_of_a_workbook_add_up_to_their_sum(name: str):
    rows = decoded(f"dgbas/county_budgets/{name}.xls").to_pylist()
    totals = {row["column_1"]: int(row["column_2"]) for row in rows}
    names = list(totals)
    at = names.index("縣市合計")
    assert totals["總  計"] == totals["直轄市合計"] + totals["縣市合計"]
    assert totals["縣市合計"] == sum(totals[county] for county in names[at + 1 :])


def test_a_nested_list_is_json_text_with_its_numbers_as_written():
    (first, *_) = decoded("cwa/earthquake_list_series/013_20260723T153521.json").to_pylist()
    raw = json.loads(recordings.body("cwa/earthquake_list_series/013_20260723T153521.json"))
    assert json.loads(first["shaking_areas"]) == raw[0]["shaking_areas"]


def test_a_table_of_no_transactions_has_no_rows():
    for ending in ("CSV", "XML"):
        assert decoded(f"moi/real_price_lienchiang/2015S4_Z_lvr_land_B.{ending}").num_rows == 0
    assert decoded("moa/crop_prices_fruit/005_20260418T161055.json").num_rows == 0
