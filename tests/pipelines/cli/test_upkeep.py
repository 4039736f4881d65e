"""Programs are kept up, one home has one keeper, and what a killed one left is ended."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from catalog.errors import MinshengError
from pipelines.cli import upkeep
from pipelines.cli.upkeep import KeptUp, alone, kept_up, port_of

SLEEP = "import sys, time; print('up', flush=True); time.sleep(300)"


def until(true: Callable[[], bool], look: Callable[[], None] = lambda: None) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        look()
        time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/status")
    return not status.exists() or "\nState:\tZ" not in status.read_text()


def test_what_ends_is_started_again_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(upkeep, "_FIRST_PAUSE", 0.01)
    programs = [KeptUp(name, [sys.executable, "-c", SLEEP], tmp_path / f"{name}.log") for name in ("web", "daemon")]
    with kept_up(programs, os.environ, tmp_path) as look:
        until(lambda: "up" in programs[0].log.read_text())
        web, daemon = (program.running.process.pid for program in programs if program.running)
        os.kill(web, signal.SIGKILL)
        until(lambda: bool(programs[0].running and programs[0].running.process.pid != web), look)
        assert programs[1].running
        assert programs[1].running.process.pid == daemon, "the other one goes on"
        noted = json.loads((tmp_path / "up.json").read_text())["groups"]
        assert noted == [each.running.process.pid for each in programs if each.running]
    assert "the web ended with code -9; it is started again in" in capsys.readouterr().err
    assert not any(map(alive, noted))
    assert json.loads((tmp_path / "up.json").read_text())["groups"] == []


def test_what_does_not_stay_up_is_started_ever_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "_LONGEST_PAUSE", 0.2)
    program = KeptUp("web", [sys.executable, "-c", "raise SystemExit('no port')"], tmp_path / "log", pause=0.04)
    pauses = []
    with kept_up([program], os.environ, tmp_path) as look:
        while len(pauses) < 4:
            until(lambda: program.running is None, look)
            pauses.append(program.pause)
            until(lambda: program.running is not None, look)
    assert pauses == [0.08, 0.16, 0.2, 0.2]


_HOLD = """
import sys, time
from pathlib import Path
from pipelines.cli.upkeep import alone
with alone(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(300)
"""


def test_one_home_has_one_keeper_and_a_killed_one_holds_nothing(tmp_path: Path) -> None:
    other = subprocess.Popen([sys.executable, "-c", _HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert other.stdout
    assert other.stdout.readline() == "held\n"
    with pytest.raises(MinshengError, match=f"process {other.pid} runs `minsheng up` or `demo` in"), alone(tmp_path):
        pass
    other.kill()
    other.wait()
    other.stdout.close()
    with alone(tmp_path):
        assert (tmp_path / "up.lock").read_text() == f"{os.getpid()}\n"
    assert (tmp_path / "up.lock").read_text() == ""


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="what a process is, is read from /proc")
def test_what_a_killed_keeper_left_is_ended_and_nothing_else(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SLEEP]
    ours = subprocess.Popen([*command, "dagster"], start_new_session=True, stdout=subprocess.DEVNULL)
    strange = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL)
    try:
        groups = [ours.pid, strange.pid, 2**22 + 1, "4"]
        (tmp_path / "up.json").write_text(json.dumps({"groups": groups}), encoding="utf-8")
        until(lambda: b"dagster" in Path(f"/proc/{ours.pid}/cmdline").read_bytes())
        with alone(tmp_path):
            until(lambda: ours.poll() is not None)
            assert strange.poll() is None
    finally:
        for process in (ours, strange):
            process.kill()
            process.wait()


def test_a_program_keeps_its_port_while_nobody_else_has_it(tmp_path: Path) -> None:
    port = port_of(tmp_path, "webserver")
    assert port_of(tmp_path, "webserver") == port
    assert port_of(tmp_path, "other") != port
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        moved = port_of(tmp_path, "webserver")
        assert moved != port
    assert port_of(tmp_path, "webserver") == moved


@pytest.mark.parametrize("broken", ["", "[]", '{"ports": {"webserver": "x"}}', '{"ports": {"webserver": 70000}}'])
def test_a_broken_note_is_written_anew(tmp_path: Path, broken: str) -> None:
    (tmp_path / "up.json").write_text(broken, encoding="utf-8")
    assert port_of(tmp_path, "webserver") == port_of(tmp_path, "webserver") < 65_536
