"""How each recorded file is read: what a declaration would say, and an independent count of its records.

The counts never use our decoders. CSV is counted by Python's csv module, or as lines of text where the layout is a
matter of lines; JSON by Python's json module; XML by ElementTree, Big5 by its closing tags; zip by zipfile and the
opening tags within; ODS by ElementTree over content.xml, repeats written out; XLSX by openpyxl. For XLS no second
reader is installed: its figures are literals, and tests prove them by sums or by the same table in other formats.
"""

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

import openpyxl

Count = Callable[[bytes], int]


@dataclass(frozen=True)
class Case:
    """Files that are read in one way."""

    files: str
    format: str
    count: Count
    reading: dict[str, Any] = field(default_factory=dict)


def rows(header: int = 1, encoding: str = "utf-8-sig", separator: str = ",", *, blank: bool = True) -> Count:
    """Rows below the header, by the csv module; `blank=False` leaves out those of empty cells."""

    def count(body: bytes) -> int:
        text = io.StringIO(body.decode(encoding), newline="")
        found = [row for row in csv.reader(text, delimiter=separator) if row]
        return len([row for row in found[header:] if blank or any(cell.strip() for cell in row)])

    return count


def lines(wanted: Callable[[str], bool], encoding: str = "utf-8-sig", less: int = 0) -> Count:
    """Lines of text that are wanted, less the header lines among them."""
    return lambda body: sum(map(wanted, body.decode(encoding).splitlines())) - less


def before(note: str, above: int, encoding: str = "cp950") -> Count:
    """Lines between the lines above the data and the first that begins with a note."""

    def count(body: bytes) -> int:
        found = [line.strip('"') for line in body.decode(encoding).splitlines()]
        return next(i for i, line in enumerate(found) if line.startswith(note)) - above

    return count


def of_json(*path: str) -> Count:
    """Records by the json module: keys, `*` for each item or value, the length at the end."""

    def reach(value: Any, rest: tuple[str, ...]) -> Iterator[Any]:
        if not rest:
            yield value
        elif rest[0] == "*":
            for one in value.values() if isinstance(value, dict) else value:
                yield from reach(one, rest[1:])
        elif rest[0] in value:
            yield from reach(value[rest[0]], rest[1:])

    return lambda body: sum(map(len, reach(json.loads(body.decode("utf-8-sig")), path)))


def fixed(number: int) -> Count:
    return lambda body: number


def elements(path: str) -> Count:
    """Elements by ElementTree, in any namespace."""
    return lambda body: len(ElementTree.fromstring(body).findall("/".join(f"{{*}}{name}" for name in path.split("/"))))


def tags(tag: bytes) -> Count:
    return lambda body: body.count(tag)


def of_kml(tag: bytes) -> Count:
    def count(body: bytes) -> int:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return archive.read(next(name for name in archive.namelist() if name.endswith(".kml"))).count(tag)

    return count


def of_xlsx(header: int) -> Count:
    def count(body: bytes) -> int:
        sheet = openpyxl.load_workbook(io.BytesIO(body), read_only=True).worksheets[0]
        return len(list(sheet.iter_rows(values_only=True))) - header

    return count


OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"


