"""A home for thirty nights: agencies and store as processes of their own, our commands as processes, their kills."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import thirty_agencies
from thirty_agencies import FIRST, SECRETS
from thirty_disk import Disk, small_disk
from thirty_workshop import Workshop, workshop

from catalog.store.embedded import Embedded, embedded
from pipelines.cli import processes
from pipelines.settings import ROOT

_PATIENCE = 120.0
"""Seconds until something must have happened that a kill waits for."""
MINSHENG = [sys.executable, "-c", "from pipelines.cli.main import entry; entry()"]


@dataclass
class Agencies:
    """The sandbox as a process, on the same port after each start."""

    root: Path
    port: int = field(default_factory=processes.free_port)
    process: subprocess.Popen[str] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        said = {"--datasets": self.root / "datasets", "--state": self.root / "sandbox.json", "--port": self.port,
                "--now": FIRST.isoformat()}  # fmt: skip
        command = [sys.executable, "-m", "sandbox", *(str(word) for pair in said.items() for word in pair)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        assert json.loads(self.process.stdout.readline())["url"] == self.address

    @contextlib.contextmanager
    def up(self) -> Iterator[None]:
        self.start()
        try:
            yield
        finally:
            self.kill()

    def kill(self) -> None:
        assert self.process
        assert self.process.stdout
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def put(self, what: str, said: Mapping[str, Any]) -> None:
        """Set the clock or the faults."""
        httpx.put(f"{self.address}/sandbox/{what}", json=said, trust_env=False).raise_for_status()


@dataclass
class Home:
    """One installation with the embedded store."""

    root: Path
    agencies: Agencies
    server: Embedded
    workshop: Workshop
    disk: Disk | None
    """Where the store's data lie; None where the machine gives no disk of its own."""

    @property
    def within(self) -> list[str]:
        """What each command line begins with."""
        return self.disk.within if self.disk else []

    @property
    def served(self) -> str:
        """Where strangers read."""
        return f"{self.server.endpoint}/{self.server.public_bucket}"

    @property
    def environ(self) -> dict[str, str]:
        """Of all that runs here."""
        return environ(self.root, self.agencies)

    def do(self, *words: str, codes: tuple[int, ...] = (0,)) -> str:
        """Run a command of ours to its end."""
        code, said = self.workshop.begin(words).wait(), self.said
        assert code in codes, f"minsheng {' '.join(words)}: {code}: {said}"
        return self.workshop.said

    @property
    def said(self) -> str:
        """All that the last command said: no secret, and nothing for programmers."""
        said = self.workshop.said + self.workshop.complained
        self.hears(said)
        assert "Traceback" not in said, said
        return said

    def tell(self, *words: str, codes: tuple[int, ...] = (0,)) -> Any:
        """What a command says as JSON."""
        return json.loads(self.do(*words, "--json", codes=codes))

    def hears(self, said: str) -> None:
        """No secret is said."""
        assert not [secret for secret in SECRETS.values() if secret in said], said

    def killed(self, when: Callable[[], bool]) -> None:
        """Begin a run, and kill it when something is seen."""
        run = self.workshop.begin(["run"])
        wait_until(when, lambda: run.goes_on, "the run")
        run.kill()
        assert run.wait() == -signal.SIGKILL

    def loses_its_store(self, when: Callable[[], bool]) -> None:
        """Begin a run, and kill the store when something is seen; the run ends by itself, and says it in words."""
        run = self.workshop.begin(["run"])
        wait_until(when, lambda: run.goes_on, "the run")
        self.kill_store()
        assert run.wait() == 1, self.said
        assert self.said

    def kill_store(self) -> None:
        """Kill the S3 server; the next command starts it again."""
        os.kill(int((self.root / "home" / "store" / "weed.pid").read_text()), signal.SIGKILL)

    def is_kept(self, key: str) -> bool:
        """Whether an object is in the private store."""
        return self.server.open_private().head(key) is not None

    def is_public(self, key: str) -> bool:
        """Whether an object is in the public store."""
        return self.server.open_public().head(key) is not None


def wait_until(when: Callable[[], bool], goes_on: Callable[[], bool], what: str) -> None:
    """Wait for something that a process does; it is an error if that ends before."""
    until = time.monotonic() + _PATIENCE
    while not when():
        assert goes_on(), f"{what} ended before it could be killed"
        assert time.monotonic() < until, f"{what} did not come so far"
        time.sleep(0.01)


def environ(root: Path, agencies: Agencies) -> dict[str, str]:
    """The environment of all that runs in a home."""
    own = {"MINSHENG_HOME": str(root / "home"), "MINSHENG_DATASETS": str(root / "datasets"),
           "MINSHENG_SOURCES": "sandbox", "MINSHENG_SANDBOX": agencies.address, "PYTHONPATH": str(ROOT),
           "DAGSTER_HOME": str(root / "dagster")}  # fmt: skip
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("MINSHENG_", "DAGSTER_"))}
    return kept | SECRETS | own


@contextlib.contextmanager
def home(root: Path) -> Iterator[Home]:
    """Set everything up, and end it."""
    thirty_agencies.write(root / "datasets")
    agencies = Agencies(root)
    with small_disk(root / "home" / "store" / "data") as disk, agencies.up():
        within, variables = disk.within if disk else [], environ(root, agencies)
        with (
            workshop(root, within, variables) as made,
            serving([*within, *MINSHENG], variables),
            embedded(root / "home") as server,
        ):
            yield Home(root, agencies, server, made, disk)


@contextlib.contextmanager
def serving(minsheng: list[str], variables: Mapping[str, str]) -> Iterator[None]:
    """`minsheng serve` begins the store where its disk is seen; whoever joins it later finds it there."""
    words = [*minsheng, "serve", "--port", "0"]
    with subprocess.Popen(words, env=dict(variables), stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            assert "http://" in process.stdout.readline()
            yield
        finally:
            process.terminate()


def at(night: int, hours: int = 0) -> datetime:
    """The time of a night, counted from 1, or some hours later."""
    return FIRST + timedelta(days=night - 1, hours=hours)
