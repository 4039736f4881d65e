"""The environment ministry's API v2 over real HTTP: key, quota, pages, shapes."""

from datetime import timedelta

import httpx
import pytest
from simulated import AIR, AIR_PATH, DATASETS, KEY, NIGHT_1, Ask

from sandbox import Sandbox


def test_pages_hold_every_row_once(ask_air: Ask) -> None:
    pages = [ask_air(offset=offset).json() for offset in (0, 1000, 2000, 3000)]
    assert [len(page) for page in pages] == [1000, 1000, 520, 0]
    assert len({(row["siteid"], row["publishtime"]) for page in pages for row in page}) == 84 * 30
    assert len(ask_air(limit=10_000).json()) == 1000
    assert len(ask_air(limit=7).json()) == 7


def test_the_newest_full_hour_comes_first(ask_air: Ask) -> None:
    assert ask_air().json()[0]["publishtime"] == "2026/11/21 01:00:00"
    assert ask_air(sort="publishtime asc").json()[0]["publishtime"] == "2026/11/19 20:00:00"
    assert ask_air(sort="publishtime").json()[0]["publishtime"] == "2026/11/21 01:00:00"
    assert ask_air(sort="ImportDate desc", filters="county,EQ,臺北市").json() == ask_air().json()


@pytest.mark.parametrize("query", [{}, {"api_key": "other"}])
def test_a_wrong_key_is_an_object_with_only_a_message(web: httpx.Client, query: dict[str, str]) -> None:
    answer = web.get(AIR_PATH, params=query)
    assert answer.status_code == 200
    assert list(answer.json()) == ["message"]


@pytest.mark.parametrize("query", [{"limit": "x"}, {"offset": "-1"}, {"format": "csv"}])
def test_a_parameter_that_cannot_be_read_is_status_400(ask_air: Ask, query: dict[str, str]) -> None:
    answer = ask_air(**query)
    assert answer.status_code == 400
    assert next(iter(query)) in answer.json()["message"]


def test_the_quota_is_per_simulated_day() -> None:
    query = {"api_key": KEY, "limit": 1}
    with Sandbox(DATASETS, NIGHT_1) as sandbox, httpx.Client(base_url=sandbox.url, timeout=30) as web:
        assert {web.get(AIR_PATH, params=query).status_code for _ in range(300)} == {200}
        refused = web.get(AIR_PATH, params=query)
        assert refused.status_code == 429
        assert refused.headers["Retry-After"] == str(int(22.5 * 3600))
        sandbox.now = NIGHT_1 + timedelta(days=1, hours=12)
        assert web.get(AIR_PATH, params=query).status_code == 200


def test_the_shape_in_use_is_a_list_of_texts(ask_air: Ask) -> None:
    record = ask_air(limit=1).json()[0]
    assert " ".join(record) == (
        "sitename county aqi pollutant status so2 co o3 o3_8hr pm10 pm2.5 no2 nox no wind_speed wind_direc publishtime "
        "co_8hr pm2.5_avg pm10_avg so2_avg longitude latitude siteid"
    )
    assert all(isinstance(value, str) for value in record.values())


def test_older_shapes(sandbox: Sandbox, ask_air: Ask) -> None:
    plain = ask_air(limit=1).json()[0]
    sandbox.set_fault(AIR, "shape", to="bom")
    assert next(iter(ask_air(limit=1).json()[0])) == "\ufeffsitename"

    sandbox.set_fault(AIR, "shape", to="camel")
    camel = ask_air(limit=1).json()[0]
    assert camel["PublishTime"] == "2026-11-21 01:00"
    assert list(camel)[5:9] == ["SO2", "CO", "CO_8hr", "O3"]
    assert list(camel.values()) != list(plain.values())
    assert camel["PM2.5_AVG"] == plain["pm2.5_avg"]

    sandbox.set_fault(AIR, "shape", to="renamed")
    renamed = ask_air(limit=1).json()[0]
    assert {"pm2_5", "site_id", "publish_time"} <= set(renamed)
    assert renamed["aqi"] == int(plain["aqi"])


def test_an_unknown_shape_lists_the_known_ones(sandbox: Sandbox, ask_air: Ask) -> None:
    sandbox.set_fault(AIR, "shape", to="unknown")
    answer = ask_air()
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("sandbox.yaml has no shape 'unknown'; it has bare, bom, envelope")


def test_the_envelope_has_the_key_twice_and_a_total(sandbox: Sandbox, ask_air: Ask) -> None:
    sandbox.set_fault(AIR, "shape", to="envelope")
    answer = ask_air(offset=1000)
    assert b"\\/" in answer.content
    envelope = answer.json()
    assert (envelope["total"], envelope["limit"], envelope["offset"]) == ("2520", "1000", "1000")
    assert envelope["include_total"] is True
    assert envelope["fields"][0] == {"id": "sitename", "type": "text", "info": {"label": "測站名稱"}}
    assert envelope["__extras"]["api_key"] == KEY
    assert f"api_key={KEY}" in envelope["_links"]["start"]
    assert envelope["_links"]["next"].endswith("&offset=2000")
    assert list(envelope)[-1] == "records"
    assert len(envelope["records"]) == 1000


def test_the_key_can_be_refused_and_accepted_again(sandbox: Sandbox, ask_air: Ask) -> None:
    sandbox.set_fault(AIR, "wrong_key", times=1)
    assert list(ask_air().json()) == ["message"]
    assert len(ask_air().json()) == 1000


def test_faults_of_pages(sandbox: Sandbox, ask_air: Ask) -> None:
    first, second, third = before = [ask_air(offset=offset).json() for offset in (0, 1000, 2000)]

    def pages() -> list[object]:
        return [ask_air(offset=offset).json() for offset in (0, 1000, 2000)]

    sandbox.set_fault(AIR, "repeated_page")
    assert pages() == [first, first, third]
    sandbox.set_fault(AIR, "moved_page", rows=84)
    assert pages() == [first, first[-84:] + second[:-84], second[-84:] + third]
    sandbox.set_fault(AIR, "moved_page", rows=-1, page=2)
    assert pages() == [*before[:2], third[1:]]
    sandbox.set_fault(AIR, "short_page", rows=30)
    sandbox.add_fault(AIR, "shape", to="envelope")
    envelopes = [ask_air(offset=offset).json() for offset in (0, 1000, 2000)]
    assert [len(envelope["records"]) for envelope in envelopes] == [1000, 970, 520]
    assert {envelope["total"] for envelope in envelopes} == {"2520"}
