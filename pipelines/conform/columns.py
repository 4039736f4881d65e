"""The agency's columns -> the declared fields, as trimmed text; and which columns are new or missing."""

import dataclasses
import datetime as dt
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.declaration.dataset import Dataset
from catalog.declaration.fields import FieldDeclaration
from catalog.declaration.joins import Join
from catalog.declaration.names import fold_name
from catalog.errors import SourceError
from pipelines.conform import controls
from pipelines.conform.corrected import Seen, corrected
from pipelines.conform.omit import omitted_by
from pipelines.decode.parts.beside import FAULT, is_beside, of_field
from pipelines.shape import made_of

FETCH, ROW = "_fetch", "_row"
"""The number of the fetch (k), and the row's number in it, from 1: they go with the cells and are not published."""
_TEXTS = pa.dictionary(pa.int32(), pa.string())
_MOST_RAW = 1_000
"""Characters of a record that cannot be read."""
_MOST_NAMED = 40
"""How many columns of an answer a message names."""


@dataclass(frozen=True)
class ColumnFinding:
    """A column of a fetch that the declaration does not know, or a declared column that the fetch does not have."""

    fetch: int
    rule: str
    """`unknown` or `vanished`"""
    column: str


class Unmatched(NamedTuple):
    """What does not fit between a declaration and the columns of an answer."""

    vanished: tuple[str, ...]
    """Published fields, and parts of these, that have no column."""
    unknown: tuple[str, ...]
    """Columns that no field reads and `ignore` does not name."""


@dataclass(frozen=True)
class RawRows:
    """The rows of one or many fetches, as trimmed text."""

    table: pa.Table
    """`_fetch`, `_row` (int64), and a column of text for each declared field, which stores each distinct text once.

    Where records cannot be read, also `beside.FAULT`: null, or their raw texts, cut; "" where these must not be
    published. The cells of such a record are null.
    """
    findings: tuple[ColumnFinding, ...]
    omitted: Mapping[int, int] = dataclasses.field(default_factory=dict)
    """By fetch: how many records are not rows of this table, as `minsheng.omit` says."""
    corrections: Mapping[int, Mapping[str, Seen]] = dataclasses.field(default_factory=dict)
    """By fetch and correction: what `minsheng.corrections` found."""
    totals: Mapping[str, pa.Table] = dataclasses.field(default_factory=dict)
    """By total that `minsheng.omit` declares: the omitted records, in the columns of `table`."""


def find_columns(dataset: Dataset, fetch: int, records: pa.Table, day: dt.date | None = None) -> RawRows:
    """Find the column of each declared field among the columns of the records.

    An answer without records has no columns. That is not an error. A record that cannot be read has a number.

    Args:
        dataset: the declaration.
        fetch: the number of the fetch (k).
        records: columns of text, named and ordered as the agency sends them.
        day: on which the fetch began, for corrections that end; None: none has ended.

    Returns:
        The rows as trimmed text, one column for each declared field; a field without a column is null.

    Raises:
        SourceError: a key or required column is missing, two columns stand for one field, or no record can be read.
    """
    names = [name for name in records.column_names if not is_beside(name)]
    if not names and FAULT in records.column_names and records.num_rows:
        raise SourceError(f"expected records, found only {records.num_rows:,} that cannot be read")
    if not names:
        kinds = {FETCH: pa.int64(), ROW: pa.int64()} | {field.name: _TEXTS for field in dataset.table.fields}
        return RawRows(pa.schema(kinds.items()).empty_table(), ())
    column_of = columns_of(dataset, names)
    count = records.num_rows
    texts, seen = _texts(dataset, column_of, records, day)
    places = {FETCH: pa.array(np.full(count, fetch)), ROW: pa.array(np.arange(1, count + 1))}
    faults = _faults(dataset, column_of, names, records)
    if faults is not None:
        readable = pc.is_null(faults)
        texts = {name: _where(readable, column) for name, column in texts.items()} | {FAULT: faults}
    table = pa.table(places | texts)
    findings = _findings(fetch, unmatched(dataset, column_of, names))
    return _without_omitted(dataset, RawRows(table, findings, {}, {fetch: seen}), fetch)


def columns_of(dataset: Dataset, names: Sequence[str]) -> dict[str, str | None]:
    """Return the agency's column of each field.

    A column that is spelled as declared wins over one that differs by case, width or blanks: `No` is not `NO`.

    Args:
        dataset: the declaration.
        names: the columns of the agency's records, in order.

    Returns:
        By field, its column, beside the agency's where its text comes from elsewhere; None where there is none and
        none is needed.

    Raises:
        SourceError: a key or required column is missing, or two columns stand for one field.
    """
    by_folded_name: dict[str, list[str]] = {}
    for column in names:
        by_folded_name.setdefault(fold_name(column), []).append(column)
    return {
        field.name: of_field(field.name) if field.origin else _column_of(dataset, field, by_folded_name)
        for field in dataset.table.fields
    }


