"""A place in S3, and the same place behind a proxy that misbehaves."""

import secrets
from collections.abc import Callable

import pytest
from proxies import Proxy

from catalog.store.embedded import Embedded
from catalog.store.s3 import Endpoint, S3Store


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
