"""How an agency writes its numbers: `number`, `scale` and `missing_numbers` of a field (docs/declaration.md)."""

import math
import re
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, field_validator, model_validator

from catalog.declaration.strict import Listed, Strict

_GROUPS = {",": ",", ".": r"\.", "'": "['\u2019]", " ": "[ \u00a0\u2007\u2009\u202f]"}
"""Each mark between groups, and the signs that are written for it: typists use several blanks and apostrophes."""
_NUMERIC = r"[0-9+\-\u2212.,eE']"
_Factor = Annotated[float, Field(description="a finite factor other than 0")]


class Minus(Strict):
    """One way to write a negative number: what stands before and behind the digits."""

    before: str
    behind: str


class NumberForm(Strict):
    """How the agency writes a number, where it is more than digits, a point and a minus before them."""

    group: Literal[",", ".", "'", " "] | None = Field(default=None, description="between groups of three digits")
    decimal: Literal[".", ","] | None = Field(default=None, description="default: a point; a comma if group is a point")
    units: Annotated[tuple[str, ...], Listed] | dict[str, _Factor] = Field(
        default=(), description="texts before or behind a number; as a mapping, with the factor of each"
    )
    minus: Annotated[tuple[str, ...], Listed] = Field(
        default=(), description='how minus five is written, besides -5: "(5)", "5-", "−5"'
    )
    integral: bool = Field(default=False, description="an integer may be written 34.0")

    @model_validator(mode="after")
    def _clear(self) -> Self:
        if self.group == self.mark:
            raise ValueError(
                f"group and decimal are both {self.group!r}, so 1{self.group}234 can be read two ways; "
                f"write decimal: {',' if self.group == '.' else '.'!r}, or another group"
            )
        for text in self.minus:
            if (
                text.count("5") != 1
                or re.search(_NUMERIC, text.replace("5", "").strip("-\u2212"))
                or text.strip() == "5"
            ):
                raise ValueError(
                    f"minus: expected minus five as the agency writes it, as '(5)' or '5-', found {text!r}"
                )
        for text in self.units:
            self._check_unit(text)
        return self

    def _check_unit(self, text: str) -> None:
        if text != text.strip() or (not text and not isinstance(self.units, dict)):
            raise ValueError(f"units: expected a text without blanks around it, found {text!r}")
        if re.match(rf"{_NUMERIC}(?![a-zA-Z\u00b0-\uffff])|[0-9]", text):
            raise ValueError(f"units: {text!r} begins like a number, so a cell with it can be read two ways")
        if isinstance(self.units, dict) and not _is_factor(self.units[text]):
            raise ValueError(f"units: the factor of {text!r} must be finite and other than 0")

    @property
    def mark(self) -> str:
        """The decimal mark."""
        return self.decimal or ("," if self.group == "." else ".")

    @property
    def groups(self) -> str:
        """A class of the signs between groups, as a regular expression; empty where there are none."""
        return _GROUPS[self.group] if self.group else ""

    @property
    def minuses(self) -> tuple[Minus, ...]:
        """What stands before and behind a negative number, in each declared way."""
        ways = (text.split("5") for text in self.minus)
        return tuple(Minus(before=before.strip(), behind=behind.strip()) for before, behind in ways)

    @property
    def bare(self) -> bool:
        """Whether a number may stand without a unit."""
        return not isinstance(self.units, dict) or "" in self.units

    @property
    def pattern(self) -> str:
        """A regular expression (RE2, Python) of the whole text.

        Its groups are: `open`, `first` (unit), `inner`, `digits`, `close_inner`, `last` (unit), `close`.
        """
        mark = re.escape(self.mark)
        plain = rf"(?:[0-9]{{1,308}}(?:{mark}[0-9]*)?|{mark}[0-9]+)(?:[eE][+-]?[0-9]{{1,3}})?"
        # 0,123 is no group of thousands: in it the mark can only be a decimal one.
        grouped = rf"[1-9][0-9]{{0,2}}(?:{self.groups}[0-9]{{3}})+(?:{mark}[0-9]*)?" if self.group else ""
        digits = f"{grouped}|{plain}" if grouped else plain
        opens = _any_of([minus.before for minus in self.minuses], r"\s*")
        opens = f"[+-]|{opens}" if opens else "[+-]"
        closes = _any_of([minus.behind for minus in self.minuses], "", r"\s*")
        first = _any_of([text for text in self.units if not re.search(r"[0-9.,+-]$", text)], r"\s*")
        last = _any_of(list(self.units), "", r"\s*")
        names = (("open", opens), ("first", first), ("inner", opens))
        ends = (("close_inner", closes), ("last", last), ("close", closes))
        return (
            "^"
            + "".join(rf"(?P<{name}>{words})?" for name, words in names)
            + f"(?P<digits>{digits})"
            + "".join(rf"(?P<{name}>{words})?" for name, words in ends)
            + "$"
        )


def _any_of(texts: list[str], behind: str = "", before: str = "") -> str:
    words = sorted({text for text in texts if text}, key=len, reverse=True)
    return f"{before}(?:{'|'.join(map(re.escape, words))}){behind}" if words else ""


