"""What a declaration says of the signs in a field's cells: the key `normalize` (docs/declaration.md)."""

import re
import unicodedata
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from catalog.declaration.strict import Listed, Strict


class Marks(Strict):
    """Signs that are taken out of a cell wherever they stand."""

    marks: str = Field(min_length=1, description="each sign of this text")


_One = Literal["width", "blanks", "upper", "lower"] | Marks
Normalize = Annotated[
    tuple[_One, ...],
    BeforeValidator(
        lambda value: [value] if isinstance(value, str | dict) else value,
        json_schema_input_type=_One | tuple[_One, ...],
    ),
    Listed,
    Field(min_length=1),
]
"""What is made alike in a cell; in the order width, marks, blanks, upper or lower, however it is listed."""

_WIDTHS = {0xFEE0 + sign: sign for sign in range(0x21, 0x7F)} | {0x3000: 0x20, 0xFFE0: 0xA2, 0xFFE1: 0xA3, 0xFFE5: 0xA5}
"""Full-width signs and their ordinary forms; 0xFFE0 and the last two are signs of money."""
_UNSEEN = dict.fromkeys((0x200B, 0x2060, 0xFEFF))
"""Signs of no width."""


def normalized(text: str, wanted: Normalize) -> str:
    """Return a text as `normalize` wants it, without blanks at its ends."""
    if "width" in wanted:
        text = text.translate(_WIDTHS)
    marks = "".join(each.marks for each in wanted if isinstance(each, Marks))
    if marks:
        text = text.translate(dict.fromkeys(map(ord, marks)))
    if "blanks" in wanted:
        text = re.sub(r"\s+", _blank, text.translate(_UNSEEN).strip())
    if "upper" in wanted or "lower" in wanted:
        text = text.upper() if "upper" in wanted else text.lower()
    return text.strip()


def _blank(found: re.Match[str]) -> str:
    """No blank between two Chinese signs, and one elsewhere."""
    around = found.string[found.start() - 1] + found.string[found.end()]
    return "" if all(unicodedata.east_asian_width(sign) in "WF" for sign in around) else " "


def check_marks(wanted: Normalize, *, number: bool) -> None:
    """Raise ValueError where signs are taken out that a value is made of, or upper and lower are both wanted."""
    if "upper" in wanted and "lower" in wanted:
        raise ValueError("normalize: upper and lower go not together")
    for sign in (sign for each in wanted if isinstance(each, Marks) for sign in each.marks):
        if number and (sign.isdigit() or sign in "+-.,eE'\u2212"):
            raise ValueError(
                f"normalize: without {sign!r} a number would be another; if it stands between groups of digits write "
                "number: {group: ','}, and see number: for decimal marks, units and signs"
            )


def check_reachable(wanted: Normalize, key: str, texts: list[str]) -> None:
    """Raise ValueError where a text of the declaration can never stand in a cell after `normalize`."""
    for text in texts:
        after = normalized(text, wanted)
        if after != text:
            raise ValueError(f"{key}: {text!r} never stands in a cell after normalize; write {after!r}")
