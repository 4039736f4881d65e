"""Time per row from CSV to typed columns: beside plain reading by pandas, beside another version, and in a longer file.

    python -m benchmarks.csv_path [--pairs N] [--rows N] [--before CHECKOUT]

Each measurement is a fresh process; the sides take turns. What is compared is the processor's time per row, because the
clock's depends on who else uses the machine.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from benchmarks import rows
from benchmarks.machine import about

HOURS_A_ROW = 1 / rows.STATIONS
ROWS = 400_000
SHORT = 8
"""How many times shorter the other file is."""
_SIDE = Path(__file__).with_name("csv_side.py")
Sides = Mapping[str, tuple[str, str, Path]]
"""By its name: how it reads, which file, and the checkout that it is of."""


def measure(folder: Path, side: tuple[str, str, Path]) -> float:
    """Return the processor's microseconds per row of one process."""
    how, file, checkout = side
    asked = [sys.executable, str(_SIDE), how, str(folder / file), str(folder / "datasets"), rows.SLUG]
    done = subprocess.run(
        asked, env=os.environ | {"PYTHONPATH": str(checkout)}, check=True, capture_output=True, text=True
    )
    said = json.loads(done.stdout)
    return float(said["processor"] / said["rows"] * 1e6)


def prepare(folder: Path, count: int) -> None:
    """Write the file, one that is shorter, and the declaration."""
    table = rows.table("2025-01-01T00", int(count * HOURS_A_ROW) + 1, count)
    (folder / "rows.csv").write_bytes(rows.csv(table))
    (folder / "short.csv").write_bytes(rows.csv(table.slice(0, count // SHORT)))
    rows.declare(folder / "datasets")


def table(taken: Mapping[str, list[float]]) -> str:
    """Return medians, spread and ratios to ours as lines of text."""
    lines = []
    for name, values in taken.items():
        spread = f"({min(values):.2f} to {max(values):.2f})"
        lines.append(f"  {name:34}{statistics.median(values):8.2f} µs a row {spread}")
    for name, values in taken.items():
        if name != "ours":
            ratios = [mine / other for mine, other in zip(taken["ours"], values, strict=True)]
            lines.append(f"  {'ours / ' + name:34}{statistics.median(ratios):8.2f}")
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="benchmarks.csv_path", description=__doc__)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--before", type=Path, help="the folder of a checkout of another version")
    args = parser.parse_args(argv)
    here = Path(__file__).parents[1]
    sides: dict[str, tuple[str, str, Path]] = {
        "ours": ("ours", "rows.csv", here),
        "ours, a file 8 times shorter": ("ours", "short.csv", here),
        "pandas.read_csv": ("pandas", "rows.csv", here),
    }
    if args.before:
        sides["the version before"] = ("ours", "rows.csv", args.before)
    taken: dict[str, list[float]] = {name: [] for name in sides}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, args.rows)
        print(f"From CSV to typed columns: {args.rows:,} rows of 24 columns, the processor's time", flush=True)
        print(about(), flush=True)
        for _ in range(args.pairs):
            for each, side in sides.items():
                taken[each].append(measure(folder, side))
    print(table(taken))
    return 0


if __name__ == "__main__":
    sys.exit(main())
