"""Nights through Dagster: its daemon as a process, runs launched into its queue, and their kills."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg
from thirty_home import Home, wait_until

from pipelines.cli import processes
from pipelines.settings import ROOT

_PATIENCE = 240.0
"""Seconds until a run must have ended."""


@dataclass
class Daemon:
    """Dagster's daemon of a home; it also serves the code to which runs are launched."""

    home: Home
    instance: dg.DagsterInstance
    temporary: str
    process: subprocess.Popen[bytes] | None = None
    _killed: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> None:
        log = self.home.root / "daemon.log"
        with log.open("ab") as file:
            self.process = subprocess.Popen(
                [*self.home.within, str(processes.BIN / "dagster-daemon"), "run", "-w", str(ROOT / "workspace.yaml")],
                env=self._environ, cwd=ROOT, stdout=file, stderr=file, start_new_session=True,
            )  # fmt: skip

    def kill(self) -> None:
        """The daemon alone; what it started goes on, or not."""
        assert self.process
        self.process.kill()
        self.process.wait()
        self._killed.append(self.process)
        self.process = None

    def end(self) -> None:
        """End it, and all that any of them started."""
        for process in [*self._killed, *([self.process] if self.process else [])]:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def launch(self) -> str:
        """Put the nightly job into the queue; returns the id of the run."""
        identity = str(uuid.uuid4())
        words = ["job", "launch", "-w", str(ROOT / "workspace.yaml"), "-j", "nightly", "--run-id", identity]
        done = subprocess.run(
            [*self.home.within, str(processes.BIN / "dagster"), *words],
            env=self._environ, cwd=ROOT, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return identity

    def ended(self, run: str) -> str:
        """Wait until a run has ended; returns its status."""
        until = time.monotonic() + _PATIENCE
        while not (found := self.instance.get_run_by_id(run)) or not found.is_finished:
            assert time.monotonic() < until, f"the run did not end: {found}"
            time.sleep(0.2)
        return found.status.value

    def kill_worker(self, run: str) -> None:
        """Kill the process of a run."""
        said = "".join(event.message for event in self.instance.all_logs(run))
        found = re.search(r"\(pid: (\d+)\)", said)
        assert found, said
        os.kill(int(found[1]), signal.SIGKILL)

    def reaches(self, run: str, when: Callable[[], bool]) -> None:
        """Wait until a run has come so far."""

        def goes_on() -> bool:
            found = self.instance.get_run_by_id(run)
            return not found or not found.is_finished

        wait_until(when, goes_on, f"run {run}")

    @property
    def _environ(self) -> dict[str, str]:
        return self.home.environ | {"TMPDIR": self.temporary}


@contextlib.contextmanager
def daemon(home: Home) -> Iterator[Daemon]:
    """Start Dagster's daemon; DAGSTER_HOME is that of the home here too.

    Its folder for temporary files is its own, and short, for its sockets.
    """
    folder = Path(home.environ["DAGSTER_HOME"])
    folder.mkdir(exist_ok=True)
    shutil.copyfile(ROOT / "dagster.yaml", folder / "dagster.yaml")
    with tempfile.TemporaryDirectory(prefix="minsheng-") as own, dg.DagsterInstance.get() as found:
        made = Daemon(home, found, own)
        made.start()
        try:
            yield made
        finally:
            made.end()
            home.hears((home.root / "daemon.log").read_text(encoding="utf-8", errors="replace"))
