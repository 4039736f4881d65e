"""XLS workbooks (BIFF in a compound file, [MS-XLS]) -> records of text, by xlrd in a process of its own."""

import datetime as dt
import itertools
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa

from catalog.errors import SourceError
from pipelines.decode.parts import sheets
from pipelines.decode.parts.limits import LIMITS
from pipelines.decode.parts.sheets import COMPOUND_FILE, Reading

__all__ = ["Reading", "decode"]

_PROGRAM = Path(__file__).parent / "parts" / "xlrd_process.py"
_MEMORY_BYTES, _MEMORY_PER_BYTE = 256 * 1024 * 1024, 8
"""What the process may use: the largest sheet of empty cells takes 180 MB, packed numbers take 8 times their bytes."""
_SECONDS, _BYTES_PER_SECOND = 30, 100_000
"""How long it may keep a processor: the largest sheet of empty cells takes 5 s, others 1 s for each 6,000,000 bytes."""


def decode(body: bytes, reading: Reading) -> pa.Table:
    """Return the records of a sheet; what `sheets.decode` says holds.

    Raises:
        SourceError: no .xls workbook, one that claims more than the limits, or what `sheets.decode` says.
    """
    if not body.startswith(COMPOUND_FILE):
        raise SourceError(f"expected an .xls workbook, found a body that begins {body[:60]!r}")
    lines = map(_line, _output(body).splitlines())
    names = next(lines)
    rows: dict[str, list[list[Any]]] = {}
    for name in names:
        count, width = next(lines)
        rows.setdefault(name, [row + [""] * (width - len(row)) for row in itertools.islice(lines, count)])
    return sheets.table(names, rows.__getitem__, reading)


def _output(body: bytes) -> bytes:
    """What the program writes; its first lines say in which form."""
    seconds = _SECONDS + len(body) // _BYTES_PER_SECOND
    memory = _MEMORY_BYTES + _MEMORY_PER_BYTE * len(body)
    bounds = (memory, seconds, LIMITS.sheets, LIMITS.cells, LIMITS.unpacked_bytes)
    command = [sys.executable, "-I", str(_PROGRAM), *map(str, bounds)]
    done = subprocess.run(command, input=body, capture_output=True, check=False)  # noqa: S603  our own program
    if done.returncode < 0:  # the system stopped it
        raise SourceError(
            f"expected an .xls workbook that is read within {seconds:,} s and {memory:,} bytes, found none"
        )
    if done.returncode:
        raise RuntimeError(f"{_PROGRAM.name} ended with {done.returncode}: {done.stderr.decode(errors='replace')}")
    return done.stdout


def _line(line: bytes) -> list[Any]:
    value = json.loads(line)
    if isinstance(value, dict):
        raise SourceError(value["refused"])
    return [dt.timedelta(seconds=cell[0]) if isinstance(cell, list) else cell for cell in value]
