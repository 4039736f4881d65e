"""Bytes -> text: encodings, and bytes that are no text."""

import pytest

from catalog.errors import SourceError
from pipelines.decode.parts.text import decode


@pytest.mark.parametrize(
    ("body", "encoding", "text"),
    [
        ("臺灣".encode(), "utf-8", "臺灣"),
        (b"\xef\xbb\xbfa", "utf-8", "a"),
        ("臺灣碁".encode("cp950"), "cp950", "臺灣碁"),
        (b"\xf9\xd6", "cp950", "碁"),
        ("許功蓋".encode("big5"), "big5", "許功蓋"),  # their second bytes are backslashes
        ("臺".encode("utf-16"), "utf-16", "臺"),
        (b"\xe9", "latin-1", "é"),
        (b"", "utf-8", ""),
    ],
)
def test_text_is_read_in_the_declared_encoding(body: bytes, encoding: str, text: str):
    assert decode(body, encoding) == text
    assert decode(body, encoding, "quarantine") == text


@pytest.mark.parametrize(
    ("body", "encoding", "words"),
    [
        (b"a\n\xffb", "utf-8", "expected text in UTF-8, found a byte that is none: 0xff in line 2 at character 1; is"),
        (
            b"\xe8\x87",
            "utf-8",
            "found 2 bytes that are none: 0xe887 in line 1 at character 1; is",
        ),
        ("臺,".encode("cp950") + b"\xa4,x", "cp950", "found a byte that is none: 0xa4 in line 1 at character 3"),
        (b"\xf9\xd6", "big5", "in BIG5, found 2 bytes|in BIG5, found a byte"),
        (b"a\x00b", "utf-16", "in UTF-16, found a byte that is none: 0x62"),
        (b"\xff\n" * 5, "utf-8", "found 5 bytes that are none: .*in line 3 at character 1, …;"),
    ],
)
def test_a_byte_that_is_no_text_is_told_with_its_place(body: bytes, encoding: str, words: str):
    with pytest.raises(SourceError, match=words):
        decode(body, encoding)


def test_or_it_stays_visible():
    assert decode("臺,".encode("cp950") + b"\xa4,x", "cp950", "quarantine") == "臺,\ufffd\\xa4,x"
    assert decode(b"\xff\xfe", "utf-8", "quarantine") == "\ufffd\\xff\ufffd\\xfe"


def test_of_a_long_body_of_another_encoding_only_the_beginning_is_looked_at():
    body = "臺".encode("cp950") * 20_000_000
    with pytest.raises(SourceError, match=r"found at least [0-9,]+ bytes that are none: 0xbb in line 1 at character 1"):
        decode(body, "utf-8")
