"""A night in which each dataset stands otherwise."""

import datetime as dt
from pathlib import Path

import pytest
from mixed_nights import mixed
from worlds import World


@pytest.fixture(scope="session")
def _mixed(tmp_path_factory: pytest.TempPathFactory) -> World:
    return mixed(tmp_path_factory.mktemp("mixed") / "home")


@pytest.fixture
def world(_mixed: World, tmp_path: Path) -> World:
    """A copy that may be changed."""
    return _mixed.copied(tmp_path / "home")


@pytest.fixture
def morning(world: World) -> dt.datetime:
    """Soon after the last of it."""
    return world.now + dt.timedelta(minutes=5)
