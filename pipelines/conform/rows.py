"""Raw texts -> a typed table of the declared schema, and the cells that break it. Works on whole columns."""

import html
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from html.entities import html5
from typing import Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.declaration.cells import Missing, Table
from catalog.declaration.dataset import Dataset
from catalog.declaration.fields import FieldDeclaration, Rule, Severity
from pipelines.conform.cells import read
from pipelines.conform.columns import FETCH, ROW
from quality.suite import unread_rule

_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{0,31});")


@dataclass(frozen=True)
class Failure:
    """The rows in which a field breaks a rule of the schema."""

    field: str
    rule: Rule
    severity: Severity
    mask: pa.BooleanArray

    @property
    def check(self) -> str:
        """The id of the check that finds it."""
        return f"{self.field}.{self.rule}"


@dataclass(frozen=True)
class Conformed:
    """Typed rows, before anything is taken out."""

    rows: pa.Table
    """`_fetch`, `_row`, then the published fields with their types."""
    unread: dict[str, pa.Array]
    """By field: the text of each cell that cannot be read, else null. A field without such cells is not in it."""
    raw: pa.Table
    """The same rows as text, as `columns.RawRows.table`."""
    failures: tuple[Failure, ...]
    """Rules of the schema that some row breaks, in order of field and rule."""

    def take(self, places: pa.Array) -> "Conformed":
        """Return the rows at these places."""
        unread = {name: texts.take(places) for name, texts in self.unread.items()}
        failures = tuple(replace(failure, mask=failure.mask.take(places)) for failure in self.failures)
        return Conformed(self.rows.take(places), unread, self.raw.take(places), failures)

    def only(self, names: Collection[str | None]) -> "Conformed":
        """Return the typed rows with these columns only."""
        kept = self.rows.select([name for name in self.rows.column_names if name in names])
        return Conformed(kept, {}, self.raw.schema.empty_table(), ())


def conform(dataset: Dataset, raw: pa.Table, tables: Mapping[str, pa.Table]) -> Conformed:
    """Read every cell as a value of its declared type.

    Args:
        dataset: the declaration.
        raw: rows of text, as `columns.RawRows.table`.
        tables: the reference tables used, by dataset.

    Returns:
        The typed rows, in the same order, and every rule of the schema that some row breaks.
    """
    columns: dict[str, pa.Array] = {FETCH: _array(raw, FETCH), ROW: _array(raw, ROW)}
    unread: dict[str, pa.Array] = {}
    failures: list[Failure] = []
    flags = _flags(dataset, raw)
    for field in dataset.published:
        if field.occurrence:  # counted when it is known which rows stay; until then no row has a number
            columns[field.name] = pa.array(np.zeros(raw.num_rows, np.int64))
            continue
        # Most fields depend on their own text only: then each distinct text is read once.
        alone = not (field.missing_when or field.flag or field.name in flags or _looks_aside(field))
        coded = _texts(raw, field.name) if alone else None
        texts = pa.table({field.name: coded.dictionary}) if coded is not None else raw
        text, value, lost = _typed(dataset, field, texts, flags, tables)
        if coded is not None:
            value, lost = value.take(coded.indices), pc.fill_null(lost.take(coded.indices), False)
        if pc.any(lost).as_py():
            text = text if coded is None else text.take(coded.indices)
            unread[field.name] = pc.if_else(lost, text, None)
            value = pc.if_else(lost, pa.scalar(None, field.arrow), value)
        columns[field.name] = value
        failures += _failures(dataset, field, value, lost, tables)
    schema = pa.schema([pa.field(FETCH, pa.int64()), pa.field(ROW, pa.int64()), *dataset.arrow])
    return Conformed(pa.table(columns).cast(schema), unread, raw, tuple(failures))


class CellStep(NamedTuple):
    """The texts of a field after one rule of the declaration, before they are read as values."""

    rule: Literal["strip", "split", "flag", "missing_when", "missing", "codes"]
    text: pa.Array
    sound: pa.Array | None = None
    """Where the rule found what it needs; None if it needs nothing."""


def steps(
    dataset: Dataset, field: FieldDeclaration, raw: pa.Table, tables: Mapping[str, pa.Table]
) -> Iterator[CellStep]:
    """Yield what each declared rule makes of the cells of a field, in order, before they are read as its type.

    Args:
        dataset: the declaration.
        field: one of its published fields.
        raw: rows of text, as `columns.RawRows.table`.
        tables: the reference tables used, by dataset.

    Yields:
        A step for each rule that the field declares, with one text for each row of `raw`.
    """
    return _steps(dataset, field, raw, _flags(dataset, raw), tables)


