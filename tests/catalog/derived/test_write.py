"""What is derived of all datasets together: catalog.json, and that a damaged dataset stops no other one."""

import json
from pathlib import Path
from typing import Any

import pytest
from watched import Calls, Watched
from worlds import World, damage, declaration, table_csv

from catalog import keys
from catalog.derived import figures
from catalog.derived import write as derived
from catalog.errors import MinshengError
from catalog.store import put_over

SLUGS = ["lakes", "rivers", "wells"]


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Two datasets with a release, and one that has none yet."""
    made = World(tmp_path)
    for slug in SLUGS:
        made.declare(declaration(slug))
    for slug in SLUGS[:2]:
        made.tell(table_csv({"a": 1}), slug)
    derived.write(made.public, SLUGS)
    return made


def listed(world: World) -> dict[str, Any]:
    """The datasets of catalog.json, by name."""
    return {each["name"]: each for each in json.loads(world.public.get(derived.KEY).body)["datasets"]}


def test_the_catalog_lists_each_dataset_that_has_a_release(world: World) -> None:
    entries, newest = listed(world), world.newest("rivers")
    assert list(entries) == ["lakes", "rivers"]
    rivers = entries["rivers"]
    assert (rivers["release"], rivers["version"], rivers["rows"]) == (1, "1.0.0", 1)
    assert (rivers["sha256"], rivers["bytes"]) == (newest.sha256, newest.total_bytes)
    assert rivers["changes"] == {"insert": 1, "update": 0, "delete": 0}
    assert rivers["path"] == keys.pointer("rivers")
    assert rivers["this_release"] == keys.document("rivers", 1)


def test_again_without_news_nothing_is_written(world: World) -> None:
    calls = Calls()
    derived.write(Watched(world.public, calls), SLUGS)
    assert [key for verb, key, _ in calls.made if verb.startswith("put")] == []


def test_a_damaged_dataset_is_listed_as_it_was_and_nothing_of_what_is_found_there_is_told(world: World) -> None:
    before = listed(world)
    world.public.delete(keys.document("rivers", 1))
    world.public.put_new(keys.document("rivers", 1), b"0912-secret")
    world.tell(table_csv({"a": 2}), "lakes")
    derived.write(world.public, SLUGS)
    entries = listed(world)
    assert entries["rivers"].pop("damaged") == derived.DAMAGED == "what is stored is not what its document says"
    shown = b"".join(world.public.get(key).body for key in world.public.list("") if key.endswith((".html", "g.json")))
    assert b"0912-secret" not in shown
    assert entries["rivers"] == before["rivers"]
    assert entries["lakes"]["release"] == 2


@pytest.mark.parametrize("lost", [1, 2])
def test_where_the_list_is_made_anew_a_lost_document_is_told(world: World, lost: int) -> None:
    for level in (2, 3):
        world.tell(table_csv({"a": level}), "rivers")
    derived.write(world.public, SLUGS)
    world.public.delete(keys.document("rivers", lost))
    put_over(world.public, keys.releases("rivers"), b"{")
    derived.write(world.public, SLUGS)
    assert "damaged" in listed(world)["rivers"]
    assert "damaged" not in listed(world)["lakes"]


def test_a_damaged_dataset_that_was_never_listed_has_its_name(world: World) -> None:
    put_over(world.public, derived.KEY, b"[")
    world.public.delete(keys.document("rivers", 1))
    world.public.put_new(keys.document("rivers", 1), b"{")
    derived.write(world.public, SLUGS)
    assert set(listed(world)["rivers"]) == {"name", "damaged"}


def test_what_cannot_be_made_of_one_dataset_is_told_when_all_else_is_written(world: World) -> None:
    world.tell(table_csv({"a": 2}), "rivers")
    world.tell(table_csv({"a": 2}), "lakes")
    damage(world.public, world.newest("lakes"), "quality", "missing")
    with pytest.raises(MinshengError, match=r"facts/quality\.[0-9a-f]{16}\.json of release 2"):
        derived.write(world.public, SLUGS)
    assert listed(world)["rivers"]["release"] == listed(world)["lakes"]["release"] == 2
    assert world.public.head(keys.release_page("rivers", 2, "en")) is not None
    assert world.public.head(keys.release_page("lakes", 2, "en")) is None


def test_figures_that_cannot_be_made_stop_no_other_file_and_a_workbook_that_cannot_stops_no_figures(
    world: World,
) -> None:
    for slug in SLUGS[:2]:
        world.tell(table_csv({"a": 2}), slug)
    damage(world.public, world.newest("lakes"), "declaration", "flipped")
    damage(world.public, world.newest("rivers"), "schema", "flipped")
    with pytest.raises(MinshengError):
        derived.write(world.public, SLUGS)
    made = {slug: figures.read(world.public, slug) for slug in SLUGS}
    assert [slug for slug, each in made.items() if each is not None and each.n == 2] == ["rivers"]
    assert made["lakes"] is not None
    assert made["lakes"].n == 1, "the last good ones stay where they lie, and no page shows them"
    assert [listed(world)[slug]["release"] for slug in SLUGS[:2]] == [2, 2]
