"""A store for one run: what never changes is read once, and what is written is read back from the store itself."""

from pathlib import Path

import pytest
from watched import Calls, Watched

from catalog import keys
from catalog.store import Absent, Exists
from catalog.store import remembered as module
from catalog.store.file import FileStore
from catalog.store.remembered import Remembered

DOCUMENT, STATUS = keys.document("rivers", 1), keys.status("rivers")


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
def store(tmp_path: Path, calls: Calls) -> Remembered:
    return Remembered(Watched(FileStore(tmp_path), calls))


def verbs(calls: Calls) -> list[str]:
    return [verb for verb, _, _ in calls.made]


def test_what_is_opened_is_read_from_the_store_behind(tmp_path: Path) -> None:
    store = Remembered(FileStore(tmp_path))
    store.put_new(DOCUMENT, b"0123456789")
    assert store.get(DOCUMENT).body == b"0123456789"
    opened = store.open(DOCUMENT)
    assert (opened.size, opened.read((2, 4))) == (10, b"23")
    opened.close()


def test_what_never_changes_is_read_once(store: Remembered, calls: Calls) -> None:
    store.put_new(DOCUMENT, b"one")
    assert [store.get(DOCUMENT).body for _ in range(3)] == [b"one"] * 3
    assert store.get(DOCUMENT, (1, 3)).body == b"ne"
    head = store.head(DOCUMENT)
    assert head is not None
    assert (head.size, head.content_type) == (3, "application/json")
    assert verbs(calls) == ["put_new", "get"]


def test_what_changes_is_read_each_time(store: Remembered, calls: Calls) -> None:
    etag = store.put_if(STATUS, b"one", None)
    assert store.get(STATUS).body == b"one"
    store.put_if(STATUS, b"two", etag)
    assert store.get(STATUS).body == b"two"
    assert verbs(calls) == ["put_if", "get", "put_if", "get"]


def test_what_is_absent_is_asked_again(store: Remembered) -> None:
    with pytest.raises(Absent):
        store.get(DOCUMENT)
    assert store.head(DOCUMENT) is None
    store.put_new(DOCUMENT, b"one")
    assert store.get(DOCUMENT).body == b"one"
    with pytest.raises(Exists):
        store.put_new(DOCUMENT, b"two")


def test_a_part_of_an_object_is_not_taken_for_the_whole(store: Remembered) -> None:
    store.put_new(DOCUMENT, b"whole")
    assert store.get(DOCUMENT, (0, 2)).body == b"wh"
    assert store.get(DOCUMENT).body == b"whole"


def test_what_is_removed_is_forgotten(store: Remembered) -> None:
    store.put_new(DOCUMENT, b"one")
    store.get(DOCUMENT)
    store.delete(DOCUMENT)
    with pytest.raises(Absent):
        store.get(DOCUMENT)


def test_memory_is_bounded(store: Remembered, calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST_BYTES", 10)
    monkeypatch.setattr(module, "MOST_BYTES", 15)
    for n, size in ((1, 11), (2, 10), (3, 10)):
        store.put_new(keys.document("rivers", n), b"x" * size)
    for n in (1, 2, 3):
        assert [len(store.get(keys.document("rivers", n)).body) for _ in range(2)] != []
    gets = [key for verb, key, _ in calls.made if verb == "get"]
    assert gets.count(keys.document("rivers", 1)) == 2, "too large"
    assert gets.count(keys.document("rivers", 2)) == 1
    assert gets.count(keys.document("rivers", 3)) == 2, "no room is left"


@pytest.mark.parametrize(
    "key",
    [
        keys.SOURCE_KIND,
        keys.document("rivers", 3),
        keys.dataset("rivers", "data/rivers_all.0123456789abcdef.parquet"),
        keys.evidence("rivers", 1),
        keys.outcome("rivers", 1),
        keys.candidate("rivers", "0" * 64),
        keys.decision("rivers", 1),
        keys.notice("rivers", 1),
    ],
)
def test_these_are_created_once(key: str) -> None:
    assert keys.create_only(key)


@pytest.mark.parametrize(
    "key",
    [
        keys.pointer("rivers"),
        keys.status("rivers"),
        keys.sums("rivers", 1),
        keys.releases("rivers"),
        keys.waiting("rivers"),
        keys.failing("rivers"),
        keys.home_page("en"),
        "catalog.json",
    ],
)
def test_these_are_replaced(key: str) -> None:
    assert not keys.create_only(key)
