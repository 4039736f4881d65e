"""What all notices of a dataset share: whose, which number, when, by whom. Every kind is numbered in one row."""

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from catalog.release.digest import Document, canonical

Positive = Annotated[int, Field(ge=1)]


class Numbered(BaseModel):
    """A notice of any kind."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)
    form: Literal[1] = 1
    dataset: str
    i: Annotated[int, Field(ge=0)] = 0
    """Its number; 0 while it is not stored."""
    at: str
    """ISO 8601, with offset."""
    by: str

    @property
    def document(self) -> Document:
        """What it says, as JSON values."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)

    @property
    def body(self) -> bytes:
        """The bytes that are stored."""
        return canonical(self.document)

    def said_in(self, stored: Sequence["Numbered"]) -> Self | None:
        """Return a notice that says the same already, whatever its number and time; None if none does."""
        for each in stored:
            if isinstance(each, type(self)) and each.model_copy(update={"i": self.i, "at": self.at}) == self:
                return each
        return None
