"""Which checks the rows of a dataset must pass: the rules of its schema, then those of quality.yaml. Reads no rows."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import pyarrow as pa
from pydantic import Field, ValidationError, field_validator

from catalog.declaration.dataset import Dataset
from catalog.declaration.explain import explain
from catalog.declaration.fields import UNREAD, FieldDeclaration, Rule, Severity
from catalog.declaration.patterns import python_regex
from catalog.declaration.strict import Listed, Strict, Text
from catalog.declaration.yaml12 import read_yaml
from catalog.errors import DeclarationError

LEAVES: tuple[Severity, ...] = ("quarantine", "hold", "block")
"""The severities of checks that take a cell or a row out of a release."""
READABLE = "row.readable"
"""The check that each record of a fetch can be read as one."""
_ROW = "_row"
_BY_FORMAT = ("file", "rest")
"""The protocols whose records a declared format reads."""
_FORMATS_WITH_FAULTS = ("json", "ndjson", "javascript", "geojson", "xml")
"""In which one record can be told from the next, although it cannot be read."""


class Expectation(Strict):
    """One expectation, with the name and the kwargs that Great Expectations gives it."""

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    type: str = Field(pattern=r"^Expect[A-Za-z]+$")
    kwargs: dict[str, Any]
    severity: Severity = "warn"
    reason: Text

    @field_validator("kwargs")
    @classmethod
    def _of_rows(cls, kwargs: dict[str, Any]) -> dict[str, Any]:
        if "mostly" in kwargs:
            raise ValueError(
                "`mostly` is about the whole table: leave it out; `severity` says what a row that fails causes, and "
                "minsheng.guards in dataset.yaml says which share of rows may fail"
            )
        return kwargs


class Suite(Strict):
    """A quality.yaml: what the schema does not say, about single rows. Guards look at the whole table."""

    expectations: Annotated[tuple[Expectation, ...], Listed] = ()


class Check(Strict):
    """One check by Great Expectations, and what happens to rows that fail it."""

    id: str
    type: str
    kwargs: dict[str, Any]
    severity: Severity
    column: str | None
    rule: Rule | Literal["readable"] | None = Field(
        default=None, description="the schema's rule that it checks, if any; readable: that the row is a record"
    )
    reason: Text | None = None
    where_null: str | None = Field(default=None, description="a column: only rows in which it is null are checked")

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that its kwargs name: `column`, `column_A` and `column_B`, or `column_list`."""
        named = [value for name, value in self.kwargs.items() if name.startswith("column")]
        return tuple(str(each) for value in named for each in (value if isinstance(value, list) else [value]))


@dataclass(frozen=True)
class CheckResult:
    """The result of one check."""

    check: Check
    success: bool
    elements: int
    """How many rows were checked."""
    rows: tuple[tuple[int, int], ...]
    """`(fetch, row)` of each row that fails."""


def load_suite(datasets: Path, slug: str) -> Suite:
    """Read the quality.yaml of a dataset. A dataset may have none.

    Raises:
        DeclarationError: the file is wrong, or an id stands in it twice.
    """
    path = datasets / slug / "quality.yaml"
    return read_suite(read_yaml(path), str(path)) if path.exists() else Suite()


def read_suite(values: dict[str, Any], place: str) -> Suite:
    """Make a suite of JSON values; `place` names the file in messages.

    Raises:
        DeclarationError: the values are wrong, or an id stands in them twice.
    """
    try:
        suite = Suite.model_validate(values)
    except ValidationError as error:
        raise DeclarationError(explain(error, Suite, place, values)) from error
    ids = [expectation.id for expectation in suite.expectations]
    for id_ in ids:
        if ids.count(id_) > 1:
            raise DeclarationError(f"{place}: expectations: the id {id_!r} stands twice")
    return suite


def checks(
    dataset: Dataset,
    suite: Suite,
    allowed: Mapping[str, list[Any] | None],
    bounds: Mapping[str, tuple[Any, Any]],
    unread: Collection[str] = (),
) -> list[Check]:
    """Return every check of a dataset.

    Args:
        dataset: the declaration.
        suite: its quality.yaml.
        allowed: by field with a reference, the values that it may have; None where no list says that, because the
            reference is by several fields or at a time.
        bounds: by field with a range, its minimum and maximum as values of its type; None for no limit.
        unread: fields in which a text cannot be read. A text can nearly always; where a control character stands in
            one, its field is checked for that too.

    Returns:
        Whether rows can be read, where the source may bring some that cannot; the checks of the schema in order of
        field; then those of quality.yaml in order of the file.
    """
    all_checks: list[Check] = [_readable()] if may_be_unreadable(dataset) else []
    for field in dataset.published:
        all_checks += _schema_checks(dataset, field, allowed, bounds.get(field.name), field.name in unread)
    for expectation in suite.expectations:
        column = expectation.kwargs.get("column")
        all_checks.append(
            Check(
                id=expectation.id,
                type=expectation.type,
                kwargs=expectation.kwargs,
                severity=expectation.severity,
                column=column if isinstance(column, str) else None,
                reason=expectation.reason,
            )
        )
    return all_checks


