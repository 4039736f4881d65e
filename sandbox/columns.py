"""How the texts of a column are made: the models of `columns` in a sandbox.yaml."""

from typing import Annotated

from pydantic import Field, model_validator

from sandbox.messages import StrictModel

Share = Annotated[float, Field(ge=0, le=1)]


class NumberSpec(StrictModel):
    """A quantity that changes slowly, or one that follows another column."""

    low: float
    high: float
    digits: int = Field(default=0, ge=0, le=9)
    """Decimal digits."""
    wave_steps: int = Field(default=6, ge=1)
    """Number of steps from one turning point to the next."""
    jitter: Share = 0.1
    """How far a value can be from its curve, as a share of the range from low to high."""
    skew: float = Field(default=1.0, gt=0)
    """Above 1, low values are common and high values are rare."""
    of: str | None = None
    """The column to follow. Without it the number has a curve of its own."""
    by: float = 1.0
    """With `of`: the factor on that column."""


class ScaledSpec(StrictModel):
    """A number of the entity, times a factor that changes slowly."""

    of: str
    """A number column of the entities. All columns that scale the same one rise and fall together."""
    low: float
    """The lowest factor."""
    high: float
    """The highest factor."""
    digits: int = Field(default=0, ge=0, le=9)
    """Decimal digits."""
    wave_steps: int = Field(default=6, ge=1)
    """Number of steps from one turning point to the next."""


class MeanSpec(StrictModel):
    """The mean of a column over the last steps. The current step counts too."""

    of: str
    steps: int = Field(ge=1)
    digits: int = Field(default=1, ge=0, le=9)
    """Decimal digits."""


class SumSpec(StrictModel):
    """The sum of several columns."""

    of: list[str]
    digits: int = Field(default=1, ge=0, le=9)
    """Decimal digits."""


class BandSpec(StrictModel):
    """The text for numbers up to a bound."""

    upto: float
    text: str


class BandsSpec(StrictModel):
    """A text that names the band in which a number lies. The bounds rise. The last band takes all higher numbers."""

    of: str
    upto: list[BandSpec] = Field(min_length=1)


class ExceptionSpec(StrictModel):
    """Another text instead: in a share of the rows, or where another column has a certain text, or both."""

    text: str
    share: Share = 1.0
    column: str | None = None
    is_: str | None = Field(default=None, alias="is")


class ColumnSpec(StrictModel):
    """How the texts of one column are made: exactly one kind, and then its exceptions."""

    entity: str | None = None
    """A column of the table of entities."""
    time: str | None = None
    """The time of the row, in this pattern: see `sandbox.clock.written`."""
    later_minutes: int = 0
    """With `time`: how many minutes after the time of the row; below 0, before it."""
    text: str | None = None
    """The same text in all rows."""
    choice: dict[str, float] | None = None
    """Text -> weight."""
    number: NumberSpec | None = None
    scaled: ScaledSpec | None = None
    mean: MeanSpec | None = None
    sum: SumSpec | None = None
    bands: BandsSpec | None = None
    before: str = ""
    """What stands before each text, in a window."""
    after: str = ""
    """What stands behind each text, in a window, as %."""
    but: list[ExceptionSpec] = Field(default_factory=list)

    @model_validator(mode="after")
    def _has_one_kind(self) -> "ColumnSpec":
        kinds = ("entity", "time", "text", "choice", "number", "scaled", "mean", "sum", "bands")
        given_kinds = [kind for kind in kinds if getattr(self, kind) is not None]
        if len(given_kinds) != 1:
            raise ValueError(f"expected exactly one of {', '.join(kinds)}, got {', '.join(given_kinds) or 'none'}")
        return self
