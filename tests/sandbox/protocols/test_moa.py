"""The agriculture ministry's two interfaces over real HTTP: v1 in pages, and the older one with its silent cap."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from recordings import body, needed
from simulated import CROPS, CROPS_OLDER_PATH, CROPS_V1_PATH, NIGHT_1, copied

from sandbox import Sandbox


def v1(web: httpx.Client, first: str = "115.11.20", last: str = "115.11.20", **query: object) -> dict[str, Any]:
    answer = web.get(CROPS_V1_PATH, params={"Start_time": first, "End_time": last, **query})
    assert answer.status_code == 200, answer.text
    envelope: dict[str, Any] = answer.json()
    return envelope


def older(web: httpx.Client, **query: object) -> list[dict[str, Any]]:
    answer = web.get(CROPS_OLDER_PATH, params=query)
    assert answer.status_code == 200, answer.text
    records: list[dict[str, Any]] = answer.json()
    return records


def test_days_and_filters_select_the_rows(web: httpx.Client) -> None:
    flowers = v1(web, TcType="N05")
    assert list(flowers) == ["RS", "Data", "Next"]
    assert (flowers["RS"], flowers["Next"]) == ("OK", False)
    assert {(row["TransDate"], row["TcType"]) for row in flowers["Data"]} == {("115.11.20", "N05")}
    assert 100 < len(flowers["Data"]) < 200
    both = v1(web)["Data"]
    assert len(both) == len(flowers["Data"]) + len(v1(web, TcType="N04")["Data"])
    assert v1(web, MarketName="台北二")["Data"] == v1(web, MarketCode="104", CropCode="")["Data"]
    assert {row["CropName"] for row in v1(web, "115.11.01", CropCode="LA1")["Data"]} == {"甘藍-初秋"}


def test_a_day_without_trade_is_an_empty_list(web: httpx.Client) -> None:
    answer = web.get(CROPS_V1_PATH, params={"Start_time": "115.10.25", "End_time": "115.10.25", "TcType": "N04"})
    assert answer.content == b'{\r\n  "RS": "OK",\r\n  "Data": [],\r\n  "Next": false\r\n}'
    assert v1(web, "115.11.21", "115.11.30")["Data"] == []


@needed
def test_answers_are_written_like_the_recorded_ones(web: httpx.Client) -> None:
    recorded = body("moa/crop_prices_page/013_20260427T201115.json")
    theirs, ours = (text.decode().split("\r\n") for text in (recorded, web.get(CROPS_V1_PATH).content))

    def shape(lines: list[str]) -> list[str]:
        return [line.partition(":")[0] for line in lines]

    assert shape(ours[:17]) == shape(theirs[:17])
    assert shape(ours[-5:]) == shape(theirs[-5:])
    row, real = (json.loads("\n".join(lines))["Data"][0] for lines in (ours, theirs))
    assert [type(value) for value in row.values()] == [type(value) for value in real.values()]
    closed = next(row for row in v1(web, "115.11.16", "115.11.16")["Data"] if row["CropName"] == "休市")
    recorded_closed = next(row for row in json.loads("\n".join(theirs))["Data"] if row["CropName"] == "休市")
    different = {name for name in closed if closed[name] != recorded_closed[name]}
    assert different <= {"TransDate", "MarketCode", "MarketName"}


def test_pages_hold_every_row_once(web: httpx.Client) -> None:
    query = {"first": "115.11.01", "TcType": "N04"}
    pages = []
    while not pages or pages[-1]["Next"]:
        pages.append(v1(web, **query, Page=len(pages) + 1))
    assert {len(page["Data"]) for page in pages[:-1]} == {1000}
    assert len(pages) > 3
    rows = [row for page in pages for row in page["Data"]]
    assert len({(row["TransDate"], row["MarketCode"], row["CropCode"]) for row in rows}) == len(rows)
    days = [row["TransDate"] for row in rows]
    assert days == sorted(days, reverse=True)
    assert v1(web, **query)["Data"] == pages[0]["Data"], "without a number the first page comes"
    skipped = v1(web, **query, **{"$top": 500, "$skip": 1500})
    assert skipped["Data"] == rows[1500:2000]
    assert len(v1(web, **query, **{"$top": 5000})["Data"]) == 1000
    assert v1(web, **query, Page=99) == {"RS": "OK", "Data": [], "Next": False}


def test_faults_of_pages(sandbox: Sandbox, web: httpx.Client) -> None:
    first, second = (v1(web, "115.11.01", Page=number)["Data"] for number in (1, 2))
    sandbox.set_fault(CROPS, "repeated_page")
    assert v1(web, "115.11.01", Page=2)["Data"] == first
    sandbox.set_fault(CROPS, "moved_page", rows=20)
    assert v1(web, "115.11.01", Page=2)["Data"] == first[-20:] + second[:-20]
    sandbox.set_fault(CROPS, "short_page", rows=20)
    short = v1(web, "115.11.01", Page=2)
    assert (short["Data"], short["Next"]) == (second[:-20], True)


def test_faults_change_the_selected_rows(sandbox: Sandbox, web: httpx.Client) -> None:
    sandbox.set_fault(CROPS, "impossible_date", column="TransDate", rows=1)
    assert [row["TransDate"] for row in v1(web, TcType="N05")["Data"]][:2] == ["115.02.30", "115.11.20"]
    sandbox.set_fault(CROPS, "vanished_column", column="TransDate")
    assert "TransDate" not in v1(web, TcType="N05")["Data"][0]
    assert "交易日期" not in older(web)[0]
    sandbox.set_fault(CROPS, "bad_value", column="Avg_Price", text="NaN")
    assert v1(web)["Data"][0]["Avg_Price"] == "NaN"


def test_the_older_interface_cuts_off_silently(web: httpx.Client) -> None:
    whole = older(web)
    assert len(whole) == 9_999
    assert len(older(web, **{"$top": 20_000})) == 9_999
    assert older(web, **{"$top": 2, "$skip": 9_998})[0] == whole[-1]
    day = {"StartDate": "115.11.20", "EndDate": "115.11.20", "TcType": "N04"}
    rows = older(web, **day)
    ours = [[value for name, value in row.items() if name != "TcType"] for row in v1(web, TcType="N04")["Data"]]
    assert [list(row.values()) for row in rows] == ours
    assert list(rows[0]) == [
        *["交易日期", "作物代號", "作物名稱", "市場代號", "市場名稱"],
        *["上價", "中價", "下價", "平均價", "交易量"],
    ]
    assert len(older(web, **day, Market="台北二", Crop="甘藍-初秋")) <= 1


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (CROPS_V1_PATH, {"Start_time": "2026-11-20"}),
        (CROPS_V1_PATH, {"End_time": "115.02.30"}),
        (CROPS_V1_PATH, {"Page": "0"}),
        (CROPS_V1_PATH, {"$top": "-1"}),
        (CROPS_V1_PATH, {"$skip": "\u00b2"}),
        (CROPS_OLDER_PATH, {"StartDate": "115/11/20"}),
        (CROPS_OLDER_PATH, {"FOTT": "Xml"}),
    ],
)
def test_a_parameter_that_cannot_be_read_is_status_400(web: httpx.Client, path: str, query: dict[str, str]) -> None:
    answer = web.get(path, params=query)
    assert answer.status_code == 400
    assert list(answer.json()) == ["message"]


def test_a_day_with_more_rows_than_a_page(tmp_path: Path) -> None:
    markets = copied(tmp_path, CROPS) / CROPS / "sandbox-markets.csv"
    more = "".join(f"m{number},市場{number},Mon\n" for number in range(50))
    markets.write_text(markets.read_text(encoding="utf-8") + more, encoding="utf-8")
    with Sandbox(tmp_path, NIGHT_1) as sandbox, httpx.Client(base_url=sandbox.url, timeout=30) as web:
        pages = [v1(web, TcType="N04", Page=number) for number in (1, 2)]
    assert [page["Next"] for page in pages] == [True, False]
    assert 1_000 < sum(len(page["Data"]) for page in pages) < 1_300
