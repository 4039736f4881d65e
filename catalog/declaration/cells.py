"""What a declaration says of the texts in a field's cells, before they are read as values (docs/declaration.md)."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from catalog.declaration.patterns import OneGroup
from catalog.declaration.references import LookedUp
from catalog.declaration.strict import Listed, Strict


class Missing(Strict):
    """Cells that mean "no value" only together with other cells: texts by field, before anything is missing."""

    text: str = Field(description="this cell's text")
    when: dict[str, str] = Field(default_factory=dict, description="other fields' texts, all of which must hold")


def _long(value: Any) -> Any:
    # Written flat, `{text: "0", status: ""}`, because that is how a steward reads it.
    if isinstance(value, dict) and "when" not in value:
        return {"text": value.get("text"), "when": {k: v for k, v in value.items() if k != "text"}}
    return value


MissingWhen = Annotated[Missing, BeforeValidator(_long, json_schema_input_type=Missing | dict[str, str])]
"""Written flat or long."""


class Table(LookedUp):
    """A reference table that turns the agency's words into codes."""

    dataset: str
    key: str = Field(description="its field with the agency's words")
    value: str = Field(description="its field with the code")
    together: dict[str, str] = Field(
        default_factory=dict, alias="with", description="its other fields, and the fields whose texts they must be"
    )

    @property
    def words(self) -> tuple[str, ...]:
        """The fields of the table that hold words, the key first."""
        return (self.key, *self.together)

    @property
    def used(self) -> tuple[str, ...]:
        """The fields of the table that are looked at."""
        return (*self.words, self.value, *(self.valid.fields if self.valid else ()))


class Codes(Strict):
    """How the agency's words become codes: the map first, then the table, then what is missing, then `other`."""

    map: dict[str, str] = Field(default_factory=dict)
    table: Table | None = None
    other: Literal["quarantine", "hold", "keep", "missing"] = "quarantine"


class Flag(Strict):
    """Texts beside or instead of a number that are data; a field of their own keeps them."""

    field: str
    texts: Annotated[tuple[str, ...], Listed] = Field(default=(), description="marks beside the number, or alone")
    alone: Annotated[tuple[str, ...], Listed] = Field(default=(), description="marks only where nothing is beside them")

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.texts and not self.alone:
            raise ValueError("flag: expected texts, the marks beside a number, or alone, the marks without one")
        if not all((*self.texts, *self.alone)):
            raise ValueError("flag: an empty text is no mark")
        return self


class Split(Strict):
    """One cell into several fields: this field is one part, by its place between separators or by a pattern."""

    separator: str | None = Field(default=None, min_length=1)
    part: int | None = Field(default=None, ge=0)
    pattern: OneGroup | None = Field(default=None, description="of the part: the group in it, anywhere in the cell")
    absent: Literal["quarantine", "missing"] = Field(default="quarantine", description="what a cell without it is")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.separator is None) != (self.part is None) or (self.separator is None) == (self.pattern is None):
            raise ValueError("split: write separator and part, or pattern")
        return self
