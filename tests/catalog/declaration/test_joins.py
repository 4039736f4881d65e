"""What may be joined."""

from typing import Any

import pytest
from worlds import column, dataset

from catalog.errors import DeclarationError


def joined(*names: str, **more: Any) -> dict[str, Any]:
    return column("x", join={"fields": list(names)}, **more)


@pytest.mark.parametrize(
    ("field", "words"),
    [
        (joined("a", "z"), "the field x: join names 'z', which is no field .*; there are site, a, b"),
        (joined("a", "x"), "join names 'x'"),
        (joined("a", "n"), "join names 'n'"),
        (joined("a", "mark"), "join names 'mark'"),
        (joined("a"), "join.fields"),
        (column("x", join={"fields": ["a", "b"], "unless": "n"}), "join names 'n'"),
        (joined("a", "b", heard_as="x"), "leave out heard_as, from, flag, optional, occurrence"),
        (joined("a", "b", **{"from": {"value": "1"}}), "leave out heard_as, from"),
        (joined("a", "b", optional=True), "leave out heard_as, from"),
    ],
)
def test_what_has_no_text_of_its_own_is_not_joined(field: dict[str, Any], words: str):
    flagged = column("n", "number", flag={"field": "mark", "texts": ["#"]})
    with pytest.raises(DeclarationError, match=words):
        dataset(fields=[column("site"), column("a"), column("b"), flagged, column("mark"), field])


def test_a_join_is_part_of_the_meaning():
    said = [dataset(fields=[column("site"), column("a"), joined("site", "a") | more]) for more in ({}, {"title": {
        "en": "Other", "zh-TW": "別的"}}, {"join": {"fields": ["a", "site"]}})]  # fmt: skip
    first, other_title, other_order = (one.meaning() for one in said)
    assert first == other_title != other_order
    assert said[0].field("x").heard == ()
