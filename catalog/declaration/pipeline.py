"""The block `minsheng:` of dataset.yaml: what the pipeline needs to know and Data Package has no word for."""

import datetime as dt
import re
from typing import Annotated, Any, Literal, Self, cast

from croniter import CroniterBadDateError, croniter
from pydantic import AfterValidator, Field, field_validator, model_validator

from catalog.declaration.corrections import Correction
from catalog.declaration.maturity import Maturity, MaturityOfRows
from catalog.declaration.names import SLUG, NamePattern, fits, fold_name
from catalog.declaration.references import Reference
from catalog.declaration.rows import Conflict, Omit
from catalog.declaration.strict import Listed, Strict, Text, Texts
from catalog.declaration.views import Views
from catalog.periods import Grain

INLINE, DERIVED = "inline", "derived"
"""The protocols of tables that stewards keep beside the declaration, and of rows that a query gives."""
OURS = (INLINE, DERIVED)
"""The protocols that ask no agency: the same in every kind of source, and fetched only when something changed."""
_DURATION = re.compile(r"([0-9]+)([mhd])")
_LONGEST = "36525d"
Unit = Literal["m", "h", "d"]
_SECONDS: dict[Unit, int] = {"m": 60, "h": 3600, "d": 86400}


def duration(text: str) -> tuple[str, Unit]:
    """Return number and unit of a duration written as `90m`, `36h` or `7d`."""
    parts = _DURATION.fullmatch(text)
    if not parts:
        raise ValueError(f"{text!r} is not a duration; write for instance 90m, 36h or 7d")
    return parts[1], cast(Unit, parts[2])


def seconds(text: str) -> int:
    """Return the seconds of a duration written as `90m`, `36h` or `7d`."""
    number, unit = duration(text)
    return int(number) * _SECONDS[unit]


def _some_time(text: str) -> str:
    """Return a duration if it is one, more than nothing and no more than a century."""
    _, unit = duration(text[:20])
    if not 0 < len(text) <= len("36525") + 4 or not 0 < seconds(text) <= seconds(_LONGEST):
        raise ValueError(f"expected more than 0{unit} and at most {_LONGEST}; write for instance 90m, 36h or 7d")
    return text


Duration = Annotated[str, AfterValidator(_some_time), Field(json_schema_extra={"pattern": rf"^{_DURATION.pattern}$"})]
"""As `90m`, `36h` or `7d`."""

_NUMBER_OR_NAME = r"([0-9]{1,2}|[A-Za-z]{3})"
_CRON_FIELD = rf"(\*|{_NUMBER_OR_NAME}(-{_NUMBER_OR_NAME})?)(/[0-9]{{1,2}})?"
_CRON = re.compile(rf"{_CRON_FIELD}(,{_CRON_FIELD})*")


def _some_day(line: str) -> str:
    """Return a cron line if it has five fields, and a time that comes."""
    fields, shown = line.split(), repr(line[:80])
    if len(line) > 200 or len(fields) != 5 or not all(map(_CRON.fullmatch, fields)) or not croniter.is_valid(line):
        raise ValueError(
            f"{shown} is not a cron line; write for instance '5 * * * *', five fields: minute, hour, day, month and "
            "day of the week (times are Asia/Taipei)"
        )
    try:
        croniter(line, dt.datetime(2026, 1, 1, tzinfo=dt.UTC)).get_next(dt.datetime)
    except CroniterBadDateError:
        raise ValueError(f"{shown} never comes: no such day is in any year; write for instance '30 1 1 * *'") from None
    return line


Cron = Annotated[str, AfterValidator(_some_day)]
"""Minute, hour, day, month, day of the week, in Asia/Taipei."""


class Partition(Strict):
    """The unit of files and of rewriting."""

    field: str | None = None
    grain: Literal["month", "year", "none"] = "none"


class RowsPerPeriod(Strict):
    """How many rows one period must bring, at least and at most."""

    field: str
    period: Grain
    minimum: int = Field(default=0, ge=0)
    maximum: int | None = None

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.maximum is not None and self.maximum < self.minimum:
            raise ValueError(f"the minimum {self.minimum} is above the maximum {self.maximum}")
        return self


Share = Annotated[float, Field(ge=0, le=1, strict=False)]


