"""Bytes as text in a declared encoding; a byte that is no text is told with its place, or stays visible."""

import pytest

from catalog.errors import SourceError
from pipelines.decode.parts import text
from pipelines.decode.parts.text import NO_TEXT


@pytest.mark.parametrize("encoding", ["utf-8", "cp950", "big5", "utf-16"])
def test_a_text_comes_back_without_its_mark(encoding: str) -> None:
    assert text.decode("臺北".encode(encoding), encoding) == "臺北"
    assert text.decode("臺北".encode("utf-8-sig"), "utf-8") == "臺北"


def test_the_first_places_and_the_count_are_told() -> None:
    body = b"a,b\nx\xff,\xfe\n\xfd\xfc"
    with pytest.raises(SourceError) as refused:
        text.decode(body, "utf-8")
    assert (
        "found 4 bytes that are none: 0xff in line 2 at character 2, 0xfe in line 2 at character 4, 0xfd in line 3"
        in str(refused.value)
    )
    assert str(refused.value).endswith(", …; is `encoding` declared right?")


def test_one_byte_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SourceError, match="found a byte that is none: 0xff in line 1 at character 1; is"):
        text.decode(b"\xffa", "utf-8")
    monkeypatch.setattr(text, "_LOOKED_AT_BYTES", 3)
    with pytest.raises(SourceError, match="found at least 3 bytes that are none"):
        text.decode(b"\xff" * 100, "utf-8")


def test_set_aside_it_stays_visible_and_the_rest_is_read() -> None:
    assert text.decode("甲".encode() + b"\xffb", "utf-8", "quarantine") == f"甲{NO_TEXT}ffb"
