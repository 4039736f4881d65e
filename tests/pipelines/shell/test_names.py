"""Names in Dagster: told apart where only the last part of a key is shown, and without hyphens where it takes none."""

from pathlib import Path

import dagster as dg
import pytest

from catalog.declaration.dataset import slugs
from pipelines.shell.names import STAGES, group_of, job_of, key, slug_of

SLUGS = slugs(Path(__file__).resolve().parents[3] / "datasets")


def test_the_last_part_of_a_key_tells_each_asset_from_all_others():
    keys = [key(stage, slug) for slug in SLUGS for stage in STAGES]
    assert len({each.path[-1] for each in keys}) == len(keys)


@pytest.mark.parametrize("stage", STAGES)
def test_an_asset_knows_its_dataset(stage: str):
    assert slug_of(key(stage, "water-levels")) == "water-levels"


@pytest.mark.parametrize("path", [["catalog"], ["night"], ["table"], ["rivers.more"]])
def test_what_belongs_to_no_dataset(path: list[str]):
    assert slug_of(dg.AssetKey(path)) is None


@pytest.mark.parametrize(("agency", "group"), [("moenv", "moenv"), ("water-resources", "water_resources")])
def test_a_group_has_no_hyphen(agency: str, group: str):
    assert group_of(agency) == group


def test_jobs_have_names_that_dagster_takes():
    jobs = [job_of(slug) for slug in SLUGS]
    assert len(set(jobs)) == len(jobs)
    assert all(name.replace("_", "a").isalnum() for name in jobs)
