"""Gzip: unpacked within a limit; what is cut, broken or too large is told, and nothing else is touched."""

import contextlib
import gzip as stdlib
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import SourceError
from pipelines.decode.parts.gzip import unpack

WHOLE = stdlib.compress(b"a,b\n" * 1000)


def test_what_is_no_gzip_file_is_returned_as_it_is() -> None:
    assert unpack(b"a,b\n", 1) == b"a,b\n"
    assert unpack(b"", 0) == b""


def test_files_that_follow_one_another_are_one() -> None:
    assert unpack(stdlib.compress(b"a") + stdlib.compress(b"b"), 10) == b"ab"


@pytest.mark.parametrize("size", [4000, 5000])
def test_as_much_as_the_limit_is_taken(size: int) -> None:
    assert len(unpack(WHOLE, size)) == 4000


def test_more_than_the_limit_is_refused_before_it_lies_in_memory() -> None:
    bomb = stdlib.compress(bytes(200_000_000))
    tracemalloc.start()
    with pytest.raises(SourceError, match="expected at most 1,000,000 bytes"):
        unpack(bomb, 1_000_000)
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


@given(st.integers(min_value=2, max_value=len(WHOLE) - 1))
def test_a_file_that_is_cut_anywhere_is_refused(at: int) -> None:
    with pytest.raises(SourceError, match="gzip file"):
        unpack(WHOLE[:at], 10_000)


@given(st.binary(max_size=200))
def test_any_bytes_behind_the_mark_give_bytes_or_a_sentence(body: bytes) -> None:
    with contextlib.suppress(SourceError):
        assert isinstance(unpack(b"\x1f\x8b" + body, 10_000), bytes)
