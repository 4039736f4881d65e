"""Processes beside the demo: they end with it, all that they started too, and say why they did not come up."""

import os
import sys
import time
from pathlib import Path

import httpx
import pytest

from catalog.errors import MinshengError
from pipelines.cli import processes

FAMILY = """
import os, sys, time
if os.fork() == 0:
    time.sleep(600)
print(os.getpgid(0), flush=True)
time.sleep(600)
"""


def alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_process_ends_with_all_that_it_started(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "family.log"
    with processes.started("family", [sys.executable, "-c", FAMILY], log, os.environ):
        until = time.monotonic() + 30
        while not log.read_text().strip() and time.monotonic() < until:
            time.sleep(0.05)
        group = int(log.read_text())
        assert alive(group)
    until = time.monotonic() + 30
    while alive(group) and time.monotonic() < until:  # a grandchild is reaped by the system
        time.sleep(0.05)
    assert not alive(group)


def test_what_does_not_come_up_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    log = tmp_path / "broken.log"
    command = [sys.executable, "-c", "print('no room'); raise SystemExit(1)"]
    address = f"http://127.0.0.1:{processes.free_port()}"
    with processes.started("broken", command, log, os.environ) as running:
        running.process.wait(30)
        with pytest.raises(MinshengError, match=f"{address} does not answer; .*broken.log ends with: no room"):
            processes.wait_for(address, running)


def test_the_sandbox_comes_up_with_an_address(tmp_path: Path) -> None:
    datasets = Path(__file__).parents[3] / "datasets"
    with processes.sandbox(datasets, tmp_path, "2026-11-21T01:30:00+08:00") as address:
        now = httpx.get(f"{address}/sandbox/clock", trust_env=False).json()
        assert "2026-11-21T01:30:00+08:00" in now.values()


def test_a_sandbox_that_has_nothing_to_simulate_says_so(tmp_path: Path) -> None:
    (tmp_path / "datasets").mkdir()
    found = processes.sandbox(tmp_path / "datasets", tmp_path, "2026-11-21T01:30:00+08:00")
    with pytest.raises(
        MinshengError, match=r"the sandbox did not start; .*sandbox.log ends with: sandbox: .*sandbox.yaml"
    ):
        found.__enter__()