def _typed(
    dataset: Dataset,
    field: FieldDeclaration,
    raw: pa.Table,
    flags: dict[str, tuple[pa.Array, pa.Array]],
    tables: Mapping[str, pa.Table],
) -> tuple[pa.Array, pa.Array, pa.Array]:
    """The texts of a field, their values, and which texts cannot be read as a value."""
    text, sound = _array(raw, field.name), pa.array(np.ones(raw.num_rows, bool))
    for step in _steps(dataset, field, raw, flags, tables):
        text = step.text
        sound = sound if step.sound is None else pc.and_(sound, step.sound)
    value = read(text, field)
    return text, value, pc.and_(pc.is_valid(text), pc.or_(pc.invert(sound), pc.is_null(value)))


def allowed(dataset: Dataset, field: FieldDeclaration, tables: Mapping[str, pa.Table]) -> pa.Array | None:
    """Return the values that a field with a reference may have: the keys of the other table, and its own codes.

    Args:
        dataset: the declaration.
        field: one of its fields.
        tables: the reference tables used, by dataset.

    Returns:
        Values of the field's type; None if the field refers to no table.
    """
    for reference in dataset.minsheng.references:
        if reference.fields == (field.name,) and reference.dataset in tables:
            keys = pc.unique(_array(tables[reference.dataset], reference.to[0])).cast(field.arrow)
            codes = pa.array(sorted(set(field.codes.map.values())) if field.codes else [], field.arrow)
            return pa.concat_arrays([keys, codes])
    return None


def _failures(
    dataset: Dataset, field: FieldDeclaration, value: pa.Array, lost: pa.Array, tables: Mapping[str, pa.Table]
) -> list[Failure]:
    limits = field.constraints
    present = pc.is_valid(value)
    masks: dict[Rule, pa.Array] = {unread_rule(field): lost}
    if limits.required or field.name in dataset.table.primary_key:
        masks["required"] = pc.and_(pc.is_null(value), pc.invert(lost))
    if field.categories:
        listed = pa.array([category.value for category in field.categories])
        masks["list"] = pc.and_(present, pc.invert(pc.is_in(value, value_set=listed)))
    if limits.minimum is not None or limits.maximum is not None:
        masks["range"] = _outside(field, value)
    if limits.pattern is not None:
        masks["pattern"] = pc.and_(present, pc.invert(_matches(value, limits.pattern)))
    keys = allowed(dataset, field, tables)
    if keys is not None:
        masks["reference"] = pc.and_(present, pc.invert(pc.is_in(value, value_set=keys)))
    masks = {rule: pc.fill_null(mask, False) for rule, mask in masks.items()}
    return [
        Failure(field.name, rule, field.severity_of(rule), mask) for rule, mask in masks.items() if pc.any(mask).as_py()
    ]


def bounds(field: FieldDeclaration) -> tuple[pa.Scalar | None, pa.Scalar | None]:
    """Return the field's minimum and maximum as values of its type."""

    def typed(bound: int | float | str | None) -> pa.Scalar | None:
        if bound is None:
            return None
        if field.date is None:
            return pa.scalar(bound, field.arrow)
        iso = pa.array([str(bound)]).cast(pa.timestamp("s"))
        return (pc.assume_timezone(iso, field.date.zone) if field.type == "datetime" else iso).cast(field.arrow)[0]

    return typed(field.constraints.minimum), typed(field.constraints.maximum)


def _outside(field: FieldDeclaration, value: pa.Array) -> pa.Array:
    low, high = bounds(field)
    outside = pa.array(np.zeros(len(value), bool))
    if low is not None:
        outside = pc.or_(outside, pc.fill_null(pc.less(value, low), False))
    if high is not None:
        outside = pc.or_(outside, pc.fill_null(pc.greater(value, high), False))
    return outside


def _matches(value: pa.Array, pattern: str) -> pa.Array:
    # Table Schema matches the whole value. RE2 takes linear time, whatever the pattern and the text.
    return pc.match_substring_regex(value, f"^(?:{pattern})$")


def _array(table: pa.Table, name: str) -> pa.Array:
    column = table.column(name).combine_chunks()
    column = pa.concat_arrays(column.chunks) if isinstance(column, pa.ChunkedArray) else column
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _texts(table: pa.Table, name: str) -> pa.DictionaryArray:
    column = table.column(name).combine_chunks()
    return column if pa.types.is_dictionary(column.type) else column.dictionary_encode()


def _steps(
    dataset: Dataset,
    field: FieldDeclaration,
    raw: pa.Table,
    flags: dict[str, tuple[pa.Array, pa.Array]],
    tables: Mapping[str, pa.Table],
) -> Iterator[CellStep]:
    text = _array(raw, field.name)
    for step in _prepared(field, text):
        text = step.text
        yield step
    if field.name in flags:
        text = flags[field.name][0]
    if field.flag:
        text = flags[field.flag.field][1]
    if field.flag or field.name in flags:
        yield CellStep("flag", text)
    if field.missing_when is not None:
        text = _without_missing_when(field.missing_when, text, raw)
        yield CellStep("missing_when", text)
    coded, known = _coded(dataset, field, text, raw, tables)
    yield CellStep("codes" if field.codes else "missing", coded, known)


