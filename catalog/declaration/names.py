"""Names of an agency's columns: when two are one, and patterns of names."""

import unicodedata
from typing import Annotated, Any

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import AfterValidator, Field

_MOST = 200
"""Characters of a pattern."""


def fold_name(name: str) -> str:
    """Return a name without what makes no difference: case, width (NFKC), a byte-order mark, blanks."""
    return "".join(unicodedata.normalize("NFKC", name).replace("\ufeff", "").casefold().split())


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
