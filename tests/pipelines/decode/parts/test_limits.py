"""How wide a table may be, and that a wider one is refused before it costs anything."""

import subprocess
import sys

import pytest

from catalog.errors import SourceError
from pipelines.decode import csv
from pipelines.decode.parts import json_values
from pipelines.decode.parts.limits import LIMITS

MOST = LIMITS.columns
A_MILLION = 1_000_000
MOST_MEGABYTES = 600
"""More than the million names themselves take; a column for each of them took tens of times as much."""
MEASURE = """
import sys
from pathlib import Path
from catalog.errors import SourceError
from pipelines.decode import csv
from pipelines.decode.parts import json_values
count, kind = int(sys.argv[1]), sys.argv[2]
names = [f"c{i}" for i in range(count)]
if kind == "csv":
    body = (",".join(names) + "\\n" + ",".join(["0"] * count) + "\\n").encode()
else:
    body = ("[{" + ",".join(f'"{name}": "0"' for name in names) + "}]").encode()
try:
    csv.decode(body) if kind == "csv" else json_values.records(json_values.parse(body))
except SourceError as error:
    print(error)
# Of this program alone: ru_maxrss keeps what the process had before it became this program.
print(int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) // 1024)
"""


def csv_of(columns: int) -> bytes:
    return (",".join(f"c{i}" for i in range(columns)) + "\n" + ",".join(["0"] * columns) + "\n").encode()


def test_as_many_as_allowed_are_read():
    assert csv.decode(csv_of(MOST)).num_columns == MOST
    assert json_values.records([{f"c{i}": b"0" for i in range(MOST)}]).num_columns == MOST


def test_one_more_is_refused():
    with pytest.raises(SourceError, match="expected at most 4,096 columns, found 4,097"):
        csv.decode(csv_of(MOST + 1))
    with pytest.raises(SourceError, match="expected at most 4,096 columns, found 4,097"):
        json_values.records([{f"c{i}": b"0" for i in range(MOST)}, {"another": b"0"}])


@pytest.mark.parametrize(
    "head",
    [
        b'"' + b"a" * (2 << 20),  # one name that does not end
        b"a" * (2 << 20),
        b'"a\n",' * (1 << 19),  # a line break within each name
        b"\n" * (2 << 20),
    ],
)
def test_a_header_without_an_end_is_refused(head: bytes):
    words = "expected at most 4,096 columns, found|found in line 1: a quote that begins a cell, and none that ends it"
    with pytest.raises(SourceError, match=words):
        csv.decode(head + b"x\n1\n")


def test_a_long_file_with_a_short_header_is_read():
    assert csv.decode(b'\xef\xbb\xbf"a,b",c\r\n' + b"1,2\r\n" * (1 << 18)).num_rows == 1 << 18


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_a_million_columns_are_refused_in_bounded_memory(kind: str):
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(A_MILLION), kind], capture_output=True, text=True, timeout=120, check=True
    )
    said, megabytes = done.stdout.splitlines()
    assert said.startswith("expected at most 4,096 columns, found")
    assert int(megabytes) < MOST_MEGABYTES
