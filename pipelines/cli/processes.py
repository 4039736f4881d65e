"""Processes that the demo starts beside itself, and ends with itself."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from catalog.errors import MinshengError
from pipelines.cli.logs import tail

_STOP_SECONDS = 20.0
_START_SECONDS = 90.0
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Started:
    """A process, and where its output goes."""

    process: subprocess.Popen[str]
    log: Path


@contextlib.contextmanager
def started(name: str, command: list[str], log: Path, environ: Mapping[str, str]) -> Iterator[Started]:
    """Run a process as long as the context is open; its whole group is ended with it."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as file:
        process = subprocess.Popen(  # noqa: S603  our own programs
            command,
            stdout=file,
            stderr=subprocess.STDOUT,
            text=True,
            env=dict(environ),
            start_new_session=True,
        )
    try:
        yield Started(process, log)
    finally:
        stop(process)


def stop(process: subprocess.Popen[str]) -> None:
    """End a process and all that it started."""
    for kind in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, kind)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_SECONDS)
            break
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


@contextlib.contextmanager
def sandbox(datasets: Path, home: Path, now: str) -> Iterator[str]:
    """Run the sandbox agencies and give their address; their time is kept in the home."""
    state = home / "sandbox.json"
    command = [sys.executable, "-m", "sandbox", "--datasets", str(datasets), "--state", str(state), "--now", now]
    log = home / "logs" / "sandbox.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("", encoding="utf-8")
    with started("sandbox", command, log, os.environ) as running:
        yield json.loads(_says_where(running))["url"]


def wait_for(address: str, running: Started) -> None:
    """Wait until an address answers.

    Raises:
        MinshengError: it does not; with the last lines of its log.
    """
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and running.process.poll() is None:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(address, timeout=2, trust_env=False).status_code < 500:
                return
        time.sleep(0.3)
    raise MinshengError(f"{address} does not answer; {running.log} ends with: {tail(running.log)}")


def free_port() -> int:
    """Return a port of loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _says_where(running: Started) -> str:
    """Return the line of JSON with which the sandbox begins; what stands before it are warnings."""
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        ended = running.process.poll() is not None  # looked at before its log is: it may end with that line
        *whole, _ = running.log.read_text(encoding="utf-8").split("\n")
        found = next((line for line in whole if line.startswith("{")), None)
        if found:
            return found
        if ended:
            break
        time.sleep(0.05)
    raise MinshengError(f"the sandbox did not start; {running.log} ends with: {tail(running.log)}")
