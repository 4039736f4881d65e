"""Notices as the lists tell them, in catalog.json and releases.json, and in catalog.duckdb."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from nights import major
from worlds import SLUG, World, declaration, table_csv

from catalog.declaration.strict import Text
from catalog.derived import releases_json
from catalog.derived.noticed import told
from catalog.release import notices
from pipelines.refresh.announce import Announcement, TakeBack, announce
from pipelines.refresh.withdraw import Withdrawal, withdraw
from pipelines.run import write_lists

CHANGE = Announcement("Lin", dt.date(2026, 7, 1), Text(en="In metres.", zh_tw="改以公尺計。"), fields=("level",))


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.declare(declaration())
    for rows in ({"a": 1}, {"b": 2}):
        world.tell(table_csv(rows))
    return world


def listed(world: World, key: str) -> list[dict[str, Any]]:
    stored = json.loads(world.public.get(key).body)
    found: list[dict[str, Any]] = (stored["datasets"][0] if "datasets" in stored else stored)["notices"]
    return found


def test_without_notices_nothing_is_told() -> None:
    assert told((), ()) == {}


def test_every_list_tells_what_became_of_an_announcement(world: World) -> None:
    announce(world.ctx, SLUG, CHANGE)
    announce(world.ctx, SLUG, Announcement("Wu", dt.date(2026, 8, 1), CHANGE.change, replaces=1))
    withdraw(world.ctx, SLUG, 2, Withdrawal("Lin", "It holds names."))
    write_lists(world.ctx)
    for key in ("catalog.json", "datasets/rivers/releases.json"):
        first, second, gone = listed(world, key)
        assert (first["kind"], first["state"], first["ended_by"]) == ("breaking-change", "replaced", 2)
        assert (second["state"], second["from"], second["replaces"]) == ("to-come", "2026-08-01", 1)
        assert second["path"] == "datasets/rivers/notices/2.json"
        assert second["change"] == {"en": "In metres.", "zh-TW": "改以公尺計。"}
        assert (gone["kind"], gone.get("state"), "hashes" in gone) == ("withdrawal", None, False)
    assert [each.get("withdrawn") for each in releases_json.listed(world.public, SLUG)] == [None, 3]
    assert [each.notice.i for each in releases_json.to_come(world.public, SLUG, notices.read(world.public, SLUG))] == [
        2
    ]


def test_with_a_major_version_it_has_come(world: World) -> None:
    announce(world.ctx, SLUG, CHANGE)
    write_lists(world.ctx)
    assert listed(world, "catalog.json")[0]["state"] == "to-come"
    major(world)
    assert world.newest().version == "2.0.0"
    write_lists(world.ctx)
    for key in ("catalog.json", "datasets/rivers/releases.json"):
        assert (listed(world, key)[0]["state"], listed(world, key)[0]["came_with"]) == ("came", 3)
    assert releases_json.to_come(world.public, SLUG, notices.read(world.public, SLUG)) == []


def test_the_database_has_a_row_for_each_announcement(world: World, tmp_path: Path) -> None:
    announce(world.ctx, SLUG, CHANGE)
    write_lists(world.ctx)
    before = world.public.head("catalog.duckdb")
    write_lists(world.ctx)
    assert world.public.head("catalog.duckdb") == before
    announce(world.ctx, SLUG, TakeBack("Wu", "It stays.", 1))
    write_lists(world.ctx)
    with duckdb.connect(str(tmp_path / "public" / "catalog.duckdb"), read_only=True) as db:
        rows = db.execute("SELECT i, starts, change_zh, fields, state, ended_by, came_with FROM meta.announcements")
        assert rows.fetchall() == [(1, dt.date(2026, 7, 1), "改以公尺計。", ["level"], "taken-back", 2, None)]
        assert db.execute("SELECT count(*) FROM meta.notices").fetchone() == (0,)
