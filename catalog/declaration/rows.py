"""Which records of a fetch are rows, and which row of a key counts: `omit` and `conflict` (docs/declaration.md)."""

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from catalog.declaration.fields import FieldDeclaration
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


class Total(Strict):
    """What omitted records are the totals of: fields of the rows that have the same texts in other fields."""

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)
    of: Annotated[tuple[str, ...], Listed] = Field(min_length=1, description="the fields whose values add up")
    by: Annotated[tuple[str, ...], Listed] = Field(
        default=(), description="the fields whose texts a total shares with its rows; none: all rows of the fetch"
    )
    within: Annotated[float, Field(ge=0, strict=False)] = Field(
        default=0.0, description="by how much a total may differ, where the agency rounds"
    )
    severity: Literal["warn", "hold"] = "warn"

    @property
    def check(self) -> str:
        """The id of the check that they add up."""
        return f"total.{self.id}"


class Omit(Strict):
    """Records that are no rows of this table: counted, never published, and no fault of the agency's."""

    when: dict[str, CellCondition] = Field(
        min_length=1, description="fields and the texts found in them, all of which must hold"
    )
    reason: Text
    total: Total | None = Field(default=None, description="if they are totals: of which rows")


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


def check_totals(omit: Sequence[Omit], fields: Sequence[FieldDeclaration]) -> None:
    """Raise ValueError unless each total is of published numbers, and is told by fields with a text of their own."""
    numbers = [one.name for one in fields if one.publish == "yes" and one.type in ("integer", "number")]
    texts = [one.name for one in fields if not one.occurrence]
    totals = [one.total for one in omit if one.total]
    for total in totals:
        if sum(other.id == total.id for other in totals) > 1:
            raise ValueError(f"the total {total.id!r} stands twice")
        for word, names, known in (("of", total.of, numbers), ("by", total.by, texts)):
            unknown = [name for name in names if name not in known]
            if unknown:
                kind = "published number" if word == "of" else "field"
                raise ValueError(f"total.{word}: {unknown[0]!r} is no {kind}; there are {', '.join(known) or 'none'}")


def check_newest(conflict: Conflict, ordered: Sequence[str]) -> None:
    """Raise ValueError unless the field that tells the newest row is one of these."""
    if isinstance(conflict, NewestRow) and conflict.newest not in ordered:
        raise ValueError(
            f"minsheng.conflict.newest: {conflict.newest!r} is no published field outside the primaryKey that has an "
            f"order; there are {', '.join(ordered) or 'none'}"
        )
