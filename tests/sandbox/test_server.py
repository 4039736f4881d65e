"""The server over real HTTP: addresses, control, clock, timeline, log, start and stop."""

import csv
import io
from pathlib import Path

import httpx
import pytest
from simulated import AIR, AIR_PATH, CDC, CDC_PATH, CROPS, DATASETS, KEY, NIGHT_1, NIGHT_2, NIGHT_2_LATER, Ask

from sandbox import Sandbox, SandboxError


def test_every_answer_has_the_simulated_time_and_is_marked_as_synthetic(web: httpx.Client, ask_air: Ask) -> None:
    for answer in (ask_air(), web.get(CDC_PATH), web.get("/nobody.example/x"), web.get("/sandbox/health")):
        assert answer.headers["X-Sandbox-Now"] == "2026-11-21T01:30:00+08:00"
        assert answer.headers["X-Synthetic"] == "true"
    assert web.request("BREW", AIR_PATH).headers["X-Synthetic"] == "true"


def test_addresses(web: httpx.Client, ask_air: Ask) -> None:
    query = {"api_key": KEY, "limit": 1}
    assert web.get("/Data.MOENV.gov.tw/api/v2/AQX_P_432", params=query).json() == ask_air(limit=1).json()
    assert web.get(CDC_PATH.lower()).status_code == 404


def test_an_unknown_address_lists_the_known_ones(web: httpx.Client) -> None:
    missing = web.get("/nobody.example/x")
    assert missing.status_code == 404
    assert missing.json()["error"] == "no dataset answers at nobody.example/x"
    assert {AIR_PATH.lstrip("/"), CDC_PATH.lstrip("/")} <= set(missing.json()["known"])


def test_agencies_answer_get_only(web: httpx.Client) -> None:
    answer = web.post(AIR_PATH)
    assert (answer.status_code, answer.json()) == (405, {"error": "expected GET, got POST"})
    head = web.head(AIR_PATH)
    assert (head.status_code, head.content) == (405, b"")
    assert web.get(CDC_PATH).status_code == 200, "the connection is still good"


def test_of_several_values_of_a_parameter_the_last_counts(web: httpx.Client) -> None:
    assert len(web.get(f"{AIR_PATH}?api_key=wrong&api_key={KEY}&limit=9&limit=2").json()) == 2


def cdc_rows(ask_cdc: Ask) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(ask_cdc().text)))


def test_the_timeline_of_the_covid_dataset(sandbox: Sandbox, ask_cdc: Ask) -> None:
    good = cdc_rows(ask_cdc)
    assert {row["是否為境外移入"] for row in good} == {"是", "否"}

    sandbox.now = NIGHT_2
    bad = cdc_rows(ask_cdc)
    assert 0.9 * len(good) < len(bad) < 0.97 * len(good)
    assert sum(row["是否為境外移入"] == "None" for row in bad) > 0.3 * len(bad)
    # the start of a planned fault is a new publication, and so is its end
    assert ask_cdc().headers["Last-Modified"] == "Sat, 21 Nov 2026 16:00:00 GMT"

    sandbox.now = NIGHT_2_LATER
    assert any(row["是否為境外移入"] == "None" for row in cdc_rows(ask_cdc))

    sandbox.now = NIGHT_2.replace(day=23)
    assert {row["是否為境外移入"] for row in cdc_rows(ask_cdc)} == {"是", "否"}
    assert ask_cdc().headers["Last-Modified"] == "Sun, 22 Nov 2026 16:00:00 GMT"


def test_the_timeline_of_the_air_quality_dataset(sandbox: Sandbox, ask_air: Ask) -> None:
    def by_key() -> dict[tuple[str, str], dict[str, str]]:
        rows = [row for offset in (0, 1000, 2000) for row in ask_air(offset=offset).json()]
        return {(row["siteid"], row["publishtime"]): row for row in rows}

    first = by_key()
    sandbox.now = NIGHT_2
    with pytest.raises(httpx.RemoteProtocolError):
        ask_air()

    sandbox.now = NIGHT_2_LATER
    later = by_key()
    both = first.keys() & later.keys()
    changed = [key for key in both if first[key] != later[key]]
    assert len(later.keys() - first.keys()) == 84 * 26
    assert 0 < len(changed) < len(both) / 2


