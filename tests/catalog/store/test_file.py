"""What is true of a store in a directory only."""

import concurrent.futures
import datetime as dt
import hashlib
import multiprocessing
import os
import signal
import socket
import stat
import threading
import time
from collections.abc import Callable
from io import BufferedReader
from pathlib import Path

import pytest

from catalog.errors import StoreError
from catalog.store import (
    Store,
    open_store,
    put_over,
)
from catalog.store.base import NotAnObject
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

    @pytest.mark.parametrize("kind", ["pipe", "socket", "device", "circle", "circle of folders"])
    def test_what_is_no_file_is_refused_and_nobody_waits_for_it(self, tmp_path: Path, kind: str) -> None:
        store = FileStore(tmp_path)
        store.put_new("a/b", b"x")
        key = put_there(tmp_path / "a", kind)
        verbs: list[Callable[[], object]] = [
            lambda: store.get(key),
            lambda: store.get(key, (0, 1)),
            lambda: store.head(key),
            lambda: store.open(key),
            lambda: store.put_if(key, b"y", "0" * 64),
        ]
        for verb in verbs:
            with pytest.raises(StoreError, match=r"neither a file nor a folder: remove it|leads out") as refused:
                verb()
            assert isinstance(refused.value, NotAnObject)
        assert list(store.list("")) == ["a/b"]

    def test_a_new_file_is_read_once_for_its_etag_however_many_ask(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store, digest, files = FileStore(tmp_path), hashlib.file_digest, []
        store.put_new("a", bytes(20_000_000))

        def counting(file: BufferedReader, name: str) -> object:
            files.append(file.name)
            return digest(file, name)

        monkeypatch.setattr(hashlib, "file_digest", counting)
        together = threading.Barrier(16)

        def ask(_: int) -> str:
            together.wait()
            return store.get("a", (0, 1)).etag

        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            etags = set(pool.map(ask, range(16)))
        assert etags == {hashlib.sha256(bytes(20_000_000)).hexdigest()}
        assert len(files) == 1

    def test_an_opened_file_is_closed_also_if_it_cannot_be_read(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store = FileStore(tmp_path)
        store.put_new("a", b"x")
        opened = len(list(Path("/dev/fd").iterdir()))

        def broken(*_: object) -> None:
            raise OSError(5, "Input/output error")

        monkeypatch.setattr(hashlib, "file_digest", broken)
        for verb in (store.get, store.head, store.open):
            with pytest.raises(StoreError, match="Input/output error"):
                verb("a")
        assert len(list(Path("/dev/fd").iterdir())) == opened

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


def put_there(folder: Path, kind: str) -> str:
    """Put something that is no file into the folder `a`, and return its key."""
    path = folder / "odd"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(os.path.relpath(path))  # its address may be short only
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "circle":
        path.symlink_to("odd")
    else:
        path.symlink_to("other")
        (folder / "other").symlink_to("odd")
        return "a/odd/below"
    return "a/odd"


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
