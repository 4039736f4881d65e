"""A field of a dataset: what it means, what type it is, and where it stands in the agency's answer.

The words are those of Table Schema 2.0 (https://datapackage.org/standard/table-schema/) and docs/declaration.md.
"""

import datetime as dt
import functools
import math
import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

import pyarrow as pa
from pydantic import Field, field_validator, model_validator

from catalog.declaration.cells import Codes, Flag, MissingWhen, Split
from catalog.declaration.dates import Dates
from catalog.declaration.joins import Join
from catalog.declaration.numbers import (
    NumberForm,
    Scale,
    ScaleBy,
    Sentinels,
    check_count,
    check_flag,
    check_scale,
)
from catalog.declaration.origins import From, with_own_dates
from catalog.declaration.patterns import check_pattern
from catalog.declaration.strict import Listed, Strict, Text, Texts
from catalog.declaration.texts import Normalize, check_marks, check_reachable
from catalog.periods import PERIODS, WRITTEN

Severity = Literal["block", "hold", "quarantine", "warn"]
SEVERITIES: tuple[Severity, ...] = ("block", "hold", "quarantine", "warn")
"""From the gravest to the mildest."""

Scalar = str | int | float | bool

UNREAD = "__unread"
"""Ends the name of the column that holds a field's texts that could not be read, while rows are judged."""

EXACT = 2**53
"""Up to it JSON, and a float, hold every integer."""


class Category(Strict):
    """A coded value and what it means."""

    value: str
    label: Text


class Constraints(Strict):
    """What must hold of every value; the words of Table Schema."""

    required: bool = False
    minimum: int | float | str | None = None
    maximum: int | float | str | None = None
    pattern: str | None = Field(default=None, max_length=1000)

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str | None) -> str | None:
        if pattern is not None:
            check_pattern(pattern)
        return pattern


Kind = Literal["string", "integer", "number", "boolean", "date", "datetime", "year", "quarter", "month", "week"]
Rule = Literal["required", "type", "date", "code", "list", "range", "pattern", "reference"]
RULES: tuple[Rule, ...] = ("required", "type", "date", "code", "list", "range", "pattern", "reference")


