"""What leaves a release: cells that become null, rows that go, each listed with what was heard and why."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.declaration.dataset import Dataset, digest
from catalog.declaration.fields import Severity
from catalog.release.digest import Document
from pipelines.conform.columns import FETCH, ROW, plain
from pipelines.conform.rows import Conformed, Failure
from quality.suite import LEAVES

SCHEMA = pa.schema(
    [
        ("fetch", pa.int64()),
        ("row", pa.int64()),
        ("key", pa.string()),
        ("column", pa.string()),
        ("raw", pa.string()),
        ("rule", pa.string()),
        ("left", pa.string()),
    ]
)
"""Of the published table: fetch (k), row in it from 1, key as far as read, column, text heard, check, cell or row."""
_ORDER = [(name, "ascending") for name in ("fetch", "row", "column", "rule")]


@dataclass(frozen=True)
class Left:
    """The rows that stay, and what left."""

    rows: pa.Table
    """`_fetch`, `_row` and the published fields; no key and no required cell is null."""
    quarantine: pa.Table


@dataclass(frozen=True)
class RowFailure:
    """Rows that break an expectation of quality.yaml: a cell of one column, or the row as a whole."""

    check: str
    severity: Severity
    column: str | None
    mask: pa.BooleanArray


def leave(dataset: Dataset, conformed: Conformed, more: list[RowFailure]) -> Left:
    """Take out what may not be published.

    A bad cell outside the key becomes null; a bad key or required cell, or a rule that speaks of several columns,
    takes the row. What is only warned of stays, except that a text that could not be read has no value to publish.
    """
    needed = set(dataset.table.primary_key) | {one.name for one in dataset.published if one.constraints.required}
    table = conformed.rows
    gone = np.zeros(table.num_rows, bool)
    listed = []
    failures: list[Failure | RowFailure] = [*conformed.failures, *more]
    for failure in failures:
        unread = isinstance(failure, Failure) and failure.rule in ("type", "date", "code")
        if failure.severity not in LEAVES and not unread:
            continue
        column = failure.field if isinstance(failure, Failure) else failure.column
        whole = column is None or column in needed
        if whole:
            gone |= failure.mask.to_numpy(zero_copy_only=False)
        elif column is not None:
            at = table.schema.get_field_index(column)
            kept = pc.if_else(failure.mask, pa.scalar(None, table.schema.field(at).type), table.column(at))
            table = table.set_column(at, table.schema.field(at), kept)
        listed.append(_list(dataset, conformed, failure.check, column, failure.mask, "row" if whole else "cell"))
    quarantine = pa.concat_tables(listed) if listed else SCHEMA.empty_table()
    return Left(table.filter(pa.array(~gone)) if gone.any() else table, quarantine.sort_by(_ORDER))


def _list(
    dataset: Dataset, conformed: Conformed, check: str, column: str | None, mask: pa.Array, left: str
) -> pa.Table:
    raw = plain(conformed.raw.filter(mask))
    parts = [
        pc.binary_join_element_wise(f"{name}=", pc.fill_null(raw.column(name), ""), "")
        for name in dataset.table.primary_key
    ]
    count = raw.num_rows
    return pa.table(
        {
            "fetch": raw.column(FETCH),
            "row": raw.column(ROW),
            "key": pc.binary_join_element_wise(*parts, ", ") if len(parts) > 1 else parts[0],
            "column": pa.array([column] * count, pa.string()),
            "raw": raw.column(column) if column else pa.nulls(count, pa.string()),
            "rule": pa.array([check] * count, pa.string()),
            "left": pa.array([left] * count, pa.string()),
        }
    ).cast(SCHEMA)


def counts(quarantine: pa.Table) -> Document:
    """Return what a list of quarantine comes to: cells and rows listed, by check; and a digest, fetches apart."""
    by_check = pc.value_counts(quarantine.column("rule")).to_pylist()
    return {
        "listed": quarantine.num_rows,
        "by_check": {one["values"]: one["counts"] for one in by_check},
        "digest": digest(sorted(_lines(quarantine).to_pylist())),
    }


def new_against(before: pa.Table | None, now: pa.Table) -> bool:
    """Return whether something stands in quarantine that the last release did not list already."""
    if before is None or now.num_rows == 0:
        return bool(now.num_rows > 0)
    listed = pc.is_in(_lines(now), value_set=pc.unique(_lines(before)))
    return not bool(pc.all(listed).as_py())


def _lines(table: pa.Table) -> pa.ChunkedArray:
    """Each entry as one text, whichever fetch brought it."""
    cells = [pc.fill_null(table.column(name), "\x00") for name in ("key", "column", "raw", "rule", "left")]
    return pc.binary_join_element_wise(*cells, "\x1f")
