"""Of thirty datasets, a release of one writes its own pages and those that list it; a quiet night writes none."""

from pathlib import Path

import pytest
from ministries import derive
from watched import Calls, Watched
from worlds import World, declaration, table_csv

SLUGS = [f"well-{i:02}" for i in range(30)]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = World(tmp_path_factory.mktemp("thirty"))
    for i, slug in enumerate(SLUGS):
        made.declare(declaration(slug, load="replace", due={"fetched": "30d"}))
        made.tell(table_csv({"east": i, "west": i + 1}), slug)
    derive(made)
    return made


def written(world: World) -> set[str]:
    calls = Calls()
    derive(world, Watched(world.public, calls))
    return {key for verb, key, _ in calls.made if verb.startswith("put")}


@pytest.mark.soak
def test_a_release_of_one_of_thirty_writes_its_own_pages_and_the_lists(world: World) -> None:
    assert written(world) == set()
    world.tell(table_csv({"east": 500, "west": 600}), SLUGS[7])
    keys = written(world)
    own = {key for key in keys if key.startswith(f"datasets/{SLUGS[7]}/")}
    others = {key.split("/")[1] for key in keys if key.startswith("datasets/")} - {SLUGS[7]}
    assert others == set(), "no page of another dataset"
    pages = {key for key in own if key.endswith(".html")}
    assert pages == {
        f"datasets/{SLUGS[7]}/{name}{language}.html"
        for name in ("index", "changes", "compare", "explore", "quality", "release-2")
        for language in ("", ".en")
    }
    lists = {key for key in keys - own if key.endswith(".html")}
    assert {"index.html", "index.en.html", "changes.html", "changes.en.html"} <= lists
    assert all(key.startswith(("index", "changes", "search", "site/agencies/", "site/use")) for key in lists), lists
    assert len([key for key in keys if key.startswith("site/search/")]) <= 1, "the one file of rows that holds it"
    assert written(world) == set()


@pytest.mark.soak
def test_where_the_site_was_lost_it_is_made_again_whole(world: World) -> None:
    pages = {key for key in world.public.list("") if key.endswith(".html")}
    for key in pages:
        Path(world.root, "public", key).unlink()
    Path(world.root, "public", "site", "made-of.json").unlink()
    derive(world)
    assert {key for key in world.public.list("") if key.endswith(".html")} == pages
