"""What pages are made of: how each dataset stands at a moment, and a release with its facts."""

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from stores import quick_store
from watched import Calls, Watched
from worlds import World, damage

from catalog import keys
from catalog.errors import IntegrityError
from catalog.release import publish
from catalog.site.sources import Reader, standings
from catalog.store import put_over

LOOKED = dt.datetime.fromisoformat("2026-07-01T10:00:00+08:00")
STATUS = {
    "state": "fresh",
    "since": "2026-07-01T08:00:00+08:00",
    "failed_checks": [],
    "last_checked": LOOKED.isoformat(),
    "due_at": "2026-07-01T12:00:00+08:00",
    "reasons": [],
}


@pytest.mark.parametrize(
    ("hours", "state", "since"),
    [(2, "fresh", STATUS["since"]), (2.01, "overdue", STATUS["due_at"])],
)
def test_fresh_until_news_is_due(tmp_path: Path, hours: float, state: str, since: str) -> None:
    store = quick_store(tmp_path)
    put_over(store, keys.status("rivers"), json.dumps(STATUS).encode())
    standing = standings(store, ["rivers"], LOOKED + dt.timedelta(hours=hours))["rivers"]
    assert (standing.state, standing.since) == (state, since)


def test_without_a_moment_it_is_the_newest_look(tmp_path: Path) -> None:
    store = quick_store(tmp_path)
    put_over(store, keys.status("rivers"), json.dumps(STATUS).encode())
    assert standings(store, ["rivers"], None)["rivers"].state == "fresh"
    later = STATUS | {"last_checked": "2026-07-01T13:00:00+08:00", "due_at": None}
    put_over(store, keys.status("lakes"), json.dumps(later).encode())
    found = standings(store, ["rivers", "lakes"], None)
    assert [(slug, standing.state) for slug, standing in found.items()] == [("rivers", "overdue"), ("lakes", "fresh")]


@pytest.mark.parametrize("body", [b"", b"[", b"[]", json.dumps(STATUS | {"state": "odd"}).encode()])
def test_a_broken_or_absent_status_is_left_out(tmp_path: Path, body: bytes) -> None:
    store = quick_store(tmp_path)
    put_over(store, keys.status("rivers"), body)
    assert standings(store, ["rivers", "lakes"], LOOKED) == {}


def test_facts_that_releases_share_are_read_once(world: World) -> None:
    calls = Calls()
    reader = Reader(Watched(world.public, calls))
    newest = publish.newest(world.public, "rivers")
    assert newest is not None
    first, again = reader.released(newest), reader.released(newest)
    assert first == again
    asked = [key for _, key, _ in calls.made]
    assert len(asked) == len(set(asked)) == 3
    assert first.slug == "rivers"
    assert first.declared["name"] == "rivers"
    assert not first.is_reference


def test_a_table_that_stewards_keep_is_a_reference(world: World) -> None:
    newest = publish.newest(world.public, "places")
    assert newest is not None
    assert Reader(world.public).released(newest).is_reference


def test_a_damaged_fact_is_an_error(copy: Callable[[], World]) -> None:
    world = copy()
    newest = publish.newest(world.public, "rivers")
    damage(world.public, newest, "quality", "flipped")
    with pytest.raises(IntegrityError, match=r"facts/quality\.[0-9a-f]{16}\.json of release"):
        Reader(world.public).released(newest)
