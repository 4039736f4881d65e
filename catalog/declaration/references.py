"""Other datasets that a row looks at: foreign keys, and when a row of their tables is valid (docs/declaration.md)."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, model_validator

from catalog.declaration.names import SLUG
from catalog.declaration.strict import Listed, Strict

if TYPE_CHECKING:
    from catalog.declaration.fields import FieldDeclaration


class Valid(Strict):
    """When a row of a reference table is valid: its fields with the first and the last day or time; empty is open."""

    start: str | None = Field(default=None, alias="from")
    end: str | None = Field(default=None, alias="to")

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not (self.start or self.end):
            raise ValueError("valid: names no field of the table; write from, to or both")
        return self

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of the table that it names."""
        return tuple(name for name in (self.start, self.end) if name)


class LookedUp(Strict):
    """A table of which the row that is valid at a time of ours counts, where that is declared."""

    at: str | None = Field(default=None, description="the field of this dataset with the time")
    valid: Valid | None = Field(default=None, description="the table's fields that say when a row of it is valid")

    @model_validator(mode="after")
    def _timed(self) -> Self:
        if (self.at is None) != (self.valid is None):
            raise ValueError(
                "at names our time, and valid the table's fields that it must lie between; write both or neither"
            )
        return self


class Reference(LookedUp):
    """A foreign key into another dataset."""

    fields: Annotated[tuple[str, ...], Listed] = Field(min_length=1)
    dataset: str = Field(pattern=SLUG)
    to: Annotated[tuple[str, ...], Listed] = Field(min_length=1)

    @model_validator(mode="after")
    def _pairs(self) -> Self:
        if len(self.fields) != len(self.to):
            raise ValueError(
                f"each of fields has its own in to: found {', '.join(self.fields)} and {', '.join(self.to)}"
            )
        return self

    @property
    def plain(self) -> bool:
        """Whether a value of one field, by itself and at any time, says which row is meant."""
        return len(self.fields) == 1 and self.valid is None

    @property
    def used(self) -> tuple[str, ...]:
        """The fields of the table that are looked at."""
        return (*self.to, *(self.valid.fields if self.valid else ()))


def plain_references(block: Mapping[str, Any]) -> list[Reference]:
    """Return the references by one field of the stored block `minsheng` of a declaration: those that name codes."""
    references = [Reference.model_validate(each) for each in block.get("references") or ()]
    return [each for each in references if each.plain]


def check_references(references: Sequence[Reference], fields: Sequence["FieldDeclaration"]) -> None:
    """Raise ValueError unless each reference is by fields that there are, and each field has one reference."""
    by_name = {field.name: field for field in fields}
    ends: set[str] = set()
    for reference in references:
        for name in reference.fields:
            if name not in by_name:
                raise ValueError(f"{name!r} is no field; fields: {', '.join(by_name)}")
            if not reference.plain and by_name[name].publish == "no":
                raise ValueError(f"the field {name} is not published; a reference is about what is published")
        if reference.fields[-1] in ends and not reference.plain:
            raise ValueError(f"two of them end with the field {reference.fields[-1]}, which can break one only")
        ends.add(reference.fields[-1])
        if reference.at:
            _check_at(reference.at, by_name)


def _check_at(name: str, by_name: Mapping[str, "FieldDeclaration"]) -> None:
    """Raise ValueError unless a field has a time at which a row of a table can be valid."""
    timed = [field.name for field in by_name.values() if field.type in ("date", "datetime")]
    if name not in timed:
        raise ValueError(f"at: {name!r} is no date or datetime; there are {', '.join(timed) or 'none'}")


def check_timed_codes(fields: Sequence["FieldDeclaration"]) -> None:
    """Raise ValueError unless the tables of codes are looked up at times that there are."""
    by_name = {field.name: field for field in fields}
    for field in fields:
        at = field.codes.table.at if field.codes and field.codes.table else None
        if at is not None:
            try:
                _check_at(at, by_name)
            except ValueError as error:
                raise ValueError(f"the field {field.name}: codes.table.{error}") from None