def unmatched(dataset: Dataset, column_of: Mapping[str, str | None], names: Sequence[str]) -> Unmatched:
    """Return the fields without a column, as far as readers would miss them, and the columns without a field.

    Args:
        dataset: the declaration.
        column_of: by field, its column: what `columns_of` returns.
        names: the columns of the agency's records, in order.
    """
    joined = {name for field in dataset.published if field.join for name in field.join.looked_at}
    vanished = tuple(
        field.name
        for field in dataset.table.fields
        if column_of[field.name] is None
        and not (field.optional or field.occurrence or field.join)
        and field.name not in _flag_fields(dataset)
        and (field.publish == "yes" or field.name in joined)
    )
    known = set(column_of.values())
    ignored = dataset.minsheng.ignore
    unknown = tuple(column for column in names if column not in known and not (ignored and ignored.covers(column)))
    return Unmatched(vanished, unknown)


def told(dataset: Dataset) -> frozenset[str]:
    """Return the published fields whose raw text may be published too: no part of their cell is kept back.

    One cell may hold several fields (`split`, `flag`, a step of `shape`). If one of them is not published, its text is
    in the raw text of the others.
    """
    kept_back = [field for field in dataset.table.fields if field.publish == "no"]
    moved = made_of(dataset)

    def cells_of(field: FieldDeclaration) -> set[str]:
        heard = set(map(fold_name, field.heard))
        for part in map(dataset.field, field.join.looked_at if field.join else ()):
            heard |= cells_of(part)
        if field.origin and field.origin.word != "value":
            heard.add(of_field(field.name))  # no cell, but a text that may be kept back too
        return heard.union(*(moved.get(name, ()) for name in heard))

    cells = {name for field in kept_back for name in cells_of(field)}
    flags = {field.name for field in kept_back}
    return frozenset(
        field.name
        for field in dataset.published
        if not cells & cells_of(field) and not (field.flag and field.flag.field in flags)
    )


def tells_records(dataset: Dataset) -> bool:
    """Return whether the raw text of a whole record may be published, as far as declared fields say it."""
    return all(field.publish == "yes" for field in dataset.table.fields)


def concatenate(fetches: Sequence[RawRows]) -> RawRows:
    """Put the rows of many fetches into one table, in the order given."""
    named = dict.fromkeys(name for rows in fetches for name in rows.totals)
    return RawRows(
        _together([rows.table for rows in fetches]),
        tuple(finding for rows in fetches for finding in rows.findings),
        {fetch: count for rows in fetches for fetch, count in rows.omitted.items()},
        {fetch: seen for rows in fetches for fetch, seen in rows.corrections.items()},
        {name: _together([rows.totals[name] for rows in fetches if name in rows.totals]) for name in named},
    )


def _together(tables: Sequence[pa.Table]) -> pa.Table:
    return pa.concat_tables(tables, promote_options="default").combine_chunks()


def plain(table: pa.Table) -> pa.Table:
    """Return raw rows with plain texts instead of dictionaries. Only for a few rows: it needs more memory."""
    numbers = (FETCH, ROW)
    return table.cast(
        pa.schema([(name, pa.int64() if name in numbers else pa.string()) for name in table.column_names])
    )


def _faults(
    dataset: Dataset, column_of: Mapping[str, str | None], names: Sequence[str], records: pa.Table
) -> pa.DictionaryArray | None:
    """The raw texts of the records that cannot be read, as far as they may be published; None if all can be read."""
    if FAULT not in records.column_names or records.column(FAULT).null_count == records.num_rows:
        return None
    raw = records.column(FAULT).cast(pa.string()).combine_chunks()
    raw = pa.concat_arrays(raw.chunks) if isinstance(raw, pa.ChunkedArray) else raw
    # A column that no field reads is kept back, and nobody knows which part of the text is its.
    if not tells_records(dataset) or set(names) - set(column_of.values()):
        return pc.if_else(pc.is_valid(raw), "", None).cast(pa.string()).dictionary_encode()
    raw = controls.visible(raw)
    cut = pc.utf8_slice_codeunits(raw, 0, _MOST_RAW)
    long = pc.greater(pc.utf8_length(raw), _MOST_RAW)
    return pc.if_else(long, pc.binary_join_element_wise(cut, "…", ""), cut).dictionary_encode()


def _where(readable: pa.Array, column: pa.DictionaryArray) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pc.if_else(readable, column.indices, None), column.dictionary)


