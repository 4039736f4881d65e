"""Which records of a fetch are rows, and which row of a key counts: `omit` and `conflict` (docs/declaration.md)."""

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from catalog.declaration.names import NamePattern
from catalog.declaration.strict import Listed, Strict, Text, Texts


class CellText(Strict):
    """What the text of a cell must be like; one of its words."""

    begins: Texts | None = Field(default=None, min_length=1, description="with one of these texts")
    matches: NamePattern | None = Field(default=None, description="as a whole, as RE2 reads")
    missing: Literal[True] | None = Field(default=None, description="there is no value")
    other: "CellCondition | None" = Field(default=None, alias="not", description="the opposite of this")

    @model_validator(mode="after")
    def _one(self) -> Self:
        words = {"begins": self.begins, "matches": self.matches, "missing": self.missing, "not": self.other}
        said = [word for word, value in words.items() if value is not None]
        if len(said) != 1:
            raise ValueError(f"expected one of {', '.join(words)}, found {' and '.join(said) or 'none'}")
        if self.begins is not None and "" in self.begins:
            raise ValueError("begins: every text begins with an empty one; write missing: true for no value")
        return self


CellCondition = str | Annotated[tuple[str, ...], Field(min_length=1), Listed] | CellText
"""A text, a list of texts, or what the text is like."""
CellText.model_rebuild()


class Omit(Strict):
    """Records that are no rows of this table: counted, never published, and no fault of the agency's."""

    when: dict[str, CellCondition] = Field(
        min_length=1, description="fields and the texts found in them, all of which must hold"
    )
    reason: Text


class NewestRow(Strict):
    """Of the rows with one key, the one with the greatest value of a field counts."""

    newest: str


Conflict = Literal["refuse", "quarantine"] | NewestRow


def check_occurrence(counted: Sequence[str], key: Sequence[str], load: str, conflict: Conflict) -> None:
    """Raise ValueError unless rows can be counted as declared.

    Args:
        counted: the fields with `occurrence`.
        key: the primary key.
        load: how fetches are folded.
        conflict: what becomes of a key that stands twice.
    """
    if not counted:
        return
    if len(counted) > 1:
        raise ValueError(f"occurrence: expected one field, found {' and '.join(counted)}")
    if counted[0] not in key or len(key) == 1:
        raise ValueError(f"the field {counted[0]} counts rows: it must stand in the primaryKey beside other fields")
    if load == "upsert":
        raise ValueError(
            f"the field {counted[0]} counts rows of one fetch, so a later fetch must replace them: load must be "
            "replace or window, found upsert"
        )
    if conflict != "refuse":
        raise ValueError(f"minsheng.conflict: with the field {counted[0]} no key stands twice; leave conflict out")


def check_newest(conflict: Conflict, ordered: Sequence[str]) -> None:
    """Raise ValueError unless the field that tells the newest row is one of these."""
    if isinstance(conflict, NewestRow) and conflict.newest not in ordered:
        raise ValueError(
            f"minsheng.conflict.newest: {conflict.newest!r} is no published field outside the primaryKey that has an "
            f"order; there are {', '.join(ordered) or 'none'}"
        )