def of_ods(body: bytes) -> int:
    """Rows with a number in them, over all sheets."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        content = ElementTree.fromstring(archive.read("content.xml"))
    numbered = f"{TABLE}table-cell[@{OFFICE}value-type='float']"
    return sum(
        int(row.get(f"{TABLE}number-rows-repeated", 1))
        for row in content.iter(f"{TABLE}table-row")
        if row.find(numbered) is not None
    )


def unpacked(count: Count) -> Count:
    return lambda body: count(gzip.decompress(body))


TOWN = ["county_code", "county", "town_code", "town", "village", "used"]
FUELS = ["time", *(f"fuel_{i}" for i in range(1, 15))]
UNITS = ["kind", "subkind", "unit", "capacity", "generation", "ratio", "remark", "empty"]
FOOD = ["era", "before", "year", "after", "unit", "blank", "all", "rice", "grain", "roots", "sugar", "seeds"]
FOOD += ["vegetables", "fruit", "meat", "eggs", "fish", "dairy"]
VITAL = {"header": ["statistic_yyymm", "統計年月"], "header_line": 2}
BUDGET = {"skip": 3, "header": 2, "empty_rows": "drop"}
ELEMENTS = {"weatherElement": "elementName", "parameter": "parameterName"}
FORECAST_KEPT = {"county": "locationName", "element": "weatherElement[].elementName"}


def forecast(place: str) -> dict[str, Any]:
    kept = {name: f"{place}[].{path}" for name, path in FORECAST_KEPT.items()}
    return {"records": f"{place}[].weatherElement[].time", "keep": kept, "flatten": True}


CASES = [
    Case("aec/gamma_monitor/*.csv", "csv", rows(encoding="cp950"), {"encoding": "cp950"}),
    Case(
        "aec/plant_status/*.csv",
        "csv",
        before("運轉狀態數值說明", above=2 + 1),  # a title, the header, and a blank line above the notes
        {"encoding": "cp950", "skip": 1, "until": "運轉狀態數值說明"},
    ),
    Case("cdc/covid19_onset_county/*.csv.gz", "csv", unpacked(rows())),
    Case("cdc/covid19_specimens/*.csv", "csv", rows()),
    Case("cdc/covid19_totals/*.csv", "csv", rows()),
    Case("cdc/rods_influenza/*.csv", "csv", rows()),
    Case(
        "cdc/dengue_county_totals/*.json",
        "json",
        of_json("*"),
        {"records": "{}{}", "columns": ["cases"], "keep": {"kind": "{}", "county_code": "{}{}"}},
    ),
    Case(
        "cdc/nidss_covid19_towns/0*.json",
        "json",
        of_json("*"),
        {"records": "{}{}", "columns": ["cases"], "keep": {"county": "{}", "town": "{}{}"}},
    ),
    Case("cwa/earthquake_list_series/*.json", "json", of_json(), {"flatten": True}),
    Case(
        "cwa/earthquake_reports/api_*.json",
        "json",
        of_json("records", "Earthquake"),
        {"records": "records.Earthquake", "flatten": True},
    ),
    Case(
        "cwa/earthquake_reports/report_*.json",
        "json",
        of_json("Intensity", "ShakingArea", "*", "EqStation"),
        {
            "records": "Intensity.ShakingArea[].EqStation[]",
            "flatten": True,
            "keep": {"number": "EarthquakeNo", "area": "Intensity.ShakingArea[].AreaDesc"},
        },
    ),
    Case(
        "cwa/forecast_36h/2016-08-13_file.xml",
        "xml",
        elements("dataset/location/weatherElement/time"),
        {
            "records": "cwbopendata/dataset/location/weatherElement/time",
            "keep": {
                "county": "cwbopendata/dataset/location/locationName",
                "element": "cwbopendata/dataset/location/weatherElement/elementName",
            },
        },
    ),
    Case(
        "cwa/forecast_36h/2024-08-12_file.json",
        "json",
        of_json("cwaopendata", "dataset", "location", "*", "weatherElement", "*", "time"),
        forecast("cwaopendata.dataset.location"),
    ),
    Case(
        "cwa/forecast_36h/2025_api_*.json",
        "json",
        of_json("records", "location", "*", "weatherElement", "*", "time"),
        forecast("records.location"),
    ),
    Case(
        "cwa/forecast_36h_series/*.json",
        "json",
        of_json("locations", "*"),
        {"records": "locations{}[]", "keep": {"county": "locations{}", "updated_at": "updated_at"}},
    ),
    Case(
        "cwa/observations_2016/[OE]-A00[01][134]-*",
        "xml",
        elements("location"),
        {"records": "cwbopendata/location", "named": ELEMENTS},
    ),
    Case(
        "cwa/observations_2016/O-A0005-001.xml",
        "xml",
        elements("dataset/weatherElement/location"),
        {
            "records": "cwbopendata/dataset/weatherElement/location",
            "keep": {"date": "cwbopendata/dataset/weatherElement/time/dataTime"},
        },
    ),
    Case("cwa/station_list_weekly/*.csv", "csv", rows()),
    Case(
        "cwa/station_observations/O-A000[23]-001_202[02]*.json",
        "json",
        of_json("cwbopendata", "location"),
        {"records": "cwbopendata.location", "flatten": True, "named": ELEMENTS},
    ),
    Case(
        "cwa/station_observations/O-A0001-001_2024*.json",
        "json",
        of_json("cwaopendata", "dataset", "Station"),
        {
            "records": "cwaopendata.dataset.Station",
            "flatten": True,
            "named": {"GeoInfo.Coordinates": "CoordinateName"},
        },
    ),
    Case(
        "cwa/station_observations/E-A0015-003_*.json",
        "json",
        fixed(1),  # one object
        {"records": "cwaopendata.Dataset.Resource", "shape": "single", "keep": {"sent": "cwaopendata.sent"}},
    ),
    Case(
        "cwa/warnings_2016/W-C0033-001.xml",
        "xml",
        elements("dataset/location"),
        {
            "records": "cwbopendata/dataset/location",
            "lists": ["hazardConditions/hazards/hazard"],
        },
    ),
    Case(
        "cwa/warnings_2016/W-C0033-002.xml",
        "xml",
        elements("dataset/hazardConditions/hazards/hazard/info/affectedAreas/location"),
        {
            "records": "cwbopendata/dataset/hazardConditions/hazards/hazard/info/affectedAreas/location",
            "keep": {"phenomena": "cwbopendata/dataset/hazardConditions/hazards/hazard/info/phenomena"},
        },
    ),
    Case(
        "cwa/warnings_2016/W-C0034-001.xml",
        "xml",
        elements("info/area"),
        {"records": "alert/info/area", "keep": {"event": "alert/info/event", "msgType": "alert/msgType"}},
    ),
    Case(
        "cwa/warnings_2016/[CFO]-*.xml",
        "xml",
        elements("dataset/resource"),
        {"records": "cwbopendata/dataset/resource", "keep": {"sent": "cwbopendata/sent"}},
    ),
    Case(
        "cwa/warnings_2016/*.kmz",
        "zip",
        of_kml(b"<Placemark>"),
        {"member": "*.kml", "format": "xml", "reading": {"records": "kml/Document//Placemark"}},
    ),
    Case(
        "defra/aurn_hourly/*.csv",
        "csv",
        lines(lambda line: line.strip(",") not in ("", "End"), less=1),
        {"repeated": "number", "empty_rows": "drop", "until": "End"},
    ),
    Case(
        "dgbas/county_budgets/*_balance_summary.xls",
        "xls",
        fixed(8),
        {"skip": 3},
    ),
    Case(
        "dgbas/county_budgets/*_expenditure_by_purpose.xls",
        "xls",
        fixed(25),
        {
            "after": "(經資門併計)",
            "header": 0,
            "columns": [f"column_{i}" for i in range(1, 46)],
            "until": "(經常門)",
        },
    ),
    Case("dgbas/county_budgets/*_nature_and_balance.xls", "xls", fixed(19), BUDGET),
    Case("dgbas/county_budgets/*_revenue_expenditure_summary.xls", "xls", fixed(24), BUDGET),
    Case(
        "dgbas/county_budgets/*_revenue_by_source.xls",
        "xls",
        fixed(25),
        {"skip": 6, "header": 0, "columns": [f"column_{i}" for i in range(1, 51)]},
    ),
    Case(
        "dgbas/price_unemployment_yearly/*.csv",
        "csv",
        rows(blank=False),
        {"empty_columns": "drop", "empty_rows": "drop"},
    ),
    Case("dgpa/office_calendar/*.csv", "csv", rows()),
    Case(
        "eurostat/env_air_emis/*.tsv",
        "csv",
        lines(bool, less=1),
        {"separator": "\t", "quoted": False},
    ),
    Case(
        "moa/aquaculture_yearly/*.csv",
        "csv",
        lambda body: min(
            before(note, above=4)(body) for note in ("預定收獲統計", "土地權利別") if note in body.decode("cp950")
        ),
        {
            "encoding": "cp950",
            "skip": 2,
            "header": 2,
            "until": ["預定收獲統計", "土地權利別"],
        },
    ),
    Case("moa/crop_prices_*/*.json", "json", of_json("Data"), {"records": "Data"}),
    Case("moa/fish_prices/*.json", "json", of_json("Data"), {"records": "Data"}),
    Case(
        "moa/food_self_sufficiency/*.csv",
        "csv",
        rows(header=4),
        {"skip": 2, "header": ["類別", "年別"], "columns": FOOD},
    ),
    Case("moenv/air_daily_history/*.csv", "csv", rows(blank=False), {"empty_rows": "drop"}),
    Case("moenv/air_daily_items/*.json", "json", of_json()),
    Case("moenv/aqi_history_488/*.csv", "csv", rows()),
    Case("moenv/aqi_hourly_series/*.json", "json", of_json()),
    Case("moenv/aqx_p_432/2022*.json", "json", of_json("records"), {"records": "records"}),
    Case("moenv/aqx_p_432/20[12][94]*.json", "json", of_json()),
    Case("moenv/aqx_p_432/*.csv", "csv", rows()),
    Case("moenv/ecolife_use/electricity_*.csv", "csv", rows(header=0), {"header": 0, "columns": TOWN}),
    Case("moenv/ecolife_use/avg_*.csv", "csv", rows()),
    Case("moenv/hourly_wide_2014/*.csv", "csv", rows()),
    Case("moenv/landfills/*.csv", "csv", rows()),
    Case("moenv/pm25_hourly/*.csv", "csv", rows()),
    Case(
        "moenv/prtr_facility/*.json",
        "json",
        of_json("reports", "*"),
        {"records": "reports{}[]", "keep": {"report": "reports{}", "facility": "info.管制編號"}},
    ),
    Case("moenv/sgw_site_list/*.json", "json", of_json("Data"), {"records": "Data"}),
    Case(
        "moi/population_by_town/*.ods",
        "ods",
        of_ods,
        {
            "sheet": "*",
            "sheet_column": "sheet",
            "skip": 1,
            "header": 2,
            "notes": ["說明", "內政部戶政司編製"],
            "empty_rows": "drop",
        },
    ),
    Case("moi/real_price_lienchiang/*.CSV", "csv", rows(encoding="cp950"), {"encoding": "cp950"}),
    Case("moi/real_price_lienchiang/*.XML", "xml", elements("買賣"), {"records": "lvr_land/買賣"}),
    Case("moi/real_price_lienchiang/*.xls", "xls", fixed(10)),
    Case(
        "moi/village_code_table/*.xlsx",
        "xlsx",
        of_xlsx(header=4),
        {"skip": 2, "header": ["行政院主計總處", "縣市代碼"]},
    ),
    Case("moi/vital_events_monthly/2014-12.csv", "csv", rows(), {"empty_columns": "drop"}),
    Case("moi/vital_events_monthly/20[12][681]-06.csv", "csv", rows(header=2), VITAL),
    Case("moi/vital_events_monthly/2025-01.csv", "csv", rows()),
    Case(
        "ncdr/typhoon_track/*.kmz",
        "zip",
        of_kml(b"<Placemark>"),
        {
            "member": "*.kml",
            "format": "xml",
            "reading": {
                "records": "kml/Document/Folder/Folder//Placemark",
                "keep": {"storm": "kml/Document/Folder/Folder/name", "issued": "kml/Document/Folder/description"},
            },
        },
    ),
    Case("openaq/measurements_long/*.csv", "csv", rows()),
    Case("tainan/garbage_truck_routes/area_*.json", "json", of_json()),
    Case("tainan/garbage_truck_routes/route_*.json", "json", of_json("*", "StopData"), {"records": "[].StopData[]"}),
    Case("taipei/labour_income_births/labour_halfyear.csv", "csv", rows()),
    Case("taipei/labour_income_births/[bi]*.csv", "csv", rows(encoding="cp950"), {"encoding": "cp950"}),
    Case(
        "taipei/parking_available/*.json",
        "json",
        of_json("data", "park"),
        {"records": "data.park", "keep": {"updated": "data.UPDATETIME"}},
    ),
    Case(
        "taipei/parking_available/*.xml",
        "xml",
        tags(b"</cms:CmsData>"),
        {
            "records": "cms:ExchangeData/cms:CmsDataSet/cms:CmsData",
            "namespaces": {"cms": "http://infoexch.pma.gov.tw/Exchange/cms"},
            "keep": {"time": "cms:ExchangeData/cms:ExchangeTime"},
        },
    ),
    Case("taipei/youbike_feed/*.json", "json", of_json()),
    Case("taipei/youbike_sites/*.csv", "csv", rows()),
    Case("taipower/electricity_monthly/share_by_county_2018.csv", "csv", lines(bool, less=2), {"notes": "註:"}),
    Case("taipower/electricity_monthly/[!s]*.csv", "csv", rows()),
    Case("taipower/electricity_monthly/s[!h]*.csv", "csv", rows()),
    Case("taipower/load_status/genloadareaperc_*.csv", "csv", rows()),
    Case("taipower/load_status/loadfueltype_*.csv", "csv", rows(header=0), {"header": 0, "columns": FUELS}),
    Case(
        "taipower/load_status/loadpara_*.json",
        "json",
        fixed(1),  # four objects, the parts of one record
        {"records": "records", "shape": "parts"},
    ),
    Case(
        "taipower/load_status/loadpara_*.txt",
        "javascript",
        fixed(1),  # one list of four figures
        {
            "prefix": "var loadInfo =",
            "shape": "single",
            "columns": ["load", "forecast", "capacity", "updated"],
        },
    ),
    Case(
        "taipower/unit_generation/*.json",
        "json",
        of_json("aaData"),
        {"records": "aaData", "columns": UNITS, "keep": {"time": '""'}},
    ),
    Case("taipower/unit_generation/*.tsv", "csv", lines(bool, less=1), {"separator": "\t", "quoted": False}),
    Case("us_epa/aqs_daily/*.csv", "csv", rows()),
    Case(
        "usgs/nwis_rdb/*.txt",
        "csv",
        lines(lambda line: bool(line) and not line.startswith("#"), less=2),
        {
            "separator": "\t",
            "quoted": False,
            "comment": "#",
            "header": ["agency_cd", "5s"],
            "header_line": 1,
            "ragged": "pad",
        },
    ),
    Case(
        "worldbank/sp_pop_totl/*.csv",
        "csv",
        lines(lambda line: line.startswith('"'), less=3),  # two lines of the preamble, and the header
        {"skip": 4, "header": ["Country Name"], "empty_columns": "drop"},
    ),
    Case("wra/flood_sensors/*.geojson", "geojson", of_json("features"), {"geometry": "point"}),
    Case("wra/reservoir_daily/*.json", "json", of_json(), {"flatten": True}),
]
"""Each recorded file is of one case, or of one of REFUSED."""

REFUSED = {
    "cdc/covid19_onset_county/089_20241205T140703.csv.gz": "expected CSV, found an empty body",
    "cwa/observations_2016/E-A0014-001_error.json": 'found a body that begins \'{"message":"File not found"',
}
"""What a README says is no data, and the sentence that refuses it."""
