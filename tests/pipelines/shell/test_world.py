"""The world of one run: opened once, and every error one sentence."""

import datetime as dt
import json
from pathlib import Path

import dagster as dg
import pytest
from replays import NIGHTS, night, recorded, stamps, world_of
from worlds import SLUG, declaration, inline
from worlds import World as Home

from catalog import keys
from catalog.errors import MinshengError, SourceError, StoreError
from pipelines.context import Clock, Context
from pipelines.declared import Declarations
from pipelines.fetch.fetcher import Unreachable
from pipelines.fetch.replay import Replay
from pipelines.records import Fetched
from pipelines.run import run
from pipelines.settings import Settings, read
from pipelines.shell import world as module
from pipelines.shell.location import build
from pipelines.shell.names import STAGES, key
from pipelines.shell.world import World, plainly


@pytest.fixture
def chosen(tmp_path: Path) -> Settings:
    home = Home(tmp_path)
    home.declare(declaration())
    names = {"STORE": f"file:{tmp_path / 'public'}", "EVIDENCE": f"file:{tmp_path / 'private'}", "HOME": str(tmp_path)}
    return read({f"MINSHENG_{name}": value for name, value in (names | {"DATASETS": str(home.datasets)}).items()})


def test_nothing_is_opened_before_the_first_step_and_then_once(chosen: Settings):
    with World(chosen) as world:
        assert not (chosen.home / "public").exists() or list((chosen.home / "public").iterdir()) == []
        assert world.shared is world.shared
        assert world.of(SLUG) is world.of(SLUG)
        assert world.of(SLUG).clock is not world.shared.clock
        assert not world.begun
        assert world.sources([SLUG]) is world.sources([SLUG])
        assert world.begun


def test_an_error_of_the_store_is_the_same_for_every_step(chosen: Settings, monkeypatch: pytest.MonkeyPatch):
    tries = []

    def away(settings: Settings) -> None:
        tries.append(settings)
        raise StoreError("the store is away")

    monkeypatch.setattr(module.settings, "open_context", away)
    with World(chosen) as world:
        for _ in range(2):
            with pytest.raises(StoreError, match="the store is away"):
                _ = world.shared
    assert len(tries) == 1


@pytest.mark.parametrize(
    ("error", "retried"), [(Unreachable("no answer"), True), (SourceError("expected JSON"), False)]
)
def test_only_an_agency_that_does_not_answer_is_asked_again(chosen: Settings, error: MinshengError, retried: bool):
    with World(chosen) as world, pytest.raises(dg.Failure) as raised, plainly(world, SLUG):
        raise error
    assert raised.value.allow_retries is retried
    assert str(error) in (raised.value.description or "")


def test_a_home_that_was_not_opened_is_left_alone(chosen: Settings):
    with World(chosen) as world, pytest.raises(dg.Failure), plainly(world, SLUG):
        raise SourceError("expected JSON")
    assert not [path for path in (chosen.home / "public").rglob("*") if path.is_file()]


def test_a_home_that_was_opened_says_why_the_dataset_fails(chosen: Settings):
    with World(chosen) as world:
        world.sources([SLUG])
        with pytest.raises(dg.Failure), plainly(world, SLUG):
            raise SourceError("expected JSON")
    assert '"failing"' in (chosen.home / "public" / "datasets" / SLUG / "status.json").read_text()


def test_a_clock_in_doubt_stops_a_job_and_the_launchpad_vouches_for_it(chosen: Settings):
    future = dt.datetime.fromisoformat("2136-11-21T01:30:00+08:00")
    home = Home(chosen.home)
    home.declare(inline("spots"), table="site,level\na,1\n")
    for slug in (SLUG, "spots"):
        home.ctx.evidence(slug).record(Fetched({}, future, (), None))
    defs = build(chosen)
    with dg.DagsterInstance.ephemeral() as instance:
        stopped = defs.resolve_job_def("nightly").execute_in_process(instance=instance, raise_on_error=False)
        told = [
            event.step_failure_data.user_failure_data.description
            for event in stopped.all_events
            if event.is_step_failure
        ]
        assert told
        assert all(one.endswith("`resources: {world: {config: {clock_is_right: true}}}`") for one in told)
        assert not (chosen.home / "public").exists() or not list((chosen.home / "public").rglob("*.json"))
        config = {"resources": {"world": {"config": {"clock_is_right": True}}}}
        went_on = defs.resolve_job_def("agency_waters").execute_in_process(
            instance=instance,
            run_config=config,
            raise_on_error=False,
            asset_selection=[key(stage, "spots") for stage in STAGES],
        )
    assert went_on.success
    assert "clock_is_right_at" in json.loads(home.private.get(keys.evidence("spots", 2)).body)
    assert home.newest("spots").created < future.isoformat()


def test_dagster_gives_them_the_same_clocks(tmp_path: Path) -> None:
    """But all at once, as a night does: one release of each, of its newest evidence."""
    folder = recorded(tmp_path / "recorded")
    world = world_of(tmp_path / "dagster")
    names = {
        "HOME": str(world.root),
        "STORE": f"file:{world.root / 'public'}",
        "EVIDENCE": f"file:{world.root / 'private'}",
        "DATASETS": str(world.datasets),
        "SOURCES": f"replay:{folder}",
    }
    defs = build(read({f"MINSHENG_{name}": value for name, value in names.items()}))
    with dg.DagsterInstance.ephemeral() as instance:
        defs.resolve_job_def("nightly").execute_in_process(instance=instance, raise_on_error=False)
    plain = world_of(tmp_path / "plain")
    ctx = Context(plain.public, plain.private, Declarations(plain.datasets), {}, clock=Clock())
    list(run(ctx, Replay(folder), [*NIGHTS, "places"]))
    assert stamps(world)["april"][0] == (night("2026-04-18"), night("2026-04-18"))
    assert {slug: found for slug, found in stamps(world).items() if slug != "may"} == {
        slug: found for slug, found in stamps(plain).items() if slug != "may"
    }