class ByNumber(Strict):
    """A limit that is a number of records, and no share."""

    number: int = Field(ge=0)


class Guards(Strict):
    """What turns an automatic release into one that waits; shares of rows, 0 to 1."""

    removed: Share = 0.01
    changed: Share | None = None
    quarantined: Share = 0.01
    collapsed: Share = 0.001
    omitted: Share | ByNumber | None = Field(
        default=None, description="how many more or fewer records may be omitted than in the fetch before"
    )
    rows: RowsPerPeriod | None = None
    age: Duration | None = None
    reason: Text | None = Field(default=None, description="why a default was changed, and when")


class Due(Strict):
    """How old the newest fetch, or the newest valid time, may be before the dataset is overdue."""

    fetched: Duration
    valid: Duration | None = None


class Ignore(Strict):
    """Columns that nobody needs: never published, and no news for a guard."""

    columns: Texts = ()
    patterns: Annotated[tuple[NamePattern, ...], Listed] = Field(default=(), description="of whole names, as RE2 reads")
    reason: Text

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not (self.columns or self.patterns):
            raise ValueError("names no column; write columns or patterns")
        return self

    def covers(self, column: str) -> bool:
        """Return whether a column that no field reads is one of these."""
        return fold_name(column) in map(fold_name, self.columns) or any(fits(one, column) for one in self.patterns)


class QueryTable(Strict):
    """One table of a query: what of a dataset's releases it holds."""

    dataset: str = Field(pattern=SLUG)
    of: Literal["rows", "changes"] = Field(
        default="rows", description="the rows of the newest release, or the row changes of its newest releases"
    )
    last: int = Field(default=400, ge=1, le=4_000, description="of changes: how many of the newest releases")
    optional: bool = Field(default=False, description="while the dataset has no release, the table has no rows")


class Derive(Strict):
    """Rows that are computed from releases of other datasets, by one SQL query in the dataset's folder."""

    sql: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*\.sql$")
    over: dict[
        Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], Annotated[str, Field(pattern=SLUG)] | QueryTable
    ] = Field(min_length=1, description="the tables of the query, and of which dataset's releases each one is")
    local: bool = Field(
        default=False, description="each partition of the result follows from the same partition of the inputs alone"
    )

    @property
    def tables(self) -> dict[str, QueryTable]:
        """By name in the query: what the table holds."""
        return {name: QueryTable(dataset=said) if isinstance(said, str) else said for name, said in self.over.items()}

    @property
    def datasets(self) -> tuple[str, ...]:
        """The datasets that it reads, in order of name."""
        return tuple(sorted({table.dataset for table in self.tables.values()}))


