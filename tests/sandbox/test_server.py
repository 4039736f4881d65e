"""The sandbox over real HTTP: addresses, both protocols, clock, timeline, state."""

import csv
import gzip
import io
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from sandbox import Sandbox, SandboxError
from sandbox.clock import parse_time

DATASETS = Path(__file__).parents[2] / "datasets"
AIR, AIR_URL = "air-quality-hourly", "/data.moenv.gov.tw/api/v2/aqx_p_432"
CROPS = "crop-prices"
CDC, CDC_URL = "covid-19-onset-county", "/od.cdc.gov.tw/eic/Age_County_Gender_day_19Cov.csv"
NIGHT_1 = parse_time("2026-11-21T01:30:00+08:00")
NIGHT_2 = parse_time("2026-11-22T01:30:00+08:00")
NIGHT_2_LATER = parse_time("2026-11-22T03:30:00+08:00")
KEY = "sandbox-key"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(DATASETS, NIGHT_1) as running:
        yield running


@pytest.fixture
def web(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.url, timeout=5) as client:
        yield client


def page(web: httpx.Client, offset: int = 0, limit: int = 1000, **query: str) -> httpx.Response:
    return web.get(AIR_URL, params={"api_key": KEY, "format": "json", "limit": limit, "offset": offset, **query})


def all_rows(web: httpx.Client) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = []
    while True:
        got = page(web, len(rows)).json()
        rows += got
        if len(got) < 1000:
            return rows


def test_pages_hold_every_row_once(web: httpx.Client) -> None:
    sizes = [len(page(web, offset).json()) for offset in (0, 1000, 2000, 3000)]
    assert sizes == [1000, 1000, 520, 0]
    keys = {(row["siteid"], row["publishtime"]) for row in all_rows(web)}
    assert len(keys) == 84 * 30
    assert len(page(web, limit=10_000).json()) == 1000
    assert len(page(web, limit=7).json()) == 7


def test_the_newest_full_hour_comes_first(web: httpx.Client) -> None:
    assert page(web).json()[0]["publishtime"] == "2026/11/21 01:00:00"
    assert page(web, sort="publishtime asc").json()[0]["publishtime"] == "2026/11/19 20:00:00"
    assert page(web, sort="ImportDate desc", filters="county,EQ,臺北市").json() == page(web).json()


def test_every_answer_tells_the_time_and_that_it_is_made_up(web: httpx.Client) -> None:
    for answer in (page(web), web.get(CDC_URL), web.get("/nobody.example/x"), web.get("/sandbox/health")):
        assert answer.headers["X-Sandbox-Now"] == "2026-11-21T01:30:00+08:00"
        assert answer.headers["X-Synthetic"] == "true"
    assert web.request("BREW", AIR_URL).headers["X-Synthetic"] == "true"


def test_addresses(web: httpx.Client) -> None:
    query = {"api_key": KEY, "limit": 1}
    assert web.get("/Data.MOENV.gov.tw/api/v2/AQX_P_432", params=query).json() == page(web, limit=1).json()
    assert web.get(CDC_URL.lower()).status_code == 404
    missing = web.get("/nobody.example/x")
    assert missing.status_code == 404
    assert [one.partition("/")[0] for one in missing.json()["known"]] == [
        "data.moenv.gov.tw",
        "od.cdc.gov.tw",
        *["data.moa.gov.tw"] * 3,
    ]
    assert web.post(AIR_URL).status_code == 405
    assert web.head(AIR_URL).status_code == 405


@pytest.mark.parametrize("query", [{}, {"api_key": "other"}])
def test_a_wrong_key_is_an_object_with_only_a_message(web: httpx.Client, query: dict[str, str]) -> None:
    answer = web.get(AIR_URL, params=query)
    assert answer.status_code == 200
    assert list(answer.json()) == ["message"]


@pytest.mark.parametrize("query", [{"limit": "x"}, {"offset": "-1"}, {"format": "csv"}])
def test_what_is_not_spoken_is_said(web: httpx.Client, query: dict[str, str]) -> None:
    assert web.get(AIR_URL, params={"api_key": KEY, **query}).status_code == 400


def test_the_quota_is_per_simulated_day(sandbox: Sandbox, web: httpx.Client) -> None:
    for _ in range(300):
        assert page(web, limit=1).status_code == 200
    refused = page(web, limit=1)
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == str(int(22.5 * 3600))
    sandbox.now = NIGHT_1 + timedelta(days=1, hours=12)
    assert page(web, limit=1).status_code == 200


