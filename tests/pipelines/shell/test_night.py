"""The sensor `night`: it reports when something happened, writes the figures each time, and waits for runs."""

import dataclasses
from pathlib import Path

import dagster as dg
import pytest
from mixed_nights import mixed, webhook
from worlds import World

from pipelines import health
from pipelines.fetch.sources import mark
from pipelines.settings import Settings, read
from pipelines.shell.night import KEY, sensor
from pipelines.shell.states import spec


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = mixed(tmp_path / "home")
    mark(made.public, made.private, "sandbox")
    return made


@pytest.fixture
def chosen(world: World) -> Settings:
    home = world.root
    said = {"HOME": home, "STORE": f"file:{home / 'public'}", "EVIDENCE": f"file:{home / 'private'}",
            "DATASETS": world.datasets}  # fmt: skip
    return read({f"MINSHENG_{name}": str(value) for name, value in said.items()})


def looked(chosen: Settings, instance: dg.DagsterInstance) -> str:
    found = sensor(chosen)(dg.build_sensor_context(instance))
    assert isinstance(found, dg.SkipReason), "it starts no run"
    return str(found.skip_message)


def test_what_happened_is_reported_once(world: World, chosen: Settings) -> None:
    with dg.DagsterInstance.ephemeral() as instance, webhook() as hook:
        chosen = dataclasses.replace(chosen, secrets={"MINSHENG_NOTIFY_SECRET": hook.address})
        assert looked(chosen, instance) == "1 failing, 1 held, 1 without a release, 1 released."
        assert looked(chosen, instance).startswith("nothing happened since the report before: 1 failing")
        state = instance.get_latest_asset_check_evaluation_record(spec("lakes").key)
        assert state
        assert not (state.evaluation and state.evaluation.passed), "and Dagster shows it at the dataset"
        world.tell("site,level\na,2\n", "rivers")
        assert "1 released" in looked(chosen, instance)
        events = instance.fetch_materializations(KEY, limit=9).records
        assert len(hook.bodies) == 1
    assert len(events) == 2
    shown = events[-1].asset_materialization
    assert shown is not None
    assert (shown.metadata["held"].value, shown.metadata["released"].value) == (1, 1)
    tables = {name: value for name, value in shown.metadata.items() if isinstance(value, dg.TableMetadataValue)}
    look, agencies, released = ([record.data for record in table.records] for table in tables.values())
    assert [row["dataset"] for row in look] == ["wells", "wells", "lakes", "lakes"], "in both languages"
    assert agencies == [{"agency": "waters", "failing": 1, "held": 1, "never": 1, "released": 1}]
    assert [row["dataset"] for row in released] == ["rivers"]
    markdown = [value for value in shown.metadata.values() if isinstance(value, dg.MarkdownMetadataValue)]
    assert not markdown, "words of an agency are no Markdown"


def test_who_could_not_be_told_is_told_at_the_next_look(world: World, chosen: Settings) -> None:
    with dg.DagsterInstance.ephemeral() as instance, webhook() as hook:
        chosen = dataclasses.replace(chosen, secrets={"MINSHENG_NOTIFY_SECRET": hook.address})
        hook.status = 503
        looked(chosen, instance)
        hook.status = 200
        looked(chosen, instance)
        looked(chosen, instance)
        assert len(hook.bodies) == 1


def test_the_figures_are_written_each_time(world: World, chosen: Settings) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        looked(chosen, instance)
        path = chosen.home / "metrics.prom"
        assert 'state="held"} 1.0' in path.read_text()
        path.unlink()
        looked(chosen, instance)
        assert path.exists()
        assert not path.with_suffix(".new").exists()


def test_a_run_that_goes_on_is_waited_for(world: World, chosen: Settings) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        run = dg.DagsterRun("nightly", status=dg.DagsterRunStatus.STARTED)
        instance.add_run(run)
        assert "a run goes on" in looked(chosen, instance)
        assert list(world.private.list("nights/")) == []


def test_a_store_that_cannot_be_read_is_a_sentence(world: World, chosen: Settings) -> None:
    (world.datasets / "rivers" / "dataset.yaml").write_text("name: [", encoding="utf-8")
    with dg.DagsterInstance.ephemeral() as instance:
        assert "rivers/dataset.yaml" in looked(chosen, instance)


def test_each_look_leaves_a_sign_also_while_a_run_goes_on(chosen: Settings) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_run(dg.DagsterRun("nightly", status=dg.DagsterRunStatus.STARTED))
        looked(chosen, instance)
        sign = health.read(chosen.home)
        assert sign is not None
        assert sign.looked_at is None
    with dg.DagsterInstance.ephemeral() as instance:
        looked(chosen, instance)
        sign = health.read(chosen.home)
        assert sign is not None
        assert sign.looked_at is not None
