"""Writes that end in certainty, over stores that misbehave as a real server does too rarely."""

from collections.abc import Callable
from pathlib import Path

import pytest
from proxies import Proxy, ignoring, through

from catalog.errors import IntegrityError, StoreError
from catalog.store import (
    Unknown,
    probe,
    put_first,
    put_over,
    put_same,
    sure,
)
from catalog.store.embedded import Embedded
from catalog.store.file import FileStore
from catalog.store.s3 import S3Store

KEY = "datasets/air/datapackage-1.json"
Opened = Callable[[Proxy], S3Store]


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

        def unreadable(key: str, span: object = None) -> None:
            raise StoreError("no right to read")

        monkeypatch.setattr(store, "get", unreadable)
        with pytest.raises(Unknown, match="no right to read"):
            put_same(store, KEY, b"x")

    @pytest.mark.parametrize("stores", [True, False])
    def test_put_first_settles_a_lost_answer_and_keeps_what_was_first(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stores: bool
    ) -> None:
        store = FileStore(tmp_path)
        real, lost = store.put_new, [1]

        def put_new(key: str, body: bytes) -> None:
            if lost.pop() if lost else 0:
                if stores:
                    real(key, body)
                raise Unknown("no answer")
            real(key, body)

        monkeypatch.setattr(store, "put_new", put_new)
        put_first(store, KEY, b"first")
        put_first(store, KEY, b"second")
        assert store.get(KEY).body == b"first"

    def test_put_first_gives_up_as_unknown(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        store = FileStore(tmp_path)

        def lost(key: str, body: bytes) -> None:
            raise Unknown("no answer")

        monkeypatch.setattr(store, "put_new", lost)
        with pytest.raises(Unknown, match="not confirmed"):
            put_first(store, KEY, b"x")

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


def test_put_same_finds_its_own_bytes_after_a_lost_answer(s3_server: Embedded, opened: Opened) -> None:
    with Proxy(s3_server.endpoint, drop_answer_of={1}) as proxy:
        put_same(opened(proxy), KEY, b"ours")
        assert proxy.seen.count("PUT") == 1


def test_put_same_after_a_lost_request_writes_again(s3_server: Embedded, opened: Opened, direct: S3Store) -> None:
    with Proxy(s3_server.endpoint, drop_before={1, 2}) as proxy:
        put_same(opened(proxy), KEY, b"ours")
        assert proxy.seen.count("PUT") == 3
    assert direct.get(KEY).body == b"ours"


def test_put_same_after_a_lost_answer_tells_who_won(s3_server: Embedded, opened: Opened, direct: S3Store) -> None:
    direct.put_new(KEY, b"another's")
    with Proxy(s3_server.endpoint, drop_answer_of={1}) as proxy, pytest.raises(IntegrityError):
        put_same(opened(proxy), KEY, b"ours")
    assert direct.get(KEY).body == b"another's"


def test_put_over_survives_lost_answers(s3_server: Embedded, opened: Opened, direct: S3Store) -> None:
    direct.put_new(KEY, b"old")
    with Proxy(s3_server.endpoint, drop_answer_of={1, 2}) as proxy:
        etag = put_over(opened(proxy), KEY, b"new")
        assert proxy.seen.count("PUT") == 1
    assert direct.get(KEY) == (b"new", etag)


@pytest.mark.parametrize("conditions", [{"If-None-Match"}, {"If-Match"}, {"If-None-Match", "If-Match"}])
def test_a_store_that_ignores_conditions_is_refused(
    s3_server: Embedded, opened: Opened, direct: S3Store, conditions: set[str]
) -> None:
    with Proxy(s3_server.endpoint, instead=ignoring(direct, conditions)) as proxy:
        store = opened(proxy)
        with pytest.raises(StoreError, match=r"ignores conditional writes.*cannot hold releases.*file:DIR"):
            probe(store)
    assert list(direct.list("")) == []


def test_through_opens_and_closes(s3_server: Embedded) -> None:
    keys = (s3_server.access_key, s3_server.secret_key)
    with through(Proxy(s3_server.endpoint), s3_server.public_bucket, "through", keys) as store:
        put_same(store, KEY, b"x")
