"""One text of several fields: the key `join` of a field (docs/declaration.md)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from catalog.declaration.strict import Listed, Strict

if TYPE_CHECKING:
    from catalog.declaration.fields import FieldDeclaration


class Join(Strict):
    """The fields whose texts make the text of this one, and what stands between them."""

    fields: Annotated[tuple[str, ...], Listed] = Field(min_length=2, description="in order; they may be publish: no")
    by: str = Field(default=" ", max_length=20, description="what stands between two texts")
    unless: str | None = Field(default=None, description="a field whose text, where it has one, stands instead")

    @property
    def looked_at(self) -> tuple[str, ...]:
        """All fields whose texts may be in it."""
        return (*self.fields, *([self.unless] if self.unless else ()))


def check_joins(fields: Sequence["FieldDeclaration"]) -> None:
    """Raise ValueError unless each joined field is made of fields that have a text of their own."""
    by_name = {field.name: field for field in fields}
    flags = {field.flag.field for field in fields if field.flag}
    for field in fields:
        for name in field.join.looked_at if field.join else ():
            part = by_name.get(name)
            if part is None or part.join or part.occurrence or part.flag or name in flags:
                known = ", ".join(
                    each.name
                    for each in fields
                    if not (each.join or each.occurrence or each.flag or each.name in flags)
                )
                raise ValueError(
                    f"the field {field.name}: join names {name!r}, which is no field with a text of its own; "
                    f"there are {known or 'none'}"
                )
