"""Networks and lesser stores around the commit: a lost answer is still one release, a store without conditions none."""

import secrets
from pathlib import Path
from typing import Any

import pytest
from proxies import Proxy, ignoring, through
from watched import declare, readings, record, refresh

from catalog.errors import StoreError
from catalog.release import publish
from catalog.release.verify import verify
from catalog.store import probe

ROWS = readings({("a", "2026-01-01"): 1.0})


def test_a_lost_answer_to_the_commit_is_one_release_and_success(tmp_path: Path, s3_server: Any) -> None:
    datasets, mode = declare(tmp_path / "datasets"), record(tmp_path / "replay", [ROWS])
    counting, dropping = secrets.token_hex(6), secrets.token_hex(6)
    account = (s3_server.access_key, s3_server.secret_key)
    proxy = Proxy(s3_server.endpoint)
    with through(proxy, s3_server.public_bucket, counting, account) as public:
        refresh(public, s3_server.open_private(counting), datasets, mode)
    puts = [path for method, path, _ in proxy.seen.requests if method == "PUT"]
    commit = next(
        i for i, path in enumerate(puts, 1) if path.split("?")[0].endswith("datapackage-1.json") and "readings" in path
    )
    proxy = Proxy(s3_server.endpoint, drop_answer_of={commit})
    with through(proxy, s3_server.public_bucket, dropping, account) as public:
        items = refresh(public, s3_server.open_private(dropping), datasets, mode)
    assert ("PUT", 0) in [(method, status) for method, _, status in proxy.seen.requests]
    assert [(item.outcome, item.release) for item in items] == [("released", 1)]
    there = s3_server.open_public(dropping)
    newest = publish.newest(there, "readings")
    assert newest is not None
    assert newest.n == 1
    assert list(verify(there, "readings", 1)) == []


def test_a_store_that_ignores_conditions_is_refused_at_start(s3_server: Any) -> None:
    name = secrets.token_hex(6)
    store = s3_server.open_public(name)
    account = (s3_server.access_key, s3_server.secret_key)
    proxy = Proxy(s3_server.endpoint, instead=ignoring(store, {"If-None-Match", "If-Match"}))
    with (
        through(proxy, s3_server.public_bucket, name, account) as public,
        pytest.raises(StoreError, match="ignores conditional writes"),
    ):
        probe(public)
