"""One contract, held by each store that can hold releases."""

import concurrent.futures
import multiprocessing
import os
import time
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from catalog.errors import IntegrityError, StoreError
from catalog.store import (
    Absent,
    Blob,
    Changed,
    Exists,
    Store,
    probe,
    put_over,
    put_same,
)
from catalog.store.file import FileStore
from catalog.store.s3 import S3Store

KEY = "datasets/air/datapackage-1.json"
ROUNDS = 40
ROUND_SECONDS = 0.1
HOSTILE = ["", "/", "/etc/passwd", "a/../b", "..", ".", "a//b", "a/", "a\\b", "a b", ".minsheng/tmp/x", "a/.hidden"]
HOSTILE += ["a" * 256, "a/" * 450 + "a"]
HOSTILE += ["a\0b", "a\n", "空氣", "a%2e%2e", "-a", "file:x", "a?b", "a#b"]


class TestContract:
    def test_put_new_creates_once(self, store: Store) -> None:
        store.put_new(KEY, b"first")
        with pytest.raises(Exists, match="datapackage-1"):
            store.put_new(KEY, b"second")
        assert store.get(KEY).body == b"first"

    def test_put_if_replaces_only_what_was_read(self, store: Store) -> None:
        store.put_new(KEY, b"first")
        stale = store.get(KEY).etag
        fresh = store.put_if(KEY, b"second", stale)
        assert store.get(KEY) == Blob(b"second", fresh)
        with pytest.raises(Changed):
            store.put_if(KEY, b"third", stale)
        with pytest.raises(Changed):
            store.put_if(KEY, b"third", None)
        assert store.get(KEY).body == b"second"
        store.put_if(KEY, b"third", fresh)
        assert store.get(KEY).body == b"third"

    def test_put_if_of_nothing_creates(self, store: Store) -> None:
        etag = store.put_if(KEY, b"first", None)
        assert store.get(KEY) == Blob(b"first", etag)

    def test_put_if_of_what_is_gone_is_changed(self, store: Store) -> None:
        etag = store.put_if(KEY, b"first", None)
        store.delete(KEY)
        with pytest.raises(Changed):
            store.put_if(KEY, b"second", etag)
        assert store.head(KEY) is None

    @pytest.mark.parametrize("size", [0, 1, 5_000_000])
    def test_bytes_come_back_as_they_were(self, store: Store, size: int) -> None:
        body = os.urandom(size)
        store.put_new("datasets/air/data/a.parquet", body)
        assert store.get("datasets/air/data/a.parquet").body == body
        head = store.head("datasets/air/data/a.parquet")
        assert head is not None
        assert head.size == size

    @pytest.mark.parametrize(
        ("span", "expected"),
        [((0, 3), b"012"), ((3, 4), b"3"), ((8, 10), b"89"), ((8, 99), b"89"), ((10, 20), b""), ((4, 4), b"")],
    )
    def test_span_is_a_slice(self, store: Store, span: tuple[int, int], expected: bytes) -> None:
        store.put_new(KEY, b"0123456789")
        assert store.get(KEY, span) == Blob(expected, store.get(KEY).etag)

    def test_span_of_an_empty_object(self, store: Store) -> None:
        store.put_new(KEY, b"")
        assert store.get(KEY, (0, 10)).body == b""

    @pytest.mark.parametrize("span", [(-1, 3), (4, 3)])
    def test_what_is_no_span_is_refused(self, store: Store, span: tuple[int, int]) -> None:
        store.put_new(KEY, b"0123456789")
        with pytest.raises(StoreError, match="span"):
            store.get(KEY, span)

    def test_absent(self, store: Store) -> None:
        store.put_new(KEY, b"x")
        for key in ("nothing", "datasets", "datasets/air", f"{KEY}/below"):
            assert store.head(key) is None
            with pytest.raises(Absent):
                store.get(key)
            with pytest.raises(Absent):
                store.get(key, (0, 0))

    def test_the_longest_keys_are_stored(self, store: Store) -> None:
        for key in ("a" * 255, "/".join(["a" * 224] * 4)):
            store.put_new(key, b"x")
            assert store.get(key).body == b"x"
            assert key in list(store.list(""))

    def test_what_is_opened_is_read_span_by_span(self, store: Store) -> None:
        store.put_new(KEY, b"0123456789")
        opened = store.open(KEY)
        assert (opened.size, opened.etag) == (10, store.get(KEY).etag)
        assert [opened.read(span) for span in ((8, 10), (0, 3), (3, 4), (4, 4))] == [b"89", b"012", b"3", b""]
        opened.close()
        for key in ("nothing", "datasets", f"{KEY}/below"):
            with pytest.raises(Absent):
                store.open(key)

    @pytest.mark.parametrize("by", ["a longer one", "a shorter one", "nothing"])
    def test_what_is_opened_is_never_mixed_with_what_replaces_it(self, store: Store, by: str) -> None:
        etag = store.put_if("catalog.json", b"0123456789", None)
        opened = store.open("catalog.json")
        assert opened.read((0, 5)) == b"01234"
        if by == "nothing":
            store.delete("catalog.json")
        else:
            store.put_if("catalog.json", b"abcdefghijklmn" if by == "a longer one" else b"abc", etag)
        if isinstance(store, FileStore):
            assert opened.read((5, 10)) == b"56789"
        else:
            with pytest.raises(Absent if by == "nothing" else Changed):
                opened.read((5, 10))
        opened.close()

    def test_head(self, store: Store) -> None:
        store.put_new(KEY, b"{}")
        head = store.head(KEY)
        assert head is not None
        assert (head.size, head.content_type) == (2, "application/json")
        assert head.etag == store.get(KEY).etag

    def test_list_is_sorted_by_bytes_and_filtered(self, store: Store) -> None:
        keys = ["b/a-1", "b/a/b", "b/a.b", "b/a1", "b/B", "b/aa", "b/a/c/d", "bb", "a", "c/d"]
        for key in keys:
            store.put_new(key, b"x")
        assert list(store.list("")) == sorted(keys)
        assert list(store.list("b/")) == sorted(key for key in keys if key.startswith("b/"))
        assert list(store.list("b")) == sorted(key for key in keys if key.startswith("b"))
        assert list(store.list("b/a")) == sorted(key for key in keys if key.startswith("b/a"))
        assert list(store.list("b/a/")) == ["b/a/b", "b/a/c/d"]
        assert list(store.list("nothing/")) == []

    def test_list_of_an_empty_store(self, store: Store) -> None:
        assert list(store.list("")) == []

    def test_delete(self, store: Store) -> None:
        store.delete(KEY)
        store.put_new(KEY, b"x")
        store.delete(KEY)
        store.delete(KEY)
        assert store.head(KEY) is None
        store.put_new(KEY, b"y")
        assert store.get(KEY).body == b"y"

    @pytest.mark.parametrize("key", HOSTILE)
    def test_hostile_keys_are_refused_by_every_verb(self, store: Store, key: str) -> None:
        for verb in (
            lambda: store.put_new(key, b"x"),
            lambda: store.put_if(key, b"x", None),
            lambda: store.get(key),
            lambda: store.head(key),
            lambda: store.delete(key),
        ):
            with pytest.raises(StoreError, match="is not a key"):
                verb()
        if key not in {"", "a/"}:
            with pytest.raises(StoreError, match="is not a key"):
                list(store.list(key))

    def test_probe_passes_and_leaves_nothing(self, store: Store) -> None:
        probe(store)
        assert list(store.list("")) == []

    def test_put_same(self, store: Store) -> None:
        put_same(store, KEY, b"bytes")
        put_same(store, KEY, b"bytes")
        for other in (b"other", b"longer than that"):
            with pytest.raises(IntegrityError, match="already holds other bytes"):
                put_same(store, KEY, other)
        assert store.get(KEY).body == b"bytes"

    def test_put_over(self, store: Store) -> None:
        first = put_over(store, KEY, b"1")
        assert put_over(store, KEY, b"1") == first
        second = put_over(store, KEY, b"2")
        assert store.get(KEY) == Blob(b"2", second)