def test_shapes(sandbox: Sandbox, web: httpx.Client) -> None:
    plain = page(web, limit=1).json()[0]
    assert " ".join(plain) == (
        "sitename county aqi pollutant status so2 co o3 o3_8hr pm10 pm2.5 no2 nox no wind_speed wind_direc publishtime "
        "co_8hr pm2.5_avg pm10_avg so2_avg longitude latitude siteid"
    )
    assert all(isinstance(value, str) for value in plain.values())

    sandbox.set_fault(AIR, "shape", to="bom")
    assert next(iter(page(web, limit=1).json()[0])) == "\ufeffsitename"

    sandbox.set_fault(AIR, "shape", to="camel")
    camel = page(web, limit=1).json()[0]
    assert camel["PublishTime"] == "2026-11-21 01:00"
    assert list(camel)[5:9] == ["SO2", "CO", "CO_8hr", "O3"]
    assert list(camel.values()) != list(plain.values())
    assert camel["PM2.5_AVG"] == plain["pm2.5_avg"]

    sandbox.set_fault(AIR, "shape", to="renamed")
    renamed = page(web, limit=1).json()[0]
    assert {"pm2_5", "site_id", "publish_time"} <= set(renamed)
    assert renamed["aqi"] == int(plain["aqi"])

    sandbox.set_fault(AIR, "shape", to="unheard")
    assert "renamed" in page(web).json()["message"]


def test_the_envelope_echoes_the_key_twice_and_tells_a_total(sandbox: Sandbox, web: httpx.Client) -> None:
    sandbox.set_fault(AIR, "shape", to="envelope")
    answer = page(web, 1000)
    assert b"\\/" in answer.content
    said = answer.json()
    assert (said["total"], said["limit"], said["offset"]) == ("2520", "1000", "1000")
    assert said["include_total"] is True
    assert said["fields"][0] == {"id": "sitename", "type": "text", "info": {"label": "測站名稱"}}
    assert said["__extras"]["api_key"] == KEY
    assert f"api_key={KEY}" in said["_links"]["start"]
    assert said["_links"]["next"].endswith("&offset=2000")
    assert list(said)[-1] == "records"
    assert len(said["records"]) == 1000


def test_the_file_and_its_conditional_get(sandbox: Sandbox, web: httpx.Client) -> None:
    first = web.get(CDC_URL)
    assert first.headers["Last-Modified"] == "Fri, 20 Nov 2026 09:05:00 GMT"
    assert first.content.startswith("確定病名,發病日,縣市,鄉鎮,性別,是否為境外移入,年齡層,確定病例數\r\n".encode())
    assert first.content.count(b"\n") == first.content.count(b"\r\n")

    same = web.get(CDC_URL, headers={"If-None-Match": first.headers["ETag"]})
    assert (same.status_code, same.content) == (304, b"")
    assert web.get(CDC_URL, headers={"If-Modified-Since": first.headers["Last-Modified"]}).status_code == 304
    assert web.get(CDC_URL, headers={"If-None-Match": '"other"', "If-Modified-Since": "x"}).status_code == 200
    assert web.get(CDC_URL, headers={"If-Modified-Since": "nonsense"}).status_code == 200

    sandbox.now = NIGHT_2
    assert web.get(CDC_URL, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_a_file_that_is_a_gzip(tmp_path: Path) -> None:
    shutil.copytree(DATASETS / CDC, tmp_path / CDC)
    file = tmp_path / CDC / "sandbox.yaml"
    text = file.read_text(encoding="utf-8").replace("19Cov.csv", "19Cov.csv.gz").replace("bom: false", "bom: true")
    file.write_text(text, encoding="utf-8")
    with Sandbox(tmp_path, NIGHT_1) as sandbox:
        bodies = [httpx.get(f"{sandbox.url}{CDC_URL}.gz").content for _ in range(2)]
    assert bodies[0] == bodies[1]
    assert bodies[0][:2] == b"\x1f\x8b"
    assert gzip.decompress(bodies[0]).startswith(b"\xef\xbb\xbf")


def cdc_rows(web: httpx.Client) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(web.get(CDC_URL).text)))


def test_the_simulated_nights(sandbox: Sandbox, web: httpx.Client) -> None:
    heard = {(row["siteid"], row["publishtime"]): row for row in all_rows(web)}
    assert {row["是否為境外移入"] for row in cdc_rows(web)} == {"是", "否"}
    night_1 = len(cdc_rows(web))

    sandbox.now = NIGHT_2
    with pytest.raises(httpx.RemoteProtocolError):
        page(web)
    bad = cdc_rows(web)
    assert 0.9 * night_1 < len(bad) < 0.97 * night_1
    assert sum(row["是否為境外移入"] == "None" for row in bad) > 0.3 * len(bad)
    assert web.get(CDC_URL).headers["Last-Modified"] == "Sat, 21 Nov 2026 16:00:00 GMT"

    sandbox.now = NIGHT_2_LATER
    again = {(row["siteid"], row["publishtime"]): row for row in all_rows(web)}
    both = heard.keys() & again.keys()
    changed = [key for key in both if heard[key] != again[key]]
    assert len(again.keys() - heard.keys()) == 84 * 26
    assert 0 < len(changed) < len(both) / 2
    assert any(row["是否為境外移入"] == "None" for row in cdc_rows(web))

    sandbox.now = NIGHT_2 + timedelta(days=1)
    assert {row["是否為境外移入"] for row in cdc_rows(web)} == {"是", "否"}
    assert web.get(CDC_URL).headers["Last-Modified"] == "Sun, 22 Nov 2026 16:00:00 GMT"


