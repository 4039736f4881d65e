"""Where the texts of a column come from, as the `columns` of a sandbox.yaml say it."""

from typing import Annotated

from pydantic import Field, model_validator

from sandbox.messages import Strict

Share = Annotated[float, Field(ge=0, le=1)]


class Number(Strict):
    """A quantity that moves slowly, or one that follows another column."""

    low: float
    high: float
    digits: int = Field(default=0, ge=0, le=9)
    wave_steps: int = Field(default=6, ge=1)
    """Steps from one turning point to the next."""
    jitter: Share = 0.1
    """Share of the range by which a value leaves its curve."""
    skew: float = Field(default=1.0, gt=0)
    """Above 1: low values are common and high ones rare."""
    of: str | None = None
    by: float = 1.0
    """With `of`: this many times that column instead of a curve of its own."""


class Scaled(Strict):
    """A number that every entity has its own size of: the entity's, times a factor that moves slowly."""

    of: str
    """A column of the entities, of numbers. Columns that scale the same one rise and fall together."""
    low: float
    high: float
    digits: int = Field(default=0, ge=0, le=9)
    wave_steps: int = Field(default=6, ge=1)


class Mean(Strict):
    """The mean of a column over the last steps, this one included."""

    of: str
    steps: int = Field(ge=1)
    digits: int = Field(default=1, ge=0, le=9)


class Sum(Strict):
    """The sum of columns."""

    of: list[str]
    digits: int = Field(default=1, ge=0, le=9)


class Band(Strict):
    """A text for numbers up to a bound."""

    upto: float
    text: str


class Bands(Strict):
    """A text that tells in which band a column lies; the bands rise, and the last one takes what is above."""

    of: str
    upto: list[Band] = Field(min_length=1)


class But(Strict):
    """A text instead: in a share of rows, or where another column has a text, or both."""

    text: str
    share: Share = 1.0
    column: str | None = None
    is_: str | None = Field(default=None, alias="is")


class Column(Strict):
    """Where the texts of one column come from: exactly one of the kinds, then its exceptions."""

    entity: str | None = None
    """A column of the table of entities."""
    time: str | None = None
    """The row's time, by this pattern of strftime."""
    text: str | None = None
    choice: dict[str, float] | None = None
    """Text -> weight."""
    number: Number | None = None
    scaled: Scaled | None = None
    mean: Mean | None = None
    sum: Sum | None = None
    bands: Bands | None = None
    but: list[But] = Field(default_factory=list)

    @model_validator(mode="after")
    def _one_kind(self) -> "Column":
        kinds = ("entity", "time", "text", "choice", "number", "scaled", "mean", "sum", "bands")
        given = [kind for kind in kinds if getattr(self, kind) is not None]
        if len(given) != 1:
            raise ValueError(f"expected exactly one of {', '.join(kinds)}, got {', '.join(given) or 'none'}")
        return self
