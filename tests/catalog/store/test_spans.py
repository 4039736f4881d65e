"""An object read as a file: the same bytes as the object has, in few requests."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stores import quick_store

from catalog.store import Absent, Blob, Span
from catalog.store.file import FileStore
from catalog.store.spans import Spans

KEY = "datasets/air/data/a.parquet"
LARGE = bytes(range(256)) * 1024
"""Four times as large as what is fetched at once."""


class Counting:
    """A store that counts the reads."""

    def __init__(self, store: FileStore) -> None:
        self.store, self.url, self.spans = store, store.url, list[Span | None]()

    def get(self, key: str, span: Span | None = None) -> Blob:
        self.spans.append(span)
        return self.store.get(key, span)

    def __getattr__(self, name: str) -> object:
        return getattr(self.store, name)


@pytest.fixture
def counting(tmp_path: Path) -> Counting:
    store = quick_store(tmp_path)
    store.put_new(KEY, LARGE)
    store.put_new("small", b"0123456789")
    return Counting(store)


def test_a_small_object_is_fetched_once_and_whole(counting: Counting) -> None:
    spans = Spans(counting, "small")  # type: ignore[arg-type]
    assert (spans.whole, spans.size) == (b"0123456789", 10)
    assert [spans.read(3), spans.read(), spans.read(5)] == [b"012", b"3456789", b""]
    assert len(counting.spans) == 1


def test_of_a_large_object_only_what_is_read_is_fetched(counting: Counting) -> None:
    spans = Spans(counting, KEY)  # type: ignore[arg-type]
    assert (spans.whole, spans.size) == (None, len(LARGE))
    spans.seek(-8, io.SEEK_END)
    assert spans.read() == LARGE[-8:]
    assert counting.spans[1:] == [(len(LARGE) - 8, len(LARGE))]


def test_what_is_held_is_not_fetched_again(counting: Counting) -> None:
    spans = Spans(counting, KEY)  # type: ignore[arg-type]
    spans.hold(100_000, 100_300)
    for offset in (100_000, 100_100, 100_290):
        spans.seek(offset)
        assert spans.read(10) == LARGE[offset : offset + 10]
    assert counting.spans[1:] == [(100_000, 100_300)]


@given(st.lists(st.tuples(st.integers(0, len(LARGE) + 9), st.integers(0, 99_999)), max_size=6))
def test_it_reads_as_a_file_of_the_same_bytes(tmp_path_factory: pytest.TempPathFactory, reads: list[Span]) -> None:
    store = quick_store(tmp_path_factory.getbasetemp() / "spans")
    if store.head(KEY) is None:
        store.put_new(KEY, LARGE)
    spans, file = Spans(store, KEY), io.BytesIO(LARGE)
    for offset, size in reads:
        assert (spans.seek(offset), file.seek(offset)) == (offset, offset)
        assert spans.read(size) == file.read(size)


def test_an_object_that_is_not_there_is_absent(counting: Counting) -> None:
    with pytest.raises(Absent):
        Spans(counting, "nothing")  # type: ignore[arg-type]


def test_there_is_nothing_before_the_start(counting: Counting) -> None:
    with pytest.raises(OSError, match="has no byte -1"):
        Spans(counting, "small").seek(-1)  # type: ignore[arg-type]