class FieldDeclaration(Strict):
    """One column: what is published of it, and where it stands in the answer."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=63)
    title: Text
    description: Text
    type: Kind
    unit: str | None = Field(default=None, max_length=100, description="UCUM, https://ucum.org; for quantities")
    categories: Annotated[tuple[Category, ...], Listed] = ()
    constraints: Constraints = Constraints()
    heard_as: Texts | None = Field(default=None, description="its names in the agency's records; default: its name")
    origin: From | None = Field(default=None, alias="from", description="where its text comes from, if not from a cell")
    join: Join | None = Field(default=None, description="the fields whose texts, joined, are its text")
    occurrence: bool = Field(
        default=False, description="1, 2, ... among the rows of a fetch that are alike in the rest of the key"
    )
    missing: Annotated[tuple[str, ...], Listed] | None = Field(default=None, alias="missingValues")
    missing_when: MissingWhen | None = None
    missing_numbers: Sentinels | None = Field(default=None, description="numbers that mean no value, before scale")
    flag: Flag | None = None
    date: Dates | None = None
    codes: Codes | None = None
    number: NumberForm | None = Field(default=None, description="how the agency writes it, beyond digits and a point")
    scale: Scale | None = Field(default=None, description="a factor, or how to choose it")
    split: Split | None = None
    strip: Literal["markup"] | None = None
    normalize: Normalize | None = Field(default=None, description="what is made alike: width, blanks, marks, case")
    pad: int | None = Field(default=None, ge=1, le=100, description="digits of a code; zeros are put before fewer")
    true_values: Annotated[tuple[str, ...], Listed] = Field(default=("true",), alias="trueValues")
    false_values: Annotated[tuple[str, ...], Listed] = Field(default=("false",), alias="falseValues")
    severity: dict[Rule, Severity] = Field(default_factory=dict)
    publish: Literal["yes", "no"] = "yes"
    optional: bool = Field(default=False, description="its column may be absent from a fetch: its cells are null then")

    @field_validator("name")
    @classmethod
    def _free(cls, name: str) -> str:
        if name.endswith(UNREAD):
            raise ValueError(f"a name that ends in {UNREAD} is kept for the texts that could not be read")
        return name

    @field_validator("unit")
    @classmethod
    def _ucum(cls, unit: str | None) -> str | None:
        if unit is not None and not is_ucum(unit):
            raise ValueError(f"{unit!r} is not a UCUM unit; write for instance ug/m3, [ppb], m/s, deg, {{cases}} or 1")
        return unit

    @model_validator(mode="before")
    @classmethod
    def _dated(cls, values: Any) -> Any:
        return with_own_dates(values)

    @model_validator(mode="after")
    def _from(self) -> Self:
        if self.origin and self.heard_as:
            raise ValueError("heard_as, from: each says where the text comes from; write one of them")
        if self.join and (self.heard_as or self.origin or self.flag or self.optional or self.occurrence):
            raise ValueError(
                "join: its text is made of other fields; leave out heard_as, from, flag, optional, occurrence"
            )
        if self.occurrence and (self.heard_as or self.origin or self.type != "integer" or self.publish == "no"):
            raise ValueError("occurrence: the field is a published integer that we count; leave out heard_as and from")
        return self

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.type in ("date", "datetime", *PERIODS)) != (self.date is not None):
            raise ValueError(
                "a date, a datetime or a period, and nothing else, says under `date` how the agency writes it"
            )
        if self.date is not None:
            self.date.check_kind(self.type)
        if (self.codes or self.categories) and self.type != "string":
            raise ValueError("codes and categories are of type string")
        if self.type not in ("integer", "number") and (self.unit or self.scale is not None or self.flag):
            raise ValueError("unit, scale and flag belong to an integer or a number")
        if self.type not in ("integer", "number") and (self.number or self.missing_numbers):
            raise ValueError("number and missing_numbers belong to an integer or a number")
        if self.pad is not None and self.type != "string":
            raise ValueError("pad belongs to a string: an integer has no zeros before it")
        return self

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        wanted = self.constraints
        if wanted.pattern is not None and self.type != "string":
            raise ValueError("constraints.pattern: belongs to a string")
        low, high = (
            _bound(self.type, "constraints.minimum", wanted.minimum),
            _bound(self.type, "constraints.maximum", wanted.maximum),
        )
        if low is not None and high is not None and low > high:
            raise ValueError(f"constraints: the minimum {wanted.minimum} is above the maximum {wanted.maximum}")
        return self

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        check_scale(self.scale, self.number)
        if self.normalize:
            check_marks(self.normalize, number=self.type in ("integer", "number"))
            for key, texts in self._texts.items():
                check_reachable(self.normalize, key, texts)
        return self

    @property
    def _texts(self) -> dict[str, list[str]]:
        """By key, the texts that a cell is compared with."""
        texts = {"missingValues": list(self.missing or ())}
        if self.missing_when:
            texts["missing_when"] = [self.missing_when.text]
        if self.codes:
            texts["codes.map"] = list(self.codes.map)
        if self.flag:
            texts["flag"] = [*self.flag.texts, *self.flag.alone]
        if self.type == "boolean":
            texts["trueValues"], texts["falseValues"] = list(self.true_values), list(self.false_values)
        return texts

    @property
    def heard(self) -> tuple[str, ...]:
        """The names under which the agency sends it; none where its text comes from elsewhere."""
        return () if self.origin or self.join or self.occurrence else self.heard_as or (self.name,)

    def severity_of(self, rule: Rule) -> Severity:
        """Return how grave it is when a value breaks a rule of the schema (docs/declaration.md, severities)."""
        other = self.codes.other if rule == "code" and self.codes else None
        default: Severity = "hold" if other == "hold" else "warn" if other == "missing" else "quarantine"
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
            "year": pa.int64(),
        }.get(self.type, pa.string())


def check_one_way(field: FieldDeclaration) -> None:
    """Raise ValueError where the numbers of a field can be read two ways. Releases may have such a declaration."""
    if field.flag:
        check_flag(field.flag.texts, field.number)
    if field.type == "number" and field.scale is None:
        check_count(field.unit, field.number)


def check_scales(fields: Sequence[FieldDeclaration]) -> None:
    """Raise ValueError unless each field that chooses a factor by another one can do so."""
    by_name = {field.name: field for field in fields}
    for field in fields:
        scale = field.scale
        if not isinstance(scale, ScaleBy) or scale.by is None:
            continue
        other = by_name.get(scale.by)
        if other is None or other.occurrence:
            known = ", ".join(name for name, each in by_name.items() if not each.occurrence)
            raise ValueError(f"the field {field.name}: scale.by names {scale.by!r}, which is no field; fields: {known}")
        if not scale.since:
            continue
        if other.type not in ("date", "datetime"):
            raise ValueError(f"the field {field.name}: scale.from needs a date or datetime, {other.name} is none")
        for start in scale.since:
            _bound(other.type, f"{field.name}.scale.from", start)


_BOUNDS = {
    "integer": f"an integer between -{EXACT} and {EXACT}",
    "number": f"a finite number, or an integer between -{EXACT} and {EXACT}",
    "date": "a day as text, as '2019-12-01'",
    "datetime": "a day, or a time without offset in the field's zone, as text, as '2019-12-01T08:00:00'",
    "year": "a year from 1 to 9999",
    "quarter": "a quarter as text, as '2019-Q4'",
    "month": "a month as text, as '2019-12'",
    "week": "a week as text, as '2019-W52'",
}
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = rf"{_DAY}([T ][0-9]{{2}}:[0-9]{{2}}(:[0-9]{{2}})?)?"


def _bound(kind: Kind, name: str, bound: int | float | str | None) -> Any:
    """A minimum or maximum as a value that compares; raises ValueError where it is none of the field's type."""
    if bound is None:
        return None
    if kind not in _BOUNDS:
        raise ValueError(f"{name}: belongs to a number or a date, not to a {kind}")
    if isinstance(bound, int) and kind in ("integer", "number") and abs(bound) <= EXACT:
        return bound
    if isinstance(bound, float) and kind == "number" and math.isfinite(bound):
        return bound
    if kind == "year" and isinstance(bound, int) and 0 < bound <= dt.MAXYEAR:
        return bound
    if kind in ("quarter", "month", "week") and isinstance(bound, str) and re.fullmatch(WRITTEN[kind], bound):
        return bound  # texts of one kind are in the order of time
    if (
        isinstance(bound, str)
        and kind in ("date", "datetime")
        and re.fullmatch(_DAY if kind == "date" else _TIME, bound)
    ):
        try:
            return dt.datetime.fromisoformat(bound)
        except ValueError as error:
            raise ValueError(f"{name}: there is no {bound!r} ({error})") from error
    raise ValueError(f"{name}: expected {_BOUNDS[kind]}, found {bound!r}")


@functools.cache
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
