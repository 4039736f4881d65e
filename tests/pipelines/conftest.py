"""A world with one dataset declared, for each test; and one whose agencies are the sandbox, after a good night."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from agencies import DATASETS, NOW, declared, night
from nights import Make
from worlds import World, declaration

from sandbox import Sandbox


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Make a world with one dataset declared."""

    def made(name: str = "home", **more: Any) -> World:
        quality = more.pop("quality", None)
        world = World(tmp_path / name)
        world.declare(declaration(**more), quality)
        return world

    return made


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The sandbox, as the agencies of `agencies.declared`."""
    with Sandbox(declared(tmp_path_factory.mktemp("sandbox")).datasets, NOW) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Iterator[Sandbox]:
    """The same, at the time of the good night; no fault outlives a test."""
    running.now = NOW
    yield running
    running.clear_faults()


@pytest.fixture(scope="module")
def after_a_good_night(running: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which every dataset was released once."""
    root = tmp_path_factory.mktemp("good")
    running.now = NOW
    items = [item for slug in DATASETS for item in night(declared(root), running, slug)]
    assert [item.outcome for item in items] == ["released"] * len(DATASETS)
    return root


@pytest.fixture
def world(after_a_good_night: Path, tmp_path: Path) -> World:
    """A copy of that home."""
    shutil.copytree(after_a_good_night, tmp_path / "home")
    return World(tmp_path / "home")
