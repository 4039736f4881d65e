"""The ministry of the site's tests, made once; and copies of it to be spoilt."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import lands
import pytest
from browsers import CHROMIUM, chromium
from lands import country
from ministries import derive, ministry
from playwright.sync_api import Browser
from worlds import World

from catalog import keys
from catalog.derived import figures, spreadsheets
from catalog.derived.releases_json import listed
from catalog.release import publish
from catalog.score import scores
from catalog.site.pages import Entry
from catalog.site.sources import Reader, standings


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """All of it derived; not to be changed."""
    made = ministry(tmp_path_factory.mktemp("ministry"))
    derive(made)
    return made


@pytest.fixture(scope="session")
def copy(world: World, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], World]:
    """Makes a copy of the ministry."""

    def made() -> World:
        root = tmp_path_factory.mktemp("copy") / "home"
        shutil.copytree(world.root, root)
        found = World(root, world.now)
        found.ctx.clock.advance(world.now)
        return found

    return made


@pytest.fixture(scope="session")
def land(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A country of places, all of it derived; not to be changed."""
    made = country(tmp_path_factory.mktemp("land"))
    lands.derive(made)
    return made


@pytest.fixture(scope="session")
def entries(world: World) -> list[Entry]:
    """What the pages of the ministry are made of."""
    names = ["lakes", "places", "ponds", "rivers", "springs", "wells"]
    reader, stand = Reader(world.public), standings(world.public, names, world.now)
    found = []
    for slug in names:
        newest = publish.newest(world.public, slug)
        one = reader.with_left(newest) if newest else None
        history = listed(world.public, slug)
        files = spreadsheets.write(world.public, newest, history).files if newest else ()
        score = scores.read(publish.read_json(world.public, keys.score(slug)))
        shown = figures.read(world.public, slug)
        found.append(Entry(slug, one, history, stand.get(slug), files, figures=shown, score=score))
    return found


@pytest.fixture(scope="session")
def html(world: World) -> dict[str, str]:
    """Every page, by its key."""
    return {key: world.public.get(key).body.decode() for key in world.public.list("") if key.endswith(".html")}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium: one for a file of tests. Playwright's loop runs as long, and no other loop could be run beside it."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with chromium() as opened:
        yield opened


@pytest.fixture
def moved(tmp_path: Path, land: World) -> World:
    """A copy of the country."""
    shutil.copytree(land.root, tmp_path / "home")
    world = World(tmp_path / "home", land.now)
    world.ctx.clock.advance(land.now)
    return world
