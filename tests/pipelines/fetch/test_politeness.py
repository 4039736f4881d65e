"""Whoever asks a host from one home takes turns, waits, and counts: in this process, in others, and after a kill."""

import datetime as dt
import http.server
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from agencies import LIMITS, agency_that_says
from worlds import AGENCIES, declaration

from catalog.declaration.dataset import Agency, Dataset
from pipelines.context import ZONE
from pipelines.fetch import politeness
from pipelines.fetch.fetcher import Fetcher
from pipelines.fetch.politeness import Call, CoolOff, LeftAlone, Politeness
from pipelines.fetch.transport import NotAsked
from pipelines.records import Fetched

NOW = dt.datetime(2026, 7, 5, 23, 50, tzinfo=ZONE)
HOST = "waters.example"
RECORDS = b"site,level\na,1\n"


def agency(**more: Any) -> Agency:
    return Agency.model_validate(AGENCIES["waters"] | more)


def fetch(home: Path, address: str, at: dt.datetime = NOW, slug: str = "rivers", **more: Any) -> Fetched:
    """One fetch by a process of its own, as far as its host can tell: nothing is shared but the folder."""
    source = {"protocol": "file", "address": f"https://{HOST}/{slug}.csv", "format": "csv"}
    fetcher = Fetcher({}, replace(LIMITS, attempts=1), address, lambda: at, politeness=Politeness(home))
    return fetcher.fetch(Dataset.load(declaration(slug, source=source), "x"), Path(), agency(**more), None)


# One at a time ----------------------------------------------------------------------------------------------

ASK = """
import sys
from pathlib import Path
sys.path[:0] = [sys.argv[3], sys.argv[4]]
from test_politeness import fetch
for _ in range(4):
    assert fetch(Path(sys.argv[1]), sys.argv[2]).why is None
"""


class Counting(http.server.BaseHTTPRequestHandler):
    """Counts the requests that are answered at the same moment."""

    lock, now, most, count = threading.Lock(), 0, 0, 0

    def do_GET(self) -> None:
        with self.lock:
            Counting.now, Counting.count = self.now + 1, self.count + 1
            Counting.most = max(self.most, self.now)
        time.sleep(0.02)
        with self.lock:
            Counting.now = self.now - 1
        self.send_response(200)
        self.send_header("Content-Length", str(len(RECORDS)))
        self.end_headers()
        self.wfile.write(RECORDS)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def counting() -> Iterator[str]:
    Counting.now = Counting.most = Counting.count = 0
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Counting)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def processes(home: Path, address: str, ask: str = ASK) -> list["subprocess.Popen[str]"]:
    here = Path(__file__).parent
    command = [sys.executable, "-c", ask, str(home), address, str(here), str(here.parent.parent)]
    return [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]


def test_two_processes_never_ask_one_host_at_the_same_time(tmp_path: Path):
    with counting() as address:
        ended = [(each.communicate()[1], each.returncode) for each in processes(tmp_path, address)]
    assert ended == [("", 0), ("", 0)]
    assert (Counting.count, Counting.most) == (8, 1)


