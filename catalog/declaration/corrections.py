"""Corrections: a known fault of a source, mended in the declaration until the source mends it (docs/declaration.md)."""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from catalog.declaration.fields import FieldDeclaration
from catalog.declaration.strict import Strict, Text


def _day(text: str) -> str:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text[:40]!r} is no day; write it as '2026-07-01'") from None
    return text


Day = Annotated[str, Field(max_length=10, pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), AfterValidator(_day)]
"""As `2026-07-01`."""


class Correction(Strict):
    """One cell, or the same cell of several rows, that the agency is known to have written wrongly."""

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)
    when: dict[str, str] = Field(min_length=1, description="fields of the key, and the agency's texts in them")
    field: str
    found: str = Field(description="the agency's wrong text; any other text stays as it is")
    value: str = Field(description="the text that is read instead, written as the agency writes it")
    reason: Text
    reported: Day = Field(description="when the agency was told")
    until: Day = Field(description="the last day whose fetches are corrected: then somebody looks at it again")

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.found == self.value:
            raise ValueError(f"{self.id}: found and value are the same text, {self.found!r}")
        if self.until < self.reported:
            raise ValueError(f"{self.id}: it ends on {self.until}, before it was reported on {self.reported}")
        return self

    @property
    def check(self) -> str:
        """The id of the check that it still finds its wrong value."""
        return f"correction.{self.id}"


def check_corrections(
    corrections: Sequence[Correction], fields: Sequence[FieldDeclaration], key: Collection[str]
) -> None:
    """Raise ValueError unless each correction names rows by their whole key, and a cell with a text of its own."""
    by_name = {field.name: field for field in fields}
    counted = {field.name for field in fields if field.occurrence}
    for correction in corrections:
        if sum(other.id == correction.id for other in corrections) > 1:
            raise ValueError(f"the id {correction.id!r} stands twice")
        if set(correction.when) != set(key) - counted:
            raise ValueError(
                f"{correction.id}: when: expected the fields of the key, {', '.join(sorted(set(key) - counted))}, "
                f"found {', '.join(sorted(correction.when))}"
            )
        field = by_name.get(correction.field)
        if field is None or field.join or field.occurrence:
            known = ", ".join(field.name for field in fields if not (field.join or field.occurrence))
            raise ValueError(
                f"{correction.id}: field: {correction.field!r} is no field with a text of its own; fields: {known}"
            )