def _race(store: Store, barrier: Barrier, name: int, wins: "multiprocessing.Queue[tuple[int, int]]") -> None:
    fresh = _again(store)

    def one(number: int) -> None:
        time.sleep(max(0.0, begin + number * ROUND_SECONDS - time.monotonic()))
        try:
            fresh.put_new(f"race/{number}", f"by {name}".encode())
        except Exists:
            return
        wins.put((number, name))

    barrier.wait(30)
    begin = time.monotonic() + 0.5
    # A thread for each round: SeaweedFS tells a loser after 1 to 3 s, and the next round shall not wait for that.
    with concurrent.futures.ThreadPoolExecutor(ROUNDS) as pool:
        list(pool.map(one, range(ROUNDS)))


def _again(store: Store) -> Store:
    """Return the same store with connections of its own: those of another process cannot be shared."""
    if isinstance(store, S3Store):
        return S3Store(store._bucket, store._prefix.rstrip("/"), store._endpoint)
    return FileStore(Path(store.url.removeprefix("file:")))


def test_one_of_eight_processes_wins_each_round(store: Store) -> None:
    processes = 8
    context = multiprocessing.get_context("fork")  # eight times the start of an interpreter would be most of the test
    barrier, wins = context.Barrier(processes), context.Queue()
    racers = [
        context.Process(target=_race, args=(store, barrier, name, wins), daemon=True) for name in range(processes)
    ]
    for racer in racers:
        racer.start()
    winners = [wins.get(timeout=60) for _ in range(ROUNDS)]
    for racer in racers:
        racer.join(30)
        assert racer.exitcode == 0
    assert wins.empty()
    assert sorted(number for number, _ in winners) == list(range(ROUNDS))
    for number, name in winners:
        assert store.get(f"race/{number}").body == f"by {name}".encode()


def _count(store: Store, times: int) -> None:
    fresh = _again(store)
    done = 0
    while done < times:
        found = fresh.get("count")
        try:
            fresh.put_if("count", str(int(found.body) + 1).encode(), found.etag)
        except Changed:
            continue
        done += 1


def test_no_replacement_is_lost(store: Store) -> None:
    store.put_new("count", b"0")
    context = multiprocessing.get_context("fork")
    racers = [context.Process(target=_count, args=(store, 10), daemon=True) for _ in range(4)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(60)
        assert racer.exitcode == 0
    assert store.get("count").body == b"40"