def _column_of(dataset: Dataset, field: FieldDeclaration, by_folded_name: Mapping[str, Sequence[str]]) -> str | None:
    """The agency's column of a field; None where there is none and none is needed."""
    columns = list(
        dict.fromkeys(column for name in field.heard for column in _spelled(dataset, field, name, by_folded_name))
    )
    if len(columns) > 1:
        raise SourceError(f"expected one column for the field {field.name}, found {' and '.join(map(repr, columns))}")
    if columns:
        return columns[0]
    needed = {*dataset.table.primary_key, *(each.name for each in dataset.table.fields if each.constraints.required)}
    parts = {name for each in dataset.table.fields if each.join and each.name in needed for name in each.join.fields}
    needed |= set() if field.optional else parts
    if field.name in needed and not (field.join or field.occurrence) and field.name not in _flag_fields(dataset):
        columns = [column for same_name in by_folded_name.values() for column in same_name]
        raise SourceError(
            f"expected the column {' or '.join(map(repr, field.heard))} (field {field.name}; every row needs it), "
            f"found the columns {', '.join(map(repr, columns[:_MOST_NAMED]))}"
        )
    return None


def _spelled(
    dataset: Dataset, field: FieldDeclaration, name: str, by_folded_name: Mapping[str, Sequence[str]]
) -> Sequence[str]:
    """The columns that a name of a field fits: the one spelled so, else those that fold to the same."""
    alike = by_folded_name.get(fold_name(name), ())
    if name in alike:
        return (name,)
    if field.heard_as is None:
        return alike
    # Who spells `No` and `NO` in two fields means two columns: without the one, its field must not read the other.
    others = {word for other in dataset.table.fields if other.name != field.name for word in other.heard}
    return [column for column in alike if column not in others]


def _flag_fields(dataset: Dataset) -> set[str]:
    """The fields whose texts come from the cells of another field."""
    return {field.flag.field for field in dataset.table.fields if field.flag}


def _findings(fetch: int, found: Unmatched) -> tuple[ColumnFinding, ...]:
    return (
        *(ColumnFinding(fetch, "vanished", name) for name in found.vanished),
        *(ColumnFinding(fetch, "unknown", column) for column in found.unknown),
    )


def _without_omitted(dataset: Dataset, rows: RawRows, fetch: int) -> RawRows:
    """The rows of a fetch without what `minsheng.omit` says are none; totals among these are kept beside."""
    by_entry = omitted_by(dataset, rows.table)
    omitted = np.logical_or.reduce([np.zeros(rows.table.num_rows, bool), *by_entry])
    if not omitted.any():
        return rows
    totals = {
        omit.total.id: rows.table.filter(pa.array(mask))
        for omit, mask in zip(dataset.minsheng.omit, by_entry, strict=True)
        if omit.total and mask.any()
    }
    stay = rows.table.filter(pa.array(~omitted))
    return dataclasses.replace(rows, table=stay, omitted={fetch: int(omitted.sum())}, totals=totals)


def _texts(
    dataset: Dataset, column_of: Mapping[str, str | None], records: pa.Table, day: dt.date | None
) -> tuple[dict[str, pa.DictionaryArray], dict[str, Seen]]:
    """The trimmed texts of each field, joined and corrected, and what corrections found."""
    texts = {
        field: pa.nulls(records.num_rows, _TEXTS) if column is None else _trimmed(records.column(column))
        for field, column in column_of.items()
    }
    texts |= _all_joined(dataset, texts)
    mended, seen = corrected(dataset, texts, day)
    if mended:
        texts |= mended
        texts |= _all_joined(dataset, texts)
    return texts, seen


def _all_joined(dataset: Dataset, texts: Mapping[str, pa.DictionaryArray]) -> dict[str, pa.DictionaryArray]:
    return {field.name: _joined(field.join, texts) for field in dataset.table.fields if field.join}


def _joined(join: Join, texts: Mapping[str, pa.DictionaryArray]) -> pa.DictionaryArray:
    """The texts that are there of several fields, as one; null where there is none of them."""
    parts = [texts[name].cast(pa.string()) for name in join.fields]
    text = pc.binary_join_element_wise(*(pc.fill_null(part, "") for part in parts), join.by)
    there = functools.reduce(pc.or_, map(pc.is_valid, parts))
    return pc.if_else(there, pc.utf8_trim_whitespace(text), None).dictionary_encode()


def _trimmed(column: pa.ChunkedArray) -> pa.DictionaryArray:
    coded = column.combine_chunks().dictionary_encode()
    return pa.DictionaryArray.from_arrays(coded.indices, controls.trimmed(coded.dictionary))
