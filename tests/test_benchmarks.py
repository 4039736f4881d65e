"""The benchmarks measure what they say: rows that are declared, the same expectations on both sides, counts."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.compute as pc
import pytest

from benchmarks import csv_path, night, ours, rows
from benchmarks.one_more_day import Count, tell
from benchmarks.phases import Phases
from catalog.declaration.dataset import load_agencies, load_dataset
from catalog.release import publish
from catalog.store.file import FileStore
from pipelines.candidate.checks import checks_of_rows
from pipelines.declared import Declared
from pipelines.validate import validate
from quality.suite import load_suite

ROOT = Path(__file__).parents[1]


def test_the_rows_are_as_declared_and_always_the_same(tmp_path: Path) -> None:
    rows.declare(tmp_path)
    assert not validate(tmp_path, rows.SLUG)
    dataset = load_dataset(tmp_path, rows.SLUG)
    assert (len(dataset.published), rows.table("2025-01-01T00", 24).num_columns) == (24, 24)
    two_days = rows.table("2025-01-01T00", 48)
    assert two_days.slice(24 * rows.STATIONS).equals(rows.table("2025-01-02T00", 24))
    assert pc.any(pc.equal(two_days.column("pm10"), rows.MISSING)).as_py()


@pytest.mark.parametrize(("owner", "function"), [door[:2] for door in ours.DOORS])
def test_each_door_that_is_watched_is_there(owner: object, function: str) -> None:
    assert callable(getattr(owner, function, None))


def test_24_expectations_stand_beside_those_that_ask_whether_a_cell_could_be_read(tmp_path: Path) -> None:
    rows.declare(tmp_path)
    dataset, suite = load_dataset(tmp_path, rows.SLUG), load_suite(tmp_path, rows.SLUG)
    asked = checks_of_rows(Declared(dataset, suite, load_agencies(tmp_path)["office"]))
    unread = [one for one in asked if one.rule in ("type", "date", "code")]
    assert (len(asked) - len(unread), len(unread)) == (24, 20)


@pytest.mark.soak
def test_a_day_is_counted(tmp_path: Path) -> None:
    rows.declare(tmp_path / "datasets")
    tell(tmp_path, "2025-12-30T00", 24)
    count = Count()
    tell(tmp_path, "2025-12-31T00", 24, count)
    release = publish.load(FileStore(tmp_path / "public"), rows.SLUG, 2)
    new = sum(one.bytes for one in release.resources if one.path.startswith("data/"))
    before = publish.load(FileStore(tmp_path / "public"), rows.SLUG, 1).partitions["2025-12"].bytes
    assert (count.written["data"], count.read["data"]) == (new, before + new), "the month as it was, and read back"
    assert count.calls["put_new"] > 0


def test_a_phase_within_a_phase_is_counted_once() -> None:
    phases, begun = Phases(), time.perf_counter()
    with phases("outer"), phases("inner"):
        sum(range(100_000))
    assert list(phases.seconds) == ["outer", "inner"]
    assert sum(phases.seconds.values()) <= time.perf_counter() - begun


@pytest.mark.soak
def test_each_side_of_the_csv_path_reads_all_rows(tmp_path: Path) -> None:
    csv_path.prepare(tmp_path, 4_000)
    for side, file, count in (("ours", "rows.csv", 4_000), ("ours", "short.csv", 500), ("pandas", "rows.csv", 4_000)):
        asked = [sys.executable, str(ROOT / "benchmarks" / "csv_side.py"), side, str(tmp_path / file)]
        done = subprocess.run([*asked, str(tmp_path / "datasets"), rows.SLUG], check=True, capture_output=True)
        assert json.loads(done.stdout)["rows"] == count
    assert "ours / pandas" in csv_path.table({"ours": [1.0, 2.0], "pandas": [2.0, 1.0]})


@pytest.mark.soak
def test_both_ways_publish_the_same_rows_and_find_the_same() -> None:
    asked = [sys.executable, "-m", "benchmarks.first_release", "--pairs", "1", "--rows", "5000"]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "times faster" in done.stdout


@pytest.mark.soak
def test_a_night_is_shared_out_and_every_dataset_is_released() -> None:
    assert night.seconds(3, 2) > 0, "it counts the releases itself"
