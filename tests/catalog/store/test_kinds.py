"""What is true of one kind of store only: addresses, a directory, S3, a mirror; and the helpers over any of them."""

import gzip
import hashlib
import multiprocessing
import os
import signal
import stat
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from proxies import Answer, Proxy

from catalog.errors import StoreError
from catalog.store import (
    Absent,
    Blob,
    Store,
    Unknown,
    open_store,
    probe,
    put_over,
    put_same,
    sure,
)
from catalog.store.embedded import Embedded
from catalog.store.file import FileStore
from catalog.store.s3 import S3Store

KEY = "datasets/air/datapackage-1.json"


class TestSure:
    """The helpers, over stores that misbehave in ways that a real server does too rarely to wait for."""

    def test_put_same_gives_up_as_unknown(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        store = FileStore(tmp_path)
        calls = []

        def lost(key: str, body: bytes) -> None:
            calls.append(key)
            raise Unknown("no answer")

        monkeypatch.setattr(store, "put_new", lost)
        with pytest.raises(Unknown, match="not known"):
            put_same(store, KEY, b"x")
        assert len(calls) == sure.LIMITS.same_attempts

    def test_put_same_that_cannot_read_is_unknown_not_absent(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store = FileStore(tmp_path)
        store.put_new(KEY, b"x")

        def unreadable(key: str) -> None:
            raise StoreError("no right to read")

        monkeypatch.setattr(store, "get", unreadable)
        with pytest.raises(Unknown, match="no right to read"):
            put_same(store, KEY, b"x")

    def test_put_over_goes_on_from_what_another_wrote(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        store = FileStore(tmp_path)
        store.put_new(KEY, b"0")
        real = store.put_if
        others = iter([b"a", b"b"])

        def overtaken(key: str, body: bytes, etag: str | None) -> str:
            other = next(others, None)
            if other is not None:
                real(key, other, etag)
            return real(key, body, etag)

        monkeypatch.setattr(store, "put_if", overtaken)
        put_over(store, KEY, b"ours")
        assert store.get(KEY).body == b"ours"


class TestOpenStore:
    def test_file(self, tmp_path: Path) -> None:
        for url in (f"file:{tmp_path}/a", f"file://{tmp_path}/a", f"file://localhost{tmp_path}/a"):
            assert open_store(url).url == f"file:{tmp_path}/a"

    def test_s3_and_https(self) -> None:
        assert open_store("s3://bucket/some/prefix/").url == "s3://bucket/some/prefix"
        assert open_store("s3://bucket").url == "s3://bucket"
        assert open_store("https://example.org/data/").url == "https://example.org/data"

    @pytest.mark.parametrize(
        "url", ["", "gs://bucket", "ftp://x/y", "bucket", "/tmp/x", "file:", "file://host/x", "s3:"]
    )
    def test_unknown_addresses_say_what_is_known(self, url: str) -> None:
        with pytest.raises(StoreError, match="file:DIR"):
            open_store(url)

    @pytest.mark.parametrize("url", ["s3://key:hush@bucket/x", "https://me:hush@example.org/", "https://x.org/?t=hush"])
    def test_a_secret_in_an_address_is_refused_and_not_repeated(self, url: str) -> None:
        with pytest.raises(StoreError) as caught:
            open_store(url)
        assert "hush" not in str(caught.value)


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


class TestS3:
    def test_type_and_cache_rule_are_kept(self, s3_server: Embedded) -> None:
        store = s3_server.open_public("served")
        for key, kind, cache in (
            ("index.html", "text/html; charset=utf-8", "no-cache"),
            ("datasets/a/data/a.csv.gz", "application/gzip", "public, max-age=31536000, immutable"),
        ):
            store.put_new(key, b"x")
            answer = httpx.get(f"{s3_server.endpoint}/{s3_server.public_bucket}/served/{key}")
            assert answer.status_code == 200
            assert answer.headers["Content-Type"] == kind
            assert "content-encoding" not in answer.headers
            # A pattern of whole keys: below a prefix the cache rule is still that of the key.
            assert answer.headers["Cache-Control"] == cache

    def test_more_keys_than_a_page(self, s3_server: Embedded, monkeypatch: pytest.MonkeyPatch) -> None:
        store = s3_server.open_private("pages")
        keys = [f"folder-{number % 3}/{number:02d}" for number in range(25)]
        for key in keys:
            store.put_new(key, b"x")
        real = store._client.list_objects_v2
        monkeypatch.setattr(store._client, "list_objects_v2", lambda **request: real(**request, MaxKeys=4))
        assert list(store.list("")) == sorted(keys)

    def test_a_missing_bucket_is_no_absent_object(self, s3_server: Embedded) -> None:
        store = S3Store("nobucket", "", s3_server._endpoint())
        for verb in (
            lambda: store.head("a"),
            lambda: store.get("a"),
            lambda: store.put_new("a", b"x"),
            lambda: list(store.list("")),
        ):
            with pytest.raises(StoreError, match="bucket") as caught:
                verb()
            assert not isinstance(caught.value, Absent | Unknown)

    def test_a_wrong_secret_is_refused_and_not_shown(self, s3_server: Embedded) -> None:
        endpoint = s3_server._endpoint()._replace(secret_key="hush" * 10)
        store = S3Store(s3_server.private_bucket, "", endpoint)
        assert "hush" not in repr(endpoint)
        for verb in (lambda: store.get("a"), lambda: store.head("a"), lambda: store.put_new("a", b"x")):
            with pytest.raises(StoreError, match="403") as caught:
                verb()
            assert "hush" not in str(caught.value)
            assert endpoint.access_key not in str(caught.value)

    def test_the_usual_environment_is_enough(self, s3_server: Embedded, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server.endpoint)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", s3_server.access_key)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", s3_server.secret_key)
        store = open_store(f"s3://{s3_server.private_bucket}/environment")
        put_same(store, KEY, b"x")
        assert store.get(KEY).body == b"x"

    @pytest.mark.parametrize("setting", ["when_required", "when_supported"])
    def test_checksums_are_a_setting(self, s3_server: Embedded, monkeypatch: pytest.MonkeyPatch, setting: str) -> None:
        monkeypatch.setenv("AWS_REQUEST_CHECKSUM_CALCULATION", setting)
        monkeypatch.setenv("AWS_RESPONSE_CHECKSUM_VALIDATION", setting)
        store = s3_server.open_private(f"checksum-{setting}")
        assert store._client.meta.config.request_checksum_calculation == setting
        probe(store)


class TestHttps:
    def test_reads_what_is_public_and_nothing_else(self, s3_server: Embedded) -> None:
        s3_server.open_public("mirror").put_new(KEY, b"0123456789")
        s3_server.open_private("mirror").put_new(KEY, b"private")
        store = open_store(f"{s3_server.endpoint}/{s3_server.public_bucket}/mirror")
        whole = store.get(KEY)
        assert whole.body == b"0123456789"
        assert store.get(KEY, (2, 4)) == Blob(b"23", whole.etag)
        assert store.get(KEY, (10, 12)).body == b""
        assert store.get(KEY, (3, 3)) == Blob(b"", whole.etag)
        head = store.head(KEY)
        assert head is not None
        assert (head.size, head.etag, head.content_type) == (10, whole.etag, "application/json")
        private = open_store(f"{s3_server.endpoint}/{s3_server.private_bucket}/mirror")
        for absent in (lambda: store.get("nothing"), lambda: private.get(KEY), lambda: store.get("nothing", (0, 0))):
            with pytest.raises(Absent):
                absent()
        assert store.head("nothing") is None
        assert private.head(KEY) is None

    def test_is_read_only(self) -> None:
        store = open_store("https://example.org/data")
        for verb in (
            lambda: store.put_new(KEY, b"x"),
            lambda: store.put_if(KEY, b"x", None),
            lambda: store.delete(KEY),
        ):
            with pytest.raises(StoreError, match="read-only"):
                verb()
        with pytest.raises(StoreError, match="cannot be listed"):
            store.list("")

    def test_hosts_of_many_habits(self) -> None:
        habits = {
            "ranges-ignored.json": Answer(200, {"ETag": '"e"'}, b"0123456789"),
            "no-etag.json": Answer(200, {}, b"x"),
            "declared.csv.gz": Answer(200, {"Content-Encoding": "gzip"}, gzip.compress(b"a,b", mtime=0)),
            "packed.json": Answer(200, {"Content-Encoding": "gzip"}, gzip.compress(b"{}", mtime=0)),
            "forbidden.json": Answer(403, {}),
            "gone.json": Answer(410, {}),
            "moved.json": Answer(301, {"Location": "/no-etag.json"}),
            "round.json": Answer(302, {"Location": "/round.json"}),
            "down.json": Answer(503, {}),
            "odd.json": Answer(418, {}),
        }
        with Proxy("http://127.0.0.1:1", instead=lambda _, path, *__: habits[path[1:]]) as proxy:
            store = open_store(proxy.endpoint)
            assert store.get("ranges-ignored.json", (2, 4)) == Blob(b"23", "e")
            assert store.get("no-etag.json").etag == hashlib.sha256(b"x").hexdigest()
            assert store.get("declared.csv.gz").body == gzip.compress(b"a,b", mtime=0)
            assert store.get("packed.json").body == b"{}"
            assert store.get("moved.json").body == b"x"
            for key in ("forbidden.json", "gone.json"):
                assert store.head(key) is None
                with pytest.raises(Absent):
                    store.get(key)
            for key, said in (("down.json", "503"), ("odd.json", "418"), ("round.json", "TooManyRedirects")):
                with pytest.raises(StoreError, match=said) as caught:
                    store.get(key)
                assert not isinstance(caught.value, Absent)