def test_the_log_counts_what_agencies_were_asked(sandbox: Sandbox, web: httpx.Client) -> None:
    web.get("/sandbox/clock")
    page(web, 1000, sort="ImportDate desc")
    asked = sandbox.log[0]
    assert len(sandbox.log) == 1
    assert (asked.method, asked.host, asked.path) == ("GET", "data.moenv.gov.tw", "/api/v2/aqx_p_432")
    assert asked.query["sort"] == "ImportDate desc"
    assert asked.headers["user-agent"].startswith("python-httpx")


def test_control_addresses(web: httpx.Client) -> None:
    assert web.get("/sandbox/health").json()["datasets"] == [AIR, CDC, CROPS]
    assert web.get("/sandbox/clock").json() == {"now": "2026-11-21T01:30:00+08:00"}
    # whatever the zone of what is set, the agencies' is told
    assert web.put("/sandbox/clock", json={"now": "2026-11-21T16:00:00Z"}).json() == {
        "now": "2026-11-22T00:00:00+08:00"
    }
    assert web.put("/sandbox/faults", json={AIR: {"fault": "html"}}).json() == {AIR: [{"fault": "html"}]}
    assert page(web).text.startswith("<!DOCTYPE html>")
    assert web.put("/sandbox/faults", json={AIR: None}).json() == {}
    assert page(web).status_code == 200
    two = [{"fault": "shape", "to": "envelope"}, {"fault": "short_page"}]
    assert web.put("/sandbox/faults", json={AIR: two}).json() == {AIR: two}


@pytest.mark.parametrize(
    ("name", "body", "says"),
    [
        ("clock", {"now": "yesterday"}, "ISO 8601"),
        ("clock", {}, "got None"),
        ("faults", {"other": {"fault": "down"}}, "unknown dataset 'other'"),
        ("faults", {AIR: {"fault": "flood"}}, "unknown fault 'flood'"),
        ("faults", {AIR: {"fault": "down", "depth": 3}}, "fault down: depth"),
        ("faults", {AIR: "down"}, "an object with `fault`"),
        ("faults", {CDC: {"fault": "short_page"}}, "protocol file cannot show fault short_page"),
        ("faults", {CDC: {"fault": "vanished_column", "column": "aqi"}}, "names column 'aqi'"),
        ("faults", {CROPS: {"fault": "wrong_key"}}, "protocol moa cannot show fault wrong_key"),
        ("faults", {CDC: {"fault": "wrong_encoding", "encoding": "runes"}}, "unknown encoding: runes"),
        ("faults", ["down"], "expected a JSON object"),
    ],
)
def test_a_wrong_control_request_says_what_is_wrong(web: httpx.Client, name: str, body: object, says: str) -> None:
    answer = web.put(f"/sandbox/{name}", json=body)
    assert answer.status_code == 400
    assert says in answer.json()["error"]


def test_an_unknown_control_address(web: httpx.Client) -> None:
    assert web.get("/sandbox/weather").status_code == 404
    assert web.put("/sandbox/health").status_code == 404
    assert web.put("/sandbox/clock", content=b"{").status_code == 400


def test_a_restart_tells_the_same_time_and_shows_the_same_faults(tmp_path: Path) -> None:
    state = tmp_path / "sandbox.json"
    with Sandbox(DATASETS, NIGHT_1, state) as sandbox:
        sandbox.now = NIGHT_2_LATER
        sandbox.set_fault(CDC, "too_many", seconds=7)
    with Sandbox(DATASETS, NIGHT_1, state) as sandbox:
        assert sandbox.now == NIGHT_2_LATER
        answer = httpx.get(sandbox.url + CDC_URL)
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
        sandbox.clear_faults()
        assert httpx.get(sandbox.url + CDC_URL).status_code == 200
    assert json.loads(state.read_text())["faults"] == {}


def test_a_state_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("[]")
    with pytest.raises(SandboxError, match="no state of a sandbox"):
        Sandbox(DATASETS, NIGHT_1, tmp_path / "state")


def test_stop_does_not_wait_for_a_caller(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxError, match="not started"):
        _ = Sandbox(DATASETS, NIGHT_1).url
    with httpx.Client() as client:
        client.get(sandbox.url + CDC_URL)
        sandbox.stop()
        sandbox.stop()


def test_as_a_process(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sandbox", "--datasets", str(DATASETS), "--state", str(tmp_path / "state.json")]
    for expected in ("2026-11-21T01:30:00+08:00", "2026-11-22T03:30:00+08:00"):
        with subprocess.Popen(
            [*command, "--now", "2026-11-21T01:30:00+08:00"], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            said = json.loads(process.stdout.readline())
            assert said["now"] == expected
            assert httpx.get(said["url"] + CDC_URL).status_code == 200
            httpx.put(said["url"] + "/sandbox/clock", json={"now": "2026-11-22T03:30:00+08:00"})
            process.send_signal(signal.SIGTERM)
            assert process.wait(5) == 0
    wrong = subprocess.run([*command, "--now", "soon"], capture_output=True, text=True, check=False)
    assert wrong.returncode == 2
    assert "ISO 8601" in wrong.stderr
