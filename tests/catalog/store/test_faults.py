"""What networks and lesser servers do to a write, and that nothing false is believed of it."""

import secrets
from collections.abc import Callable

import pytest
from proxies import Answer, Proxy, ignoring, through

from catalog.errors import IntegrityError, StoreError
from catalog.store import Exists, Unknown, probe, put_over, put_same
from catalog.store.embedded import Embedded
from catalog.store.s3 import LIMITS, Endpoint, S3Store

KEY = "datasets/air/datapackage-1.json"


@pytest.fixture
def direct(s3_server: Embedded) -> S3Store:
    """The same place without a proxy."""
    return s3_server.open_public(f"faults-{secrets.token_hex(8)}")


@pytest.fixture
def opened(s3_server: Embedded, direct: S3Store) -> Callable[[Proxy], S3Store]:
    keys = (s3_server.access_key, s3_server.secret_key)

    def open_through(proxy: Proxy) -> S3Store:
        return S3Store(s3_server.public_bucket, direct.url.rpartition("/")[2], Endpoint(proxy.endpoint, *keys))

    return open_through


Opened = Callable[[Proxy], S3Store]


def test_a_proxy_without_faults_changes_nothing(s3_server: Embedded, opened: Opened) -> None:
    with Proxy(s3_server.endpoint) as proxy:
        store = opened(proxy)
        probe(store)
        store.put_new(KEY, b"0123456789")
        assert store.get(KEY, (2, 4)).body == b"23"
        with pytest.raises(Exists):
            store.put_new(KEY, b"other")


def test_a_lost_answer_is_unknown_and_sent_once(s3_server: Embedded, opened: Opened, direct: S3Store) -> None:
    with Proxy(s3_server.endpoint, drop_answer_of={1}) as proxy:
        with pytest.raises(Unknown):
            opened(proxy).put_new(KEY, b"ours")
        assert proxy.seen.count("PUT") == 1  # a second one by the SDK would have met 412, as if another had won
    assert direct.get(KEY).body == b"ours"


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


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429, 408])
def test_an_answer_of_the_server_s_own_trouble_is_unknown(s3_server: Embedded, opened: Opened, status: int) -> None:
    with Proxy(s3_server.endpoint, status_of={1: status, 2: status}) as proxy:
        store = opened(proxy)
        with pytest.raises(Unknown, match=str(status)):
            store.put_new(KEY, b"ours")
        assert proxy.seen.count("PUT") == 1
        with pytest.raises(Unknown, match=str(status)):
            store.put_if(KEY, b"next", store.get(KEY).etag)
        assert proxy.seen.count("PUT") == 2


def test_a_conflict_is_tried_again(s3_server: Embedded, opened: Opened, direct: S3Store) -> None:
    conflicts = iter([409, 409])

    def instead(method: str, *_: object) -> Answer | None:
        status = next(conflicts, None) if method == "PUT" else None
        return Answer(status, {}) if status else None

    with Proxy(s3_server.endpoint, instead=instead) as proxy:
        opened(proxy).put_new(KEY, b"ours")
        assert proxy.seen.count("PUT") == 3
    assert direct.get(KEY).body == b"ours"


def test_conflicts_without_end_are_unknown(s3_server: Embedded, opened: Opened) -> None:
    with Proxy(s3_server.endpoint, instead=lambda *_: Answer(409, {})) as proxy:
        with pytest.raises(Unknown, match="409"):
            opened(proxy).put_new(KEY, b"ours")
        assert proxy.seen.count("PUT") == LIMITS.conflict_attempts


def test_a_server_without_conditional_writes_that_says_so(s3_server: Embedded, opened: Opened) -> None:
    with Proxy(s3_server.endpoint, instead=lambda *_: Answer(501, {})) as proxy:
        with pytest.raises(StoreError, match="conditional") as caught:
            opened(proxy).put_new(KEY, b"ours")
        assert not isinstance(caught.value, Unknown)


def test_put_over_survives_lost_answers(s3_server: Embedded, opened: Opened, direct: S3Store) -> None:
    direct.put_new(KEY, b"old")
    with Proxy(s3_server.endpoint, drop_answer_of={1, 2}) as proxy:
        etag = put_over(opened(proxy), KEY, b"new")
        assert proxy.seen.count("PUT") == 1
    assert direct.get(KEY) == (b"new", etag)


def test_reads_are_tried_again(s3_server: Embedded, opened: Opened, direct: S3Store) -> None:
    direct.put_new(KEY, b"ours")
    troubles = {"GET": iter([503, 500]), "HEAD": iter([503])}

    def instead(method: str, *_: object) -> Answer | None:
        status = next(troubles.get(method, iter(())), None)
        return Answer(status, {}) if status else None

    with Proxy(s3_server.endpoint, instead=instead) as proxy:
        store = opened(proxy)
        assert store.get(KEY).body == b"ours"
        assert store.head(KEY) is not None
        assert (proxy.seen.count("GET"), proxy.seen.count("HEAD")) == (3, 2)


def test_a_store_that_never_answers_is_named_without_secrets(s3_server: Embedded, opened: Opened) -> None:
    with Proxy(s3_server.endpoint) as proxy:
        store = opened(proxy)
    for verb in (lambda: store.put_new(KEY, b"x"), lambda: store.get(KEY), lambda: store.head(KEY)):
        with pytest.raises(StoreError, match="no answer") as caught:
            verb()
        assert store.url in str(caught.value)
        assert s3_server.access_key not in str(caught.value)
        assert caught.value.__cause__ is None


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
