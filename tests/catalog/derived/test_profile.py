"""profile.json follows the newest release, and a night reads only the partitions whose content is new."""

from pathlib import Path
from typing import Any

import pytest
from nights import DAILY, LOOSE, MONTHS, approve, redeclare
from stores import quick_stores
from watched import Calls, Watched
from worlds import SLUG, World, column, damage, dataset, declaration, publish_rows

from catalog import keys
from catalog.derived import profile, releases_json
from catalog.derived import write as derived
from catalog.errors import IntegrityError
from catalog.profile import document
from catalog.profile.document import Profile
from catalog.store import put_over


def lines(months: range, level: float = 1, sites: str = "ab") -> str:
    rows = [f"{site},2026-{month:02}-{day:02},{level}" for month in months for day in (1, 2, 3) for site in sites]
    return "\n".join(["site,day,level", *rows, ""])


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.declare(declaration(fields=DAILY, guards=LOOSE, **MONTHS))
    made.tell(lines(range(1, 7)))
    write(made)
    return made


def write(world: World) -> list[tuple[str, str]]:
    """Write the profile; return the calls for it."""
    newest, calls = world.newest(), Calls()
    listed = releases_json.upto(world.public, SLUG, newest)
    profile.write(Watched(world.public, calls), newest, listed)
    return [(verb, key) for verb, key, _ in calls.made]


def data(calls: list[tuple[str, str]]) -> list[str]:
    """The months that were read."""
    return sorted(key.partition("_")[2][:7] for verb, key in calls if verb == "get" and "/data/" in key)


def read(world: World) -> Profile:
    found = document.read(world.public, world.newest())
    assert found is not None
    return found


def test_an_unchanged_night_asks_once(world: World) -> None:
    assert write(world) == [("get", keys.profile(SLUG))]


def test_a_night_reads_the_partition_that_it_changes(world: World) -> None:
    world.tell("site,day,level\na,2026-03-02,9\n")
    calls = write(world)
    assert data(calls) == ["2026-03"]
    assert [key for verb, key in calls if verb.startswith("put")] == [keys.profile_parts(SLUG), keys.profile(SLUG)]
    found = read(world)
    assert found.columns["level"].high == 9
    assert found.drift["level"].high == (1, 9)
    assert [release.n for release in found.releases] == [1, 2]


def test_what_is_kept_is_what_would_be_counted_at_once(world: World) -> None:
    for month in (3, 8):
        world.tell(f"site,day,level\na,2026-{month:02}-02,{month / 7}\n")
        write(world)
    bodies = [world.public.get(key).body for key in (keys.profile(SLUG), keys.profile_parts(SLUG))]
    for key in (keys.profile(SLUG), keys.profile_parts(SLUG)):
        world.public.delete(key)
    assert data(write(world)) == [
        "2026-01",
        "2026-02",
        "2026-03",
        "2026-03",
        "2026-04",
        "2026-05",
        "2026-06",
        "2026-08",
    ]
    assert [world.public.get(key).body for key in (keys.profile(SLUG), keys.profile_parts(SLUG))] == bodies


@pytest.mark.parametrize("body", [b"", b"{", b"{}", b'{"shape":"x","parts":{}}'])
def test_what_is_broken_is_made_again(world: World, body: bytes) -> None:
    whole = world.public.get(keys.profile(SLUG)).body
    put_over(world.public, keys.profile(SLUG), body)
    assert data(write(world)) == []
    assert world.public.get(keys.profile(SLUG)).body == whole
    put_over(world.public, keys.profile_parts(SLUG), body)
    put_over(world.public, keys.profile(SLUG), body)
    assert len(data(write(world))) == 6
    assert world.public.get(keys.profile(SLUG)).body == whole


def test_a_text_that_changes_reads_no_rows_and_another_type_reads_all(world: World) -> None:
    titled = [DAILY[0], DAILY[1], DAILY[2] | {"title": {"en": "Height", "zh-TW": "水位"}}]
    redeclare(world, fields=titled, guards=LOOSE, **MONTHS)
    world.settle()
    assert world.newest().n == 2
    assert data(write(world)) == []
    redeclare(world, fields=[DAILY[0], DAILY[1], column("level", "integer")], guards=LOOSE, **MONTHS)
    world.settle()
    approve(world)
    assert world.newest().n == 3
    assert len(data(write(world))) == 6


def test_the_drift_has_the_newest_releases_only(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "MOST_RELEASES", 3)
    for level in (2, 3, 4, 5):
        world.tell(f"site,day,level\na,2026-05-01,{level}\n")
        write(world)
    found = read(world)
    assert [release.n for release in found.releases] == [3, 4, 5]
    assert found.drift["level"].high == (3, 4, 5)
    assert found.drift["level"].missing == (0, 0, 0)


def test_releases_that_were_made_in_between_are_in_the_drift(world: World) -> None:
    for level in (2, 3):
        world.tell(f"site,day,level\na,2026-05-01,{level}\n")
    assert data(write(world)) == ["2026-05", "2026-05"]
    assert read(world).drift["level"].high == (1, 2, 3)


def test_an_old_release_that_cannot_be_read_is_left_out(world: World) -> None:
    for level in (2, 3):
        world.tell(f"site,day,level\na,2026-05-01,{level}\n")
    path = releases_json.upto(world.public, SLUG, world.newest())[1]["added"][0]["path"]
    world.public.delete(keys.dataset(SLUG, path))
    write(world)
    assert [release.n for release in read(world).releases] == [1, 3]


@pytest.mark.parametrize("more", [{}, {"partitions": ()}])
def test_a_table_without_rows_has_a_profile(tmp_path: Path, more: dict[str, Any]) -> None:
    public, private = quick_stores(tmp_path)
    facts = {"quality": {}, "provenance": {}, "declaration": {"dataset": dataset().dump()}}
    release = publish_rows(public, private, {}, facts=facts, **more)
    profile.write(public, release, releases_json.upto(public, SLUG, release))
    found = document.read(public, release)
    assert found is not None
    assert (found.rows, found.coverage, set(found.columns)) == (0, None, {"site", "level"})


def test_hostile_values_stay_values(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.declare(declaration(fields=[column("site"), column("note")], guards=LOOSE))
    hostile = ["<script>alert(1)</script>", "=1+1", "\u202etxt.exe", "x" * 10_000]
    world.tell("site,note\n" + "".join(f"s{i},{text}\n" for i, text in enumerate(hostile)))
    write(world)
    top = dict(read(world).columns["note"].top)
    assert set(hostile[:3]) < set(top)
    assert max(map(len, top)) < 100


def test_damaged_data_is_told_and_stops_no_other_dataset(world: World, tmp_path: Path) -> None:
    world.declare(declaration("lakes", guards=LOOSE))
    world.tell("site,level\na,1\n", "lakes")
    world.tell("site,day,level\na,2026-06-01,9\n")
    damage(world.public, world.newest(), "data", "flipped")
    with pytest.raises(IntegrityError, match=r"rivers_2026-06\.[0-9a-f]{16}\.parquet of release 2"):
        derived.write(world.public, ["lakes", SLUG])
    assert document.read(world.public, world.newest()) is None
    assert world.public.head(keys.profile("lakes")) is not None
