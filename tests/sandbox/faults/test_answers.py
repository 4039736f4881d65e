"""Faults in the answer, each as a caller meets it over real HTTP."""

import gzip
import time
from pathlib import Path

import httpx
import pytest
from simulated import AIR, CDC, CDC_PATH, KEY, NIGHT_1, Ask, copied

from sandbox import Sandbox


def test_down(sandbox: Sandbox, ask_cdc: Ask) -> None:
    sandbox.set_fault(CDC, "down")
    with pytest.raises(httpx.RemoteProtocolError):
        ask_cdc()
    sandbox.clear_faults(CDC)
    assert ask_cdc().status_code == 200


@pytest.mark.parametrize(("name", "status"), [("unavailable", 503), ("error_500", 500), ("too_many", 429)])
def test_statuses(sandbox: Sandbox, ask_cdc: Ask, name: str, status: int) -> None:
    sandbox.set_fault(CDC, name)
    assert ask_cdc().status_code == status


def test_a_fault_meets_some_requests_and_then_all_is_well(sandbox: Sandbox, ask_cdc: Ask) -> None:
    sandbox.set_fault(CDC, "too_many", seconds=3, times=2)
    answers = [ask_cdc() for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].headers["Retry-After"] == "3"
    # a fault that is set again counts from 0 again
    sandbox.set_fault(CDC, "unavailable", seconds=4, skip=1, times=1)
    answers = [ask_cdc() for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 503, 200]
    assert answers[1].headers["Retry-After"] == "4"


def test_html_and_empty_have_status_200(sandbox: Sandbox, ask_cdc: Ask) -> None:
    etag = ask_cdc().headers["ETag"]
    sandbox.set_fault(CDC, "html")
    assert "系統維護" in ask_cdc().text
    assert ask_cdc().status_code == 200
    sandbox.set_fault(CDC, "empty")
    # a caller that already has the file meets the fault too
    answer = ask_cdc(**{"If-None-Match": etag})
    assert (answer.status_code, answer.content) == (200, b"")


def test_truncated_and_cut(sandbox: Sandbox, ask_cdc: Ask, ask_air: Ask) -> None:
    whole = ask_cdc().content
    sandbox.set_fault(CDC, "truncated")
    answer = ask_cdc()
    assert answer.content == whole[: len(whole) // 2]
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    sandbox.set_fault(AIR, "truncated")
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        ask_air().json()
    sandbox.set_fault(CDC, "cut")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        ask_cdc()


def test_timeout_is_silent(sandbox: Sandbox) -> None:
    sandbox.set_fault(CDC, "timeout", seconds=60)
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(sandbox.url + CDC_PATH, timeout=httpx.Timeout(5, read=0.1))
    sandbox.set_fault(CDC, "timeout", seconds=0.05)
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(sandbox.url + CDC_PATH, timeout=5)


def test_slow(sandbox: Sandbox, ask_cdc: Ask) -> None:
    whole = ask_cdc().content
    sandbox.set_fault(CDC, "slow", seconds=1.2, pieces=6)
    began = time.monotonic()
    # each piece comes in time and only the whole body is late, so a read timeout alone does not notice
    answer = httpx.get(sandbox.url + CDC_PATH, timeout=httpx.Timeout(5, read=1))
    assert time.monotonic() - began >= 1.2
    assert answer.content == whole


def test_oversize_has_no_length(sandbox: Sandbox) -> None:
    sandbox.set_fault(CDC, "oversize", bytes=300_000)
    answer = httpx.get(sandbox.url + CDC_PATH)
    assert len(answer.content) == 300_000
    assert "Content-Length" not in answer.headers
    sandbox.set_fault(CDC, "oversize", bytes=1 << 40)
    with httpx.stream("GET", sandbox.url + CDC_PATH) as answer:
        assert len(next(answer.iter_bytes(100_000))) == 100_000


def test_redirect(sandbox: Sandbox, ask_cdc: Ask) -> None:
    sandbox.set_fault(CDC, "redirect", to="http://169.254.169.254/latest")
    answer = ask_cdc()
    assert (answer.status_code, answer.headers["Location"]) == (302, "http://169.254.169.254/latest")


def test_echo_key(sandbox: Sandbox, ask_air: Ask) -> None:
    sandbox.set_fault(AIR, "echo_key")
    assert (ask_air().status_code, ask_air().text.count(KEY)) == (500, 2)
    sandbox.set_fault(AIR, "echo_key", status=200)
    assert ask_air().status_code == 200


def test_wrong_encoding(sandbox: Sandbox, ask_cdc: Ask, ask_air: Ask) -> None:
    text = ask_cdc().content.decode()
    sandbox.set_fault(CDC, "wrong_encoding")
    answer = ask_cdc()
    assert answer.content.decode("cp950") == text
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    with pytest.raises(UnicodeDecodeError):
        answer.content.decode()
    # only the charset in the header is wrong
    sandbox.set_fault(CDC, "wrong_encoding", encoding="utf-8", charset="big5")
    assert (ask_cdc().content.decode(), ask_cdc().headers["Content-Type"]) == (text, "text/csv; charset=big5")
    sandbox.set_fault(AIR, "wrong_encoding", encoding="utf-16")
    assert ask_air().content.startswith(b"\xff\xfe")


def test_a_gzip_in_another_encoding_is_still_a_gzip(tmp_path: Path) -> None:
    with Sandbox(copied(tmp_path, CDC, ("19Cov.csv", "19Cov.csv.gz")), NIGHT_1) as sandbox:
        sandbox.set_fault(CDC, "wrong_encoding")
        body = httpx.get(f"{sandbox.url}{CDC_PATH}.gz", timeout=30).content
    assert gzip.decompress(body).decode("cp950").startswith("確定病名,發病日")
