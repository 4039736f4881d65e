"""From a CSV file to a committed release on S3: our way and the obvious way, in pairs.

    python -m benchmarks.first_release [--pairs N] [--rows N] [--check]

Both are fresh processes that publish the same rows to the same S3 server. Ours keeps evidence, quarantine, changes,
quality, provenance and the commit besides; the obvious way has none of these.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from benchmarks import rows
from benchmarks.machine import about
from catalog.formats import parquet
from catalog.store.embedded import Embedded, embedded

HOURS = 8_824
ROWS = 750_000
"""85 stations for a year, about."""
RATIOS = {
    "times faster, whole process": "seconds",
    "times faster, work alone": "work_seconds",
    "times less processor, whole process": "processor_seconds",
    "times less processor, work alone": "work_processor_seconds",
}
LEAST_RATIO = 4.0
MOST_BYTES = 1_000_000_000


@dataclass(frozen=True)
class Took:
    """What one process took."""

    seconds: float
    """From its start to its end, imports and all."""
    processor_seconds: float
    """Of all its threads: what does not depend on who else uses the machine."""
    peak_bytes: int
    phases: dict[str, float]
    processor: dict[str, float]
    """Of them: seconds of the processor, by phase."""
    failed: list[list[Any]]
    """With the obvious way: expectation, column, rows that fail."""

    @property
    def work_seconds(self) -> float:
        """From the first line of work to its end, as far as both sides do it.

        Python's start and end, and the import of libraries, are not in it: they cost both sides the same, and a night
        pays them once, however many datasets it refreshes. Nor are the files for spreadsheets, which ours alone makes.
        """
        return _work(self.phases)

    @property
    def work_processor_seconds(self) -> float:
        """The processor's, of the same."""
        return _work(self.processor)


def _work(phases: dict[str, float]) -> float:
    return sum(seconds for name, seconds in phases.items() if name not in ("import", "spreadsheets"))


def child(module: str, *arguments: str, **settings: str) -> Took:
    """Run a module as a process and measure it."""
    begun = time.perf_counter()
    asked = [sys.executable, "-m", module, *arguments]
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(asked, stdout=out, stderr=errors, env=os.environ | settings)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        errors.seek(0)
        if process.returncode:
            raise SystemExit(f"{module} ended with {process.returncode}:\n{errors.read()[-3000:]}")
        said = json.loads(out.read())
    processor = usage.ru_utime + usage.ru_stime
    return Took(seconds, processor, said["peak_bytes"], said["phases"], said["processor"], said.get("failed", []))


def pair(server: Embedded, folder: Path, i: int) -> tuple[Took, Took]:
    """Publish once in our way and once in the obvious way, and see that both published the same."""
    here = {
        "AWS_ENDPOINT_URL": server.endpoint,
        "AWS_ACCESS_KEY_ID": server.access_key,
        "AWS_SECRET_ACCESS_KEY": server.secret_key,
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    ours = child(
        "benchmarks.ours",
        rows.SLUG,
        MINSHENG_HOME=str(folder / "home"),
        MINSHENG_STORE=f"s3://{server.public_bucket}/{i}",
        MINSHENG_EVIDENCE=f"s3://{server.private_bucket}/{i}",
        MINSHENG_DATASETS=str(folder / "datasets"),
        MINSHENG_SOURCES=f"replay:{folder}",
        **here,
    )
    files = folder / f"obvious-{i}"
    files.mkdir()
    obvious = child(
        "benchmarks.obvious", str(folder / "rows.csv"), server.private_bucket, f"obvious-{i}", str(files), **here
    )
    _compare(server, i, files, obvious)
    shutil.rmtree(files)
    return ours, obvious


def _compare(server: Embedded, i: int, files: Path, obvious: Took) -> None:
    """Raise unless both ways published the same rows, and found the same of each expectation."""
    store = server.open_public(f"{i}/datasets/{rows.SLUG}")
    document = json.loads(store.get("datapackage-1.json").body)
    of_data = [one["path"] for one in document["resources"] if one["path"].startswith("data/")]
    parts = [parquet.read(store.get(path).body) for path in of_data if path.endswith(".parquet")]
    ours = pa.concat_tables(parts).sort_by([(name, "ascending") for name in rows.KEY])
    theirs = parquet.read((files / "rows.parquet").read_bytes(), ours.schema)
    if not ours.equals(theirs):
        raise SystemExit("the two ways published different rows")
    quality = next(one["path"] for one in document["minsheng"]["facts"] if "quality" in one["path"])
    checks = json.loads(store.get(quality).body)["checks"]
    mine = sorted((_snake(one["expectation"]), one["column"] or "", one["failed"]) for one in checks if _asked(one))
    other = sorted((kind, column or "", failed) for kind, column, failed in obvious.failed)
    if mine != other:
        raise SystemExit(f"the two ways judged differently:\n{mine}\n{other}")


def _asked(check: dict[str, Any]) -> bool:
    """Whether both ways ask it: ours alone asks of each typed column whether every cell could be read."""
    return bool(check["id"].rsplit(".", 1)[-1] not in ("type", "date", "code"))


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).strip("_")


