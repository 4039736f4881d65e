"""A world with one dataset declared, for each test."""

from pathlib import Path
from typing import Any

import pytest
from nights import Make
from worlds import World, declaration


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Make a world with one dataset declared."""

    def made(name: str = "home", **more: Any) -> World:
        quality = more.pop("quality", None)
        world = World(tmp_path / name)
        world.declare(declaration(**more), quality)
        return world

    return made
