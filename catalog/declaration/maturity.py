"""How far the agency has looked at its figures: `minsheng.maturity` (docs/declaration.md)."""

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from catalog.declaration.fields import FieldDeclaration
from catalog.declaration.strict import Strict

Maturity = Literal["preliminary", "validated", "corrected", "revised"]
MATURITIES: tuple[Maturity, ...] = ("preliminary", "validated", "corrected", "revised")


class MaturityOfRows(Strict):
    """The field that says of each row how mature it is, and what its values mean."""

    field: str
    words: dict[str, Maturity] = Field(
        default_factory=dict, description="by value of the field; without it the values are the four words themselves"
    )

    def of(self, value: str) -> Maturity | None:
        """Return what a value of the field means; None where it says nothing of that."""
        if self.words:
            return self.words.get(value)
        return next((word for word in MATURITIES if word == value), None)


def check_maturity(said: Maturity | MaturityOfRows | None, published: Sequence[FieldDeclaration]) -> None:
    """Raise ValueError unless the field that tells the maturity is a published text whose values are known."""
    if not isinstance(said, MaturityOfRows):
        return
    field = next((each for each in published if each.name == said.field), None)
    if field is None or field.type != "string" or not field.categories:
        known = ", ".join(each.name for each in published if each.type == "string" and each.categories)
        raise ValueError(f"field: {said.field!r} is no published string with categories; such are {known or 'none'}")
    values = [category.value for category in field.categories]
    unknown = [value for value in said.words if value not in values]
    if unknown:
        raise ValueError(f"words: no {unknown[0]!r} in the categories of {said.field}: {', '.join(values)}")
    if not any(said.of(value) for value in values):
        raise ValueError(
            f"words: no category of {said.field} is one of {', '.join(MATURITIES)}; say which of them each one means"
        )
