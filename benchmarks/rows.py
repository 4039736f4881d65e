"""Synthetic hourly rows of an air-quality table: 24 columns, always the same; and how a steward would declare them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

SLUG = "hourly"
STATIONS = 85
SEED = 20_260_719
_SHARE_MISSING = 0.03
_SHARE_TURNED = 0.001
"""Of rows in which PM2.5 exceeds PM10: what a check of quality.yaml is to find."""

COUNTIES = {
    "基隆市": "TW-KEE", "臺北市": "TW-TPE", "新北市": "TW-NWT", "桃園市": "TW-TAO", "新竹市": "TW-HSZ",
    "新竹縣": "TW-HSQ", "苗栗縣": "TW-MIA", "臺中市": "TW-TXG", "彰化縣": "TW-CHA", "南投縣": "TW-NAN",
    "雲林縣": "TW-YUN", "嘉義市": "TW-CYI", "嘉義縣": "TW-CYQ", "臺南市": "TW-TNN", "高雄市": "TW-KHH",
    "屏東縣": "TW-PIF", "臺東縣": "TW-TTT", "花蓮縣": "TW-HUA", "宜蘭縣": "TW-ILA", "連江縣": "TW-LIE",
    "金門縣": "TW-KIN", "澎湖縣": "TW-PEN",
}  # fmt: skip
STATUSES = ("良好", "普通", "對敏感族群不健康", "對所有族群不健康", "非常不健康", "危害")
_POLLUTANTS = ("", "細懸浮微粒", "懸浮微粒", "臭氧八小時")


class Number(NamedTuple):
    """A column of numbers as texts."""

    name: str
    unit: str
    typical: float
    decimals: int
    bounds: tuple[int, int] | None = None


NUMBERS = (
    Number("aqi", "1", 50, 0, (0, 500)),
    Number("so2", "[ppb]", 3, 1, (0, 1000)),
    Number("co", "[ppm]", 0.4, 2, (0, 100)),
    Number("o3", "[ppb]", 35, 1, (0, 1000)),
    Number("o3_8hr", "[ppb]", 33, 1, (0, 1000)),
    Number("pm10", "ug/m3", 40, 0, (0, 9000)),
    Number("pm2_5", "ug/m3", 18, 0, (0, 5000)),
    Number("no2", "[ppb]", 12, 1, (0, 5000)),
    Number("nox", "[ppb]", 16, 1, (0, 5000)),
    Number("no", "[ppb]", 4, 1, (0, 5000)),
    Number("wind_speed", "m/s", 2, 1, (0, 120)),
    Number("wind_direction", "deg", 180, 0, (0, 360)),
    Number("co_8hr", "[ppm]", 0.4, 1),
    Number("pm10_avg", "ug/m3", 40, 0),
    Number("pm2_5_avg", "ug/m3", 18, 1),
    Number("so2_avg", "[ppb]", 3, 0),
    Number("longitude", "deg", 0, 6, (118, 123)),
    Number("latitude", "deg", 0, 6, (21, 27)),
)
KEY = ("station_id", "published_at")
MISSING = "-"
TIME_FORMAT = "%Y/%m/%d %H:%M:%S"
EXPECTATIONS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("nox-at-least-no", "ExpectColumnPairValuesAToBeGreaterThanB", {"column_A": "nox", "column_B": "no"}),
    ("pm10-at-least-pm2-5", "ExpectColumnPairValuesAToBeGreaterThanB", {"column_A": "pm10", "column_B": "pm2_5"}),
    ("name-readable", "ExpectColumnValuesToMatchRegex", {"column": "station_name", "regex": "^[^?]+$"}),
    ("name-short", "ExpectColumnValueLengthsToBeBetween", {"column": "station_name", "max_value": 12}),
    ("pm10-no-fault", "ExpectColumnValuesToNotBeInSet", {"column": "pm10", "value_set": [-9999, 9999]}),
    ("wind-plausible", "ExpectColumnValuesToBeBetween", {"column": "wind_speed", "max_value": 60}),
)  # fmt: skip
"""Of quality.yaml: id, type and kwargs; six, beside the eighteen that the schema makes of `declaration`."""
for _, _type, _kwargs in EXPECTATIONS:
    if "Pair" in _type:
        _kwargs |= {"or_equal": True, "ignore_row_if": "either_value_is_missing"}


def table(first: str, hours: int, rows: int | None = None) -> pa.Table:
    """Return rows as an agency sends them: texts, hour by hour, every station in each.

    Args:
        first: the first hour, as `2025-01-01T00`.
        hours: how many.
        rows: at most so many rows.

    Returns:
        24 columns of text. Equal arguments give equal rows, and a day has the same rows in whichever table it lies.
    """
    start = np.datetime64(first, "h")
    parts = [_day(day) for day in np.arange(start.astype("M8[D]"), (start + hours + 23).astype("M8[D]"))]
    return pa.concat_tables(parts).slice(0, min(rows or hours * STATIONS, hours * STATIONS)).combine_chunks()


def csv(rows: pa.Table) -> bytes:
    """Return rows as the agency's file."""
    sink = pa.BufferOutputStream()
    pacsv.write_csv(rows, sink, pacsv.WriteOptions(quoting_style="none"))
    found: bytes = sink.getvalue().to_pybytes()
    return found


