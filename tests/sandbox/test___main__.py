"""The sandbox as a process, and its exit codes."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from simulated import CDC_PATH, DATASETS

from sandbox import Sandbox
from sandbox.__main__ import main


def test_a_process_answers_and_a_restart_keeps_the_time_that_was_set(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sandbox", "--datasets", str(DATASETS), "--state", str(tmp_path / "state.json")]
    command += ["--now", "2026-11-21T01:30:00+08:00"]
    for expected in ("2026-11-21T01:30:00+08:00", "2026-11-22T03:30:00+08:00"):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            startup_facts = json.loads(process.stdout.readline())
            assert (startup_facts["now"], startup_facts["synthetic"]) == (expected, True)
            assert httpx.get(startup_facts["url"] + CDC_PATH).status_code == 200
            httpx.put(startup_facts["url"] + "/sandbox/clock", json={"now": "2026-11-22T03:30:00+08:00"})
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"--now": "soon"}, "expected an ISO 8601 time"),
        ({"--datasets": "nowhere"}, "nowhere: expected folders with a sandbox.yaml, found none"),
    ],
)
def test_a_wrong_argument_is_exit_code_2_and_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    changed: dict[str, str],
    message: str,
) -> None:
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # this process keeps its own handlers
    options = {"--datasets": str(DATASETS), "--state": str(tmp_path / "state.json")} | changed
    assert main([word for option in options.items() for word in option]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("sandbox: ")
    assert message in err


def test_a_port_in_use_is_exit_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], running: Sandbox
) -> None:
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    port = httpx.URL(running.url).port
    arguments = ["--datasets", str(DATASETS), "--state", str(tmp_path / "state.json"), "--port", str(port)]
    assert main(arguments) == 2
    assert capsys.readouterr().err.startswith("sandbox: ")
