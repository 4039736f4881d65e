"""Each fault as a caller meets it, over real HTTP."""

import gzip
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from sandbox import Sandbox, SandboxError
from sandbox.clock import parse_time
from sandbox.faults.registry import FAULTS

DATASETS = Path(__file__).parents[2] / "datasets"
AIR, AIR_URL = "air-quality-hourly", "/data.moenv.gov.tw/api/v2/AQX_P_432"
CDC, CDC_URL = "covid-19-onset-county", "/od.cdc.gov.tw/eic/Age_County_Gender_day_19Cov.csv"
KEY = "sandbox-key"


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox(DATASETS, parse_time("2026-11-21T01:30:00+08:00")) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Iterator[Sandbox]:
    yield running
    running.clear_faults()


@pytest.fixture
def air(sandbox: Sandbox) -> Callable[..., httpx.Response]:
    def ask(**query: object) -> httpx.Response:
        return httpx.get(sandbox.url + AIR_URL, params={"api_key": KEY, "limit": "1000", **query}, timeout=2)

    return ask


@pytest.fixture
def cdc(sandbox: Sandbox) -> Callable[..., httpx.Response]:
    def ask(**headers: str) -> httpx.Response:
        return httpx.get(sandbox.url + CDC_URL, headers=headers, timeout=2)

    return ask


Ask = Callable[..., httpx.Response]


def test_every_fault_says_in_one_line_what_a_caller_sees() -> None:
    assert all(fault.says.endswith(".") and "\n" not in fault.says for fault in FAULTS.values())
    assert " ".join(sorted(FAULTS)) == (
        "bad_publication bad_value cut down duplicate_rows echo_key empty error_500 html impossible_date many_columns "
        "moved_page oversize redirect renamed_column repeated_page same_key_two_contents shape short_page slow timeout "
        "too_many truncated unavailable unknown_column vanished_column wrong_encoding wrong_key"
    )


def test_an_unknown_fault_or_parameter_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxError, match="unknown fault 'flood'; known: bad_publication"):
        sandbox.set_fault(AIR, "flood")
    with pytest.raises(SandboxError, match=r"fault slow: secs: .*its parameters: skip, times, seconds, pieces"):
        sandbox.set_fault(AIR, "slow", secs=1)


def test_down(sandbox: Sandbox, cdc: Ask) -> None:
    sandbox.set_fault(CDC, "down")
    with pytest.raises(httpx.RemoteProtocolError):
        cdc()
    sandbox.clear_faults(CDC)
    assert cdc().status_code == 200


@pytest.mark.parametrize(("name", "status"), [("unavailable", 503), ("error_500", 500), ("too_many", 429)])
def test_statuses(sandbox: Sandbox, cdc: Ask, name: str, status: int) -> None:
    sandbox.set_fault(CDC, name)
    assert cdc().status_code == status


def test_too_many_then_well(sandbox: Sandbox, cdc: Ask) -> None:
    sandbox.set_fault(CDC, "too_many", seconds=3, times=2)
    answers = [cdc() for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].headers["Retry-After"] == "3"
    # set anew, it begins anew
    sandbox.set_fault(CDC, "unavailable", seconds=4, skip=1, times=1)
    answers = [cdc() for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 503, 200]
    assert answers[1].headers["Retry-After"] == "4"


def test_html_and_empty_are_status_200(sandbox: Sandbox, cdc: Ask) -> None:
    etag = cdc().headers["ETag"]
    sandbox.set_fault(CDC, "html")
    assert "系統維護" in cdc().text
    assert cdc().status_code == 200
    sandbox.set_fault(CDC, "empty")
    # a caller that holds the file meets the fault all the same
    answer = cdc(**{"If-None-Match": etag})
    assert (answer.status_code, answer.content) == (200, b"")


