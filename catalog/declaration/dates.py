"""How a date or a time is written by an agency: the key `date` of a field (docs/declaration.md)."""

import datetime as dt
import re
import zoneinfo
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from catalog.declaration.shifts import Shift
from catalog.declaration.strict import Listed, Strict

_KNOWN = "%Y %m %d %H %M %S %y %b %B %a %A %I %p %f %z %q %V %j"
_ALIKE = ("Yy", "mbB", "aA", "HI")
_ALONE = {"q": "mbBdaA", "V": "mbBdaAq", "j": "mbBdqV"}
_PARTS = {"q": "quarter", "V": "week", "j": "day of the year"}
_NEEDS = {"M": "HI", "S": "M", "f": "S", "I": "p", "p": "I", "z": "HI"}
_OFFSET = re.compile(r"%[HMSfp][:.0-9]* ?(Z|UTC|GMT|[+-]\d{2}:?\d{2})")


class Dates(Strict):
    """How a date or a time is written by the agency."""

    calendar: Literal["gregorian", "roc", "mixed"] = "gregorian"
    patterns: Annotated[tuple[str, ...], Listed] = Field(default=(), min_length=1, description=f"of {_KNOWN}, in order")
    zone: str = "Asia/Taipei"
    end_of_day: bool = Field(default=False, alias="24:00", description="24:00 is the end of the day it is written on")
    offsets: dict[str, str] = Field(default={}, description="names of offsets that %z reads, as {CST: '+08:00'}")
    pivot: int | None = Field(default=None, ge=0, le=99, description="years %y below it are 20xx, the others 19xx")
    fraction: Literal["drop", "round"] | None = Field(default=None, description="what becomes of parts of a second")
    epoch: Literal["seconds", "milliseconds"] | None = Field(
        default=None, description="numbers count since 1970 in UTC"
    )
    excel: Literal[1900, 1904] | None = Field(default=None, description="numbers are days of a spreadsheet")
    fold: Literal["first", "second", "refuse", "by_order"] = Field(
        default="first", description="an hour that stands twice when clocks are set back"
    )
    shift: Shift | None = Field(default=None, description="moves each time: -1h, where an hour is named by its end")
    weeks: Literal["monday", "sunday"] = Field(
        default="monday", description="the first day of a week: of ISO 8601, or of weeks of epidemiology"
    )

    @field_validator("patterns")
    @classmethod
    def _known(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            _check(pattern)
        return patterns

    @field_validator("zone")
    @classmethod
    def _located(cls, zone: str) -> str:
        try:
            zoneinfo.ZoneInfo(zone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("is no time zone; write for instance Asia/Taipei or UTC") from error
        return zone

    @field_validator("offsets")
    @classmethod
    def _offset(cls, offsets: dict[str, str]) -> dict[str, str]:
        for name, offset in offsets.items():
            if not name or offset_of(offset) is None:
                raise ValueError(f"expected a name and an offset, as {{CST: '+08:00'}}; found {name!r}: {offset!r}")
        return offsets

    @model_validator(mode="after")
    def _numbers(self) -> Self:
        if not (self.patterns or self.epoch or self.excel):
            raise ValueError("patterns: is required and missing; or write epoch or excel, where numbers are times")
        if self.epoch and self.excel:
            raise ValueError("epoch, excel: each reads a number; write one of them")
        for pattern in self.patterns if self.epoch or self.excel else ():
            if not re.sub(r"%[YmdHMSyIf]", "", pattern):
                raise ValueError(
                    f"the pattern {pattern!r} reads numbers, and so does epoch or excel; write one of them"
                )
        return self

    @model_validator(mode="after")
    def _said(self) -> Self:
        used = {directive for pattern in self.patterns for directive in re.findall(r"%(.)", pattern)}
        if "y" in used and (self.pivot is None or self.calendar != "gregorian"):
            raise ValueError(
                "a year %y needs pivot, and the calendar gregorian; with pivot: 70, 69 is 2069 and 70 is 1970"
            )
        if "f" in used and self.fraction is None:
            raise ValueError("%f needs fraction: drop or round; times are published to the second")
        if self.offsets and "z" not in used:
            raise ValueError("offsets: no pattern holds %z, which would read them")
        if self.fold == "by_order" and ("z" in used or self.epoch):
            raise ValueError("fold: by_order is for times that do not say which of two equal hours they mean")
        for pattern in self.patterns:
            literal = _OFFSET.search(pattern)
            if literal and not self._always(literal[1]):
                raise ValueError(
                    f"the pattern {pattern!r} takes {literal[1]} as mere text, and the time as one of {self.zone}; "
                    f"write %z in its place; a word is named in offsets, as {{UTC: Z}}"
                )
        return self

    def check_kind(self, kind: str) -> None:
        """Raise ValueError unless what is written names a value of this type, as a month names no week."""
        needs = _NEEDED.get(kind, "")
        for pattern in self.patterns:
            used = set(re.findall(r"%(.)", pattern))
            if needs and not used & set(needs):
                raise ValueError(
                    f"the pattern {pattern!r} names no {kind}; it needs {' or '.join(f'%{each}' for each in needs)}"
                )
            if kind == "year" and "V" in used:
                raise ValueError(f"the pattern {pattern!r} names a week, which may lie in two years; leave out %V")
        if self.weeks != "monday" and not (kind == "week" or any("%V" in pattern for pattern in self.patterns)):
            raise ValueError("weeks: belongs to a week, or to a pattern with %V")
        if self.fold == "by_order" and kind != "datetime":
            raise ValueError("fold: by_order belongs to a datetime")

    def _always(self, offset: str) -> bool:
        zone = zoneinfo.ZoneInfo(self.zone)
        found = {dt.datetime(2024, month, 1, tzinfo=zone).utcoffset() for month in range(1, 13)}
        seconds = 0 if offset in ("UTC", "GMT") else offset_of(offset)
        return seconds is not None and found == {dt.timedelta(seconds=seconds)}


_NEEDED = {"month": "mbBj", "quarter": "qmbBj", "week": "Vdj"}
"""By type of a period, the parts of which a pattern needs one."""


def offset_of(text: str) -> int | None:
    """Seconds east of UTC of `Z`, `+08`, `+0800` or `+08:00`; None where it is no offset."""
    if text in ("Z", "z"):
        return 0
    found = re.fullmatch(r"([+-])([0-9]{2})(?::?([0-9]{2}))?", text)
    if not found or int(found[2]) > 15 or int(found[3] or 0) > 59:
        return None
    seconds = int(found[2]) * 3600 + int(found[3] or 0) * 60
    return -seconds if found[1] == "-" else seconds


def _check(pattern: str) -> None:
    directives = re.findall(r"%(.?)", pattern)
    if {f"%{one}" for one in directives} - set(_KNOWN.split()) or not {"Y", "y"} & set(directives):
        raise ValueError(f"the pattern {pattern!r} may hold {_KNOWN}, each once, and needs %Y (or %y)")
    if len(set(directives)) != len(directives):
        raise ValueError(f"the pattern {pattern!r} holds a directive twice")
    for alike in _ALIKE:
        both = [f"%{one}" for one in alike if one in directives]
        if len(both) > 1:
            raise ValueError(f"the pattern {pattern!r} says one part twice: {' and '.join(both)}")
    for one, others in _ALONE.items():
        both = [f"%{other}" for other in others if one in directives and other in directives]
        if both:
            raise ValueError(
                f"the pattern {pattern!r} holds %{one}, a {_PARTS[one]}, beside {both[0]}; write one of them"
            )
    for one, needed in _NEEDS.items():
        if one in directives and not set(needed) & set(directives):
            wanted = " or ".join(f"%{each}" for each in needed)
            raise ValueError(f"the pattern {pattern!r} holds %{one} without {wanted}; %m is the month, %M the minute")
