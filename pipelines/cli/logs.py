"""The files of `logs/` in the home: of bounded size, so many of a kind; and what a command says, as lines of JSON."""

import contextlib
import datetime as dt
import json
import logging
import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from pipelines.cli import show
from pipelines.context import ZONE

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class LogLimits:
    """How much is kept of what processes say."""

    file_bytes: int = 10 << 20
    older: int = 5
    """Files beside the newest one: `daemon.log.1` is the newest of them."""
    nights: int = 30
    """Logs of nights of the demo."""


LIMITS = LogLimits()


def rotate(log: Path, limits: LogLimits = LIMITS) -> bool:
    """Begin a log anew that has become too large; what it said stays in the files beside it.

    The process that writes goes on with the same file, so the file is copied and then emptied. What is written in
    between, in some microseconds, is lost; the last words of a process that has ended are not: nobody writes any more.

    Args:
        log: opened for appending by whoever writes.
        limits: how large, and how many.

    Returns:
        Whether it was begun anew.
    """
    try:
        if log.stat().st_size <= limits.file_bytes:
            return False
    except FileNotFoundError:
        return False
    for i in range(limits.older, 1, -1):
        with contextlib.suppress(FileNotFoundError):
            _numbered(log, i - 1).replace(_numbered(log, i))
    with log.open("rb+") as full:
        with _numbered(log, 1).open("wb") as older:
            shutil.copyfileobj(full, older, 1 << 20)
        os.ftruncate(full.fileno(), 0)
    return True


def prune(folder: Path, pattern: str, keep: int = LIMITS.nights) -> None:
    """Remove all files of a kind but the newest by name."""
    for path in sorted(folder.glob(pattern))[:-keep]:
        path.unlink(missing_ok=True)


def tail(log: Path, lines: int = 5) -> str:
    """Return the last lines of a log without its colours, also where it was begun anew just now."""
    found = list[str]()
    for path in (log, _numbered(log, 1)):
        if len(found) < lines and path.exists():
            text = _COLOUR.sub("", path.read_text(encoding="utf-8", errors="replace"))
            found = text.splitlines()[-(lines - len(found)) :] + found
    return " / ".join(found)


def _numbered(log: Path, i: int) -> Path:
    return log.with_name(f"{log.name}.{i}")


class JsonLines(logging.Formatter):
    """A line of JSON for each record: `at`, `level`, `logger`, `message`, and `exception` where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        said = {
            "at": dt.datetime.fromtimestamp(record.created, ZONE).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            said["exception"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False)


def as_json_lines() -> None:
    """Let this process write what it says on standard error as lines of JSON, without colours."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    show.notes_to(logging.getLogger("minsheng"))
