"""Gzip is unpacked with a bound; hostile bytes -> one sentence."""

import gzip as stdlib
import time
import tracemalloc
import zlib

import pytest

from catalog.errors import SourceError
from pipelines.decode.parts import gzip

LIMIT = 100_000


def test_gzip_is_unpacked_and_what_is_none_stays():
    assert gzip.unpack(stdlib.compress(b"a,b\n"), LIMIT) == b"a,b\n"
    assert gzip.unpack(b"a,b\n", LIMIT) == b"a,b\n"
    assert gzip.unpack(stdlib.compress(b"a") + stdlib.compress(b"b") + b"\0\0", LIMIT) == b"ab"
    assert gzip.unpack(stdlib.compress(b""), LIMIT) == b""


@pytest.mark.parametrize("size", [LIMIT + 1, 50_000_000])
def test_a_bomb_is_stopped_at_the_limit(size: int):
    body = stdlib.compress(bytes(size))
    tracemalloc.start()
    with pytest.raises(SourceError, match="expected at most 100,000 bytes, found a gzip file that holds more"):
        gzip.unpack(body, LIMIT)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10 * LIMIT


def test_a_bomb_of_many_members_is_stopped_too():
    with pytest.raises(SourceError, match="at most"):
        gzip.unpack(stdlib.compress(bytes(LIMIT // 2)) * 3, LIMIT)
    assert gzip.unpack(stdlib.compress(bytes(LIMIT // 2)) * 2, LIMIT) == bytes(LIMIT)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (stdlib.compress(b"abc" * 99, mtime=0)[:-9], "cut short"),
        (stdlib.compress(b"abc", mtime=0)[:5], "cut short"),
        (b"\x1f\x8b", "cut short"),
        (b"\x1f\x8b" + b"no" * 20, "broken compression"),
        (stdlib.compress(b"abc", mtime=0) + b"rest", "broken compression"),
        (stdlib.compress(b"abc", mtime=0)[:-8] + b"12345678", "broken compression"),
    ],
)
def test_broken_gzip_is_one_sentence(body: bytes, words: str):
    with pytest.raises(SourceError, match=words):
        gzip.unpack(body, LIMIT)


def test_a_body_of_many_empty_members_takes_no_longer_than_its_bytes():
    member = zlib.compressobj(wbits=31).flush()
    began = time.process_time()
    assert gzip.unpack(member * 100_000, LIMIT) == b""  # 2 MB; the largest body is 128 times as long
    assert time.process_time() - began < 10, "the square of its bytes would take minutes"
