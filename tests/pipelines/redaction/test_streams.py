"""What is compressed is unpacked wherever it begins, up to a fault and within a budget."""

import gzip
import random
import zlib

import pytest
from archives import deflated, zipped

from pipelines.redaction import streams
from pipelines.redaction.streams import Budget, TooMuch, packed, unpacked

WORDS = b"what an agency said, " * 40


FORMS = {
    "gzip": gzip.compress(WORDS),
    "two of gzip": gzip.compress(b"first") + gzip.compress(WORDS),
    "gzip after other bytes": b"some bytes" + gzip.compress(WORDS),
    "zlib": zlib.compress(WORDS),
    "deflate": deflated(WORDS),
    "zip": zipped(WORDS),
    "zip after other bytes": b"#!/bin/sh\n" + zipped(WORDS),
    "gzip with a wrong checksum": gzip.compress(WORDS)[:-8] + b"12345678",
    "zlib with a wrong checksum": zlib.compress(WORDS)[:-4] + b"1234",
}


@pytest.mark.parametrize("form", FORMS)
def test_what_is_compressed_is_unpacked(form: str):
    assert any(WORDS in content for content in unpacked(FORMS[form], Budget(10_000_000)))


@pytest.mark.parametrize("form", FORMS)
def test_as_much_as_there_is_of_what_was_cut_short(form: str):
    body = FORMS[form]
    cut = body[: -len(body) // 4]
    if "zip" in form.split():
        cut = body[: body.index(b"member") + 6 + 30]
    assert any(WORDS[:20] in content for content in unpacked(cut, Budget(10_000_000)))


def test_what_stands_before_a_fault_is_found():
    noise = random.Random(1).randbytes(300_000)
    body = gzip.compress(WORDS + noise)
    broken = body[:200_000] + b"\xff" * 10_000 + body[210_000:]
    (found,) = unpacked(broken, Budget(10_000_000))
    assert found.startswith(WORDS)
    assert noise[:100_000] in found


@pytest.mark.parametrize("body", [b"", b"\x1f\x8b\x08", b"PK\x03\x04", b"PK\x03\x04" * 9, b"\x78"])
def test_what_is_not_compressed_gives_nothing(body: bytes):
    assert b"".join(unpacked(body, Budget(10_000_000))) == b""


def test_only_so_much_is_unpacked():
    with pytest.raises(TooMuch):
        list(unpacked(gzip.compress(bytes(1_000_000)), Budget(500_000)))
    with pytest.raises(TooMuch):
        list(unpacked(gzip.compress(bytes(1_000_000)) * 20, Budget(15_000_000)))


def test_beginnings_without_end_are_not_tried_for_ever():
    with pytest.raises(TooMuch):
        list(unpacked(zipped(b"")[:30] * 10_000, Budget(1_000_000)))


def test_a_large_stream_comes_in_pieces_that_overlap(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(streams, "PIECE_BYTES", 200_000)
    noise = random.Random(2).randbytes(1_000_000)
    pieces = list(unpacked(gzip.compress(noise), Budget(10_000_000)))
    assert len(pieces) > 3
    assert max(map(len, pieces)) <= 200_000 + (1 << 16)
    for at in range(0, 999_000, 50_000):
        assert any(noise[at : at + 1000] in piece for piece in pieces)


def test_what_may_be_compressed_is_told_quickly():
    assert packed(b"x" + gzip.compress(b""))
    assert packed(zipped(b""))
    assert not packed(b"PK, gzip")
