"""What the commands print: tables and sentences for people, or one JSON value."""

import json
import logging
import shutil
import sys
import unicodedata
from collections.abc import Sequence
from typing import Any

from pipelines.cli import terminal

_NARROWEST = 24


def say(text: str = "") -> None:
    """Print a line to standard output."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


_LOGGERS: list[logging.Logger] = []
"""Where notes go, if not to standard error as they are."""


def notes_to(logger: logging.Logger | None) -> None:
    """Let notes go to a logger; None: to standard error, as they are."""
    _LOGGERS[:] = [logger] if logger else []


def note(text: str) -> None:
    """Print a line to standard error: progress and complaints, never data."""
    if _LOGGERS:
        _LOGGERS[0].info("%s", text)
        return
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def say_json(value: Any) -> None:
    """Print one JSON value and nothing else."""
    say(json.dumps(value, ensure_ascii=False, indent=2, default=_text))


def _text(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def say_table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print a table: in colour and within the width where a person reads it, else as `table` returns it."""
    if not terminal.is_terminal(sys.stdout):
        say(table(head, rows))
        return
    numbers = [all(row[i] is None or isinstance(row[i], int) for row in rows) for i in range(len(head))]
    terminal.print_table(head, [[_cell(value) for value in row] for row in rows], numbers)


def table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return an aligned table of plain text; the last column wraps to the width of the terminal."""
    cells = [[_cell(value) for value in row] for row in [head, *rows]]
    widths = [max(_width(row[i]) for row in cells) for i in range(len(head))]
    room = max(shutil.get_terminal_size((120, 24)).columns - sum(widths[:-1]) - 2 * len(widths), _NARROWEST)
    lines = []
    for row in cells:
        start = "  ".join(_pad(cell, width) for cell, width in zip(row[:-1], widths[:-1], strict=True))
        wrapped = _wrap(row[-1], room)
        lines.append(f"{start}  {wrapped[0]}".rstrip())
        lines += [f"{' ' * (sum(widths[:-1]) + 2 * (len(widths) - 1))}{more}" for more in wrapped[1:]]
    rule = "  ".join("-" * min(width, room if i == len(widths) - 1 else width) for i, width in enumerate(widths))
    return "\n".join([lines[0], rule, *lines[1:]])


def changes(counts: dict[str, int] | None) -> str:
    """Return row changes as `+133 ~4 -1`, or nothing."""
    from catalog.release.changes import Counts  # here: it brings pyarrow, which help does not need

    return Counts(**counts).signed if counts else ""


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
    # A value from an agency may hold control characters that would move a terminal's cursor.
    return "".join(mark if mark.isprintable() else " " for mark in text)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(mark) in "WF" else 1 for mark in text)


def _pad(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _wrap(text: str, width: int) -> list[str]:
    lines, line = [], ""
    for word in text.split(" "):
        if line and _width(line) + 1 + _width(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line]