def table(ours: list[Took], obvious: list[Took]) -> str:
    """Return medians, spread and ratios as lines of text."""

    def line(name: str, of: Any, unit: str = "s", scale: float = 1) -> str:
        cells = []
        for side in (ours, obvious):
            values = sorted(of(one) / scale for one in side)
            middle, spread = statistics.median(values), f"({values[0]:.1f} to {values[-1]:.1f})"
            cells.append(f"{middle:8.2f} {unit:2} {spread:18}")
        return f"  {name:34}" + "".join(cells)

    def phases(side: list[Took]) -> list[str]:
        found = []
        for name in side[0].phases:
            clock, processor = (statistics.median(of[name] for of in each) for each in _by_phase(side))
            found.append(f"    {name:12}{clock:8.2f} s{processor:8.2f} s of the processor")
        return found

    lines = [f"  {'':34}{'ours':30}the obvious way"]
    lines.append(line("whole process", lambda one: one.seconds))
    lines.append(line("work alone", lambda one: one.work_seconds))
    lines.append(line("processor, whole process", lambda one: one.processor_seconds))
    lines.append(line("processor, work alone", lambda one: one.work_processor_seconds))
    lines.append(line("peak memory", lambda one: one.peak_bytes, "MB", 1e6))
    for name, of in RATIOS.items():
        lines.append(f"  {name:34}{ratio(ours, obvious, of):8.2f}")
    return "\n".join([*lines, "  ours, by phase:", *phases(ours), "  the obvious way, by phase:", *phases(obvious)])


def _by_phase(side: list[Took]) -> tuple[list[dict[str, float]], list[dict[str, float]]]:
    return [one.phases for one in side], [one.processor for one in side]


def ratio(ours: list[Took], obvious: list[Took], of: str) -> float:
    """Return how many times faster ours is: the median over the pairs."""
    return float(statistics.median(getattr(b, of) / getattr(a, of) for a, b in zip(ours, obvious, strict=True)))


def prepare(folder: Path, count: int) -> None:
    """Write the agency's file, the list of its fetch, and the declaration."""
    (folder / "rows.csv").write_bytes(rows.csv(rows.table("2025-01-01T00", HOURS * count // ROWS + 1, count)))
    (folder / "replay").mkdir()
    listed = "fetched_at,file\n2026-01-05T01:00:00+08:00,rows.csv\n"
    (folder / "replay" / f"{rows.SLUG}.csv").write_text(listed, encoding="utf-8")
    rows.declare(folder / "datasets")


def main(argv: list[str] | None = None) -> int:
    """Measure, print, and with --check say by the exit code whether it is fast and small enough."""
    parser = argparse.ArgumentParser(prog="benchmarks.first_release", description=__doc__)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--check", action="store_true", help="exit 1 if it is not 4 times faster within 1 GB")
    args = parser.parse_args(argv)
    ours, obvious = [], []
    with tempfile.TemporaryDirectory() as name, embedded(Path(name) / "s3") as server:
        folder = Path(name)
        prepare(folder, args.rows)
        size = (folder / "rows.csv").stat().st_size / 1e6
        print(f"First release: {args.rows:,} rows of 24 columns, {size:.0f} MB of CSV, 24 expectations", flush=True)
        print(about(), flush=True)
        for i in range(args.pairs):
            a, b = pair(server, folder, i)
            print(f"  pair {i + 1}: {a.seconds:.1f} s and {b.seconds:.1f} s", flush=True)
            ours.append(a)
            obvious.append(b)
    print(table(ours, obvious))
    peak = max(one.peak_bytes for one in ours)
    # Of the processor: what the clock says depends on who else uses the machine.
    good = ratio(ours, obvious, "work_processor_seconds") >= LEAST_RATIO and peak < MOST_BYTES
    return int(args.check and not good)


if __name__ == "__main__":
    sys.exit(main())