def _day(day: Any) -> pa.Table:
    random = np.random.default_rng([SEED, int(day.astype(int))])
    count = 24 * STATIONS
    station = np.tile(np.arange(STATIONS), 24)
    hour = pa.array(np.repeat(day.astype("M8[h]") + np.arange(24), STATIONS).astype("M8[s]"))
    values = {one.name: random.gamma(4, one.typical / 4, count) for one in NUMBERS}
    values["wind_direction"] = random.uniform(0, 360, count)
    values["nox"] = values["no"] + values["no2"]
    values["pm10"] = values["pm2_5"] * random.uniform(1.2, 2.5, count)
    turned = random.random(count) < _SHARE_TURNED
    values["pm10"] = np.where(turned, values["pm2_5"] / 2, values["pm10"])
    values["longitude"], values["latitude"] = 120 + station / 100, 22 + station / 30
    columns = {
        "station_id": _chosen([str(i + 1) for i in range(STATIONS)], station),
        "published_at": pc.strftime(hour, format=TIME_FORMAT),
        "station_name": _chosen([f"測站{i + 1}" for i in range(STATIONS)], station),
        "county": _chosen(list(COUNTIES), station % len(COUNTIES)),
        "status": _chosen(list(STATUSES), np.minimum(values["aqi"] // 51, len(STATUSES) - 1).astype(int)),
        "pollutant": _chosen(list(_POLLUTANTS), random.integers(0, len(_POLLUTANTS), count)),
    }
    for one in NUMBERS:
        text = pc.cast(pa.array(np.round(np.minimum(values[one.name], 499), one.decimals)), pa.string())
        text = pc.replace_substring_regex(text, r"\.0$", "")
        placed = one.name in ("longitude", "latitude")
        missing = pa.array(random.random(count) < (0 if placed else _SHARE_MISSING))
        columns[one.name] = pc.if_else(missing, MISSING, text)
    return pa.table(columns)


def _chosen(words: list[str], which: np.ndarray) -> pa.Array:
    return pa.array(words).take(pa.array(which))


def declare(folder: Path) -> None:
    """Write a folder of declarations with this one dataset."""
    (folder / SLUG).mkdir(parents=True, exist_ok=True)
    agency = {"title": _text("Office"), "homepage": "https://example.org", "hosts": ["example.org"]}
    quality = [
        {"id": name, "type": kind, "kwargs": kwargs, "severity": "warn", "reason": _text("For the benchmark.")}
        for name, kind, kwargs in EXPECTATIONS
    ]
    # JSON is YAML.
    for path, said in (
        (folder / "agencies.yaml", {"office": agency}),
        (folder / SLUG / "dataset.yaml", _declaration()),
        (folder / SLUG / "quality.yaml", {"expectations": quality}),
    ):
        path.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")


def _declaration() -> dict[str, Any]:
    return {
        "name": SLUG,
        "title": _text("Hourly air quality, made up"),
        "description": _text("Rows of a generator, for the benchmarks."),
        "licenses": [{"name": "OGDL-Taiwan-1.0", "path": "https://data.gov.tw/license", "title": _text("OGDL")}],
        "contributors": [{"title": _text("Office"), "roles": ["publisher"]}],
        "sources": [{"title": _text("Office")}],
        "schema": {"fields": list(_fields()), "primaryKey": list(KEY), "missingValues": ["", MISSING]},
        "minsheng": {
            "agency": "office",
            "source": {"protocol": "file", "address": "https://example.org/hourly.csv", "format": "csv"},
            "attribution": _text("Office"),
            "fetch": "0 1 * * *",
            "release": "0 1 * * *",
            "load": "upsert",
            "partition": {"field": "published_at", "grain": "month"},
            "approve": "auto",
            "due": {"fetched": "36h"},
        },
    }


def _fields() -> Iterator[dict[str, Any]]:
    def field(name: str, kind: str = "string", **more: Any) -> dict[str, Any]:
        return {"name": name, "title": _text(name), "description": _text(name), "type": kind} | more

    dates = {"patterns": [TIME_FORMAT], "zone": "Asia/Taipei"}
    yield field("station_id", constraints={"required": True, "pattern": "[0-9]+"})
    yield field("published_at", "datetime", date=dates, constraints={"required": True})
    yield field("station_name")
    yield field("county_code", heard_as="county", codes={"map": COUNTIES})
    yield field("status", categories=[{"value": word, "label": _text(word)} for word in STATUSES])
    yield field("pollutant")
    for one in NUMBERS:
        low, high = one.bounds or (None, None)
        bounds = {"minimum": low, "maximum": high} if one.bounds else {}
        yield field(one.name, "number", unit=one.unit, constraints=bounds)


def _text(en: str) -> dict[str, str]:
    return {"en": en, "zh-TW": en}
