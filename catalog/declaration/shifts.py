"""A length of time that moves a time forward or back, as `-1d`, `8h` or `-90m` (docs/declaration.md)."""

import datetime as dt
import re
from typing import Annotated

from pydantic import AfterValidator

_SHIFT = re.compile(r"([+-]?)([0-9]{1,5})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def _shift(text: str) -> str:
    """Return a shift if it is one."""
    if not _SHIFT.fullmatch(text):
        raise ValueError(f"{text!r} is no shift; write for instance -1d, -90m or 8h")
    return text


Shift = Annotated[str, AfterValidator(_shift)]
"""A number of minutes, hours or days, with a sign."""


def delta(shift: str | None) -> dt.timedelta:
    """Return how far a shift moves a time; nothing for no shift."""
    if shift is None or not (parts := _SHIFT.fullmatch(shift)):
        return dt.timedelta()
    return dt.timedelta(**{_UNITS[parts[3]]: int(parts[1] + parts[2])})
