"""Commands as a person, a program or a terminal gets them."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipelines.cli.main import main

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = Path(sys.executable).parent / "minsheng"
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-9][0-9;]*m|\x1b\[9[0-9]m")


class Console:
    """What commands print, in this process, where nothing is a terminal."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def run(self, *command: str) -> tuple[int, str, str]:
        """Exit code, standard output, standard error."""
        code = main(command)
        return (code, *self.capsys.readouterr())

    def out(self, *command: str) -> str:
        code, out, err = self.run(*command)
        assert (code, err) == (0, "")
        return out

    def json(self, *command: str) -> Any:
        return json.loads(self.out(*command, "--json"))

    def fault(self, *command: str, code: int = 1) -> str:
        """The complaint: one line."""
        found, out, err = self.run(*command)
        assert (found, out) == (code, "")
        assert err.count("\n") == 1
        return err


def cells(table: str) -> dict[str, str]:
    """A table of two columns as it is printed."""
    return dict(re.split(r"  +", line, maxsplit=1) for line in table.splitlines() if re.match(r"\S.*?  +\S", line))


def piped(*command: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the program as a script does."""
    return subprocess.run(
        [str(PROGRAM), *command], env=os.environ | environ, capture_output=True, text=True, timeout=120, check=False
    )


def at_terminal(*command: str, piped_output: bool = False, **environ: str) -> tuple[int, str, str]:
    """Run the program at a terminal of 100 columns.

    Args:
        command: its words.
        piped_output: whether standard output goes elsewhere.
        environ: more variables.

    Returns:
        The exit code; all that the terminal got, control characters and all; what went elsewhere.
    """
    settings = {"TERM": "xterm-256color", "COLUMNS": "100", "LINES": "30"}
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [str(PROGRAM), *command], env=os.environ | settings | environ, stdin=theirs, stderr=theirs,
        stdout=subprocess.PIPE if piped_output else theirs,
    ) as process:  # fmt: skip
        os.close(theirs)
        shown = b""
        while part := _read(ours):
            shown += part
        elsewhere = process.stdout.read().decode() if process.stdout else ""
        code = process.wait(120)
    os.close(ours)
    return code, shown.decode(), elsewhere


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says so that the other side is closed
        return b""


def lines(shown: str) -> list[str]:
    """The lines that stay on the terminal, of what was written, erased and written again."""
    rows, row = [""], 0
    for control, text in re.findall(r"\x1b\[([0-9;?]*[A-Za-z])|([^\x1b]+)", shown):
        if control == "1A":
            row -= 1
        elif control == "2K":
            rows[row] = ""
        for part in re.findall(r"\n|[^\r\n]+", text):
            if part == "\n":
                row += 1
                rows += [""] * (row == len(rows))
            else:
                rows[row] += part
    return [text.rstrip() for text in rows if text.strip()]
