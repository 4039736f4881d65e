"""Bytes as text in a declared encoding; a byte that is no text is told with its place, or stays visible."""

import pytest

from catalog.errors import SourceError
from pipelines.decode.parts import text
from pipelines.decode.parts.text import NO_TEXT


@pytest.mark.parametrize("encoding", ["utf-8", "cp950", "big5", "big5-hkscs", "utf-16"])
def test_a_text_comes_back_without_its_mark(encoding: str) -> None:
    assert text.decode("臺北".encode(encoding), encoding) == "臺北"
    assert text.decode("臺北".encode("utf-8-sig"), "utf-8") == "臺北"


def test_the_first_places_and_the_count_are_told() -> None:
    body = b"a,b\nx\xff,\xfe\n\xfd\xfc"
    with pytest.raises(SourceError) as refused:
        text.decode(body, "utf-8")
    assert (
        "found 4 bytes that are none: 0xff in line 2 at character 2, 0xfe in line 2 at character 4, 0xfdfc in line 3 "
        "at character 1; is `encoding` declared right?" in str(refused.value)
    )
    with pytest.raises(SourceError, match=r"0xff in line 1 at character 5, …; is `encoding` declared right\?"):
        text.decode(b"\xff,\xff,\xff,\xff", "utf-8")
    with pytest.raises(SourceError, match="found 9 bytes that are none: 0xffffffffffffffff… in line 1 at character 2;"):
        text.decode(b"a" + b"\xff" * 9, "utf-8")


def test_one_byte_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SourceError, match="found a byte that is none: 0xff in line 1 at character 1; is"):
        text.decode(b"\xffa", "utf-8")
    monkeypatch.setattr(text, "_LOOKED_AT_BYTES", 3)
    with pytest.raises(SourceError, match="found at least 3 bytes that are none"):
        text.decode(b"\xff" * 100, "utf-8")


def test_set_aside_it_stays_visible_and_the_rest_is_read() -> None:
    assert text.decode("甲".encode() + b"\xffb", "utf-8", "quarantine") == f"甲{NO_TEXT}ffb"


@pytest.mark.parametrize("encoding", ["cp950", "big5", "big5-eten", "big5-hkscs", "big5-uao"])
def test_the_pairs_behind_a_pair_that_is_none_stay_pairs(encoding: str) -> None:
    body = "二\n鹽,".encode("big5") + b"\xff\x81" + "行里".encode("big5")
    with pytest.raises(SourceError, match="found 2 bytes that are none: 0xff81 in line 2 at character 3;"):
        text.decode(body.replace(b"\x81", b"\x81,"), encoding)
    assert text.decode(body.replace(b"\x81", b"\xff"), encoding, "quarantine") == f"二\n鹽,{NO_TEXT}ff{NO_TEXT}ff行里"


@pytest.mark.parametrize("encoding", ["cp950", "big5", "big5-eten"])
def test_a_pair_of_another_table_is_reported_whole(encoding: str) -> None:
    body = b"a\n\x95\xcd" + "行里\n".encode("big5")
    with pytest.raises(SourceError, match=f"{encoding.upper()}, found 2 bytes that are none: 0x95cd in line 2 at char"):
        text.decode(body, encoding)
    assert text.decode(body, encoding, "quarantine") == f"a\n{NO_TEXT}95{NO_TEXT}cd行里\n"


def test_windows_1252_is_not_latin_1() -> None:
    assert text.decode(b"\x93a\x94 \x80", "windows-1252") == "“a” €"
    with pytest.raises(SourceError, match="in WINDOWS-1252, found a byte that is none: 0x81 in line 1 at character 2"):
        text.decode(b"a\x81", "windows-1252")
