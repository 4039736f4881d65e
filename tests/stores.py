"""Stores in directories for tests: whole as any store, but they do not wait for the disk."""

from pathlib import Path

from catalog.store.file import FileStore


def quick_store(folder: Path) -> FileStore:
    """A store that a power cut may damage, which no test minds; tests of crashes open a durable `FileStore`."""
    return FileStore(folder, durable=False)


def quick_stores(home: Path) -> tuple[FileStore, FileStore]:
    """The public and the private store of a home."""
    return quick_store(home / "public"), quick_store(home / "private")