def test_faults_are_set_added_and_cleared(sandbox: Sandbox, ask_cdc: Ask, ask_air: Ask) -> None:
    sandbox.set_fault(CDC, "error_500")
    sandbox.set_fault(CDC, "html")
    sandbox.set_fault(AIR, "down")
    assert sandbox.state.fault_documents() == {CDC: [{"fault": "html"}], AIR: [{"fault": "down"}]}
    sandbox.add_fault(CDC, "slow", seconds=0.0)
    assert [fault["fault"] for fault in sandbox.state.fault_documents()[CDC]] == ["html", "slow"]
    sandbox.clear_faults(CDC)
    assert ask_cdc().text.startswith("確定病名")
    with pytest.raises(httpx.RemoteProtocolError):
        ask_air()
    sandbox.clear_faults()
    assert ask_air().status_code == 200


def test_faults_in_the_answer_are_applied_in_their_order(sandbox: Sandbox, ask_cdc: Ask) -> None:
    sandbox.set_fault(CDC, "html")
    sandbox.add_fault(CDC, "truncated")
    half = ask_cdc().text
    sandbox.set_fault(CDC, "truncated")
    sandbox.add_fault(CDC, "html")
    whole = ask_cdc().text
    assert whole.startswith(half)
    assert whole.endswith("</html>\n")


def test_the_log_has_the_requests_to_agencies_only(sandbox: Sandbox, web: httpx.Client, ask_air: Ask) -> None:
    web.get("/sandbox/clock")
    ask_air(sort="ImportDate desc")
    (request,) = sandbox.log
    assert (request.method, request.host, request.path) == ("GET", "data.moenv.gov.tw", "/api/v2/aqx_p_432")
    assert request.query["sort"] == "ImportDate desc"
    assert request.headers["user-agent"].startswith("python-httpx")


def test_control_addresses(web: httpx.Client, ask_air: Ask) -> None:
    assert {AIR, CDC, CROPS} <= set(web.get("/sandbox/health").json()["datasets"])
    assert web.get("/sandbox/clock").json() == {"now": "2026-11-21T01:30:00+08:00"}
    # the answer is at +08:00, even if the request has another zone
    assert web.put("/sandbox/clock", json={"now": "2026-11-21T16:00:00Z"}).json() == {
        "now": "2026-11-22T00:00:00+08:00"
    }
    assert web.put("/sandbox/faults", json={AIR: {"fault": "html"}}).json() == {AIR: [{"fault": "html"}]}
    assert ask_air().text.startswith("<!DOCTYPE html>")
    assert web.put("/sandbox/faults", json={AIR: None}).json() == {}
    assert ask_air().status_code == 200
    two = [{"fault": "shape", "to": "envelope"}, {"fault": "short_page"}]
    assert web.put("/sandbox/faults", json={AIR: two}).json() == {AIR: two}


@pytest.mark.parametrize(
    ("name", "body", "message"),
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
def test_a_wrong_control_request_says_what_is_wrong(web: httpx.Client, name: str, body: object, message: str) -> None:
    answer = web.put(f"/sandbox/{name}", json=body)
    assert answer.status_code == 400
    assert message in answer.json()["error"]


@pytest.mark.parametrize(
    "headers", [{"Host": "rebound.example.org:80"}, {"Host": ""}, {"Origin": "https://example.org"}, {"Origin": "null"}]
)
def test_a_web_page_sets_nothing(sandbox: Sandbox, web: httpx.Client, headers: dict[str, str]) -> None:
    before = sandbox.now
    answer = web.put("/sandbox/clock", json={"now": "2036-01-01T00:00:00+08:00"}, headers=headers)
    assert answer.status_code == 403
    assert sandbox.now == before


def test_an_unknown_control_address(web: httpx.Client) -> None:
    assert web.get("/sandbox/weather").status_code == 404
    assert web.put("/sandbox/health").status_code == 404
    assert web.put("/sandbox/clock", content=b"{").status_code == 400


def test_a_restart_keeps_the_time_and_the_faults(tmp_path: Path) -> None:
    state = tmp_path / "sandbox.json"
    with Sandbox(DATASETS, NIGHT_1, state) as sandbox:
        sandbox.now = NIGHT_2_LATER
        sandbox.set_fault(CDC, "too_many", seconds=7)
    with Sandbox(DATASETS, NIGHT_1, state) as sandbox:
        assert sandbox.now == NIGHT_2_LATER
        answer = httpx.get(sandbox.url + CDC_PATH)
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
        sandbox.clear_faults()
        assert httpx.get(sandbox.url + CDC_PATH).status_code == 200


def test_stop_does_not_wait_for_a_caller() -> None:
    sandbox = Sandbox(DATASETS, NIGHT_1)
    with pytest.raises(SandboxError, match=r"not started; call start\(\) first"):
        _ = sandbox.url
    sandbox.start()
    with httpx.Client() as client:
        client.get(sandbox.url + CDC_PATH)
        sandbox.stop()
        sandbox.stop()
    with pytest.raises(SandboxError, match="not started"):
        _ = sandbox.url
