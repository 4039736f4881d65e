"""How one cell was read: from the agency's text to the published value, rule by rule, in words."""

import datetime as dt
from collections.abc import Iterator
from typing import Any, NamedTuple

import pyarrow as pa

from catalog.declaration.cells import Table
from catalog.declaration.dataset import Dataset
from catalog.declaration.fields import FieldDeclaration
from catalog.declaration.numbers import ScaleBy
from pipelines.conform.cells import read
from pipelines.conform.rows import codes_of_table, conform, steps, time_of
from pipelines.conform.texts import CellStep
from pipelines.declared import Declared

_PLAIN = {
    "strip": "markup is taken out",
    "normalize": "signs, blanks or case are made alike",
    "pad": "zeros are put before it",
    "number": "the agency's way to write a number, as digits with a point",
    "missing_numbers": "this number means no value",
}
"""What the rules did that need no more words."""


class RuleApplied(NamedTuple):
    """One rule of the declaration, and what it made of the text."""

    rule: str
    """Its key in dataset.yaml, or the id of the check that failed."""
    says: str
    """What the rule did, in words."""
    value: Any
    """The text after it; at the end the value."""


def explain(
    declared: Declared, field: FieldDeclaration, raw: pa.Table, by_order: dt.datetime | None = None
) -> list[RuleApplied]:
    """Tell how one cell was read, rule by rule. Rules that did not change the text are left out.

    Args:
        declared: the declaration and its tables, as they were when the cell was read.
        field: the field of the cell.
        raw: one row of text, as `pipelines.conform.columns.RawRows.table`.
        by_order: the value of the cell, where it follows from the rows before and after it.

    Returns:
        The rules in the order in which they were applied, then the checks of the schema that the cell fails.
    """
    dataset = _row_by_row(declared.dataset)
    rules: list[RuleApplied] = []
    text = None if field.join else raw.column(field.name)[0].as_py()
    for step in steps(dataset, field, raw, declared.tables):
        after = step.text[0].as_py()
        known = step.sound is None or step.sound[0].as_py()
        if after != text or not known or (step.rule == "codes" and text is not None):
            rule = "missingValues" if step.rule in ("missing", "codes") and after is None else step.rule
            rules.append(RuleApplied(rule, _sentence(declared, field, raw, step, text), after))
        text = after
    conformed = conform(dataset, raw, declared.tables)
    value = conformed.rows.column(field.name)[0].as_py()
    if text is not None and value is not None:
        rules += _typed(field, text, value)
        rules += _folded(field, value, by_order)
    for failure in conformed.failures:
        if failure.field == field.name:
            broken = (failure.rule == "reference" and _astray(dataset, field)) or f"breaks the rule {failure.rule}"
            rules.append(RuleApplied(failure.check, f"{broken}: {failure.severity}", value))
    return rules


def _row_by_row(dataset: Dataset) -> Dataset:
    """The declaration without what looks at other rows."""
    fields = []
    for field in dataset.table.fields:
        alone = field.date and field.date.fold == "by_order"
        date = field.date.model_copy(update={"fold": "first"}) if alone and field.date else field.date
        fields.append(field.model_copy(update={"date": date}))
    return dataset.model_copy(update={"table": dataset.table.model_copy(update={"fields": tuple(fields)})})


def _folded(field: FieldDeclaration, first: Any, value: dt.datetime | None) -> Iterator[RuleApplied]:
    """Which of two equal hours a cell means, where the order of the rows says it."""
    if not field.date or field.date.fold != "by_order" or value is None or first is None:
        return
    if value.timestamp() != first.timestamp():  # two equal hours of one zone are equal to Python
        yield RuleApplied("date.fold", "the hour stands twice; in the order of the rows it is the later one", value)


def _sentence(declared: Declared, field: FieldDeclaration, raw: pa.Table, step: CellStep, text: str | None) -> str:
    known = step.sound is None or step.sound[0].as_py()
    if step.rule in _PLAIN:
        return _PLAIN[step.rule] if known else f"{text!r} cannot be read by it"
    if step.rule == "join" and field.join:
        both = f"the texts of {' and '.join(field.join.fields)}, with {field.join.by!r} between them"
        both += f"; instead of them that of {field.join.unless}, where it has one" if field.join.unless else ""
        return both if known else f"{both}; one of them has no value, or cannot be read"
    if step.rule == "split" and field.split:
        part = f"part {(field.split.part or 0) + 1} between {field.split.separator!r}"
        part = part if field.split.pattern is None else f"part that fits the pattern {field.split.pattern!r}"
        return part if known and step.text[0].as_py() is not None else f"{text!r} has no {part}"
    if step.rule == "flag":
        return _flagged(declared.dataset, field)
    if step.rule == "missing_when" and field.missing_when:
        others = " and ".join(f"{name} is {word!r}" for name, word in field.missing_when.when.items())
        return f"{field.missing_when.text!r} means no value" + (f" where {others}" if others else "")
    if field.codes is None or step.text[0].as_py() is None:
        return f"{text!r} means no value"
    return _code(declared, field, raw, text, known)


