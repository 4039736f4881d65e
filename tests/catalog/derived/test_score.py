"""score.json follows what changed, is made anew where it is lost, and reads no rows."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ministries import derive, ministry, rivers
from watched import Calls, Watched
from worlds import World, damage

from catalog import keys
from catalog.derived import releases_json, score
from catalog.derived import write as derived
from catalog.errors import IntegrityError, MinshengError
from catalog.release import publish
from catalog.score.scores import Score, read
from catalog.site.sources import Standing
from catalog.store.file import FileStore

KEY = keys.score("rivers")
FRESH = Standing("rivers", "fresh", "2026-07-01T00:00:00+08:00", (), ())
OLD = Path(__file__).parents[2] / "stores" / "0.1.0"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Not to be changed."""
    world = ministry(tmp_path_factory.mktemp("ministry"))
    derive(world)
    return world


@pytest.fixture
def world(made: World, tmp_path: Path) -> World:
    root = tmp_path / "home"
    shutil.copytree(made.root, root)
    copied = World(root, made.now)
    copied.ctx.clock.advance(made.now)
    return copied


def update(world: World, standing: Standing | None = FRESH) -> tuple[Score, list[tuple[str, str]]]:
    """The score, and the calls that it took."""
    newest = world.newest("rivers")
    listed, calls = releases_json.update(world.public, "rivers", newest), Calls()
    found = score.update(Watched(world.public, calls), newest, listed, standing)
    return found, [(verb, key) for verb, key, _ in calls.made]


def test_every_dataset_that_has_a_release_has_a_score_with_an_entry_for_each(made: World) -> None:
    found = {slug: read(json.loads(made.public.get(keys.score(slug)).body)) for slug in ("rivers", "wells", "lakes")}
    assert {slug: (each.release, each.state, len(each.releases)) for slug, each in found.items() if each} == {
        "rivers": (2, "fresh", 2),
        "wells": (1, "overdue", 1),
        "lakes": (1, "held", 1),
    }
    assert made.public.head(keys.score("ponds")) is None, "it has no release"


def test_a_night_without_news_reads_one_file_and_writes_none(world: World) -> None:
    assert update(world)[1] == [("get", KEY)]


def test_a_new_release_adds_an_entry_and_older_ones_are_not_read_again(world: World) -> None:
    before, _ = update(world)
    world.tell(rivers(8), "rivers")
    after, calls = update(world)
    assert after.releases[:2] == before.releases
    assert [each.n for each in after.releases] == [1, 2, 3]
    facts = world.newest("rivers").facts
    names = [*(facts.facts[name].path for name in ("quality", "declaration")), facts.schema.path]
    reads = [key for verb, key in calls if verb == "get"]
    # Twice score.json: what it says, and whether it is still that when it is replaced.
    assert sorted(reads) == sorted([KEY, KEY, *(keys.dataset("rivers", name) for name in names)])
    assert [key for verb, key in calls if verb.startswith("put")] == [KEY]


def test_a_change_of_state_makes_the_sum_of_today_and_no_entry(world: World) -> None:
    before, _ = update(world)
    after, calls = update(world, FRESH._replace(state="overdue"))
    assert after.releases == before.releases
    assert (before.score or 0) > (after.score or 0)
    assert [key for verb, key in calls if verb.startswith("put")] == [KEY]
    assert update(world, None)[0].state is None


def test_no_rows_are_read_for_it(world: World) -> None:
    world.public.delete(KEY)
    _, calls = update(world)
    assert [key for _, key in calls if key.endswith((".parquet", ".csv.gz"))] == []


def spoilt(body: bytes, **change: Any) -> bytes:
    return json.dumps(json.loads(body) | change).encode()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: None,
        lambda _: b"",
        lambda _: b"[]",
        lambda body: body[:-20],
        lambda body: spoilt(body, score=100),
        lambda body: spoilt(body, formula=0),
        lambda body: spoilt(body, releases=[]),
    ],
)
def test_one_that_is_gone_or_altered_is_made_anew_with_the_same_bytes(
    world: World, spoil: Callable[[bytes], bytes | None]
) -> None:
    whole = update(world)[0].body
    world.public.delete(KEY)
    body = spoil(whole)
    if body is not None:
        world.public.put_new(KEY, body)
    assert update(world)[0].body == whole == world.public.get(KEY).body


def test_entries_of_another_history_are_not_believed(world: World) -> None:
    found, _ = update(world)
    newest = world.newest("rivers")
    listed = releases_json.update(world.public, "rivers", newest)
    strange = [listed[0] | {"sha256": "0" * 64}, listed[1]]
    assert score._known(found, strange) == []
    assert score._known(found, listed) == found.releases


def test_a_damaged_fact_costs_its_own_dataset_the_score_and_no_other_one(world: World) -> None:
    damage(world.public, world.newest("rivers"), "quality", "flipped")
    world.public.delete(KEY)
    world.public.delete(keys.score("wells"))
    with pytest.raises(IntegrityError):
        update(world)
    with pytest.raises(MinshengError):
        derive(world)
    assert world.public.head(KEY) is None
    assert world.public.head(keys.score("wells")) is not None


def test_a_store_of_an_earlier_version_is_scored_back_to_its_first_release(tmp_path: Path) -> None:
    shutil.copytree(OLD / "public", tmp_path / "public")
    public = FileStore(tmp_path / "public")
    slugs = ["highest", "lakes", "markets", "places", "rivers"]
    derived.write(public, slugs)
    found = {slug: read(publish.read_json(public, keys.score(slug))) for slug in slugs}
    counts = {slug: len(each.releases) for slug, each in found.items() if each}
    assert counts == {"highest": 1, "lakes": 3, "markets": 2, "places": 1, "rivers": 6}
    every = [release.score for each in found.values() if each for release in each.releases]
    assert all(points is not None and 50 < points < 100 for points in every)
