"""For how many days what is not needed any more is kept: settings, with defaults and a floor."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields

from catalog.errors import DecisionError

FLOOR_DAYS = 1
"""No run takes longer. What a run writes is named by nothing until the run is done with it."""
_MOST_DAYS = 36_500
_PREFIX = "MINSHENG_KEEP_"


@dataclass(frozen=True)
class Keep:
    """Days; each counts from when garbage collection first saw that nothing needs the thing."""

    candidates: int = 90
    """Candidates that were released, rejected or superseded."""
    reports: int = 400
    """Reports of nights, but for the newest."""
    unnamed: int = 7
    """Objects that a killed run left, and that nothing names."""
    runs: int = 30
    """Runs that have ended, with their events and logs, in Dagster's history."""


VARIABLES = tuple(f"{_PREFIX}{each.name.upper()}" for each in fields(Keep))


def read(environ: Mapping[str, str]) -> Keep:
    """Read for how long things are kept.

    Raises:
        DecisionError: one is no number of days, or below the floor.
    """
    said = {
        each.name: _days(f"{_PREFIX}{each.name.upper()}", environ.get(f"{_PREFIX}{each.name.upper()}") or each.default)
        for each in fields(Keep)
    }
    return Keep(**said)


def _days(name: str, said: object) -> int:
    if not re.fullmatch("[0-9]{1,5}", str(said)) or not FLOOR_DAYS <= int(str(said)) <= _MOST_DAYS:
        raise DecisionError(
            f"{name}: expected a whole number of days from {FLOOR_DAYS} to {_MOST_DAYS}, found {said!r}; what a run "
            "that works right now has written is kept so long at least"
        )
    return int(str(said))
