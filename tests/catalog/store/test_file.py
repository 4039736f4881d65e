"""What is true of a store in a directory only."""

import datetime as dt
import hashlib
import multiprocessing
import os
import signal
import stat
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from catalog.errors import StoreError
from catalog.store import (
    Store,
    open_store,
    put_over,
)
from catalog.store.file import FileStore

KEY = "datasets/air/datapackage-1.json"


class TestFile:
    def test_reading_creates_nothing(self, tmp_path: Path) -> None:
        store = FileStore(tmp_path / "absent")
        assert list(store.list("")) == []
        assert store.head(KEY) is None
        store.delete(KEY)
        assert not (tmp_path / "absent").exists()

    def test_links_do_not_lead_out(self, tmp_path: Path) -> None:
        (tmp_path / "outside").mkdir()
        (tmp_path / "outside" / "secret").write_bytes(b"secret")
        root = tmp_path / "root"
        root.mkdir()
        (root / "folder").symlink_to(tmp_path / "outside")
        (root / "file").symlink_to(tmp_path / "outside" / "secret")
        (root / "dangling").symlink_to(tmp_path / "outside" / "new")
        store = FileStore(root)
        for key in ("folder/secret", "folder/new", "file", "dangling"):
            with pytest.raises(StoreError, match="leads out"):
                store.get(key)
            with pytest.raises(StoreError, match="leads out"):
                store.put_new(key, b"x")
            with pytest.raises(StoreError, match="leads out"):
                store.delete(key)
        assert list(store.list("")) == []
        with pytest.raises(StoreError, match="leads out"):
            list(store.list("folder/"))
        assert [path.name for path in (tmp_path / "outside").iterdir()] == ["secret"]

    def test_a_key_is_not_a_folder_too(self, tmp_path: Path) -> None:
        store = FileStore(tmp_path)
        store.put_new("a/b", b"x")
        with pytest.raises(StoreError, match="folder"):
            store.put_new("a", b"x")
        with pytest.raises(StoreError, match="folder"):
            store.put_new("a/b/c", b"x")

    def test_a_failed_write_leaves_nothing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        store = FileStore(tmp_path)
        store.put_new("a", b"x")

        def full(descriptor: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(StoreError, match="No space left"):
            store.put_new("b", b"x")
        monkeypatch.undo()
        assert list(store.list("")) == ["a"]
        assert list((tmp_path / ".minsheng" / "tmp").iterdir()) == []

    def test_what_waits_for_the_disk(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        synced: list[str] = []

        def sync(descriptor: int) -> None:
            synced.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")

        monkeypatch.setattr(os, "fsync", sync)

        def waits(store: Store) -> list[list[str]]:
            """By write, what it brings to the disk before it counts as done."""
            etag = store.put_if("first", b"x", None)  # makes the folder of locks
            writes: list[Callable[[], object]] = [
                lambda: store.put_new("a", b"x"),
                lambda: store.put_new("folder/a", b"x"),
                lambda: store.put_if("first", b"y", etag),
                lambda: store.delete("a"),
                lambda: store.get("first"),
            ]
            done = []
            for write in writes:
                synced.clear()
                write()
                done.append(list(synced))
            return done

        write = ["file", "folder"]
        durable = [write, ["file", "folder", "folder"], write, ["folder"], []]
        assert waits(open_store(f"file:{tmp_path / 'default'}")) == durable
        assert waits(FileStore(tmp_path / "quick", durable=False)) == [[]] * 5

    def test_old_leftovers_are_swept_and_young_ones_are_not(self, tmp_path: Path) -> None:
        folder = tmp_path / ".minsheng" / "tmp"
        folder.mkdir(parents=True)
        (folder / "old").write_bytes(b"x")
        (folder / "young").write_bytes(b"x")
        os.utime(folder / "old", (time.time() - 90_000,) * 2)
        FileStore(tmp_path).put_new("a", b"x")
        assert [path.name for path in folder.iterdir()] == ["young"]

    def test_killed_at_any_moment_shows_no_partial_object(self, tmp_path: Path) -> None:
        context = multiprocessing.get_context("fork")
        store = FileStore(tmp_path)
        body = b"0123456789" * 200_000
        for number in range(25):
            writer = context.Process(target=_write_for_ever, args=(tmp_path, number, body), daemon=True)
            writer.start()
            assert writer.pid
            # However slow the machine is, it has written once, and is writing again.
            while store.head(f"killed/{number}-0") is None:
                assert writer.is_alive()
                time.sleep(0.001)
            time.sleep(number * 0.003)
            os.kill(writer.pid, signal.SIGKILL)
            writer.join()
        keys = list(store.list(""))
        assert len(keys) >= 25
        expected = {hashlib.sha256(body).digest(), hashlib.sha256(body[1:]).digest()}
        assert {hashlib.sha256(store.get(key).body).digest() for key in keys} <= expected
        store.put_new("after", b"x")
        put_over(store, "pointer", b"x")


def _write_for_ever(root: Path, name: int, body: bytes) -> None:
    store = FileStore(root)
    number = 0
    while True:
        store.put_new(f"killed/{name}-{number}", body)
        put_over(store, "pointer", body[number % 2 :])
        number += 1


def test_a_directory_tells_the_time_of_its_file_system(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    ahead = store.ahead()
    assert ahead is not None
    assert abs(ahead) < dt.timedelta(minutes=1)
    assert list(store.list("")) == []


def test_where_nothing_may_be_written_no_time_is_told(tmp_path: Path) -> None:
    (tmp_path / ".minsheng").write_text("no folder")
    assert FileStore(tmp_path).ahead() is None
    assert FileStore(tmp_path / "absent").ahead() is None
    assert not (tmp_path / "absent").exists()