def test_threads_of_one_process_do_not_either(tmp_path: Path):
    with counting() as address:
        threads = [threading.Thread(target=fetch, args=(tmp_path, address)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert (Counting.count, Counting.most) == (4, 1)


HOLD = """
import sys, time
from pathlib import Path
sys.path[:0] = [sys.argv[3], sys.argv[4]]
from test_politeness import *
with Politeness(Path(sys.argv[1])).turn(Call(HOST, "x", agency()), lambda: NOW):
    print("held", flush=True)
    time.sleep(60)
"""


def test_who_asks_is_waited_for_and_a_killed_one_holds_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    here = Path(__file__).parent
    command = [sys.executable, "-c", HOLD, str(tmp_path), "", str(here), str(here.parent.parent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        monkeypatch.setattr(politeness, "COOL_OFF", CoolOff(turn_seconds=0.1))
        with pytest.raises(
            NotAsked, match=f"expected a turn at {HOST} within 0.1 s, found process {holder.pid} asking"
        ):
            ask(tmp_path)
        holder.kill()
    ask(tmp_path)


def ask(home: Path, at: dt.datetime = NOW, **more: Any) -> None:
    with Politeness(home).turn(Call(HOST, "x", agency(), **more), lambda: at):
        pass


def test_hosts_do_not_wait_for_each_other(tmp_path: Path):
    with (
        Politeness(tmp_path).turn(Call(HOST, "x", agency()), lambda: NOW),
        Politeness(tmp_path).turn(Call("other.example", "x", agency()), lambda: NOW),
    ):
        pass


# Pauses -----------------------------------------------------------------------------------------------------


def test_the_pause_is_kept_by_all_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    clock, slept = [1000.0], list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock[0] += seconds

    monkeypatch.setattr(politeness.time, "time", lambda: clock[0])
    monkeypatch.setattr(politeness.time, "sleep", sleep)
    ask(tmp_path, pause_seconds=2.0)
    clock[0] += 0.5
    ask(tmp_path, pause_seconds=2.0)
    assert slept == [1.5]
    clock[0] -= 5000  # the clock of the machine was set back: the pause is no longer for that
    ask(tmp_path, pause_seconds=2.0)
    assert slept == [1.5, 2.0]


# A host that wants to be left alone -------------------------------------------------------------------------


def test_no_process_asks_before_the_time_that_an_agency_names(tmp_path: Path):
    with agency_that_says(b"{}", 429, {"Retry-After": "3600"}) as address:
        first = fetch(tmp_path, address)
    assert "found 429 (too many requests): the agency asks to wait 3600 s" in str(first.why)
    with counting() as address:
        second = fetch(tmp_path, address, NOW + dt.timedelta(minutes=59), "lakes")
        assert (second.answered, second.passes, Counting.count) == (False, False, 0)
        third = fetch(tmp_path, address, NOW + dt.timedelta(minutes=60), "lakes")
        assert (third.why, Counting.count) == (None, 1)
    assert str(second.why) == (
        "waters.example is left alone until 2026-07-06 00:50, because it answered with status 429, with a time to wait "
        f"at 2026-07-05 23:50: it was not asked; run it after that, or remove {tmp_path}/waters.example.json if you "
        "know that it may be asked"
    )


@pytest.mark.parametrize(
    ("status", "headers", "minutes"),
    [(429, {}, 10), (503, {"Retry-After": "600"}, 10), (429, {"Retry-After": "99999999999"}, 7 * 1440)],
)
def test_for_how_long_it_is_left_alone(tmp_path: Path, status: int, headers: dict[str, str], minutes: int):
    with agency_that_says(b"{}", status, headers) as address:
        fetch(tmp_path, address)
    with pytest.raises(LeftAlone):
        ask(tmp_path, NOW + dt.timedelta(minutes=minutes, seconds=-1))
    ask(tmp_path, NOW + dt.timedelta(minutes=minutes))


def test_a_short_time_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with agency_that_says(b"{}", 429, {"Retry-After": "30"}) as address:
        fetch(tmp_path, address)
    slept = list[float]()
    monkeypatch.setattr(politeness.time, "sleep", slept.append)
    ask(tmp_path, NOW + dt.timedelta(seconds=10), wait_seconds=60.0)
    assert slept == [20]


def test_a_clock_that_was_set_back_does_not_make_it_longer(tmp_path: Path):
    with agency_that_says(b"{}", 429, {"Retry-After": "600"}) as address:
        fetch(tmp_path, address, NOW + dt.timedelta(days=300))
    with pytest.raises(LeftAlone, match="is left alone until 2026-07-06 00:00"):
        ask(tmp_path)


def test_a_host_that_fails_two_datasets_again_and_again_is_left_alone(tmp_path: Path):
    def fail(slug: str, at: dt.datetime = NOW) -> str:
        return str(fetch(tmp_path, "http://127.0.0.1:9", at, slug).why)

    assert ["could not be reached" in fail("rivers") for _ in range(8)] == [True] * 8  # one address is not its host
    assert "could not be reached" in fail("lakes")
    assert "because 9 requests in a row had no good answer" in fail("lakes")
    later = NOW + dt.timedelta(hours=1)
    assert "could not be reached" in fail("lakes", later)  # one try, and it is left alone again
    assert "is left alone until 2026-07-06 01:50" in fail("lakes", later)
    with counting() as address:
        assert fetch(tmp_path, address, NOW + dt.timedelta(hours=3)).why is None  # it is well again
    assert "could not be reached" in fail("lakes", NOW + dt.timedelta(hours=3))
    assert "could not be reached" in fail("rivers", NOW + dt.timedelta(hours=3))


# So many a day ----------------------------------------------------------------------------------------------


def test_the_requests_of_a_day_are_counted_over_all_processes(tmp_path: Path):
    with counting() as address:
        found = [fetch(tmp_path, address, requests_per_day=2) for _ in range(3)]
        assert Counting.count == 2
        assert [each.answered for each in found] == [True, True, False]
        assert str(found[-1].why) == (
            "expected at most 2 requests a day to Waters without a key (agencies.yaml), found 2 used on 2026-07-05: "
            "waters.example was not asked; the first run after 2026-07-06 00:00 goes on"
        )
        assert fetch(tmp_path, address, NOW + dt.timedelta(minutes=10), requests_per_day=2).why is None


def test_each_key_has_its_own_day(tmp_path: Path):
    few = agency(requests_per_day=1)
    with Politeness(tmp_path).turn(Call(HOST, "x", few, ("ONE_KEY",)), lambda: NOW):
        pass
    with (
        pytest.raises(LeftAlone, match="with ONE_KEY"),
        Politeness(tmp_path).turn(Call("other.example", "y", few, ("ONE_KEY",)), lambda: NOW),
    ):
        pass
    with Politeness(tmp_path).turn(Call(HOST, "x", few, ("OTHER_KEY",)), lambda: NOW):
        pass


# Damage -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"asked_at": "soon"}', b"\xff\x00"])
def test_a_damaged_account_is_told_and_begins_again_with_a_pause(
    tmp_path: Path, body: bytes, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / f"{HOST}.json").write_bytes(body)
    clock, slept = [1000.0], list[float]()
    monkeypatch.setattr(politeness.time, "time", lambda: clock[0] + sum(slept))
    monkeypatch.setattr(politeness.time, "sleep", slept.append)
    ask(tmp_path, pause_seconds=2.0)
    assert slept == [2.0]
    assert f"{HOST}.json: expected an account of requests, found a damaged one; it begins again" in caplog.text
    assert json.loads((tmp_path / f"{HOST}.json").read_bytes())["asked_at"] > 0


def test_a_damaged_day_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    (tmp_path / "quota").mkdir()
    (tmp_path / "quota" / f"{HOST}.json").write_text('{"day": "2026-07-05", "used": -4}')
    with counting() as address:
        assert fetch(tmp_path, address, requests_per_day=2).why is None
    assert "found a damaged one" in caplog.text


def test_without_an_account_nobody_is_asked(tmp_path: Path):
    (tmp_path / "hosts").write_text("a file in its place")
    with counting() as address:
        found = fetch(tmp_path / "hosts", address)
        assert Counting.count == 0
    assert "expected to keep account of requests in" in str(found.why)
    assert "waters.example was not asked" in str(found.why)


def test_a_host_of_any_name_has_its_file_in_the_folder(tmp_path: Path):
    with Politeness(tmp_path / "hosts").turn(Call("../a/b", "x", agency()), lambda: NOW):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["hosts"]
