"""A mirror over http(s): it is read, and nothing else."""

import gzip
import hashlib
from collections.abc import Mapping

import pytest
from proxies import Answer, Proxy
from raw_servers import raw_server

from catalog.errors import StoreError
from catalog.store import (
    Absent,
    Blob,
    https,
    open_store,
)
from catalog.store.embedded import Embedded

KEY = "datasets/air/datapackage-1.json"


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

    def test_without_an_etag_what_may_change_is_held_and_what_may_not_is_asked_for(self) -> None:
        seen: list[tuple[str, str]] = []

        def host(method: str, path: str, asked: Mapping[str, str], _: bytes) -> Answer:
            seen.append((method, path[1:]))
            first, _, last = asked.get("Range", "bytes=0-9")[6:].partition("-")
            return Answer(206 if "Range" in asked else 200, {}, b"0123456789"[int(first) : int(last) + 1])

        with Proxy("http://127.0.0.1:1", instead=host) as proxy:
            store = open_store(proxy.endpoint)
            held, asked = store.open("catalog.json"), store.open(KEY)
            assert (held.size, held.etag) == (10, hashlib.sha256(b"0123456789").hexdigest())
            assert (asked.size, asked.etag) == (10, "")
            seen.clear()
            for opened in (held, asked):
                assert [opened.read(span) for span in ((0, 4), (4, 10))] == [b"0123", b"456789"]
                opened.close()
        assert seen == [("GET", KEY)] * 2


@pytest.mark.parametrize(
    "drops",
    [
        [b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"],
        [b"HTTP/1.1 100 Continue\r\n\r\n"],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", b"x"],
    ],
    ids=["headers", "interim", "body"],
)
def test_a_mirror_that_drips_ends_with_the_deadline(monkeypatch: pytest.MonkeyPatch, drops: list[bytes]) -> None:
    monkeypatch.setattr(https, "LIMITS", https.HttpsLimits(request_seconds=0.3, attempts=2, backoff_seconds=0.01))
    slow = raw_server(lambda it: it.drip(*drops, pause=0.1))
    with slow as server, pytest.raises(StoreError, match=r"no answer for .* in 2 attempts \(last: ReadTimeout\)"):
        open_store(server.url).get(KEY)
    assert len(server.heard) == 2


def test_a_mirror_may_send_so_many_bytes_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(https, "LIMITS", https.HttpsLimits(body_bytes=100_000))
    big = {
        "whole.json": Answer(200, {}, bytes(100_000)),
        "longer.json": Answer(200, {}, bytes(100_001)),
        "bomb.json": Answer(200, {"Content-Encoding": "gzip"}, gzip.compress(bytes(10_000_000))),
    }
    with Proxy("http://127.0.0.1:1", instead=lambda _, path, *__: big[path[1:]]) as proxy:
        store = open_store(proxy.endpoint)
        assert len(store.get("whole.json").body) == 100_000
        for key in ("longer.json", "bomb.json"):
            with pytest.raises(StoreError, match="expected at most 100,000 bytes"):
                store.get(key)
