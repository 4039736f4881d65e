"""Stores for all tests: a directory, and a real S3 server that is started once."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.store import Store
from catalog.store.embedded import Embedded, embedded
from catalog.store.file import FileStore


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """The embedded S3 server; that it cannot start is a failure, not a reason to skip."""
    with embedded(tmp_path_factory.mktemp("s3-home")) as server:
        yield server


@pytest.fixture(params=["file", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """An empty store of each kind that can hold releases."""
    if request.param == "file":
        return FileStore(tmp_path / "store")
    server: Embedded = request.getfixturevalue("s3_server")
    return server.open_public(f"test-{secrets.token_hex(8)}")
