"""Records as an agency names them -> texts as the declaration names them; and the columns that came or went."""

import dataclasses
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.declaration.dataset import Dataset
from catalog.errors import SourceError

FETCH, ROW = "_fetch", "_row"
"""The number of the evidence (k) and the row's number in it, from 1: they travel beside the cells, unpublished."""
_TEXTS = pa.dictionary(pa.int32(), pa.string())


@dataclass(frozen=True)
class ColumnFinding:
    """A column of a fetch that the declaration does not know, or one that it knows and that did not come."""

    fetch: int
    rule: str
    """`unknown` or `vanished`"""
    column: str


@dataclass(frozen=True)
class Heard:
    """The rows of one or many fetches, as trimmed text."""

    raw: pa.Table
    """`_fetch`, `_row` (int64), and for each declared field a column of text that keeps each distinct one once."""
    columns: tuple[ColumnFinding, ...]
    omitted: Mapping[int, int] = dataclasses.field(default_factory=dict)
    """By fetch: records that the declaration does not take for rows."""


def fold_name(name: str) -> str:
    """Fold what does not tell names apart: case, width (NFKC), a byte-order mark, blanks."""
    return "".join(unicodedata.normalize("NFKC", name).replace("\ufeff", "").casefold().split())


def hear(dataset: Dataset, fetch: int, records: pa.Table) -> Heard:
    """Find each declared field among the records' columns; an answer without records has none, and is no fault.

    Args:
        dataset: the declaration.
        fetch: the number of the evidence.
        records: text columns, as decoded.

    Raises:
        SourceError: a key or required column did not come, or two columns claim one field.
    """
    if not records.column_names:
        kinds = {FETCH: pa.int64(), ROW: pa.int64()} | {one.name: _TEXTS for one in dataset.table.fields}
        return Heard(pa.schema(kinds.items()).empty_table(), ())
    by_name: dict[str, list[str]] = {}
    for column in records.column_names:
        by_name.setdefault(fold_name(column), []).append(column)
    claimed: set[str] = set()
    findings: list[ColumnFinding] = []
    columns: dict[str, pa.Array] = {}
    filled = {field.flag.field for field in dataset.table.fields if field.flag}
    for field in dataset.table.fields:
        names = dict.fromkeys(fold_name(name) for name in field.heard)
        found = [column for name in names for column in by_name.get(name, ())]
        if len(found) > 1:
            raise SourceError(f"expected one column for the field {field.name}, found {' and '.join(map(repr, found))}")
        if found:
            claimed.add(found[0])
            columns[field.name] = _trimmed(records.column(found[0]))
            continue
        columns[field.name] = pa.nulls(records.num_rows, _TEXTS)
        if field.name in filled:
            continue
        if field.constraints.required or field.name in dataset.table.primary_key:
            raise SourceError(
                f"expected the column {' or '.join(map(repr, field.heard))} (field {field.name}; every row needs it), "
                f"found the columns {', '.join(map(repr, records.column_names[:40]))}"
            )
        if field.publish == "yes":
            findings.append(ColumnFinding(fetch, "vanished", field.name))
    findings += [ColumnFinding(fetch, "unknown", column) for column in records.column_names if column not in claimed]
    rows = records.num_rows
    place = {FETCH: pa.array(np.full(rows, fetch)), ROW: pa.array(np.arange(1, rows + 1))}
    raw = pa.table(place | columns)
    omitted = _omitted(dataset, raw)
    if omitted.any():
        return Heard(raw.filter(pa.array(~omitted)), tuple(findings), {fetch: int(omitted.sum())})
    return Heard(raw, tuple(findings))


def together(heard: list[Heard]) -> Heard:
    """Put many fetches into one table, in the order given."""
    return Heard(
        pa.concat_tables([one.raw for one in heard]).combine_chunks(),
        tuple(finding for one in heard for finding in one.columns),
        {fetch: count for one in heard for fetch, count in one.omitted.items()},
    )


def plain(raw: pa.Table) -> pa.Table:
    """Return rows heard with their texts as they are, no dictionaries: for a few of them."""
    numbers = (FETCH, ROW)
    return raw.cast(pa.schema([(name, pa.int64() if name in numbers else pa.string()) for name in raw.column_names]))


def _omitted(dataset: Dataset, raw: pa.Table) -> np.ndarray:
    """Which records are no rows of this table, as `minsheng.omit` says."""
    found = np.zeros(raw.num_rows, bool)
    for omit in dataset.minsheng.omit:
        here = np.ones(raw.num_rows, bool)
        for name, text in omit.when.items():
            here &= pc.equal(pc.fill_null(raw.column(name).cast(pa.string()), ""), text).to_numpy()
        found |= here
    return found


def _trimmed(column: pa.ChunkedArray) -> pa.DictionaryArray:
    coded = column.combine_chunks().dictionary_encode()
    texts = pc.utf8_trim_whitespace(pc.utf8_trim(coded.dictionary, "\ufeff"))
    return pa.DictionaryArray.from_arrays(coded.indices, texts)
