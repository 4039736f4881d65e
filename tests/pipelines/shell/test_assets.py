"""Three assets for each dataset, and what they depend on."""

import contextlib
import datetime as dt
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest
from dagster._core.errors import DagsterExecutionInterruptedError
from markets import prices
from worlds import SLUG, World, column, declared, inline

from catalog.declaration.dataset import Dataset
from pipelines.declared import Declared
from pipelines.fetch.transport import Unreachable
from pipelines.settings import read
from pipelines.shell.assets import catalog, of_dataset, slugs_of
from pipelines.shell.location import build
from pipelines.shell.names import key

POLICY = dg.RetryPolicy(2)


def assets_of(dataset: Declared, *known: str) -> dict[str, dg.AssetsDefinition]:
    """By stage."""
    return {asset.key.path[-1].rpartition(".")[2]: asset for asset in of_dataset(dataset, {SLUG, *known}, POLICY)}


def deps(asset: dg.AssetsDefinition) -> set[str]:
    return {dep.to_user_string() for dep in asset.keys_by_input_name.values()}


def test_evidence_then_table_then_release():
    assets = assets_of(declared())
    assert {stage: deps(asset) for stage, asset in assets.items()} == {
        "evidence": set(),
        "table": {"rivers.evidence"},
        "release": {"rivers.table"},
    }


def test_a_table_waits_for_the_releases_that_it_refers_to():
    fields = [column("site"), column("place")]
    dataset = declared(fields, references=[{"fields": ["place"], "dataset": "places", "to": ["code"]}])
    assert deps(assets_of(dataset, "places")["table"]) == {"rivers.evidence", "places.release"}
    assert deps(assets_of(dataset)["table"]) == {"rivers.evidence"}, "a dataset that is not declared here is no asset"


@pytest.mark.parametrize(("due", "expected"), [("3h", 10_800), ("2d", 172_800), ("1m", 60)])
def test_evidence_is_too_old_when_the_dataset_is_overdue(due: str, expected: int):
    (spec,) = assets_of(declared(due={"fetched": due}))["evidence"].specs
    assert isinstance(spec.freshness_policy, dg.FreshnessPolicy)
    assert spec.freshness_policy == dg.FreshnessPolicy.time_window(fail_window=dt.timedelta(seconds=expected))


def test_assets_are_found_by_agency():
    assets = assets_of(declared())
    for stage, asset in assets.items():
        (spec,) = asset.specs
        assert (spec.group_name, spec.owners, spec.tags["dataset"]) == ("waters", ["team:waters"], SLUG)
        assert "臺：" in (spec.description or "")
        assert "**" not in (spec.description or ""), "the graph shows it as it is"
        assert asset.op.retry_policy is None, f"{stage}: Dagster would begin again what somebody terminates"
    assert assets["evidence"].op.pool == "waters"


@pytest.mark.parametrize(
    ("error", "retried", "names"),
    [(Unreachable("no answer"), POLICY.max_retries, ["Failure"]), (DagsterExecutionInterruptedError(), 0, [])],
    ids=["silent", "terminated"],
)
def test_only_an_agency_that_does_not_answer_is_asked_again(error: BaseException, retried: int, names: list[str]):
    def sources(wanted: list[str]) -> None:
        raise error

    told: list[dg.DagsterEvent] = []
    with dg.DagsterInstance.ephemeral() as instance:
        world: Any = SimpleNamespace(sources=sources)
        with contextlib.suppress(DagsterExecutionInterruptedError):
            dg.materialize(
                [assets_of(declared())["evidence"]], instance=instance, resources={"world": world}, raise_on_error=False
            )
        (run,) = instance.get_runs()
        records = instance.get_records_for_run(run.run_id).records
        told = [event for record in records if (event := record.event_log_entry.dagster_event)]
    assert sum(event.event_type == dg.DagsterEventType.STEP_UP_FOR_RETRY for event in told) == retried
    failed = [event for event in told if event.event_type == dg.DagsterEventType.STEP_FAILURE]
    assert [event.step_failure_data.error.cls_name for event in failed if names] == names


def test_the_checks_belong_to_the_table():
    assets = assets_of(declared())
    names = {stage: {each.name for each in asset.check_keys} for stage, asset in assets.items()}
    assert (names["evidence"], names["release"]) == (set(), {"state"})
    assert "key__unique" in names["table"]


def test_only_a_source_that_is_asked_by_the_day_has_partitions():
    by_day = Declared(Dataset.load(prices(), "prices"), declared().suite, declared().agency)
    assert {stage: asset.partitions_def is not None for stage, asset in assets_of(by_day).items()} == {
        "evidence": True,
        "table": False,
        "release": False,
    }


def test_the_catalog_comes_after_all_releases():
    assert deps(catalog(["lakes", "rivers"])) == {"lakes.release", "rivers.release"}


def test_the_datasets_of_a_run():
    keys = {key("evidence", "rivers"), key("table", "rivers"), key("release", "lakes"), dg.AssetKey(["catalog"])}
    layer = SimpleNamespace(executable_asset_keys=keys)
    context: Any = SimpleNamespace(job_def=SimpleNamespace(asset_layer=layer))
    assert slugs_of(context) == ["lakes", "rivers"]


def test_a_run_without_the_fetch_says_that_nobody_was_asked_and_names_the_job_that_asks(tmp_path: Path):
    home = World(tmp_path)
    home.declare(inline("spots"), table="site,level\na,1\n")
    names = {"STORE": f"file:{tmp_path / 'public'}", "EVIDENCE": f"file:{tmp_path / 'private'}", "HOME": str(tmp_path)}
    chosen = {f"MINSHENG_{name}": value for name, value in (names | {"DATASETS": str(home.datasets)}).items()}
    job = build(read(chosen)).resolve_job_def("dataset_spots")
    with dg.DagsterInstance.ephemeral() as instance:
        runs = [
            job.execute_in_process(instance=instance, asset_selection=taken)
            for taken in (None, [key("release", "spots")], [key("table", "spots"), key("release", "spots")])
        ]
    asked, *kept = [
        {event.asset_key: event.materialization.metadata for event in run.get_asset_materialization_events()}
        for run in runs
    ]
    assert [each for each in asked if "asked" in asked[each]] == []
    for shown in kept:
        assert len(shown) >= 1
        for told in shown.values():
            assert "nobody was asked" in str(told["asked"].value)
            assert "dataset_spots" in str(told["asked"].value)
            assert told["ask"] == dg.MetadataValue.url("/locations/minsheng/jobs/dataset_spots")
