"""A store in S3: what is true of it only, and what networks and lesser servers do to a write."""

import datetime as dt
from collections.abc import Callable
from email.utils import format_datetime

import httpx
import pytest
from proxies import Answer, Proxy

from catalog.errors import StoreError
from catalog.store import (
    Absent,
    Exists,
    Unknown,
    open_store,
    probe,
    put_same,
)
from catalog.store.embedded import Embedded
from catalog.store.s3 import LIMITS, S3Store

KEY = "datasets/air/datapackage-1.json"
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


@pytest.mark.parametrize("hours", [0, 5, -5])
def test_a_server_tells_its_time_with_each_answer(s3_server: Embedded, opened: Opened, hours: int) -> None:
    def dated(method: str, *_: object) -> Answer:
        there = dt.datetime.now(dt.UTC) + dt.timedelta(hours=hours)
        return Answer(404, {"Date": format_datetime(there, usegmt=True)})

    with Proxy(s3_server.endpoint, instead=dated) as proxy:
        store = opened(proxy)
        assert store.ahead() is None
        with pytest.raises(StoreError):
            store.get(KEY)
        ahead = store.ahead()
    assert ahead is not None
    assert abs(ahead - dt.timedelta(hours=hours)) < dt.timedelta(minutes=1)


def test_a_server_without_a_date_tells_no_time(s3_server: Embedded, opened: Opened) -> None:
    with Proxy(s3_server.endpoint, instead=lambda *_: Answer(404, {"Date": "soon"})) as proxy:
        store = opened(proxy)
        with pytest.raises(StoreError):
            store.get(KEY)
        assert store.ahead() is None


def test_a_server_that_refuses_our_clock_says_both_times(s3_server: Embedded, opened: Opened) -> None:
    body = b"<Error><Code>RequestTimeTooSkewed</Code><Message>AKIA-SECRET</Message></Error>"
    late = Answer(403, {"Date": "Fri, 21 Nov 2036 00:00:00 GMT", "Content-Type": "application/xml"}, body)
    words = r"this machine's clock says 20.*, that of the store 2036-11-2.*Set"
    with Proxy(s3_server.endpoint, instead=lambda *_: late) as proxy, pytest.raises(StoreError, match=words) as said:
        probe(opened(proxy))
    assert "AKIA" not in str(said.value)
