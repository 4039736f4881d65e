"""Regular expressions of a declaration: RE2 and Python both read them, and alike."""

import re
import warnings
from typing import Annotated

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import AfterValidator, Field


def python_regex(pattern: str) -> str:
    r"""Return a pattern of whole values as Python reads it like RE2: its \d, \w, \s and \b know ASCII only."""
    # pandas hands what RE2 could read to RE2, which does not know (?a:; the empty lookahead keeps it with Python.
    return rf"\A(?=)(?a:{pattern})\Z"


def check_pattern(pattern: str) -> None:
    """Raise ValueError unless RE2, which conforms, and Python, which judges, both read a pattern, and alike."""
    try:
        pc.match_substring_regex("", pattern=pattern)
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # Python warns of what it reads otherwise than others, as [[:alpha:]]
            re.compile(python_regex(pattern))
    except (pa.ArrowInvalid, re.error, OverflowError, RecursionError, Warning) as error:
        raise ValueError(f"is no pattern that RE2 and Python both read ({error})") from error
    if "{," in pattern:
        raise ValueError("is read in two ways: write {0,n} for {,n}, or [{] for the brace itself")


def _one_group(pattern: str) -> str:
    """Return a pattern if it has one group: the text that is wanted."""
    check_pattern(pattern)
    if (groups := re.compile(pattern).groups) != 1:
        raise ValueError(
            f"expected one group in round brackets, the text that is wanted, found {groups}; write for instance "
            r"'([0-9]{6})\.csv'"
        )
    return pattern


OneGroup = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_one_group)]
"""A regular expression with one group. It is looked for anywhere in the text."""


def group_in(texts: pa.Array, pattern: str) -> pa.Array:
    """Return the group of a pattern in each text; null where it is not there, or empty. RE2 takes linear time."""
    there = pc.match_substring_regex(texts, pattern)
    group = pc.utf8_trim_whitespace(pc.replace_substring_regex(texts, rf"^(?s:.*?)(?:{pattern})(?s:.*)$", r"\1"))
    return pc.if_else(pc.and_(there, pc.not_equal(group, "")), group, None)
