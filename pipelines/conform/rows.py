"""Raw texts -> a typed table of the declared schema, and the cells that break it. Works on whole columns."""

import functools
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.declaration.cells import Missing, Table
from catalog.declaration.dataset import Dataset
from catalog.declaration.fields import FieldDeclaration, Rule, Severity
from catalog.declaration.numbers import ScaleBy
from catalog.periods import PERIODS
from pipelines import lookup
from pipelines.conform import numbers, scales
from pipelines.conform.by_order import by_order
from pipelines.conform.cells import read
from pipelines.conform.columns import FETCH, ROW
from pipelines.conform.texts import CellStep, array, find_flags, joined, padded, part_of, prepared
from pipelines.decode.parts.beside import FAULT
from quality.suite import unread_rule


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
    faults: pa.BooleanArray | None = None
    """Which rows cannot be read as records: their cells are null, and break no other rule. None if all can be read."""

    def take(self, places: pa.Array) -> "Conformed":
        """Return the rows at these places."""
        unread = {name: texts.take(places) for name, texts in self.unread.items()}
        failures = tuple(replace(failure, mask=failure.mask.take(places)) for failure in self.failures)
        faults = None if self.faults is None else self.faults.take(places)
        return Conformed(self.rows.take(places), unread, self.raw.take(places), failures, faults)

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
    columns: dict[str, pa.Array] = {FETCH: array(raw, FETCH), ROW: array(raw, ROW)}
    unread: dict[str, pa.Array] = {}
    failures: list[Failure] = []
    flags = find_flags(dataset, raw)
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
    _tell_folds(dataset, raw, columns, unread)
    for field in (field for field in dataset.published if not field.occurrence):
        lost = pc.is_valid(unread[field.name]) if field.name in unread else pa.array(np.zeros(raw.num_rows, bool))
        failures += _failures(dataset, field, columns[field.name], lost, tables)
        failures += _astray(dataset, field, columns, raw, tables)
    schema = pa.schema([pa.field(FETCH, pa.int64()), pa.field(ROW, pa.int64()), *dataset.arrow])
    faults = pc.is_valid(array(raw, FAULT)) if FAULT in raw.column_names else None
    failures = failures if faults is None else _of_records(failures, faults)
    return Conformed(pa.table(columns).cast(schema), unread, raw, tuple(failures), faults)


def _of_records(failures: list[Failure], faults: pa.BooleanArray) -> list[Failure]:
    """The failures of rows that can be read as records."""
    readable = [replace(failure, mask=pc.and_not(failure.mask, faults)) for failure in failures]
    return [failure for failure in readable if pc.any(failure.mask).as_py()]


def _tell_folds(dataset: Dataset, raw: pa.Table, columns: dict[str, pa.Array], unread: dict[str, pa.Array]) -> None:
    """Where clocks are set back and the order of rows says which of two equal hours is meant, put it into columns."""
    for field in dataset.published:
        if not field.date or field.date.fold != "by_order":
            continue
        key = [name for name in dataset.table.primary_key if name != field.name]
        groups = [columns[FETCH], *(columns[name] for name in key)]
        columns[field.name], lost = by_order(columns[field.name], field.date, groups)
        if pc.any(lost).as_py():
            before = unread.get(field.name, pa.nulls(raw.num_rows, pa.string()))
            unread[field.name] = pc.if_else(lost, array(raw, field.name), before)


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
    return _steps(dataset, field, raw, find_flags(dataset, raw), tables)


def _typed(
    dataset: Dataset,
    field: FieldDeclaration,
    raw: pa.Table,
    flags: dict[str, tuple[pa.Array, pa.Array]],
    tables: Mapping[str, pa.Table],
) -> tuple[pa.Array, pa.Array, pa.Array]:
    """The texts of a field, their values, and which texts cannot be read as a value."""
    text, sound = array(raw, field.name), pa.array(np.ones(raw.num_rows, bool))
    for step in _steps(dataset, field, raw, flags, tables):
        text = step.text
        sound = sound if step.sound is None else pc.and_(sound, step.sound)
    value = _scaled(dataset, field, text, raw, tables) if isinstance(field.scale, ScaleBy) else read(text, field)
    return text, value, pc.and_(pc.is_valid(text), pc.or_(pc.invert(sound), pc.is_null(value)))


