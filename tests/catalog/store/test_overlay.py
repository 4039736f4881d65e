"""What is written into an overlay hides what is behind it, by the rules of a store, and never gets there."""

from pathlib import Path

import pytest
from watched import Calls, Watched

from catalog.store import Absent, Blob, Changed, Exists
from catalog.store.file import FileStore
from catalog.store.overlay import Overlay

OLD, NEW = "datasets/air/datapackage-1.json", "datasets/air/datapackage-2.json"


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
def overlay(tmp_path: Path, calls: Calls) -> Overlay:
    behind = FileStore(tmp_path, durable=False)
    behind.put_new(OLD, b"old")
    return Overlay(Watched(behind, calls))


def test_it_keeps_the_rules_of_a_store_over_both(overlay: Overlay) -> None:
    with pytest.raises(Exists):
        overlay.put_new(OLD, b"other")
    overlay.put_new(NEW, b"new")
    with pytest.raises(Exists):
        overlay.put_new(NEW, b"other")
    with pytest.raises(Changed):
        overlay.put_if(OLD, b"other", "stale")
    with pytest.raises(Changed):
        overlay.put_if(NEW, b"other", None)
    etag = overlay.put_if(OLD, b"changed", overlay.get(OLD).etag)
    assert overlay.get(OLD) == Blob(b"changed", etag)
    assert overlay.get(OLD, (1, 4)).body == b"han"
    opened = overlay.open(NEW)
    assert (opened.size, opened.read((0, 2))) == (3, b"ne")
    assert overlay.sizes("datasets/air/") == {OLD: 7, NEW: 3}


def test_what_is_removed_is_absent_and_may_come_again(overlay: Overlay) -> None:
    overlay.delete(OLD)
    assert (overlay.head(OLD), list(overlay.list("datasets/"))) == (None, [])
    with pytest.raises(Absent):
        overlay.get(OLD)
    overlay.put_new(OLD, b"again")
    assert overlay.get(OLD).body == b"again"


def test_the_store_behind_is_only_read(overlay: Overlay, calls: Calls, tmp_path: Path) -> None:
    overlay.put_new(NEW, b"new")
    overlay.put_if(OLD, b"changed", overlay.get(OLD).etag)
    overlay.delete(OLD)
    assert {verb for verb, _, _ in calls.made} <= {"get", "head", "list", "sizes", "open"}
    assert FileStore(tmp_path).sizes("") == {OLD: 3}
