"""A field of a dataset: what it means, what type it is, and how it is heard from the agency.

The words are those of Table Schema 2.0 (https://datapackage.org/standard/table-schema/) and docs/declaration.md.
"""

import functools
import re
from typing import Annotated, Any, Literal, Self

import pyarrow as pa
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

Severity = Literal["block", "hold", "quarantine", "warn"]
SEVERITIES: tuple[Severity, ...] = ("block", "hold", "quarantine", "warn")
"""From the gravest to the mildest."""

Scalar = str | int | float | bool


class Strict(BaseModel):
    """What every part of a declaration is: frozen, and without a key that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, strict=True)


class Text(Strict):
    """Text for people, in both languages."""

    en: str = Field(min_length=1)
    zh_tw: str = Field(alias="zh-TW", min_length=1)


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Texts = Annotated[tuple[str, ...], BeforeValidator(_listed), Field(strict=False)]
"""One text or a list of them."""

Listed = Field(strict=False)


class Missing(Strict):
    """Cells that mean "no value" only together with other cells: texts by field, before anything is missing."""

    text: str = Field(description="this cell's text")
    when: dict[str, str] = Field(default_factory=dict, description="other fields' texts, all of which must hold")

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, value: Any) -> Any:
        # Written flat, `{text: "0", status: ""}`, because that is how a steward reads it.
        if isinstance(value, dict) and "when" not in value:
            return {"text": value.get("text"), "when": {k: v for k, v in value.items() if k != "text"}}
        return value


class Dates(Strict):
    """How a date or a time is written by the agency."""

    calendar: Literal["gregorian", "roc", "mixed"] = "gregorian"
    patterns: Annotated[tuple[str, ...], Listed] = Field(min_length=1, description="of %Y %m %d %H %M %S, in order")
    zone: str = "Asia/Taipei"
    end_of_day: bool = Field(default=False, alias="24:00", description="24:00 is the end of the day it is written on")

    @field_validator("patterns")
    @classmethod
    def _known(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            directives = re.findall(r"%.", pattern)
            if set(directives) - {"%Y", "%m", "%d", "%H", "%M", "%S"} or "%Y" not in directives:
                raise ValueError(f"the pattern {pattern!r} may hold %Y %m %d %H %M %S, each once, and needs %Y")
            if len(set(directives)) != len(directives):
                raise ValueError(f"the pattern {pattern!r} holds a directive twice")
        return patterns


class Table(Strict):
    """A reference table that turns the agency's words into codes."""

    dataset: str
    key: str = Field(description="its field with the agency's words")
    value: str = Field(description="its field with the code")


class Codes(Strict):
    """How the agency's words become codes: the map first, then the table, then what is missing, then `other`."""

    map: dict[str, str] = Field(default_factory=dict)
    table: Table | None = None
    other: Literal["quarantine", "hold", "keep"] = "quarantine"


class Flag(Strict):
    """Texts beside or instead of a number that are data; a field of their own keeps them."""

    field: str
    texts: Annotated[tuple[str, ...], Listed] = Field(min_length=1)


class Split(Strict):
    """One cell into several fields: this field is one part."""

    separator: str = Field(min_length=1)
    part: int = Field(ge=0)


class Category(Strict):
    """A coded value and what it means."""

    value: str
    label: Text


class Constraints(Strict):
    """What must hold of every value; the words of Table Schema."""

    required: bool = False
    minimum: int | float | str | None = None
    maximum: int | float | str | None = None
    pattern: str | None = None

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str | None) -> str | None:
        if pattern is not None:
            re.compile(pattern)
        return pattern


Kind = Literal["string", "integer", "number", "boolean", "date", "datetime"]
Rule = Literal["required", "type", "date", "code", "list", "range", "pattern", "reference"]
RULES: tuple[Rule, ...] = ("required", "type", "date", "code", "list", "range", "pattern", "reference")


class FieldDeclaration(Strict):
    """One column: its public face, and how it is heard."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=63)
    title: Text
    description: Text
    type: Kind
    unit: str | None = Field(default=None, description="UCUM, https://ucum.org; for quantities")
    categories: Annotated[tuple[Category, ...], Listed] = ()
    constraints: Constraints = Constraints()
    heard_as: Texts | None = Field(default=None, description="its names in the agency's records; default: its name")
    missing: Annotated[tuple[str, ...], Listed] | None = Field(default=None, alias="missingValues")
    missing_when: Missing | None = None
    flag: Flag | None = None
    date: Dates | None = None
    codes: Codes | None = None
    scale: float | None = None
    split: Split | None = None
    strip: Literal["markup"] | None = None
    true_values: Annotated[tuple[str, ...], Listed] = Field(default=("true",), alias="trueValues")
    false_values: Annotated[tuple[str, ...], Listed] = Field(default=("false",), alias="falseValues")
    severity: dict[Rule, Severity] = Field(default_factory=dict)
    publish: Literal["yes", "no"] = "yes"

    @field_validator("unit")
    @classmethod
    def _ucum(cls, unit: str | None) -> str | None:
        if unit is not None and not is_ucum(unit):
            raise ValueError(f"{unit!r} is not a UCUM unit; write for instance ug/m3, [ppb], m/s, deg, {{cases}} or 1")
        return unit

    @field_validator("scale", mode="before")
    @classmethod
    def _factor(cls, value: Any) -> Any:
        return float(value) if isinstance(value, int) and not isinstance(value, bool) else value

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.type in ("date", "datetime")) != (self.date is not None):
            raise ValueError("a date or datetime, and nothing else, says under `date` how the agency writes it")
        if (self.codes or self.categories) and self.type != "string":
            raise ValueError("codes and categories are of type string")
        if self.type not in ("integer", "number") and (self.unit or self.scale or self.flag):
            raise ValueError("unit, scale and flag belong to an integer or a number")
        return self

    @property
    def heard(self) -> tuple[str, ...]:
        """The names under which the agency sends it."""
        return self.heard_as or (self.name,)

    def severity_of(self, rule: Rule) -> Severity:
        """Return how grave it is when a value breaks a rule of the schema (docs/declaration.md, severities)."""
        default: Severity = "hold" if rule == "code" and self.codes and self.codes.other == "hold" else "quarantine"
        return self.severity.get(rule, default)

    @property
    def arrow(self) -> pa.DataType:
        """The Arrow type of the published column; whole seconds as milliseconds, for Parquet has no seconds."""
        return {
            "string": pa.string(),
            "integer": pa.int64(),
            "number": pa.float64(),
            "boolean": pa.bool_(),
            "date": pa.date32(),
            "datetime": pa.timestamp("ms", tz=self.date.zone if self.date else None),
        }[self.type]


def is_ucum(unit: str) -> bool:
    """Return whether a text is a unit of the Unified Code for Units of Measure, https://ucum.org/ucum."""
    import lark

    try:
        _ucum_parser().parse(unit)
    except lark.exceptions.LarkError:
        return False
    return True


@functools.cache
def _ucum_parser() -> Any:
    import ucumvert  # here: it costs 0.3 s, and a dataset without a quantity does not need it

    return ucumvert.get_ucum_parser()