def _scaled(
    dataset: Dataset, field: FieldDeclaration, text: pa.Array, raw: pa.Table, tables: Mapping[str, pa.Table]
) -> pa.Array:
    """The values of texts whose factor is chosen by a date, by another cell, or by their own shape."""
    scale = field.scale
    beside: scales.Beside | None = None
    if isinstance(scale, ScaleBy) and scale.by is not None:
        other = dataset.field(scale.by)
        if scale.since:
            starts = [bound_of(other, start) for start in scale.since]
            beside = scales.Beside(time_of(dataset, other.name, raw, tables), starts)
        else:
            beside = scales.Beside(part_of(other, array(raw, other.name)), [])
    value = pa.nulls(len(text), field.arrow)
    for factor, where in scales.factors(field, text, beside):
        part = read(pc.if_else(where, text, None), field.model_copy(update={"scale": factor}))
        value = pc.coalesce(value, part)
    return value


def allowed(dataset: Dataset, field: FieldDeclaration, tables: Mapping[str, pa.Table]) -> pa.Array | None:
    """Return the values that a field with a reference may have: the keys of the other table, and its own codes.

    Args:
        dataset: the declaration.
        field: one of its fields.
        tables: the reference tables used, by dataset.

    Returns:
        Values of the field's type; None if the field refers to no table by itself.
    """
    for reference in dataset.minsheng.references:
        if reference.plain and reference.fields == (field.name,) and reference.dataset in tables:
            keys = pc.unique(array(tables[reference.dataset], reference.to[0])).cast(field.arrow)
            return pa.concat_arrays([keys, pa.array(_codes(field), field.arrow)])
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


def _astray(
    dataset: Dataset,
    field: FieldDeclaration,
    columns: Mapping[str, pa.Array],
    raw: pa.Table,
    tables: Mapping[str, pa.Table],
) -> list[Failure]:
    """The rows whose reference ends in a field and leads nowhere: by several fields together, or at the row's time."""
    for reference in dataset.minsheng.references:
        if reference.plain or reference.fields[-1] != field.name or reference.dataset not in tables:
            continue
        table, kinds = tables[reference.dataset], [columns[name].type for name in reference.fields]
        known = {name: table.column(name) for name in reference.used}
        for name, kind in zip(reference.to, kinds, strict=True):
            known[name] = array(table, name).cast(kind).cast(pa.string())
        words = [columns[name].cast(pa.string()) for name in reference.fields]
        at = time_of(dataset, reference.at, raw, tables)
        places = lookup.find(pa.table(known), reference.to, words, reference.valid, at)
        whole = functools.reduce(pc.and_, map(pc.is_valid, words))
        own = pc.is_in(columns[field.name], value_set=pa.array(_codes(field), field.arrow))
        mask = pc.and_(whole, pc.and_not(pc.is_null(places), own))
        return [Failure(field.name, "reference", field.severity_of("reference"), mask)] if pc.any(mask).as_py() else []
    return []


def _codes(field: FieldDeclaration) -> list[str]:
    """The codes that a field has of its own: a reference allows them too."""
    return sorted(set(field.codes.map.values())) if field.codes else []


def bounds(field: FieldDeclaration) -> tuple[pa.Scalar | None, pa.Scalar | None]:
    """Return the field's minimum and maximum as values of its type."""
    return bound_of(field, field.constraints.minimum), bound_of(field, field.constraints.maximum)


