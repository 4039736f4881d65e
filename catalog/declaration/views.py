"""What of a dataset its pages show first: the block `minsheng.views:` of dataset.yaml.

Without the block the schema decides; `catalog.figures.roles` says how.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from catalog.declaration.strict import Listed, Strict, Text

Step = Literal["hour", "day", "week", "month", "year"]
Together = Literal["sum", "mean", "max", "min"]


class Names(Strict):
    """The columns that hold the name of a code in each language; the same one for both, where there is one only."""

    en: str
    zh_tw: str = Field(alias="zh-TW")


class Position(Strict):
    """The columns that say where a row is, in degrees of WGS 84."""

    longitude: str
    latitude: str


class Levels(Strict):
    """A coded field that says how grave the measured value is, and its codes from good to grave."""

    field: str
    order: Annotated[tuple[str, ...], Listed] = Field(min_length=1, max_length=6)


class First(Strict):
    """The one category that is shown first, because values of different categories make no common figure."""

    field: str
    value: str


class Views(Strict):
    """What the pages of a dataset show first."""

    measure: str | None = Field(default=None, description="the field whose newest values open the page")
    together: Together | None = Field(default=None, description="how values of many rows make one figure")
    weight: str | None = Field(default=None, description="with together: mean, the field that weighs each row")
    by: str | None = Field(default=None, description="the field of the places or categories that are compared")
    across: str | None = Field(default=None, description="a second field, by which the one shown first is compared")
    first: First | None = None
    labels: dict[str, str | Names] = Field(
        default_factory=dict, description="of a coded field, the column of the same row that names it"
    )
    names: dict[str, dict[str, Text]] = Field(
        default_factory=dict, description="of a coded field, what its codes are called in both languages"
    )
    noun: Text | None = Field(default=None, description="what `by` names, as people count it: stations, 站")
    position: Position | None = None
    levels: Levels | None = None
    step: Step | None = Field(default=None, description="the step of time of the pictures")
    growing: Annotated[int, Field(ge=1, le=60)] | None = Field(
        default=None, description="how many of the newest steps are still filling up, and are drawn as such"
    )

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.weight and self.together != "mean":
            raise ValueError("weight: weighs a mean; write `together: mean` with it")
        if self.first and self.first.field not in (self.by, self.across):
            raise ValueError("first.field: must be the field that `by` or `across` names")
        return self

    @property
    def named(self) -> list[tuple[str, str]]:
        """Every field that the block names, with the key that names it."""
        found = [(key, getattr(self, key)) for key in ("measure", "weight", "by", "across")]
        found += [("labels", name) for name in self.labels]
        found += [("names", name) for name in self.names]
        for names in self.labels.values():
            found += [("labels", name) for name in ([names] if isinstance(names, str) else [names.en, names.zh_tw])]
        if self.position:
            found += [("position", self.position.longitude), ("position", self.position.latitude)]
        found += [("levels", self.levels.field)] if self.levels else []
        return [(key, name) for key, name in found if name]