def _prepared(field: FieldDeclaration, text: pa.Array) -> Iterator[CellStep]:
    """The field's part of its cell: without markup, and split. A cell that has no such part keeps its whole text."""
    if field.strip == "markup":
        text = pc.utf8_trim_whitespace(_without_entities(pc.replace_substring_regex(text, r"<[^<>]*>", " ")))
        yield CellStep("strip", text)
    if field.split is not None:
        at = field.split.part
        parts = pc.split_pattern(text, field.split.separator)
        part = pc.list_element(pc.list_slice(parts, at, at + 1, return_fixed_size_list=True), 0)
        yield CellStep("split", pc.coalesce(pc.utf8_trim_whitespace(part), text), pc.is_valid(part))


def _without_entities(text: pa.Array) -> pa.Array:
    """The texts with each HTML entity as its character, once: `&amp;lt;` is `&lt;`. One without a semicolon is none."""
    if not pc.any(pc.match_substring(text, "&")).as_py():
        return text
    coded = pc.dictionary_encode(text)
    said = [_ENTITY.sub(_character, one) for one in coded.dictionary.to_pylist()]
    return pc.take(pa.array(said, pa.string()), coded.indices)


def _character(found: re.Match[str]) -> str:
    return html.unescape(found[0]) if found[0][1] == "#" else html5.get(found[0][1:], found[0])


def _flags(dataset: Dataset, raw: pa.Table) -> dict[str, tuple[pa.Array, pa.Array]]:
    """By flag field: the flags, and the texts without them."""
    flags = {}
    for field in dataset.published:
        if field.flag is None:
            continue
        words = "|".join(sorted(map(re.escape, field.flag.texts), key=len, reverse=True))
        text = _array(raw, field.name)
        for step in _prepared(field, text):
            text = step.text
        before = pc.extract_regex(text, rf"^(?P<flag>{words})\s*(?P<rest>.*)$")
        after = pc.extract_regex(text, rf"^(?P<rest>.*?)\s*(?P<flag>{words})$")
        flag = pc.coalesce(pc.struct_field(before, "flag"), pc.struct_field(after, "flag"))
        rest = pc.coalesce(pc.struct_field(before, "rest"), pc.struct_field(after, "rest"), text)
        flags[field.flag.field] = (flag, rest)
    return flags


def _without_missing_when(missing: Missing, text: pa.Array, raw: pa.Table) -> pa.Array:
    absent = pc.equal(text, missing.text)
    for other, word in missing.when.items():
        absent = pc.and_(absent, pc.equal(pc.fill_null(_array(raw, other), ""), word))
    return pc.if_else(pc.fill_null(absent, False), None, text)


def _coded(
    dataset: Dataset, field: FieldDeclaration, text: pa.Array, raw: pa.Table, tables: Mapping[str, pa.Table]
) -> tuple[pa.Array, pa.Array]:
    """Codes for texts (by the map, then the table, then the missing values), and which texts are known."""
    missing = pa.array([*(dataset.table.missing if field.missing is None else field.missing), ""])
    absent = pc.is_in(text, value_set=missing)
    if field.codes is None:
        return pc.if_else(absent, None, text), pa.array(np.ones(len(text), bool))
    mapped = _look_up(
        text, pa.array(list(field.codes.map), pa.string()), pa.array(list(field.codes.map.values()), pa.string())
    )
    if field.codes.table:
        mapped = pc.coalesce(mapped, _from_table(field.codes.table, text, raw, tables[field.codes.table.dataset]))
    known = pc.is_valid(mapped)
    text = pc.if_else(pc.and_(absent, pc.invert(known)), None, text)
    if field.codes.other == "keep":
        known = pa.array(np.ones(len(text), bool))
    return pc.coalesce(mapped, text), pc.or_(known, pc.is_null(text))


def _looks_aside(field: FieldDeclaration) -> bool:
    """Whether the code of a cell depends on other cells too."""
    return bool(field.codes and field.codes.table and field.codes.table.together)


def _from_table(said: Table, text: pa.Array, raw: pa.Table, table: pa.Table) -> pa.Array:
    """The codes of texts, by one or several columns of a reference table; no text has the U+0000 that joins them."""
    words, codes = _array(table, said.key), _array(table, said.value).cast(pa.string())
    if said.together:
        text = pc.binary_join_element_wise(text, *(_array(raw, one) for one in said.together.values()), "\0")
        words = pc.binary_join_element_wise(words, *(_array(table, one) for one in said.together), "\0")
    return _look_up(text, words, codes)


def _look_up(text: pa.Array, words: pa.Array, codes: pa.Array) -> pa.Array:
    return codes.take(pc.index_in(text, value_set=words, skip_nulls=True))
