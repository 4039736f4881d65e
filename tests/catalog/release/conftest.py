"""Two empty stores in directories, for each test."""

from pathlib import Path

import pytest
from stores import quick_store

from catalog.store.file import FileStore


@pytest.fixture
def public(tmp_path: Path) -> FileStore:
    return quick_store(tmp_path / "public")


@pytest.fixture
def private(tmp_path: Path) -> FileStore:
    return quick_store(tmp_path / "private")
