"""Processes that write the same thing take turns, and one writes for all that wait: the lists of many runs."""

import contextlib
import fcntl
import json
import logging
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

_LOG = logging.getLogger(__name__)
_LOOK_SECONDS = 0.1
_WAIT_SECONDS = 600.0
"""No list takes longer. Who waited in vain writes without a turn: the last one makes all right again."""
_BYTES = 256
"""What is written of a turn, filled up with blanks: nobody reads half of it."""


class _Turn(NamedTuple):
    number: int
    """From 1, for each that wrote."""
    what: str
    ended: bool


_NOBODY = _Turn(0, "", ended=False)


@dataclass(frozen=True)
class Turns:
    """The turns of all processes that share a file. The system ends the turn of a process that is killed."""

    path: Path
    """Locked while it is someone's turn; tells of the newest turn."""
    wait_seconds: float = _WAIT_SECONDS
    pause: Callable[[float], None] = field(default=time.sleep, repr=False)

    def once(self, what: str, write: Callable[[], None]) -> None:
        """Write when nobody else does; or do not, if another began to write the same after this was called, and did.

        Args:
            what: a digest that tells what is written from anything else that takes turns here.
            write: writes the state at the time of its call. What it raises is raised here; others then write too.
        """
        with self._opened() as file:
            if file is None:
                write()
                return
            before = _read(file)
            if not self._locked(file):
                write()
                return
            newest = _read(file) or _NOBODY
            if before and newest.number > before.number and newest.ended and newest.what == what:
                return
            mine = _Turn(newest.number + 1, what, ended=False)
            told = _keep(file, mine)
            write()
            if told:
                _keep(file, mine._replace(ended=True))

    @contextlib.contextmanager
    def _opened(self) -> Iterator[int | None]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            _LOG.warning("%s cannot be written: %s; no turns are taken", self.path, error.strerror)
            yield None
            return
        try:
            yield file
        finally:
            os.close(file)

    def _locked(self, file: int) -> bool:
        until = time.monotonic() + self.wait_seconds
        while time.monotonic() < until:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            self.pause(_LOOK_SECONDS)
        _LOG.warning("another process holds %s for %g s; this one goes on beside it", self.path, self.wait_seconds)
        return False


def _keep(file: int, turn: _Turn) -> bool:
    """Tell of a turn; return whether that was possible."""
    try:
        os.pwrite(file, json.dumps(turn).encode().ljust(_BYTES), 0)
    except OSError as error:
        _LOG.warning("a turn cannot be written down: %s; the next process does this work again", error.strerror)
        return False
    return True


def _read(file: int) -> _Turn | None:
    """Return the newest turn; None where none is told of, as far as can be read."""
    try:
        number, what, ended = json.loads(os.pread(file, _BYTES, 0))
        return _Turn(int(number), str(what), ended is True)
    except (ValueError, TypeError):
        return None