class ScaleBy(Strict):
    """A factor that is not the same for all rows: by a date, by another cell's text, or by the number's own shape."""

    by: str | None = Field(default=None, description="a field: of a date, with first and from; or of texts")
    first: _Factor | None = Field(default=None, description="the factor before the first date of `from`")
    since: dict[str, _Factor] = Field(
        default_factory=dict, alias="from", description="by date: the factor from then on"
    )
    texts: dict[str, _Factor] = Field(default_factory=dict, description="by the other cell's text: the factor")
    other: _Factor | None = Field(default=None, description="the factor for any other text; default: cannot be read")
    point: _Factor | None = Field(default=None, description="the factor of a number written with a decimal mark")
    whole: _Factor | None = Field(default=None, description="the factor of a number written without one")

    @model_validator(mode="after")
    def _whole_way(self) -> Self:
        dated = self.by is not None and self.first is not None and bool(self.since)
        worded = self.by is not None and bool(self.texts)
        shaped = self.by is None and self.point is not None and self.whole is not None
        extra = {"first", "since", "texts", "other", "point", "whole"} & self.model_fields_set
        ways = ({"first", "since"}, {"texts", "other"}, {"point", "whole"})
        if not any(on and extra <= way for on, way in zip((dated, worded, shaped), ways, strict=True)):
            raise ValueError(
                "expected one way to choose the factor: {by: DATE_FIELD, first: 100, from: {'2023-01-01': 1}}, "
                "{by: FIELD, texts: {km: 1000, m: 1}} or {point: 100, whole: 1}"
            )
        if not all(map(_is_factor, self.factors)):
            raise ValueError("a scale is a finite factor other than 0")
        return self

    @property
    def factors(self) -> tuple[float, ...]:
        """Every factor that is declared."""
        alone = (self.first, self.other, self.point, self.whole)
        return (*self.since.values(), *self.texts.values(), *(factor for factor in alone if factor is not None))


def _single(value: Any) -> Any:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _works(scale: float | ScaleBy) -> float | ScaleBy:
    if isinstance(scale, float) and not _is_factor(scale):
        raise ValueError("a scale is a finite factor other than 0")
    return scale


Scale = Annotated[
    Annotated[float, Tag("factor")] | Annotated[ScaleBy, Tag("choice")],
    Discriminator(lambda value: "choice" if isinstance(value, dict | ScaleBy) else "factor"),
    BeforeValidator(_single, json_schema_input_type=float | ScaleBy),
    AfterValidator(_works),
]
"""One factor, or how to choose it."""


def check_scale(scale: float | ScaleBy | None, written: NumberForm | None) -> None:
    """Raise ValueError where the factor depends on what `number` takes away."""
    if isinstance(scale, ScaleBy) and scale.by is None and written and isinstance(written.units, dict):
        raise ValueError("scale: point and whole look at the number as written; units with factors make another of it")


def _is_factor(factor: float) -> bool:
    return factor != 0 and math.isfinite(factor)


def exact(factor: float) -> Decimal:
    """Return a factor as the decimal that the declaration writes: 0.1 is one tenth."""
    return Decimal(repr(factor))


class MissingNumbers(Strict):
    """Numbers that mean "no value", by their value before `scale`: -998, -998.0 and -998.00 are one."""

    values: Annotated[tuple[float, ...], Listed] = ()
    below: float | None = Field(default=None, description="every number below it means no value")
    above: float | None = Field(default=None, description="every number above it means no value")

    @field_validator("values", "below", "above")
    @classmethod
    def _finite(cls, value: Any) -> Any:
        if not all(math.isfinite(each) for each in (value if isinstance(value, tuple) else (value or 0.0,))):
            raise ValueError("expected finite numbers")
        return value

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.values and self.below is None and self.above is None:
            raise ValueError("expected a list of numbers, or {below: 0}, {above: 900}, {values: [-998], below: -999}")
        if self.below is not None and self.above is not None and self.below > self.above:
            raise ValueError(f"below {self.below:g} or above {self.above:g} is every number")
        return self


def _values(value: Any) -> Any:
    return {"values": value} if isinstance(value, list | tuple) else value


Sentinels = Annotated[MissingNumbers, BeforeValidator(_values, json_schema_input_type=MissingNumbers | list[float])]
"""A list of numbers, or the long form."""


def check_flag(texts: tuple[str, ...], written: NumberForm | None) -> None:
    """Raise ValueError where a mark beside a number may be a part of the number."""
    pattern = re.compile((written or NumberForm()).pattern)
    for text in texts:
        beside = [digits for each in ("5", "12", "0.5", "123") for digits in (text + each, each + text)]
        read = next((cell for cell in beside if pattern.match(cell)), None)
        if read is not None:
            raise ValueError(
                f"flag: {text!r} is a mark and also a part of numbers, so {read!r} can be read two ways; "
                f"write it under `alone` if it is a mark only where it stands alone: "
                f"flag: {{field: ..., alone: [{text!r}]}}; or under missingValues if it means no value"
            )


def check_count(unit: str | None, written: NumberForm | None) -> None:
    """Raise ValueError where a number that counts things does not say what a point in it means."""
    if unit is not None and re.fullmatch(r"\{[^{}]*\}", unit) and written is None:
        raise ValueError(
            f"a number of {unit} counts things, and 1.234 of them can be read two ways; write type: integer, "
            "or number: {group: '.'} if it is 1234, or number: {decimal: '.'} if it is a little more than 1"
        )
