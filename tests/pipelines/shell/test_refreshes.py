"""The jobs that refresh: what each of them takes."""

from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.asset_selection import KeysAssetSelection
from worlds import World, column, declaration

from pipelines.shell.names import STAGES, key
from pipelines.shell.refreshes import AssetJob, by_agency, by_dataset, nightly
from pipelines.shell.world import CATALOG


@pytest.fixture
def land(tmp_path: Path) -> World:
    """Rivers refer to codes, a table beside its declaration; lakes stand alone."""
    world = World(tmp_path)
    codes = declaration("codes", [column("code")], source={"protocol": "inline", "table": "table.csv"}, load="replace")
    world.declare(codes, table="code\na\n")
    refer = [{"fields": ["site"], "dataset": "codes", "to": ["code"]}]
    world.declare(declaration("rivers", references=refer))
    world.declare(declaration("lakes"))
    return world


def taken(job: AssetJob) -> set[dg.AssetKey]:
    """What a job takes."""
    assert isinstance(job.selection, KeysAssetSelection)
    return set(job.selection.selected_keys)


def whole(*slugs: str) -> set[dg.AssetKey]:
    """The assets of datasets, and the catalog."""
    return {key(stage, slug) for slug in slugs for stage in STAGES} | {CATALOG}


WATERS = "Refresh the datasets of waters: codes, lakes, rivers.\n\n更新 waters 的資料集：codes, lakes, rivers。"


def test_an_agency_has_a_job_for_its_datasets_and_the_tables_before_them(land: World):
    (job,) = by_agency(land.ctx.declarations)
    assert (job.name, job.description) == ("agency_waters", WATERS)
    assert taken(job) == whole("codes", "lakes", "rivers")


def test_a_dataset_has_a_job_for_itself_and_the_tables_before_it(land: World):
    jobs = {job.name: job for job in by_dataset(land.ctx.declarations)}
    assert list(jobs) == ["dataset_codes", "dataset_lakes", "dataset_rivers"]
    assert taken(jobs["dataset_rivers"]) == whole("codes", "rivers")
    assert taken(jobs["dataset_lakes"]) == whole("lakes")
    assert "臺：" in (jobs["dataset_lakes"].description or "")


def test_the_night_takes_everything():
    assert nightly().selection == dg.AssetSelection.all()
