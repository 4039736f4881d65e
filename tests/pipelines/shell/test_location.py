"""What Dagster loads."""

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
from worlds import World, declaration, inline

from catalog.errors import DeclarationError
from pipelines.settings import Settings, read
from pipelines.shell.location import build, load, retries


@pytest.fixture
def chosen(tmp_path: Path) -> Settings:
    """The settings of a home with two datasets of one agency."""
    world = World(tmp_path)
    for slug in ("rivers", "lakes"):
        world.declare(declaration(slug))
    return read(
        {
            "MINSHENG_HOME": str(tmp_path / "home"),
            "MINSHENG_STORE": f"file:{tmp_path / 'home' / 'public'}",
            "MINSHENG_DATASETS": str(world.datasets),
        }
    )


def test_all_that_is_declared_is_defined_and_no_store_is_opened(chosen: Settings):
    repository = build(chosen).get_repository_def()
    assert {"lakes.evidence", "lakes.table", "rivers.release", "catalog"} <= {
        key.to_user_string() for key in repository.asset_graph.get_all_asset_keys()
    }
    assert {"nightly", "agency_waters", "review", "withdraw"} <= set(repository.job_names)
    assert {sensor.name for sensor in repository.sensor_defs} == {
        "after_night",
        "candidates",
        "failures",
        "night",
        "terminated",
    }
    assert not chosen.home.exists()


def test_every_fault_of_every_declaration_is_named(chosen: Settings):
    for slug in ("rivers", "lakes"):
        (chosen.datasets / slug / "dataset.yaml").write_text(f"name: {slug}\n")
    with pytest.raises(DeclarationError) as raised:
        build(chosen)
    assert {line.partition("/dataset.yaml")[0] for line in str(raised.value).splitlines()} == {
        str(chosen.datasets / slug) for slug in ("lakes", "rivers")
    }


def test_dagster_shows_a_fault_as_its_sentences(chosen: Settings, monkeypatch: pytest.MonkeyPatch):
    (chosen.datasets / "rivers" / "dataset.yaml").write_text("name: rivers\n")
    monkeypatch.setenv("MINSHENG_HOME", str(chosen.home))
    monkeypatch.setenv("MINSHENG_STORE", chosen.store)
    monkeypatch.setenv("MINSHENG_DATASETS", str(chosen.datasets))
    with pytest.raises(dg.DagsterInvalidDefinitionError, match=r"rivers/dataset.yaml: title: is required") as raised:
        load()
    assert raised.value.__suppress_context__


def test_an_agency_gets_a_minute_and_the_sandbox_half_a_second(chosen: Settings):
    live, sandbox = (retries(dataclasses.replace(chosen, sources=sources)) for sources in ("live", "sandbox"))
    assert ((live.max_retries, live.delay), (sandbox.max_retries, sandbox.delay)) == ((2, 60.0), (1, 0.5))


@pytest.mark.soak
def test_runs_log_lines_of_json_if_that_is_wanted(tmp_path: Path):
    world = World(tmp_path)
    world.declare(inline("sites"), table="site,level\na,1\n")
    program = (
        "import dagster as dg; from pipelines.shell.location import load\n"
        "with dg.DagsterInstance.ephemeral() as instance:\n"
        "    load().resolve_job_def('dataset_sites').execute_in_process(instance=instance)\n"
    )
    said = {"HOME": tmp_path, "STORE": f"file:{tmp_path}/public", "DATASETS": world.datasets, "LOG": "json"}
    environ = os.environ | {f"MINSHENG_{name}": str(value) for name, value in said.items()}
    done = subprocess.run([sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=True)
    lines = [line for line in (done.stdout + done.stderr).splitlines() if "RUN_SUCCESS" in line]
    assert len(lines) == 1
    assert json.loads(lines[0])["dagster_meta"]["job_name"] == "dataset_sites"
