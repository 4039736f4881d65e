"""Recordings without a declaration: `minsheng new` proposes one, a steward edits it, and it is released.

`proposed/<name>/` holds the edited folders. Each file of `FILES` is heard at the time beside it.
"""

import difflib
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import recordings

from pipelines.cli.main import main

FOLDER = Path(__file__).parent / "proposed"


@dataclass(frozen=True)
class Recorded:
    """What was heard of a dataset, which of its files the proposal is from, and how much of it was edited."""

    files: dict[str, str]
    """By the time at which it was heard, each file below the recordings."""
    looked_at: str
    edited: int
    """Lines of the proposal, without comments, that the steward changed, took out or put in."""


RECORDED = {
    "aqs-daily": Recorded(
        {
            "2020-02-01T09:00:00+08:00": "us_epa/aqs_daily/2019_pm25_baltimore.csv",
            "2023-02-01T09:00:00+08:00": "us_epa/aqs_daily/2022_pm25_newyork-msa.csv",
        },
        "us_epa/aqs_daily/2019_pm25_baltimore.csv",
        30,
    ),
    "nwis-rdb": Recorded(
        {
            "2013-07-02T09:00:00+08:00": "usgs/nwis_rdb/03290500_dv.txt",
            "2013-07-03T09:00:00+08:00": "usgs/nwis_rdb/03298500_dv.txt",
            "2014-03-14T05:35:00+08:00": "usgs/nwis_rdb/03287500_uv.txt",
            "2014-03-14T05:56:35+08:00": "usgs/nwis_rdb/03401385_uv.txt",
        },
        "usgs/nwis_rdb/03290500_dv.txt",
        83,
    ),
    "aurn-hourly": Recorded(
        {"2020-06-04T09:00:00+08:00": "defra/aurn_hourly/2020_station-hourly.csv"},
        "defra/aurn_hourly/2020_station-hourly.csv",
        21,
    ),
    "env-air-emis": Recorded(
        {"2015-06-01T09:00:00+08:00": "eurostat/env_air_emis/env_air_emis.tsv"},
        "eurostat/env_air_emis/env_air_emis.tsv",
        20,
    ),
    "sp-pop-totl": Recorded(
        {
            "2018-01-26T09:00:00+08:00": "worldbank/sp_pop_totl/updated-2018-01-25.csv",
            "2018-02-17T09:00:00+08:00": "worldbank/sp_pop_totl/updated-2018-02-16.csv",
        },
        "worldbank/sp_pop_totl/updated-2018-01-25.csv",
        21,
    ),
}


def written(path: Path) -> list[str]:
    """The lines of a declaration that are no comments; guards are since the month in which they were proposed."""
    text = re.sub(r"Since \w+ \d{4}|自 \d{4} 年 \d+ 月起", "Since", path.read_text(encoding="utf-8"))
    lines = text.splitlines()
    return [line for line in lines if not line.lstrip().startswith("#")]


@pytest.fixture
def datasets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the agencies only, and stores beside it."""
    (tmp_path / "datasets").mkdir()
    shutil.copy(FOLDER / "agencies.yaml", tmp_path / "datasets")
    monkeypatch.setenv("MINSHENG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MINSHENG_STORE", f"file:{tmp_path / 'public'}")
    monkeypatch.setenv("MINSHENG_EVIDENCE", f"file:{tmp_path / 'private'}")
    monkeypatch.setenv("MINSHENG_DATASETS", str(tmp_path / "datasets"))
    return tmp_path / "datasets"


@recordings.needed
@pytest.mark.parametrize("name", RECORDED)
def test_the_proposal_is_right_and_few_of_its_lines_were_edited(name: str, datasets: Path) -> None:
    file = recordings.FOLDER / RECORDED[name].looked_at
    assert main(["new", str(file), "--name", name]) == 0
    assert main(["check", name]) == 0
    proposed, edited = written(datasets / name / "dataset.yaml"), written(FOLDER / name / "dataset.yaml")
    changed = [line for line in difflib.ndiff(proposed, edited) if line[0] in "+-"]
    assert len(changed) <= RECORDED[name].edited


def released(name: str, datasets: Path, tmp_path: Path) -> pa.Table:
    """The rows of the one release of an edited folder."""
    shutil.copytree(FOLDER / name, datasets / name)
    replay = tmp_path / "replay"
    replay.mkdir()
    lines = ["fetched_at,file"]
    for at, file in RECORDED[name].files.items():
        shutil.copy(recordings.FOLDER / file, tmp_path)
        lines.append(f"{at},{Path(file).name}")
    (replay / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert main(["run", name, "--sources", f"replay:{tmp_path}"]) == 0
    folder = tmp_path / "public" / "datasets" / name
    assert [path.name for path in folder.glob("datapackage-*.json")] == ["datapackage-1.json"]
    tables = [pq.read_table(path) for path in sorted((folder / "data").glob("*.parquet"))]
    return pa.concat_tables(tables)


def total(column: pa.ChunkedArray) -> Any:
    return pc.sum(column).as_py()


@recordings.needed
@pytest.mark.soak
def test_daily_values_of_two_areas(datasets: Path, tmp_path: Path) -> None:
    rows = released("aqs-daily", datasets, tmp_path)
    assert rows.num_rows == 11_898
    assert total(rows.column("daily_mean_pm2_5_concentration")) == pytest.approx(82_538.4, abs=1e-6)
    assert "003" in rows.column("county_code").to_pylist()


@recordings.needed
@pytest.mark.soak
def test_readings_of_four_sites_in_long_form(datasets: Path, tmp_path: Path) -> None:
    rows = released("nwis-rdb", datasets, tmp_path)
    assert (rows.num_rows, rows.column("value").null_count) == (31_722 + 349, 349)
    assert rows.column("qualifier").null_count == 349
    assert pc.count_distinct(rows.column("site_no")).as_py() == 4


@recordings.needed
def test_hours_that_are_named_by_their_end(datasets: Path, tmp_path: Path) -> None:
    rows = released("aurn-hourly", datasets, tmp_path)
    assert rows.num_rows == 3_720
    midnight = pc.equal(pc.hour(rows.column("time")), 0)
    assert total(midnight) == 155  # written 24:00, which is the day after
    assert rows.column("time")[0].as_py().isoformat() == "2020-01-01T01:00:00+00:00"


@recordings.needed
@pytest.mark.soak
def test_values_with_their_flags_apart(datasets: Path, tmp_path: Path) -> None:
    rows = released("env-air-emis", datasets, tmp_path)
    values, flags = rows.column("value"), rows.column("value_flag")
    assert (rows.num_rows, rows.num_rows - values.null_count) == (48_144, 47_008)
    counted = {one["values"]: one["counts"] for one in pc.value_counts(flags).to_pylist()}
    assert (counted["n"], counted["z"]) == (1_169, 1_041)


@recordings.needed
def test_two_vintages_make_one_release(datasets: Path, tmp_path: Path) -> None:
    rows = released("sp-pop-totl", datasets, tmp_path)
    assert (rows.num_rows, rows.column("value").null_count) == (14_885, 0)
