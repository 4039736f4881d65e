"""How a date or a time is written by an agency: the key `date` of a field (docs/declaration.md)."""

import re
import zoneinfo
from typing import Annotated, Literal

from pydantic import Field, field_validator

from catalog.declaration.strict import Listed, Strict


class Dates(Strict):
    """How a date or a time is written by the agency."""

    calendar: Literal["gregorian", "roc", "mixed"] = "gregorian"
    patterns: Annotated[tuple[str, ...], Listed] = Field(min_length=1, description="of %Y %m %d %H %M %S, in order")
    zone: str = "Asia/Taipei"
    end_of_day: bool = Field(default=False, alias="24:00", description="24:00 is the end of the day it is written on")

    @field_validator("patterns")
    @classmethod
    def _known(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            directives = re.findall(r"%.", pattern)
            if set(directives) - {"%Y", "%m", "%d", "%H", "%M", "%S"} or "%Y" not in directives:
                raise ValueError(f"the pattern {pattern!r} may hold %Y %m %d %H %M %S, each once, and needs %Y")
            if len(set(directives)) != len(directives):
                raise ValueError(f"the pattern {pattern!r} holds a directive twice")
        return patterns

    @field_validator("zone")
    @classmethod
    def _located(cls, zone: str) -> str:
        try:
            zoneinfo.ZoneInfo(zone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("is no time zone; write for instance Asia/Taipei or UTC") from error
        return zone
