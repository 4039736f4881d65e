"""Regular expressions of a declaration: RE2 and Python both read them, and alike."""

import re
import warnings

import pyarrow as pa
import pyarrow.compute as pc


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