def _astray(dataset: Dataset, field: FieldDeclaration) -> str:
    """What a reference by several fields, or at a time, does not find; nothing for another one."""
    for reference in dataset.minsheng.references:
        if not reference.plain and reference.fields[-1] == field.name:
            together = f"{' and '.join(reference.fields)} stand{'s' if len(reference.fields) == 1 else ' together'}"
            return f"{together} in no row of {reference.dataset}" + (
                f" that is valid at {reference.at}" if reference.at else ""
            )
    return ""


def _flagged(dataset: Dataset, field: FieldDeclaration) -> str:
    if field.flag:
        marks = ", ".join(map(repr, (*field.flag.texts, *field.flag.alone)))
        return f"one of {marks} goes to the field {field.flag.field}"
    owner = next(other for other in dataset.published if other.flag and other.flag.field == field.name)
    return f"the flag in the cell of the field {owner.name}"


def _code(declared: Declared, field: FieldDeclaration, raw: pa.Table, text: str | None, known: bool) -> str:
    codes = field.codes
    if codes is None or text is None:
        return ""
    if text in codes.map:
        return f"{text!r} is in the map of codes"
    asked = repr(text) + (_beside(declared, codes.table, raw) if codes.table else "")
    if not known:
        return f"{asked} is neither in the map of codes nor in the table"
    table = codes.table
    if table and codes_of_table(declared.dataset, table, pa.array([text]), raw, declared.tables)[0].is_valid:
        n = next(release.n for release in declared.inputs if release.dataset == table.dataset)
        return f"{asked} is a {table.key} of the dataset {table.dataset}, release {n}; its {table.value} is used"
    return f"{asked} has no code and is kept"


def _beside(declared: Declared, table: Table, raw: pa.Table) -> str:
    """What a word is looked up with: texts of other fields, and a time."""
    texts = [f"{name} {raw.column(name)[0].as_py()!r}" for name in table.together.values()]
    at = time_of(declared.dataset, table.at, raw, declared.tables)
    return (f" with {' and '.join(texts)}" if texts else "") + (f" at {at[0].as_py()}" if at is not None else "")


def _typed(field: FieldDeclaration, text: str, value: Any) -> Iterator[RuleApplied]:
    """The last step, from text to a value of the field's type."""
    if field.date is not None:
        pattern = next((pattern for pattern in field.date.patterns if _reads(field, pattern, text)), None)
        calendar = "" if field.date.calendar == "gregorian" else f", years of the {field.date.calendar} calendar"
        zone = f", in {field.date.zone}" if field.type == "datetime" else ""
        number = (
            f"{field.date.epoch} since 1970" if field.date.epoch else f"days of a spreadsheet of {field.date.excel}"
        )
        way = f"a number of {number}" if pattern is None else f"the pattern {pattern!r}{calendar}"
        moved = f", moved by {field.date.shift}" if field.date.shift else ""
        yield RuleApplied("date", f"{way}{zone}{moved}", value)
    elif field.type == "boolean":
        yield RuleApplied("trueValues" if value else "falseValues", f"{text!r} is one of them", value)
    elif field.type != "string":
        scale = _scale(field.scale)
        yield RuleApplied("type", f"read as {'an integer' if field.type == 'integer' else 'a number'}{scale}", value)


def _scale(scale: float | ScaleBy | None) -> str:
    if scale is None:
        return ""
    if isinstance(scale, float):
        return f", times {scale:g}"
    way = "a point in it" if scale.by is None else f"the field {scale.by}"
    return f", times a factor that depends on {way}"


def _reads(field: FieldDeclaration, pattern: str, text: str) -> bool:
    dates = field.date.model_copy(update={"patterns": (pattern,), "epoch": None, "excel": None}) if field.date else None
    return bool(read(pa.array([text]), field.model_copy(update={"date": dates}))[0].is_valid)
