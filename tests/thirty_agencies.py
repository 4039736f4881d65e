"""The agencies of thirty nights: what each dataset declares, and what the sandbox says of it.

Between them the datasets use every load, every way of approving, and every kind of source: in pages with a key, by the
day, one file, an inline table, and derived by query, partition by partition or as a whole.
"""

import json
from pathlib import Path
from typing import Any

import yaml
from agencies import KEY
from worlds import AGENCIES, column, declaration

from sandbox.clock import parse_time

FIRST = parse_time("2026-10-16T01:30:00+08:00")
"""The first night; the thirty reach into the next month."""
SECRETS = {"AIR_API_KEY": KEY}
REACH_HOURS, CADENCE_HOURS = 48, 24
"""Of `air`: how far back an answer tells, and how often it is fetched."""
ODD = "Formosa"
"""A county that the steward's table does not know before the ninth night."""
PLACES = {"North": "TW-N", "South": "TW-S", "East": "TW-E"}
_TIME, _DAY = "%Y-%m-%d %H:%M:%S", "%Y-%m-%d"


def _codes() -> dict[str, Any]:
    return {"table": {"dataset": "places", "key": "spelling", "value": "code"}}


def _roc() -> dict[str, Any]:
    return {"calendar": "roc", "patterns": ["%Y.%m.%d"]}


def declarations() -> list[dict[str, Any]]:
    """All declarations."""
    return [
        declaration(
            "places", [column("spelling"), column("code")], agency="house", load="replace",
            source={"protocol": "inline", "table": "table.csv"}, guards={"removed": 0.5},
        ),
        declaration(
            "air",
            [column("station"), column("at", "datetime"), column("county", codes=_codes()), column("pm", "number")],
            key=["station", "at"], agency="airs", partition={"field": "at", "grain": "month"},
            source={"protocol": "moenv", "dataset": "air_p_1", "host": "airs.example", "limit": 200,
                    "key_env": "AIR_API_KEY"},
            fetch="30 1 * * *", due={"fetched": "30h"}, reach=f"{REACH_HOURS}h",
            guards={"quarantined": 0.2},
        ),
        declaration(
            "prices",
            [column("day", "date", heard_as="TransDate", date=_roc()), column("kind", heard_as="TcType"),
             column("crop", heard_as="CropCode"), column("market", heard_as="MarketCode"),
             column("price", "number", heard_as="Avg_Price"), column("quantity", "number", heard_as="Quantity")],
            key=["day", "kind", "crop", "market"], agency="farms", partition={"field": "day", "grain": "month"},
            source={"protocol": "moa", "resource": "Prices", "kinds": ["N04", "N05"], "since": "2026-10-01", "days": 3,
                    "host": "farms.example"},
            load="window", window={"day": "day", "kind": "kind"}, due={"fetched": "30h"}, guards={"removed": 0.05},
        ),
        declaration(
            "cases",
            [column("onset", "date"), column("town"), column("county"), column("sex"), column("age"),
             column("cases", "integer")],
            key=["onset", "town", "sex", "age"], agency="health", load="replace", due={"fetched": "30h"},
            source={"protocol": "file", "address": "https://health.example/cases.csv", "format": "csv"},
            guards={"collapsed": 0.1},
        ),
        declaration(
            "gauges",
            [column("gauge"), column("day", "date"), column("level", "number")],
            key=["gauge", "day"], agency="waters", approve="first", partition={"field": "day", "grain": "month"},
            source={"protocol": "rest", "format": "json", "address": "https://waters.example/api/gauges",
                    "reading": {"records": "result.records"}, "success": {"path": "success", "is": "true"},
                    "paging": {"by": "offset", "name": "offset", "size": 20, "size_name": "limit",
                               "total": "result.total"}},
            due={"fetched": "30h"},
        ),
        declaration(
            "permits",
            [column("number"), column("holder"), column("status"), column("tons", "number")],
            agency="waters", load="replace", approve="always", due={"fetched": "30h"},
            source={"protocol": "file", "address": "https://waters.example/permits.csv.gz", "format": "csv"},
        ),
        _derived(
            "air-monthly", "air",
            [column("month", "month", date={"patterns": ["%Y-%m"]}), column("station"), column("hours", "integer"),
             column("pm", "number")],
            key=["month", "station"], partition={"field": "month", "grain": "year"}, local=True,
        ),
        _derived(
            "cases-by-county", "cases", [column("county"), column("cases", "integer"), column("towns", "integer")]
        ),
    ]  # fmt: skip


