"""What is made alike in texts."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import column, dataset

from catalog.declaration.texts import Marks, normalized
from catalog.errors import DeclarationError


@pytest.mark.parametrize(
    ("text", "wanted", "expected"),
    [
        ("ＡＢ１２（－．）\u3000ｘ", ("width",), "AB12(-.) x"),
        ("ｶﾅ①Ⅳ㎡", ("width",), "ｶﾅ①Ⅳ㎡"),
        ("臺 北\u3000市", ("blanks",), "臺北市"),
        ("Da  an\u00a0 Park", ("blanks",), "Da an Park"),
        ("大安 Park 站 2", ("blanks",), "大安 Park 站 2"),
        ("a\r\n\tb\u200b", ("blanks",), "a b"),
        ("※基隆市*", (Marks(marks="※*"),), "基隆市"),
        ("a ※ b", ("blanks", Marks(marks="※")), "a b"),
        ("＊a", (Marks(marks="*"), "width"), "a"),
        ("Taipei", ("upper",), "TAIPEI"),
        ("Taipei", ("lower",), "taipei"),
        ("", ("blanks", "width"), ""),
        (" ", ("blanks",), ""),
    ],
)
def test_what_is_made_alike(text: str, wanted: tuple[Any, ...], expected: str):
    assert normalized(text, wanted) == expected


@given(st.text(), st.lists(st.sampled_from(["width", "blanks", "lower", Marks(marks="※*")]), unique_by=str, min_size=1))
def test_what_is_alike_stays_alike(text: str, wanted: list[Any]):
    once = normalized(text, tuple(wanted))
    assert normalized(once, tuple(wanted)) == once


@pytest.mark.parametrize(
    ("kind", "more", "words"),
    [
        ("string", {"normalize": ["upper", "lower"]}, "upper and lower go not together"),
        ("string", {"normalize": []}, "normalize"),
        ("string", {"normalize": ["blank"]}, "normalize.*found 'blank'"),
        (
            "string",
            {"normalize": "width", "missingValues": ["－"]},
            "never stands in a cell after normalize; write '-'",
        ),
        (
            "string",
            {"normalize": "blanks", "codes": {"map": {"臺 北": "a"}}},
            "codes.map: '臺 北' never .* write '臺北'",
        ),
        (
            "number",
            {"normalize": [{"marks": "*,"}]},
            r"without ',' a number would be another; .*number: \{group: ','\}",
        ),
        ("integer", {"normalize": {"marks": "1"}}, "without '1' a number would be another"),
        ("integer", {"pad": 5}, "pad belongs to a string"),
        ("string", {"pad": 0}, "pad"),
    ],
)
def test_what_cannot_work_is_refused(kind: str, more: dict[str, Any], words: str):
    with pytest.raises(DeclarationError, match=words):
        dataset(fields=[column("site"), column("x", kind, **more)])