class Block(Strict):
    """What the pipeline needs to know and Data Package has no word for."""

    agency: str = Field(pattern=SLUG)
    source: dict[str, Any] | None = None
    derive: Derive | None = None
    attribution: Text
    fetch: Cron
    release: Cron
    load: Literal["upsert", "window", "replace"]
    window: dict[str, str | Annotated[tuple[str, ...], Listed]] = Field(
        default_factory=dict,
        description="with load: window: the protocol's word for each part, and the key field; or from: key fields",
    )
    omit: Annotated[tuple[Omit, ...], Listed] = ()
    shape: Annotated[tuple[dict[str, Any], ...], Listed] = Field(
        default=(), description="steps from the agency's table to one row a record: files of pipelines/shape/, in order"
    )
    ignore: Ignore | None = None
    corrections: Annotated[tuple[Correction, ...], Listed] = Field(
        default=(), description="known faults of the source, mended until it mends them"
    )
    conflict: Conflict = Field(
        default="refuse", description="what becomes of a key that stands twice in one fetch with different contents"
    )
    empty: Literal["refuse", "data"] = Field(
        default="refuse", description="what an answer without any record is: no data, or data: that there is nothing"
    )
    partition: Partition = Partition()
    references: Annotated[tuple[Reference, ...], Listed] = ()
    approve: Literal["auto", "first", "always"]
    approvals: Literal[1, 2] = Field(
        default=1, description="how many different people must approve what waits, as their identities show"
    )
    guards: Guards = Guards()
    due: Due
    reach: Duration | None = Field(
        default=None,
        description="how far back one answer of the agency tells: what is older is lost for good if nobody fetched it",
    )
    maturity: Maturity | MaturityOfRows | None = Field(
        default=None, description="how far the agency has looked at its figures: a word, or the field that says it"
    )
    personal: dict[str, Text] = Field(
        default_factory=dict,
        description="by field that looks like personal data: why it may be public, of places, of offices, or masked",
    )
    quarantine: Literal["table", "counts"] = "table"
    publish: Literal["all", "none"] = Field(
        default="all", description="none: only other datasets are derived from it; nothing of it is public"
    )
    topic: str | None = Field(default=None, pattern=SLUG, description="an entry of `topics` in site.yaml")
    views: Views | None = None

    @field_validator("window", mode="before")
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        one = isinstance(value, dict) and isinstance(value.get("from"), str)
        return value | {"from": [value["from"]]} if one else value

    @field_validator("source")
    @classmethod
    def _protocol(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        if value is not None and not isinstance(value.get("protocol"), str):
            raise ValueError("names no protocol; write `protocol:` and a file name of pipelines/protocols/")
        return value

    @field_validator("shape")
    @classmethod
    def _steps(cls, steps: tuple[dict[str, Any], ...]) -> tuple[dict[str, Any], ...]:
        for step in steps:
            if len(step) != 1 or not isinstance(next(iter(step.values())), dict):
                raise ValueError(
                    "each step is one name and its options; write for instance `- fill_down: {columns: [x]}`"
                )
        return steps

    @model_validator(mode="after")
    def _reaches(self) -> Self:
        if self.reach and (self.load != "upsert" or self.source is None or self.source.get("protocol") == INLINE):
            raise ValueError("reach: only with load: upsert, of an agency: what else is missed is asked for again")
        return self

    @model_validator(mode="after")
    def _heard(self) -> Self:
        if (self.source is None) == (self.derive is None):
            raise ValueError("either source or derive says where rows come from; write one of them")
        if self.derive and self.load != "replace":
            raise ValueError("load: what is derived is the whole truth each time; write replace")
        if (self.load == "window") != bool(self.window):
            raise ValueError("load: window, and window: {word: field}, go together; write both or neither")
        listed = [word for word, names in self.window.items() if not isinstance(names, str)]
        if listed and [*self.window] != ["from"]:
            raise ValueError("window: write a field for each word of the protocol, or from: [field, ...] alone")
        if listed and not self.window["from"]:
            raise ValueError("window.from: names no field")
        return self

    @property
    def window_asked(self) -> dict[str, str]:
        """By the protocol's word for a part of a window, the key field; none where no window is asked for."""
        return {word: name for word, name in self.window.items() if isinstance(name, str)}

    @property
    def window_from(self) -> tuple[str, ...]:
        """The key fields whose values in a fetch are its window; none where windows are asked for."""
        return tuple(name for names in self.window.values() if not isinstance(names, str) for name in names)

    @property
    def window_fields(self) -> list[tuple[str, str]]:
        """Each word of the window, and a field."""
        return [*self.window_asked.items(), *(("from", name) for name in self.window_from)]

    @property
    def window_meant(self) -> dict[str, str | list[str]]:
        """The window as JSON."""
        return {word: name if isinstance(name, str) else list(name) for word, name in self.window.items()}

    @property
    def stays_without_rows(self) -> bool:
        """Whether a release without rows still has its table: of one file, each fetch the whole truth, declared so."""
        return self.empty == "data" and self.load == "replace" and self.partition.field is None

    @property
    def origin(self) -> dict[str, Any]:
        """What is asked: the declared source, or the query as the protocol that reads its result knows it."""
        if self.source is not None:
            return self.source
        said = self.derive.model_dump() if self.derive else {}
        # Evidence of before there was `local` says nothing of it.
        return {
            "protocol": DERIVED,
            **{name: value for name, value in said.items() if (name, value) != ("local", False)},
        }

    @property
    def asked_over(self) -> dict[str, dict[str, Any]]:
        """By the place of a template that the source is asked over: the dataset and the column that fill it."""
        over = (self.source or {}).get("over")
        places = over.items() if isinstance(over, dict) else ()
        return {word: said for word, said in places if isinstance(said, dict) and isinstance(said.get("dataset"), str)}
