"""A world whose settings the commands find in the environment."""

import os
from pathlib import Path

import pytest
from consoles import Console
from nights import DAILY, LOOSE, MONTHS
from worlds import World, declaration, inline


@pytest.fixture
def console(capsys: pytest.CaptureFixture[str]) -> Console:
    return Console(capsys)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """An empty world, and the settings that lead to it."""
    made = World(tmp_path / "it's home")
    for name in [name for name in os.environ if name.startswith("MINSHENG_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MINSHENG_HOME", str(made.root))
    monkeypatch.setenv("MINSHENG_STORE", f"file:{made.root / 'public'}")
    monkeypatch.setenv("MINSHENG_EVIDENCE", f"file:{made.root / 'private'}")
    monkeypatch.setenv("MINSHENG_DATASETS", str(made.datasets))
    monkeypatch.setenv("COLUMNS", "300")
    return made


@pytest.fixture
def world(settings: World) -> World:
    """Releases at 09:00 and 10:00 of 1 July."""
    settings.declare(declaration(fields=DAILY, guards=LOOSE, load="replace", **MONTHS))
    settings.tell("site,day,level\na,2026-01-01,1\nb,2026-02-01,2\nc,2026-02-02,3\n")
    settings.tell("site,day,level\na,2026-01-01, 1.50 \nb,2026-02-01,2\n")
    return settings


@pytest.fixture
def table(settings: World) -> World:
    """A table that the steward keeps, declared and not run yet."""
    settings.declare(inline("spots"), table="site,level\n臺北,1\nb,2\n")
    return settings