QUERIES = {
    "air-monthly": "SELECT strftime(\"at\", '%Y-%m') AS month, station, count(*) AS hours, round(avg(pm), 2) AS pm\n"
    "FROM air GROUP BY ALL\n",
    "cases-by-county": "SELECT county, sum(cases) AS cases, count(DISTINCT town) AS towns FROM cases GROUP BY ALL\n",
}


def _derived(slug: str, over: str, fields: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    derive = {"sql": "query.sql", "over": {over: over}} | ({"local": True} if more.pop("local", False) else {})
    said = declaration(slug, fields, agency="house", load="replace", derive=derive, **more)
    del said["minsheng"]["source"]
    return said


def _entities(**columns: list[str]) -> str:
    rows = zip(*columns.values(), strict=True)
    return "\n".join([",".join(columns), *(",".join(row) for row in rows)]) + "\n"


STATIONS = _entities(
    station=[f"s{i}" for i in range(10)], county=[*(list(PLACES)[i % 3] for i in range(9)), ODD]
)  # fmt: skip
TOWNS = _entities(
    town=[f"t{i:02}" for i in range(12)], county=[list(PLACES)[i % 3] for i in range(12)], weight=["1", "2", "3"] * 4
)
MARKETS = _entities(market=["104", "109", "220", "338"])
CROPS = _entities(
    kind=["N04"] * 5 + ["N05"] * 3, crop=["LA1", "LB1", "FA1", "SA3", "SE6", "A1", "B2", "F1"],
    price=["20", "25", "60", "15", "40", "30", "22", "45"], tons=["90", "70", "12", "55", "31", "64", "80", "28"],
)  # fmt: skip
GAUGES = _entities(gauge=[f"g{i:02}" for i in range(25)])
PERMITS = _entities(number=[f"p{i:03}" for i in range(60)], holder=[f"works {i}" for i in range(60)])


def spoken() -> dict[str, tuple[dict[str, Any], dict[str, str]]]:
    """By dataset: what the sandbox says of it, and the tables of entities beside that."""
    air = _window("entities.csv", "station", REACH_HOURS, 60, restated={"after_hours": 10, "share": 0.2, "by": 0.1,
        "columns": ["pm"]}, columns={"station": {"entity": "station"}, "at": {"time": _TIME},
        "county": {"entity": "county"},
        "pm": {"number": {"low": 1, "high": 90, "digits": 1}, "but": [{"share": 0.02, "text": ""}]}})  # fmt: skip
    prices = _window(["markets.csv", "crops.csv"], ["market", "crop"], 45, 1440,
        shown={"after_minutes": 840, "absent": 0.15, "late": {"by": ["market"], "share": 0.2, "steps": [1, 2]}},
        restated={"after_hours": 40, "share": 0.05, "by": 0.04, "columns": ["Quantity"]},
        columns={"TransDate": {"time": _DAY}, "TcType": {"entity": "kind"}, "CropCode": {"entity": "crop"},
        "MarketCode": {"entity": "market"}, "Avg_Price": {"scaled": {"of": "price", "low": 0.8, "high": 1.3,
        "digits": 1}}, "Quantity": {"scaled": {"of": "tons", "low": 0.4, "high": 1.6, "digits": 1}}})  # fmt: skip
    ledger = {"entities": "entities.csv", "weight": "weight", "begin": "2026-08-01", "published": "17:05", "daily": 12,
        "days_before": [1, 9], "unique": ["onset", "town", "sex", "age"],
        "corrected": {"column": "cases", "by": 1, "after_days": [1, 3, 14]}, "withdrawn_after_days": [2, 9],
        "columns": {"onset": {"time": _DAY}, "town": {"entity": "town"}, "county": {"entity": "county"},
        "sex": {"choice": {"M": 6, "F": 4}}, "age": {"choice": {str(age): 1 for age in range(0, 90, 10)}},
        "cases": {"choice": {"1": 90, "2": 8, "3": 2}}}}  # fmt: skip
    gauges = _window("entities.csv", "gauge", 3, 1440, shown={"after_minutes": 1440},
        restated={"after_hours": 50, "share": 0.2, "by": 0.05, "columns": ["level"]},
        columns={"gauge": {"entity": "gauge"}, "day": {"time": _DAY},
        "level": {"number": {"low": 0, "high": 12, "digits": 2}}})  # fmt: skip
    permits = _window("entities.csv", "number", 1, 1440, columns={"number": {"entity": "number"},
        "holder": {"entity": "holder"}, "status": {"choice": {"granted": 9, "revoked": 1}},
        "tons": {"number": {"low": 10, "high": 900}}})  # fmt: skip
    paging = {"by": "offset", "name": "offset", "rows": 20, "size_name": "limit", "total": "result.total"}
    shapes: dict[str, Any] = {"bare": {}, "envelope": {"wrap": "envelope"}}
    return {
        "air": (_said("airs", "/api/v2/air_p_1", "moenv", air, key=KEY, page_rows=200, shape="envelope",
                      shapes=shapes), {"entities.csv": STATIONS}),
        "prices": (_said("farms", "/api/v1/Prices/", "moa", prices, day="TransDate", filters={"TcType": "TcType"},
                         numbers=["Avg_Price", "Quantity"], page_rows=20),
                   {"markets.csv": MARKETS, "crops.csv": CROPS}),
        "cases": (_said("health", "/cases.csv", "file", {"ledger": ledger}), {"entities.csv": TOWNS}),
        "gauges": (_said("waters", "/api/gauges", "rest", gauges, records="result.records",
                         envelope={"success": "true"}, paging=paging), {"entities.csv": GAUGES}),
        "permits": (_said("waters", "/permits.csv.gz", "file", permits), {"entities.csv": PERMITS}),
    }  # fmt: skip


def _window(entities: str | list[str], identity: str | list[str], steps: int, minutes: int, **more: Any) -> Any:
    return {"window": {"entities": entities, "identity": identity, "steps": steps, "step_minutes": minutes} | more}


def _said(agency: str, path: str, protocol: str, rows: Any, **speaks: Any) -> dict[str, Any]:
    return {"host": f"{agency}.example", "path": path, "protocol": protocol, "seed": len(path), "rows": rows,
            "speaks": speaks}  # fmt: skip


def write_places(datasets: Path, places: dict[str, str]) -> None:
    """What a steward keeps: the code of each spelling."""
    lines = [f"{spelling},{code}\n" for spelling, code in places.items()]
    (datasets / "places" / "table.csv").write_text("spelling,code\n" + "".join(lines), encoding="utf-8")


def write(datasets: Path) -> None:
    """Write the folder of declarations."""
    datasets.mkdir()
    agencies = {name: AGENCIES["waters"] | {"hosts": [f"{name}.example"]}
                for name in ("airs", "farms", "health", "waters", "house")}  # fmt: skip
    files = {"agencies.yaml": json.dumps(agencies, ensure_ascii=False)}
    for said in declarations():
        plain = json.loads(json.dumps(said))  # what stands twice in it is written twice
        files[f"{said['name']}/dataset.yaml"] = yaml.safe_dump(plain, allow_unicode=True, sort_keys=False)
    files |= {f"{slug}/query.sql": query for slug, query in QUERIES.items()}
    for slug, (said, tables) in spoken().items():
        files[f"{slug}/sandbox.yaml"] = json.dumps(said)
        files |= {f"{slug}/{name}": text for name, text in tables.items()}
    for name, text in files.items():
        path = datasets / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    write_places(datasets, PLACES)
