"""The tables called Big5: what Python's codecs read otherwise than those in use is no text; pairs stay pairs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.decode.parts import big5

PAIRS = [lead << 8 | trail for lead in range(0x81, 0xFF) for trail in (*range(0x40, 0x7F), *range(0xA1, 0xFF))]
FIVE = ["cp950", "big5", "big5-eten", "big5-hkscs", "big5-uao"]


def read(*pairs: int, encoding: str) -> str | None:
    text, sound = big5.decode(b"".join(pair.to_bytes(2) for pair in pairs), encoding)
    return text if sound else None


def table(encoding: str) -> dict[int, str]:
    said = {pair: read(pair, encoding=encoding) for pair in PAIRS}
    return {pair: text for pair, text in said.items() if text is not None}


def of_python(codec: str) -> dict[int, str]:
    said = {pair: pair.to_bytes(2).decode(codec, "ignore") for pair in PAIRS}
    return {pair: text for pair, text in said.items() if text and not text[-1].isascii()}


@pytest.mark.parametrize(
    ("encoding", "codec", "left_out"),
    [("cp950", "cp950", 249), ("big5", "big5", 260), ("big5-hkscs", "big5hkscs", 11)],
)
def test_a_pair_that_tables_read_differently_is_none(encoding: str, codec: str, left_out: int) -> None:
    ours, python = table(encoding), of_python(codec)
    assert ours.items() <= python.items()
    assert len(python) - len(ours) == left_out
    if codec != "big5hkscs":
        assert not any(0xC6A1 <= pair <= 0xC7FC for pair in ours)


@pytest.mark.parametrize("encoding", ["cp950", "big5"])
def test_a_withdrawn_pair_is_none(encoding: str) -> None:
    for pair in (0xC6A1, 0xC6FE, 0xC740, 0xC755, 0xC7FC, 0xC7FD, 0xC87E):
        assert read(0xA440, pair, encoding=encoding) is None


def test_the_signs_of_eten() -> None:
    assert read(0xA9AF, 0xBAD6, 0xC755, 0xA8FD, encoding="big5-eten") == "幸福の味"
    assert read(0xC6A1, 0xC6AA, 0xC6CF, 0xC6DE, 0xC8D3, encoding="big5-eten") == "①⑩廴〃℡"
    assert read(0xC8D4, encoding="big5-eten") is None
    eten, cp950 = table("big5-eten"), table("cp950")
    assert cp950.items() <= eten.items()
    assert len(eten) - len(cp950) == 325
    # Why Python's big5hkscs is not enough.
    assert len({pair for pair in eten if 0xC6A1 <= pair <= 0xC8D3} - of_python("big5hkscs").keys()) == 6


def test_the_characters_of_unicode_at_on() -> None:
    assert read(0x95CD, 0xA6E6, 0xA8BD, encoding="big5-uao") == "塩行里"
    assert read(0x8140, 0xFEFE, 0xC755, encoding="big5-uao") == "丗芈の"
    uao, cp950 = table("big5-uao"), table("cp950")
    assert cp950.items() <= uao.items()
    assert len(uao) - len(cp950) == 5989
    assert not any("\ue000" <= text <= "\uf8ff" for text in uao.values())


def test_two_characters_for_a_pair() -> None:
    assert read(0x8862, 0x88A5, encoding="big5-hkscs") == "\u00ca\u0304\u00ea\u030c"
    assert big5.decode(b"\x88\x62\xa1\x45", "big5-hkscs") == ("\u00ca\u0304\udca1\udc45", False)


@pytest.mark.parametrize("encoding", FIVE)
def test_a_separator_behind_half_a_pair_stands_for_itself(encoding: str) -> None:
    assert big5.decode(b"\xff|\x80a\xfe,\xa4\n\xa4", encoding) == ("\udcff|\udc80a\udcfe,\udca4\n\udca4", False)
    assert big5.decode(b"\xa4\xff\xa4\x40\xa4\x80", encoding) == ("\udca4\udcff一\udca4\udc80", False)


@pytest.mark.parametrize("encoding", ["cp950", "big5"])
def test_a_letter_behind_half_a_pair_belongs_to_it(encoding: str) -> None:
    assert big5.decode(b"\xc7\x55U\x81|\x81\x5c", encoding) == ("\udcc7\udc55U\udc81|\udc81\\", False)


@given(st.binary(max_size=12), st.sampled_from(FIVE))
def test_no_byte_is_lost(body: bytes, encoding: str) -> None:
    text, sound = big5.decode(body, encoding)
    assert sound == (not any("\udc00" <= sign <= "\udcff" for sign in text))
    wrong = bytes(ord(sign) - 0xDC00 for sign in text if "\udc00" <= sign <= "\udcff")
    rest = [sign for sign in text if not "\udc00" <= sign <= "\udcff"]
    if encoding != "big5-hkscs":  # which has two characters for some pairs
        assert len(wrong) + len(rest) + sum(not sign.isascii() for sign in rest) == len(body)
    if sound and encoding in ("cp950", "big5"):
        assert text.encode(encoding) == body or text == body.decode(encoding)


@given(st.text(st.sampled_from("測站許功蓋a,|\\\n一"), max_size=20), st.integers(1, 8))
def test_a_body_in_parts_is_the_same(text: str, size: int) -> None:
    whole = (text + "\n").encode("cp950") + b"\x95\xcd"
    before = big5._CHUNK_BYTES
    big5._CHUNK_BYTES = size
    try:
        parts = big5.decode(whole, "big5-uao")
    finally:
        big5._CHUNK_BYTES = before
    assert parts == big5.decode(whole, "big5-uao")
    assert parts == (text + "\n塩", True)