def bound_of(field: FieldDeclaration, bound: int | float | str | None) -> pa.Scalar | None:
    """Return a bound of a declaration as a value of the field's type; None for none."""
    if bound is None:
        return None
    if field.date is None or field.type in PERIODS:
        return pa.scalar(bound, field.arrow)
    iso = pa.array([str(bound)]).cast(pa.timestamp("s"))
    return (pc.assume_timezone(iso, field.date.zone) if field.type == "datetime" else iso).cast(field.arrow)[0]


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
    text = array(raw, field.name)
    if field.join:
        step = joined(dataset, field, raw)
        text = step.text
        yield step
    for step in prepared(field, text):
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
    if field.pad is not None:
        words = field.codes.map if field.codes else ()
        text, sound = padded(text, field.pad, [*_missing(dataset, field), *words], coded=field.codes is not None)
        yield CellStep("pad", text, sound)
    coded, known = _coded(dataset, field, text, raw, tables)
    yield CellStep("codes" if field.codes else "missing", coded, known)
    yield from numbers.steps(field, coded)


def _without_missing_when(missing: Missing, text: pa.Array, raw: pa.Table) -> pa.Array:
    absent = pc.equal(text, missing.text)
    for other, word in missing.when.items():
        absent = pc.and_(absent, pc.equal(pc.fill_null(array(raw, other), ""), word))
    return pc.if_else(pc.fill_null(absent, False), None, text)


def _coded(
    dataset: Dataset, field: FieldDeclaration, text: pa.Array, raw: pa.Table, tables: Mapping[str, pa.Table]
) -> tuple[pa.Array, pa.Array]:
    """Codes for texts (by the map, then the table, then the missing values), and which texts are known."""
    absent = pc.is_in(text, value_set=pa.array(_missing(dataset, field)))
    if field.codes is None:
        return pc.if_else(absent, None, text), pa.array(np.ones(len(text), bool))
    mapped = _look_up(
        text, pa.array(list(field.codes.map), pa.string()), pa.array(list(field.codes.map.values()), pa.string())
    )
    if field.codes.table:
        mapped = pc.coalesce(mapped, codes_of_table(dataset, field.codes.table, text, raw, tables))
    known = pc.is_valid(mapped)
    text = pc.if_else(pc.and_(absent, pc.invert(known)), None, text)
    if field.codes.other == "keep":
        known = pa.array(np.ones(len(text), bool))
    return pc.coalesce(mapped, text), pc.or_(known, pc.is_null(text))


def _missing(dataset: Dataset, field: FieldDeclaration) -> list[str]:
    """The texts of a field that mean no value."""
    return [*(dataset.table.missing if field.missing is None else field.missing), ""]


def _looks_aside(field: FieldDeclaration) -> bool:
    """Whether the text, the code or the factor of a cell depends on other cells too."""
    by_others = isinstance(field.scale, ScaleBy) and field.scale.by is not None
    table = field.codes.table if field.codes else None
    return field.join is not None or by_others or bool(table and (table.together or table.at))


def codes_of_table(
    dataset: Dataset, said: Table, text: pa.Array, raw: pa.Table, tables: Mapping[str, pa.Table]
) -> pa.Array:
    """Return the codes of texts, by one or several columns of a table, where declared of the row valid at a time.

    Args:
        dataset: the declaration.
        said: how the table is looked up.
        text: the texts.
        raw: the rows that they stand in, as `columns.RawRows.table`.
        tables: the reference tables used, by dataset.

    Returns:
        A code for each text; null where the table has none.
    """
    table = tables[said.dataset]
    table = table.filter(pc.is_valid(table.column(said.value)))
    words = [text, *(array(raw, name) for name in said.together.values())]
    places = lookup.find(table, said.words, words, said.valid, time_of(dataset, said.at, raw, tables))
    return array(table, said.value).take(places)


def time_of(dataset: Dataset, name: str | None, raw: pa.Table, tables: Mapping[str, pa.Table]) -> pa.Array | None:
    """Return the values of a field with times, also of one that is not published; None for no field."""
    return None if name is None else _typed(dataset, dataset.field(name), raw, find_flags(dataset, raw), tables)[1]


def _look_up(text: pa.Array, words: pa.Array, codes: pa.Array) -> pa.Array:
    return codes.take(pc.index_in(text, value_set=words, skip_nulls=True))
