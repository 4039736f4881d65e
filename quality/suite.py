"""What is checked of a dataset's rows: the schema's own rules, then what quality.yaml adds. Knows no rows."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError, field_validator

from catalog.declaration.dataset import Dataset, explain
from catalog.declaration.fields import UNREAD, FieldDeclaration, Listed, Rule, Severity, Strict, Text, python_regex
from catalog.declaration.yaml12 import read_yaml
from catalog.errors import DeclarationError

LEAVES: tuple[Severity, ...] = ("quarantine", "hold", "block")
"""The severities of checks that take a cell, or a row, out of a release."""


class Expectation(Strict):
    """One expectation, in Great Expectations' own name and words."""

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
                "`mostly` speaks of the whole: leave it out; `severity` says what a row that fails does, and "
                "minsheng.guards in dataset.yaml what share of rows is bearable"
            )
        return kwargs


class Suite(Strict):
    """A quality.yaml: what the schema does not say, and only what is true of rows; the whole is for guards."""

    expectations: Annotated[tuple[Expectation, ...], Listed] = ()


class Check(Strict):
    """One thing that Great Expectations is asked, and what follows when the answer is no."""

    id: str
    type: str
    kwargs: dict[str, Any]
    severity: Severity
    column: str | None
    rule: Rule | None = Field(default=None, description="the schema's rule that it speaks for, if any")
    reason: Text | None = None
    where_null: str | None = Field(default=None, description="a column: only rows in which it is null are asked of")


def load_suite(datasets: Path, slug: str) -> Suite:
    """Read a dataset's quality.yaml; one that has none adds nothing.

    Raises:
        DeclarationError: it is not right, or an id stands twice.
    """
    path = datasets / slug / "quality.yaml"
    return read_suite(read_yaml(path), str(path)) if path.exists() else Suite()


def read_suite(values: dict[str, Any], place: str) -> Suite:
    """Make a Suite of JSON values; `place` names the file in messages."""
    try:
        suite = Suite.model_validate(values)
    except ValidationError as error:
        raise DeclarationError(explain(error, Suite, place)) from error
    ids = [expectation.id for expectation in suite.expectations]
    for one in ids:
        if ids.count(one) > 1:
            raise DeclarationError(f"{place}: expectations: the id {one!r} stands twice")
    return suite


def checks(
    dataset: Dataset, suite: Suite, allowed: dict[str, list[Any]], bounds: dict[str, tuple[Any, Any]]
) -> list[Check]:
    """Return every check of a dataset.

    Args:
        dataset: the declaration.
        suite: its quality.yaml.
        allowed: by referring field, the values that it may take.
        bounds: by field with a range, its minimum and maximum as values.
    """
    found: list[Check] = []
    for field in dataset.published:
        found += _schema_checks(dataset, field, allowed.get(field.name), bounds.get(field.name))
    for expectation in suite.expectations:
        column = expectation.kwargs.get("column")
        found.append(
            Check(
                id=expectation.id,
                type=expectation.type,
                kwargs=expectation.kwargs,
                severity=expectation.severity,
                column=column if isinstance(column, str) else None,
                reason=expectation.reason,
            )
        )
    return found


def shadow(field: str) -> str:
    """Return the name of the column that holds a field's texts that could not be read."""
    return f"{field}{UNREAD}"


def unread_rule(field: FieldDeclaration) -> Rule:
    """Return which rule a cell breaks that cannot be read."""
    if field.codes:
        return "code"
    return "date" if field.date else "type"


def _holds_undecodable(dataset: Dataset) -> bool:
    """Whether a text may hold bytes that are none, so that its cell cannot be read (`undecodable: quarantine`)."""
    at: Any = (dataset.minsheng.source or {}).get("reading")
    while isinstance(at, dict):
        if at.get("undecodable") == "quarantine":
            return True
        at = at.get("reading")
    return False


def _coded_within(field: FieldDeclaration) -> bool:
    """Whether every code that can come out of the map is a listed one: then the list asks nothing more."""
    codes = field.codes
    if codes is None or codes.table or codes.other == "keep":
        return False
    return set(codes.map.values()) <= {category.value for category in field.categories}


def _schema_checks(
    dataset: Dataset, field: FieldDeclaration, allowed: list[Any] | None, bounds: tuple[Any, Any] | None
) -> list[Check]:
    name, wanted = field.name, field.constraints
    asked: list[tuple[Rule, str, dict[str, Any]]] = []
    coded = field.codes and field.codes.other != "keep"
    if field.type != "string" or field.split or coded or _holds_undecodable(dataset):
        asked.append((unread_rule(field), "ExpectColumnValuesToBeNull", {"column": shadow(name)}))
    if wanted.required or name in dataset.table.primary_key:
        asked.append(("required", "ExpectColumnValuesToNotBeNull", {"column": name}))
    if field.categories and not _coded_within(field):
        values = [category.value for category in field.categories]
        asked.append(("list", "ExpectColumnValuesToBeInSet", {"column": name, "value_set": values}))
    if bounds is not None:
        low, high = bounds
        asked.append(("range", "ExpectColumnValuesToBeBetween", {"column": name, "min_value": low, "max_value": high}))
    if wanted.pattern is not None:
        asked.append(
            ("pattern", "ExpectColumnValuesToMatchRegex", {"column": name, "regex": python_regex(wanted.pattern)})
        )
    if allowed is not None:
        asked.append(("reference", "ExpectColumnValuesToBeInSet", {"column": name, "value_set": allowed}))
    return [
        Check(
            id=f"{name}.{rule}",
            type=kind,
            kwargs=kwargs,
            severity=field.severity_of(rule),
            column=name,
            rule=rule,
            # A cell that could not be read is there: it breaks its own rule, not this one.
            where_null=shadow(name) if rule == "required" else None,
        )
        for rule, kind, kwargs in asked
    ]
