"""Which rows an agency has: the models of `rows` in a sandbox.yaml."""

from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from sandbox.clock import parse_time
from sandbox.columns import ColumnSpec, Share
from sandbox.errors import SandboxError
from sandbox.messages import StrictModel


def _time_or_value_error(value: object) -> datetime:
    try:
        return parse_time(value)
    except SandboxError as error:
        raise ValueError(str(error)) from error


TaipeiTime = Annotated[datetime, BeforeValidator(_time_or_value_error)]
"""An ISO 8601 text that is read as a time at +08:00."""


class JointTextsSpec(StrictModel):
    """Texts that several columns have in the same rows."""

    share: Share
    """Share of the rows."""
    set: dict[str, str]
    """Column -> text."""


class RestatementSpec(StrictModel):
    """Values that the agency raises once a step is old enough."""

    after_hours: float
    share: Share
    """Share of the values."""
    columns: list[str]
    by: Share = 0.1
    """How much a value rises, as a share of itself."""


class LatenessSpec(StrictModel):
    """Groups of entities whose rows sometimes appear some steps late."""

    by: list[str] = Field(min_length=1)
    """Columns of the entities. Entities with the same texts there are one group."""
    share: Share
    """Share of the groups that are late at each step."""
    steps: list[int] = Field(min_length=1)
    """Possible delays, in steps."""


class ClosingSpec(StrictModel):
    """Days on which a group of entities is closed. It then has one row only, and that row says so."""

    by: list[str] = Field(min_length=1)
    """Columns of the entities. Entities with the same texts there are one group."""
    weekdays: str
    """The column of the entities that lists the closed weekdays, `Mon` to `Sun`, with blanks between."""
    set: dict[str, str]
    """The texts of that one row: column -> text."""


class VisibilitySpec(StrictModel):
    """Which rows exist, and when they appear."""

    after_minutes: int = Field(default=0, ge=0)
    """Minutes from the start of a step until its rows appear."""
    absent: Share = 0.0
    """Share of the rows that never exist."""
    late: LatenessSpec | None = None
    closed: ClosingSpec | None = None
    holidays: list[str] = Field(default_factory=list)
    """Days without any rows, such as 2026-10-10."""


class MovingWindowSpec(StrictModel):
    """Key `window`: every entity at each of the newest steps, or at each step since a day."""

    entities: str | list[str]
    """A CSV beside the file. With a list of files, each combination of their rows is one entity."""
    identity: str | list[str]
    """The columns that identify an entity."""
    steps: int | None = Field(default=None, ge=1)
    """Number of steps in the window. The agency shows no older steps."""
    begin: TaipeiTime | None = None
    """Instead of `steps`, the time of the first step: the table grows, and no step leaves it."""
    step_minutes: int = Field(default=60, ge=1)
    step_months: int | None = Field(default=None, ge=1)
    """Instead of `step_minutes`: calendar months."""
    columns: dict[str, ColumnSpec]
    together: list[JointTextsSpec] = Field(default_factory=list)
    restated: RestatementSpec | None = None
    shown: VisibilitySpec = Field(default_factory=VisibilitySpec)

    @model_validator(mode="after")
    def _has_one_beginning(self) -> "MovingWindowSpec":
        if (self.steps is None) == (self.begin is None):
            raise ValueError("expected exactly one of steps, begin")
        return self


class CorrectionSpec(StrictModel):
    """Numbers that the agency corrects later: for each entry of after_days, one row of each daily batch."""

    column: str
    by: int
    """What is added to the number."""
    after_days: list[int]


class GrowingTableSpec(StrictModel):
    """Key `ledger`: a whole table that grows by one batch a day, with corrections and withdrawn rows."""

    entities: str
    """A CSV beside the file."""
    weight: str
    """The column of the entities that says how often each one is drawn."""
    begin: TaipeiTime
    """The day of the first batch."""
    published: str = Field(pattern=r"^\d\d:\d\d$")
    """The time of day when a batch appears."""
    daily: int = Field(ge=1)
    """Rows per batch."""
    days_before: list[int] = Field(min_length=2, max_length=2)
    """Least and most days from the day of a row to the day of its batch."""
    unique: list[str]
    """No two rows have the same texts in all of these columns."""
    columns: dict[str, ColumnSpec]
    corrected: CorrectionSpec | None = None
    withdrawn_after_days: list[int] = Field(default_factory=list)
    """For each entry, one row of each daily batch is withdrawn after this number of days."""


class RowsSpec(StrictModel):
    """Exactly one kind of table."""

    window: MovingWindowSpec | None = None
    ledger: GrowingTableSpec | None = None

    @model_validator(mode="after")
    def _has_one_kind(self) -> "RowsSpec":
        if (self.window is None) == (self.ledger is None):
            raise ValueError("expected exactly one of window, ledger")
        return self

    @property
    def kind(self) -> MovingWindowSpec | GrowingTableSpec:
        """The kind that is given."""
        given_kind = self.window or self.ledger
        assert given_kind is not None  # noqa: S101 - the validator above
        return given_kind


def as_list(texts: str | list[str]) -> list[str]:
    """Return the value of a key that takes one text or a list of them, always as a list."""
    return [texts] if isinstance(texts, str) else texts