def may_be_unreadable(dataset: Dataset) -> bool:
    """Return whether the declared source may bring records that cannot be read, and leave alone."""
    source = dataset.minsheng.source or {}
    steps = [options for step in dataset.minsheng.shape for options in step.values()]
    return any(options.get("twice") == "quarantine" for options in steps) or any(
        name in _FORMATS_WITH_FAULTS or reading.get("ragged") == "quarantine"
        for name, reading in (_readings(source) if source.get("protocol") in _BY_FORMAT else ())
    )


def _readable() -> Check:
    kwargs = {"column": shadow(_ROW)}
    return Check(
        id=READABLE,
        type="ExpectColumnValuesToBeNull",
        kwargs=kwargs,
        severity="quarantine",
        column=None,
        rule="readable",
    )


def shadow(field: str) -> str:
    """Return the name of the column with those texts of a field that cannot be read; of `_row`, of whole records."""
    return f"{field}{UNREAD}"


def astray(field: str, rule: Rule) -> str:
    """Return the name of the column with those values of a field that break a rule which no expectation can ask.

    Such are a reference by several fields, and a range of months, which are texts.
    """
    return f"_{field}__{rule}"


def unread_rule(field: FieldDeclaration) -> Rule:
    """Return the rule that a cell breaks if it cannot be read."""
    if field.codes:
        return "code"
    return "date" if field.date else "type"


def _holds_undecodable(dataset: Dataset) -> bool:
    """Whether a text may hold bytes that cannot be decoded; such a cell cannot be read (`undecodable: quarantine`)."""
    return any(reading.get("undecodable") == "quarantine" for _, reading in _readings(dataset.minsheng.source))


def _readings(said: Any, format_: Any = None) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Each format that a source names, and its reading: those of several layouts, and within a zip file, too."""
    if not isinstance(said, dict) or not said:
        return
    format_ = said.get("format", format_)
    for one in (said, *said.get("readings", ())):
        reading = one.get("reading")
        yield one.get("format", format_), reading if isinstance(reading, dict) else {}
        yield from _readings(reading)


def _coded_within(field: FieldDeclaration) -> bool:
    """Whether every code of the map is in the list of categories: then the list needs no check of its own."""
    codes = field.codes
    if codes is None or codes.table or codes.other == "keep":
        return False
    return set(codes.map.values()) <= {category.value for category in field.categories}


def _range(field: FieldDeclaration, low: Any, high: Any) -> tuple[Rule, str, dict[str, Any]]:
    """The rule that a value lies between two; of texts such as 2026-07 as conforming found."""
    if field.arrow == pa.string():
        return "range", "ExpectColumnValuesToBeNull", {"column": astray(field.name, "range")}
    return "range", "ExpectColumnValuesToBeBetween", {"column": field.name, "min_value": low, "max_value": high}


def _reference(name: str, listed: list[Any] | None) -> tuple[Rule, str, dict[str, Any]]:
    """The rule that a value refers to a row: one of a list, or with others together, as conforming found."""
    if listed is None:
        return "reference", "ExpectColumnValuesToBeNull", {"column": astray(name, "reference")}
    return "reference", "ExpectColumnValuesToBeInSet", {"column": name, "value_set": listed}


def _schema_checks(
    dataset: Dataset,
    field: FieldDeclaration,
    allowed: Mapping[str, list[Any] | None],
    bounds: tuple[Any, Any] | None,
    unread: bool,
) -> list[Check]:
    name, limits = field.name, field.constraints
    rules: list[tuple[Rule, str, dict[str, Any]]] = []
    coded = field.codes and field.codes.other != "keep"
    if unread or field.type != "string" or field.split or field.join or coded or _holds_undecodable(dataset):
        rules.append((unread_rule(field), "ExpectColumnValuesToBeNull", {"column": shadow(name)}))
    if limits.required or name in dataset.table.primary_key:
        rules.append(("required", "ExpectColumnValuesToNotBeNull", {"column": name}))
    if field.categories and not _coded_within(field):
        values = [category.value for category in field.categories]
        rules.append(("list", "ExpectColumnValuesToBeInSet", {"column": name, "value_set": values}))
    if bounds is not None:
        rules.append(_range(field, *bounds))
    if limits.pattern is not None:
        rules.append(
            ("pattern", "ExpectColumnValuesToMatchRegex", {"column": name, "regex": python_regex(limits.pattern)})
        )
    if name in allowed:
        rules.append(_reference(name, allowed[name]))
    return [
        Check(
            id=f"{name}.{rule}",
            type=kind,
            kwargs=kwargs,
            severity=field.severity_of(rule),
            column=name,
            rule=rule,
            # A cell that cannot be read is not empty: it breaks another rule.
            where_null=shadow(name) if rule == "required" else None,
        )
        for rule, kind, kwargs in rules
    ]
