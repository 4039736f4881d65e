"""One row of a fetch as the agency sent it, found by its key as it was sent or as it is published."""

import contextlib
import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from catalog.declaration.dataset import Dataset
from catalog.errors import DecisionError, SourceError
from catalog.past.history import parse_key, split_key
from pipelines.candidate.records import one_table, records_of
from pipelines.conform.columns import ROW, find_columns
from pipelines.conform.rows import conform
from pipelines.context import Context
from pipelines.declared import Declared
from pipelines.evidence import LostEvidence, PurgedEvidence
from pipelines.shape import shaped

_MOST_FETCHES = 50
"""How many of the newest are looked through."""


class HeardRow(NamedTuple):
    """One row of a fetch, before anything of it is mended or read."""

    k: int
    """The fetch."""
    row: int
    """In it, from 1."""
    fetched_at: dt.datetime
    key: dict[str, str]
    """The texts of the key, but for a number that is counted."""
    texts: dict[str, str]
    """By declared field, trimmed; empty where there was none."""


def heard_row(ctx: Context, slug: str, key: str, k: int | None = None) -> HeardRow:
    """Find the newest row with a key.

    Args:
        ctx: stores; nothing is written.
        slug: the dataset.
        key: `name=value,name=value`, or the values alone; as the agency wrote them, or as they are published.
        k: the fetch to look at; None looks through the newest.

    Raises:
        DecisionError: it is no key of this dataset, or no such row was heard.
        SourceError: the fetch that is named cannot be read.
    """
    declared = ctx.declarations.with_tables(ctx.public, slug)
    dataset = _uncorrected(declared.dataset)
    names = [name for name in dataset.table.primary_key if name != dataset.occurrence]
    given = split_key(key, names)
    if set(given) != set(names):
        raise DecisionError(f"expected the key of one row of {slug}, as {'=…,'.join(names)}=…, found {key[:80]!r}")
    looked = 0
    for fetch in [k] if k else _newest(ctx, slug):
        looked += 1
        try:
            found = _in(ctx, declared, dataset, fetch, key)
        except (SourceError, LostEvidence, PurgedEvidence):
            if k:
                raise
            continue
        if found:
            return found
    of = f"fetch {k}" if k else f"the newest {looked:,} fetches"
    way_on = "`minsheng why` tells the fetch of a released row, and --evidence names it"
    raise DecisionError(f"{slug}: no row of {of} has the key {key!r}; {way_on}")


def _uncorrected(dataset: Dataset) -> Dataset:
    return dataset.model_copy(update={"minsheng": dataset.minsheng.model_copy(update={"corrections": ()})})


def _newest(ctx: Context, slug: str) -> Iterator[int]:
    evidence = ctx.evidence(slug)
    newest = evidence.newest()
    yield from (k for k in range(newest, max(newest - _MOST_FETCHES, 0), -1) if evidence.read(k).complete)


def _in(ctx: Context, declared: Declared, dataset: Dataset, k: int, key: str) -> HeardRow | None:
    raw = find_columns(dataset, k, shaped(dataset, one_table(records_of(ctx, dataset, k)))).table
    names = [name for name in dataset.table.primary_key if name != dataset.occurrence]
    at = _index(raw, dict(split_key(key, names)))
    if at is None:
        with contextlib.suppress(DecisionError):
            wanted = parse_key(key, names, dataset.arrow, lambda: "")
            at = _index(conform(dataset, raw, declared.tables).rows, wanted)
    if at is None:
        return None
    row = raw.slice(at, 1).to_pylist()[0]
    texts = {field.name: row[field.name] or "" for field in dataset.table.fields if field.name in row}
    fetched_at = ctx.evidence(dataset.name).read(k).fetched_at
    return HeardRow(k, row[ROW], fetched_at, {name: texts[name] for name in names}, texts)


def _index(table: pa.Table, wanted: dict[str, str] | dict[str, pa.Scalar]) -> int | None:
    """The first row that has these values, from 0."""
    mask = None
    for name, value in wanted.items():
        column = table.column(name)
        column = column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column
        equal = pc.fill_null(pc.equal(column, value), False)
        mask = equal if mask is None else pc.and_(mask, equal)
    found = pc.indices_nonzero(mask) if mask is not None else []
    return found[0].as_py() if len(found) else None
