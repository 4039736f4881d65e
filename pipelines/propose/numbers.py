"""Is a column one of numbers, and how are they written: grouping, percent, units, full width, minus."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from pipelines.propose.words import unit_written

_FULL_WIDTH = re.compile("[０-９．，－]")
_LEADING_ZERO = re.compile(r"0[0-9]+")
_CODE_NAMES = re.compile(
    r"code|(?:site|station|stn|city|county|town|village|area|device|sensor|market|crop|park|stop|river|well)ids?$"
    r"|(?:^|[_ \b])(?:id|no|ids|nid|zip|fips)$|_id|(?-i:[a-z]Id$|[a-z]No$)|代碼|代號|編號|編碼|站號|站碼|統編"
    r"|統一編號|區號|電話|證號|文號|郵遞",
    re.IGNORECASE,
)
_BEHIND = re.compile(r"[-+]?[0-9][0-9,]*(?:\.[0-9]+)?\s*([^\s0-9.,()+\-][^\s0-9]*)")
_MOST_UNITS = 3
_MINUS = (
    ("(5)", r"\([0-9.,]+\)"), ("5-", r"[0-9.,]+-"),
    ("−5", "−[0-9.,]+"), ("△5", "△[0-9.,]+"), ("▲5", "▲[0-9.,]+"),
)  # fmt: skip
"""How agencies write minus five, besides with the sign of ASCII."""
_LONGEST = 15
"""Digits of a number that counts something: longer ones are codes."""


def is_code_name(heard: str) -> bool:
    """Return whether the name of a column says that it holds codes."""
    return bool(_CODE_NAMES.search(heard))


def are_codes(heard: str, texts: Sequence[str]) -> bool:
    """Return whether texts are codes: a name that says so, zeros before digits, or too many digits for a count."""
    if is_code_name(heard) or any(_LEADING_ZERO.fullmatch(text) for text in texts):
        return True
    return any(text.isdecimal() and len(text) > _LONGEST for text in texts)


def ways(texts: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield how a column of numbers may be declared, the simplest way first.

    Args:
        texts: its different texts, without those that mean no value.
    """
    width = {"normalize": ["width"]} if any(map(_FULL_WIDTH.search, texts)) else {}
    forms = [form for form in _forms(texts) if form is not None]
    for form in forms:
        number = {"number": form} if form else {}
        yield {"type": "integer", **number, **width}
        if not form.get("integral"):
            yield {"type": "number", **number, **width}


def _forms(texts: Sequence[str]) -> Iterator[dict[str, Any]]:
    yield {}
    units = _units(texts)
    minus = [sign for sign, pattern in _MINUS if _some(pattern, texts)]
    more: dict[str, Any] = ({"units": units} if units else {}) | ({"minus": minus} if minus else {})
    if more:
        yield more
    if _some(r"[^,]*[0-9],[0-9]{3}(?:\.[0-9]*)?\D*", texts) or _some(r".*[0-9],[0-9]{3},.*", texts):
        yield {"group": ","} | more
    if _some(r".*[0-9],[0-9]+\D*", texts):
        yield {"decimal": ","} | more
        yield {"group": ".", "decimal": ","} | more
        yield {"group": " ", "decimal": ","} | more
    if _some(r".*[0-9] [0-9]{3}\D*", texts):
        yield {"group": " "} | more


def _some(pattern: str, texts: Sequence[str]) -> bool:
    return any(re.fullmatch(pattern, text) for text in texts)


def _units(texts: Sequence[str]) -> list[str]:
    """The units behind numbers, where few kinds stand there."""
    found = {found[1] for text in texts if (found := _BEHIND.fullmatch(text))}
    known = {unit for unit in found if unit_written(unit)}
    return sorted(found) if found and found == known and len(found) <= _MOST_UNITS else []


def without_points(texts: Sequence[str]) -> bool:
    """Return whether numbers with a point are all whole, as 34.0: integers, that a program wrote as numbers."""
    return bool(texts) and all(re.fullmatch(r"-?[0-9]+(?:\.0+)?", text) for text in texts)
