"""Names: of datasets, of an agency's columns (when two are one), and patterns of names."""

import functools
import unicodedata
from typing import Annotated, Any

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import AfterValidator, Field

SLUG = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
_MOST = 200
"""Characters of a pattern."""


def fold_name(name: str) -> str:
    """Return a name without what makes no difference: case, width (NFKC), a byte-order mark, blanks."""
    return "".join(unicodedata.normalize("NFKC", name).replace("\ufeff", "").casefold().split())


def begins(text: str, beginnings: tuple[str, ...]) -> bool:
    """Return whether a text begins with one of others, as they are written or as names are compared.

    A beginning with a sign such as ① or ℃ is compared as it is written: as a name, ① is 1. So is one that ends in a
    blank, which tells `Note ` from `Notebook`.
    """
    if not beginnings:
        return False
    if text.lstrip("\ufeff").strip().startswith(beginnings):
        return True
    folded = _foldable(beginnings)
    return bool(folded) and fold_name(text).startswith(folded)


@functools.lru_cache(maxsize=256)
def _foldable(beginnings: tuple[str, ...]) -> tuple[str, ...]:
    plain = [one for one in beginnings if one == one.strip() and not any(map(_is_another, one))]
    return tuple(filter(None, map(fold_name, plain)))


def _is_another(sign: str) -> bool:
    """Whether NFKC writes a sign as others, and not only in another width."""
    written = unicodedata.decomposition(sign)
    return written.startswith("<") and not written.startswith(("<wide>", "<narrow>"))


def fits(pattern: str, text: str) -> bool:
    """Return whether a text as a whole fits a pattern; RE2 reads it, in linear time."""
    found: Any = pc.match_substring_regex(pa.scalar(text), pattern=whole(pattern))
    return bool(found.as_py())


def whole(pattern: str) -> str:
    """Return a pattern that fits whole texts only."""
    return f"^(?:{pattern})$"


def _read(pattern: str) -> str:
    try:
        fits(pattern, "")
    except pa.ArrowInvalid as error:
        raise ValueError(f"{pattern!r} is no pattern that RE2 can read ({error})") from error
    return pattern


NamePattern = Annotated[str, Field(min_length=1, max_length=_MOST), AfterValidator(_read)]
"""A pattern of whole names, https://github.com/google/re2/wiki/Syntax."""
