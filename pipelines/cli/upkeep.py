"""Keep programs up on one home: one that ends is started again, and nobody else does the same there."""

import contextlib
import fcntl
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from catalog.errors import MinshengError
from pipelines.cli import processes
from pipelines.cli.logs import rotate, tail
from pipelines.cli.processes import Started
from pipelines.cli.show import note

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
_SOUND_SECONDS = 60.0
"""Who ran so long has recovered: the next pause is the first one again."""
_OURS = ("dagster", "pipelines.shell", "sandbox")
"""In the command line of what `up` starts."""


@dataclass
class KeptUp:
    """A program that is to run."""

    name: str
    command: Sequence[str]
    log: Path
    running: Started | None = None
    began: float = 0.0
    pause: float = _FIRST_PAUSE
    again_at: float = 0.0
    _stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def start(self, environ: Mapping[str, str]) -> Started:
        """Start it; the context of `kept_up` ends it."""
        self.running = self._stack.enter_context(processes.started(self.name, list(self.command), self.log, environ))
        self.began = time.monotonic()
        return self.running

    def look(self, environ: Mapping[str, str]) -> None:
        """Start it again if it has ended: at once, and ever later if it does not stay up."""
        now = time.monotonic()
        rotate(self.log)
        if self.running is not None:
            code = self.running.process.poll()
            if code is None:
                return
            self.pause = _FIRST_PAUSE if now - self.began > _SOUND_SECONDS else min(self.pause * 2, _LONGEST_PAUSE)
            self.again_at = now + self.pause
            said = tail(self.log)
            note(f"the {self.name} ended with code {code}; it is started again in {self.pause:.0f} s. {self.log} ends "
                 f"with: {said}")  # fmt: skip
            self.end()
        elif now >= self.again_at:
            self.start(environ)

    def end(self) -> None:
        """End it, and all that it started."""
        self._stack.close()
        self.running = None


@contextlib.contextmanager
def kept_up(programs: Sequence[KeptUp], environ: Mapping[str, str], home: Path) -> Iterator[Callable[[], None]]:
    """Start programs, and end them with the context.

    Args:
        programs: what is to run.
        environ: their environment.
        home: where their process groups are noted, for whoever comes after a kill.

    Yields:
        A function that looks after them; call it every second or so.
    """
    try:
        for program in programs:
            program.start(environ)
        _note_groups(home, programs)

        def look() -> None:
            before = [program.running for program in programs]
            for program in programs:
                program.look(environ)
            if before != [program.running for program in programs]:
                _note_groups(home, programs)

        yield look
    finally:
        for program in programs:
            program.end()
        _note_groups(home, programs)


@contextlib.contextmanager
def alone(home: Path) -> Iterator[None]:
    """Hold the home, so that no second demo or `up` works in it; what a killed one left running is ended first.

    Raises:
        MinshengError: another process holds it; says which.
    """
    home.mkdir(parents=True, exist_ok=True)
    path = home / "up.lock"
    with path.open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = path.read_text(encoding="utf-8").strip() or "?"
            raise MinshengError(
                f"process {holder} runs `minsheng up` or `demo` in {home}: end it first (Ctrl-C there, or kill "
                f"{holder}), or use another MINSHENG_HOME"
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        for group in _read(home).get("groups", []):
            _end_orphan(group)
        yield
        lock.truncate(0)


def port_of(home: Path, name: str) -> int:
    """Return the port that a program of this home had before, if it is free; else a free one, which is noted.

    So bookmarks and links in messages go on working.
    """
    state = _read(home)
    ports = state.setdefault("ports", {})
    if not isinstance(ports.get(name), int) or not _is_free(ports[name]):
        ports[name] = processes.free_port()
        _write(home, state)
    port: int = ports[name]
    return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True


def _note_groups(home: Path, programs: Sequence[KeptUp]) -> None:
    groups = [program.running.process.pid for program in programs if program.running]
    _write(home, _read(home) | {"groups": groups})


def _end_orphan(group: object) -> None:
    """End a process group that a killed `up` left; numbers of processes are used again, so look what it is."""
    if not isinstance(group, int):
        return
    words = ""
    with contextlib.suppress(OSError):  # it is gone, or this system has no such files
        words = Path(f"/proc/{group}/cmdline").read_bytes().decode(errors="replace")
    if sys.prefix in words and any(each in words for each in _OURS):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGTERM)


def _read(home: Path) -> dict[str, Any]:
    with contextlib.suppress(OSError, ValueError):
        found = json.loads((home / "up.json").read_text(encoding="utf-8"))
        if isinstance(found, dict):
            return found
    return {}


def _write(home: Path, state: Mapping[str, object]) -> None:
    (home / "up.json").write_text(json.dumps(state), encoding="utf-8")
