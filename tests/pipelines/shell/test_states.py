"""Whether a dataset is fresh, as a check on its release: by runs, and by the sensor where nothing ran."""

import datetime as dt
from pathlib import Path

import dagster as dg
import pytest
from mixed_nights import HARM, mixed
from worlds import World, inline

from pipelines.fetch.sources import mark
from pipelines.night.report import dataset_night
from pipelines.settings import read
from pipelines.shell.location import build
from pipelines.shell.names import key
from pipelines.shell.states import STATE, evaluation, of_run, spec, tell_changed


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = mixed(tmp_path / "home")
    mark(made.public, made.private, "sandbox")
    return made


def evaluated(world: World, slug: str, after: dt.timedelta = dt.timedelta()) -> dg.AssetCheckEvaluation:
    return evaluation(dataset_night(world.ctx, slug, world.ctx.clock.now() + after))


@pytest.mark.parametrize(
    ("slug", "days", "passed", "severity", "says"),
    [
        ("rivers", 0, True, "WARN", "release 2 is served"),
        ("rivers", 9, False, "WARN", "overdue"),
        ("lakes", 0, False, "WARN", "held since"),
        ("wells", 0, False, "ERROR", "failing since"),
        ("springs", 0, True, "WARN", "no release yet"),
    ],
)
def test_one_sentence_says_how_a_dataset_stands(
    world: World, slug: str, days: int, passed: bool, severity: str, says: str
) -> None:
    told = evaluated(world, slug, dt.timedelta(days=days))
    assert (told.asset_key, told.check_name) == (key("release", slug), STATE)
    assert (told.passed, told.severity.name) == (passed, severity)
    assert says in str(told.metadata["en"].value)
    assert told.metadata["zh-TW"].value
    assert ("due_at" in told.metadata) == (slug != "springs")


def test_what_an_agency_wrote_is_no_description(world: World) -> None:
    told = evaluated(world, "lakes")
    assert told.description == "held"
    assert {type(value) for value in told.metadata.values()} == {dg.TextMetadataValue}
    assert HARM not in str(spec("lakes"))


def test_the_clock_of_a_run_says_whether_a_dataset_is_overdue(world: World) -> None:
    assert of_run(world.ctx, "rivers").passed


def test_dagster_is_told_of_what_it_does_not_show_yet(world: World) -> None:
    lines = [dataset_night(world.ctx, slug, world.ctx.clock.now()) for slug in ("rivers", "lakes", "wells")]
    told = [dataset_night(world.ctx, line.dataset, world.ctx.clock.now(), known=0) for line in lines]
    assert [line.made for line in told] == [(1, 2), (1,), (1,)]
    late = dataset_night(world.ctx, "rivers", world.ctx.clock.now() + dt.timedelta(days=9))
    with dg.DagsterInstance.ephemeral() as instance:
        assert [tell_changed(instance, lines), tell_changed(instance, lines)] == [3, 0]
        assert tell_changed(instance, told) == 0, "that a release is new changes no state"
        assert tell_changed(instance, [late, *lines[1:]]) == 1, "overdue, because nothing ran"
        record = instance.get_latest_asset_check_evaluation_record(spec("rivers").key)
        assert record
        assert record.evaluation
        assert not record.evaluation.passed
        assert tell_changed(instance, lines) == 1, "fresh again"


def test_a_check_that_a_failed_run_only_planned_is_told_anew(tmp_path: Path) -> None:
    home = World(tmp_path)
    home.declare(inline("spots"), table="site,level\na,1\n")
    names = {"STORE": f"file:{tmp_path / 'public'}", "EVIDENCE": f"file:{tmp_path / 'private'}", "HOME": str(tmp_path)}
    chosen = {f"MINSHENG_{name}": value for name, value in (names | {"DATASETS": str(home.datasets)}).items()}
    job = build(read(chosen)).resolve_job_def("dataset_spots")
    (home.datasets / "spots" / "table.csv").unlink()
    with dg.DagsterInstance.ephemeral() as instance:
        assert not job.execute_in_process(instance=instance, raise_on_error=False).success
        (line,) = [dataset_night(home.ctx, "spots", home.ctx.clock.now())]
        assert [tell_changed(instance, [line]), tell_changed(instance, [line])] == [1, 0]


def test_a_run_shows_it_and_the_check_alone_commits_nothing(tmp_path: Path) -> None:
    home = World(tmp_path)
    home.declare(inline("spots"), table="site,level\na,1\n")
    names = {"STORE": f"file:{tmp_path / 'public'}", "EVIDENCE": f"file:{tmp_path / 'private'}", "HOME": str(tmp_path)}
    chosen = {f"MINSHENG_{name}": value for name, value in (names | {"DATASETS": str(home.datasets)}).items()}
    defs = build(read(chosen))
    job = defs.resolve_job_def("dataset_spots")
    with dg.DagsterInstance.ephemeral() as instance:
        kept = job.execute_in_process(
            instance=instance, asset_selection=[key("evidence", "spots"), key("table", "spots")]
        )
        assert kept.success
        alone = defs.resolve_implicit_global_asset_job_def().get_subset(
            asset_selection=set(), asset_check_selection={spec("spots").key}
        )
        looked = alone.execute_in_process(instance=instance)
        (told,) = looked.get_asset_check_evaluations()
        assert (told.passed, told.metadata["state"].value) == (True, "never")
        assert not looked.get_asset_materialization_events()
        run = job.execute_in_process(instance=instance)
        states = [one for one in run.get_asset_check_evaluations() if one.check_name == STATE]
        assert [one.metadata["state"].value for one in states] == ["fresh"]
