"""Where the text of a field comes from, if not from a cell: the key `from` of a field (docs/declaration.md)."""

import datetime as dt
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from catalog.declaration.patterns import OneGroup
from catalog.declaration.shifts import Shift, delta
from catalog.declaration.strict import Strict

Word = Literal["fetched_at", "file", "member", "sheet", "title", "asked", "value"]
WORDS: tuple[Word, ...] = ("fetched_at", "file", "member", "sheet", "title", "asked", "value")
_ALWAYS: tuple[Word, ...] = ("fetched_at", "value")
OF_RECORDS: tuple[Word, ...] = ("member", "sheet", "title")
"""What may differ from record to record of one body; the others are the same for a whole body."""
_OF_PERIODS = {"year": "%Y", "quarter": "%Y-%m-%d", "month": "%Y-%m", "week": "%Y-%m-%d"}
WRITTEN = {"date": "%Y-%m-%d", "datetime": "%Y-%m-%dT%H:%M:%S"} | _OF_PERIODS
"""How the time of a fetch is written for a date, a datetime and a period, in the zone of the field."""


class From(Strict):
    """Where the text of a field comes from: one of its words, with `fetched_at` a shift, and where else to look."""

    fetched_at: Literal[True] | None = Field(default=None, description="when the fetch began")
    shift: Shift | None = Field(default=None, description="of fetched_at: -1d is the day before")
    file: OneGroup | None = Field(default=None, description="of the name of the file")
    member: OneGroup | None = Field(default=None, description="of the name of the member of a zip file")
    sheet: OneGroup | None = Field(default=None, description="of the name of the sheet")
    title: OneGroup | None = Field(default=None, description="of the lines above the header")
    asked: str | None = Field(default=None, min_length=1, description="a parameter of the request, or of its window")
    value: str | None = Field(default=None, min_length=1, description="this text")
    other: "From | None" = Field(default=None, alias="else", description="where it comes from, if there is none there")

    @model_validator(mode="after")
    def _one(self) -> Self:
        said = [word for word in WORDS if getattr(self, word) is not None]
        if len(said) != 1:
            raise ValueError(f"expected one of {', '.join(WORDS)}, found {' and '.join(said) or 'none'}")
        if self.shift is not None and not self.fetched_at:
            raise ValueError("shift: belongs to fetched_at")
        if self.other and self.word in _ALWAYS:
            raise ValueError(f"else: {self.word} always gives a text; leave else out")
        return self

    @property
    def ways(self) -> tuple["From", ...]:
        """This and all others that are looked for after it, in order."""
        return (self, *(self.other.ways if self.other else ()))

    @property
    def is_of_records(self) -> bool:
        """Whether the text may differ from record to record of one body."""
        return any(way.word in OF_RECORDS for way in self.ways)

    @property
    def word(self) -> Word:
        """The one word that is declared."""
        return next(word for word in WORDS if getattr(self, word) is not None)

    @property
    def pattern(self) -> str | None:
        """The pattern of a name or a title."""
        return self.file or self.member or self.sheet or self.title

    @property
    def delta(self) -> dt.timedelta:
        """How far the time of the fetch is shifted."""
        return delta(self.shift)


def with_own_dates(values: Any) -> Any:
    """Say how the time of a fetch is written, for a field that takes it: that is ours, and no steward writes it.

    Args:
        values: a field as declared, not checked yet.

    Returns:
        The same, with `date.patterns`.

    Raises:
        ValueError: the declaration says another pattern.
    """
    if not isinstance(values, dict) or not isinstance(values.get("from"), dict) or "fetched_at" not in values["from"]:
        return values
    written, date = WRITTEN.get(values.get("type", "")), values.get("date", {})
    if written is None or not isinstance(date, dict):
        return values
    if "patterns" in date and [*date["patterns"]] != [written]:
        raise ValueError("date.patterns: the time of a fetch is written by us; leave the patterns out")
    return values | {"date": date | {"patterns": [written]}}
