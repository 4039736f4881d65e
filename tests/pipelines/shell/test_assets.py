"""Three assets for each dataset, and what they depend on."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest
from markets import prices
from worlds import SLUG, column, declared

from catalog.declaration.dataset import Dataset
from pipelines.declared import Declared
from pipelines.shell.assets import catalog, group_of, key, of_dataset, slugs_of

POLICY = dg.RetryPolicy(2)


def assets_of(dataset: Declared, *known: str) -> dict[str, dg.AssetsDefinition]:
    """By stage."""
    return {asset.key.path[0]: asset for asset in of_dataset(dataset, {SLUG, *known}, POLICY)}


def deps(asset: dg.AssetsDefinition) -> set[str]:
    return {dep.to_user_string() for dep in asset.keys_by_input_name.values()}


def test_evidence_then_table_then_release():
    assets = assets_of(declared())
    assert {stage: deps(asset) for stage, asset in assets.items()} == {
        "evidence": set(),
        "table": {"evidence/rivers"},
        "release": {"table/rivers"},
    }


def test_a_table_waits_for_the_releases_that_it_refers_to():
    fields = [column("site"), column("place")]
    dataset = declared(fields, references=[{"fields": ["place"], "dataset": "places", "to": ["code"]}])
    assert deps(assets_of(dataset, "places")["table"]) == {"evidence/rivers", "release/places"}
    assert deps(assets_of(dataset)["table"]) == {"evidence/rivers"}, "a dataset that is not declared here is no asset"


@pytest.mark.parametrize(("due", "expected"), [("3h", 10_800), ("2d", 172_800), ("1m", 60)])
def test_evidence_is_too_old_when_the_dataset_is_overdue(due: str, expected: int):
    (spec,) = assets_of(declared(due={"fetched": due}))["evidence"].specs
    assert isinstance(spec.freshness_policy, dg.FreshnessPolicy)
    assert spec.freshness_policy == dg.FreshnessPolicy.time_window(fail_window=dt.timedelta(seconds=expected))


def test_assets_are_found_by_agency_and_only_the_fetch_is_repeated():
    assets = assets_of(declared())
    for stage, asset in assets.items():
        (spec,) = asset.specs
        assert (spec.group_name, spec.owners, spec.tags["dataset"]) == ("waters", ["team:waters"], SLUG)
        assert "臺：" in (spec.description or "")
        assert "**" not in (spec.description or ""), "the graph shows it as it is"
        assert (asset.op.retry_policy is POLICY) == (stage == "evidence")
    assert assets["evidence"].op.pool == "waters"


def test_the_checks_belong_to_the_table():
    assets = assets_of(declared())
    assert {stage: bool(list(asset.check_keys)) for stage, asset in assets.items()} == {
        "evidence": False,
        "table": True,
        "release": False,
    }


def test_only_a_source_that_is_asked_by_the_day_has_partitions():
    by_day = Declared(Dataset.load(prices(), "prices"), declared().suite, declared().agency)
    assert {stage: asset.partitions_def is not None for stage, asset in assets_of(by_day).items()} == {
        "evidence": True,
        "table": False,
        "release": False,
    }


def test_the_catalog_comes_after_all_releases():
    assert deps(catalog(["lakes", "rivers"])) == {"release/lakes", "release/rivers"}


@pytest.mark.parametrize(("agency", "group"), [("moenv", "moenv"), ("water-resources", "water_resources")])
def test_a_group_has_no_hyphen(agency: str, group: str):
    assert group_of(agency) == group


def test_the_datasets_of_a_run():
    keys = {key("evidence", "rivers"), key("table", "rivers"), key("release", "lakes"), dg.AssetKey(["catalog"])}
    layer = SimpleNamespace(executable_asset_keys=keys)
    context: Any = SimpleNamespace(job_def=SimpleNamespace(asset_layer=layer))
    assert slugs_of(context) == ["lakes", "rivers"]