def test_truncated_and_cut(sandbox: Sandbox, cdc: Ask, air: Ask) -> None:
    whole = cdc().content
    sandbox.set_fault(CDC, "truncated")
    answer = cdc()
    assert answer.content == whole[: len(whole) // 2]
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    sandbox.set_fault(AIR, "truncated")
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        air().json()
    sandbox.set_fault(CDC, "cut")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        cdc()


def test_timeout_says_nothing(sandbox: Sandbox) -> None:
    sandbox.set_fault(CDC, "timeout", seconds=60)
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(sandbox.url + CDC_URL, timeout=0.1)
    sandbox.set_fault(CDC, "timeout", seconds=0.05)
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(sandbox.url + CDC_URL, timeout=2)


def test_slow_drips(sandbox: Sandbox) -> None:
    sandbox.set_fault(CDC, "slow", seconds=0.3, pieces=6)
    began = time.monotonic()
    # each piece comes in time, and only the whole is late: a timeout of reading alone does not see it
    answer = httpx.get(sandbox.url + CDC_URL, timeout=0.2)
    assert 0.28 < time.monotonic() - began < 2
    assert answer.content.endswith(b"\r\n")


def test_oversize_tells_no_length(sandbox: Sandbox) -> None:
    sandbox.set_fault(CDC, "oversize", bytes=300_000)
    answer = httpx.get(sandbox.url + CDC_URL)
    assert len(answer.content) == 300_000
    assert "Content-Length" not in answer.headers
    sandbox.set_fault(CDC, "oversize", bytes=1 << 40)
    with httpx.stream("GET", sandbox.url + CDC_URL) as answer:
        assert len(next(answer.iter_bytes(100_000))) == 100_000


def test_redirect(sandbox: Sandbox, cdc: Ask) -> None:
    sandbox.set_fault(CDC, "redirect", to="http://169.254.169.254/latest")
    answer = cdc()
    assert (answer.status_code, answer.headers["Location"]) == (302, "http://169.254.169.254/latest")


def test_echo_key(sandbox: Sandbox, air: Ask) -> None:
    sandbox.set_fault(AIR, "echo_key")
    assert (air().status_code, air().text.count(KEY)) == (500, 2)
    sandbox.set_fault(AIR, "echo_key", status=200)
    assert air().status_code == 200


def test_columns(sandbox: Sandbox, air: Ask, cdc: Ask) -> None:
    sandbox.set_fault(AIR, "renamed_column", column="pm2.5", to="pm25")
    assert list(air().json()[0])[10] == "pm25"
    sandbox.set_fault(AIR, "vanished_column", column="pm2.5")
    assert len(air().json()[0]) == 23
    sandbox.set_fault(AIR, "unknown_column", column="importer", text="x")
    assert air().json()[0]["importer"] == "x"
    sandbox.set_fault(CDC, "vanished_column", column="性別")
    assert "性別" not in cdc().text.splitlines()[0]


def test_same_key_two_contents(sandbox: Sandbox, air: Ask) -> None:
    sandbox.set_fault(AIR, "same_key_two_contents", column="aqi", text="99")
    first, last = air().json()[0], air(offset=2000).json()[-1]
    assert last == {**first, "aqi": "99"}
    assert len(air(offset=2000).json()) == 521


def test_duplicate_rows(sandbox: Sandbox, cdc: Ask) -> None:
    whole = cdc().text.splitlines()
    sandbox.set_fault(CDC, "duplicate_rows", share=0.1)
    doubled = cdc().text.splitlines()
    assert set(doubled) == set(whole)
    assert 1.05 < len(doubled) / len(whole) < 1.15


def test_bad_value(sandbox: Sandbox, air: Ask) -> None:
    def bad() -> int:
        return sum(row["aqi"] == "eighty" for row in air().json())

    sandbox.set_fault(AIR, "bad_value", column="aqi", text="eighty")
    assert bad() == 1
    sandbox.set_fault(AIR, "bad_value", column="aqi", text="eighty", rows=3)
    assert bad() == 3
    sandbox.set_fault(AIR, "bad_value", column="aqi", text="eighty", share=0.2)
    assert 150 < bad() < 250
    # a shape that writes the column as a number still says it
    sandbox.add_fault(AIR, "shape", to="renamed")
    assert "eighty" in [row["aqi"] for row in air().json()]


def test_bad_publication(sandbox: Sandbox, cdc: Ask) -> None:
    whole = len(cdc().text.splitlines())
    sandbox.set_fault(CDC, "bad_publication", column="性別", text="None", share=0.5, vanish=0.2)
    lines = cdc().text.splitlines()
    assert 0.75 < len(lines) / whole < 0.85
    assert 0.4 < sum(",None," in line for line in lines) / len(lines) < 0.6
    assert lines == cdc().text.splitlines()


def test_pages(sandbox: Sandbox, air: Ask) -> None:
    first = air().json()
    sandbox.set_fault(AIR, "repeated_page")
    assert air(offset=1000).json() == first
    assert air(offset=2000).json() != first
    sandbox.set_fault(AIR, "short_page", rows=30)
    sandbox.add_fault(AIR, "shape", to="envelope")
    pages = [air(offset=offset).json() for offset in (0, 1000, 2000)]
    assert [len(page["records"]) for page in pages] == [1000, 970, 520]
    assert {page["total"] for page in pages} == {"2520"}


def test_the_table_moves_between_pages(sandbox: Sandbox, air: Ask) -> None:
    before = [air(offset=offset).json() for offset in (0, 1000, 2000)]
    sandbox.set_fault(AIR, "moved_page", rows=84)
    after = [air(offset=offset).json() for offset in (0, 1000, 2000)]
    assert after[0] == before[0]
    assert after[1] == before[0][-84:] + before[1][:-84]
    assert after[2] == before[1][-84:] + before[2]
    sandbox.set_fault(AIR, "moved_page", rows=-1, page=2)
    assert [air(offset=offset).json() for offset in (0, 1000, 2000)] == [before[0], before[1], before[2][1:]]


def test_wrong_encoding(sandbox: Sandbox, cdc: Ask, air: Ask) -> None:
    text = cdc().content.decode()
    sandbox.set_fault(CDC, "wrong_encoding")
    answer = cdc()
    assert answer.content.decode("cp950") == text
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    with pytest.raises(UnicodeDecodeError):
        answer.content.decode()
    # only the label is wrong
    sandbox.set_fault(CDC, "wrong_encoding", encoding="utf-8", charset="big5")
    assert (cdc().content.decode(), cdc().headers["Content-Type"]) == (text, "text/csv; charset=big5")
    sandbox.set_fault(AIR, "wrong_encoding", encoding="utf-16")
    assert air().content.startswith(b"\xff\xfe")


def test_a_file_in_another_encoding_is_a_gzip_still(tmp_path: Path) -> None:
    shutil.copytree(DATASETS / CDC, tmp_path / CDC)
    file = tmp_path / CDC / "sandbox.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("19Cov.csv", "19Cov.csv.gz"), encoding="utf-8")
    with Sandbox(tmp_path, parse_time("2026-11-21T01:30:00+08:00")) as sandbox:
        sandbox.set_fault(CDC, "wrong_encoding")
        body = httpx.get(f"{sandbox.url}{CDC_URL}.gz").content
    assert gzip.decompress(body).decode("cp950").startswith("確定病名,發病日")


def test_impossible_date(sandbox: Sandbox, cdc: Ask) -> None:
    sandbox.set_fault(CDC, "impossible_date", column="發病日", rows=4)
    lines = cdc().text.splitlines()[1:]
    assert [line.split(",")[1] for line in lines[:5]] == [
        "115.02.30",
        "115.13.01",
        "0.00.00",
        "115.02.30",
        lines[4].split(",")[1],
    ]
    assert lines[4].split(",")[1].startswith("2026/")
    sandbox.set_fault(CDC, "impossible_date", column="發病日", texts=["soon"])
    assert cdc().text.count(",soon,") == 3


def test_many_columns(sandbox: Sandbox, cdc: Ask, air: Ask) -> None:
    sandbox.set_fault(CDC, "many_columns", columns=5000)
    lines = cdc().text.splitlines()
    assert (len(lines), {line.count(",") for line in lines}) == (2, {5007})
    sandbox.set_fault(AIR, "many_columns", columns=5000)
    assert [len(row) for row in air().json()] == [5024]


def test_wrong_key(sandbox: Sandbox, air: Ask) -> None:
    sandbox.set_fault(AIR, "wrong_key", times=1)
    assert list(air().json()) == ["message"]
    assert len(air().json()) == 1000
