"""The world of one run: opened once, and every error one sentence."""

from pathlib import Path

import dagster as dg
import pytest
from worlds import SLUG, declaration
from worlds import World as Home

from catalog.errors import MinshengError, SourceError, StoreError
from pipelines.fetch.fetcher import Unreachable
from pipelines.settings import Settings, read
from pipelines.shell import world as module
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
