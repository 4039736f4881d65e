"""What is not published: cells that become null and rows that go. Each is listed with its raw text and the reason."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.declaration.dataset import Dataset, digest
from catalog.declaration.fields import Severity
from catalog.release.digest import Document
from pipelines.conform.columns import FETCH, ROW, plain, told
from pipelines.conform.rows import Conformed, Failure
from pipelines.decode.parts.beside import FAULT
from quality.suite import LEAVES, READABLE

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
"""The published table: number of the fetch, row in it from 1, key as far as it can be read, column, raw text, id of the
check, and what left: `cell` or `row`. A raw text that holds an unpublished field too is left out. A record that
cannot be read has no key and no column, and its own raw text."""
KEY_CONFLICT = "key.conflict"
"""The check that a key has one content in one fetch."""
_KEPT_BACK = "…"
"""In a key, in the place of a raw text that holds an unpublished field too."""
_ORDER = [(name, "ascending") for name in ("fetch", "row", "column", "rule")]


@dataclass(frozen=True)
class Left:
    """The rows that stay, and the list of what left."""

    rows: pa.Table
    """`_fetch`, `_row` and the published fields; no key and no required cell is null."""
    quarantine: pa.Table
    """As `SCHEMA`."""


@dataclass(frozen=True)
class RowFailure:
    """Rows that break an expectation of quality.yaml."""

    check: str
    severity: Severity
    column: str | None
    """The column whose cells fail; None where the row as a whole fails."""
    mask: pa.BooleanArray
    """For each row, whether it fails."""


def leave(dataset: Dataset, conformed: Conformed, suite_failures: list[RowFailure]) -> Left:
    """Take out what may not be published.

    A bad cell outside the key becomes null. The row goes when its key or a required cell is bad, or when it breaks a
    rule about several columns, or cannot be read as a record. A warning takes nothing out, but a text that cannot be
    read has no value to publish.

    Args:
        dataset: the declaration.
        conformed: the typed rows, and the rules of the schema that they break.
        suite_failures: the expectations of quality.yaml that they break; one mask value for each row of `conformed`.

    Returns:
        The rows that stay, in the same order, and the list of what left.
    """
    needed = set(dataset.table.primary_key) | {field.name for field in dataset.published if field.constraints.required}
    table = conformed.rows
    gone = np.zeros(table.num_rows, bool)
    listed = []
    if conformed.faults is not None:
        gone |= conformed.faults.to_numpy(zero_copy_only=False)
        listed.append(_unreadable(conformed))
    failures: list[Failure | RowFailure] = [*conformed.failures, *suite_failures]
    for failure in failures:
        unread = isinstance(failure, Failure) and failure.rule in ("type", "date", "code")
        if failure.severity not in LEAVES and not unread:
            continue
        column = failure.field if isinstance(failure, Failure) else failure.column
        takes_row = column is None or column in needed
        if takes_row:
            gone |= failure.mask.to_numpy(zero_copy_only=False)
        elif column is not None:
            at = table.schema.get_field_index(column)
            kept = pc.if_else(failure.mask, pa.scalar(None, table.schema.field(at).type), table.column(at))
            table = table.set_column(at, table.schema.field(at), kept)
        listed.append(_list(dataset, conformed, failure.check, column, failure.mask, "row" if takes_row else "cell"))
    quarantine = pa.concat_tables(listed) if listed else SCHEMA.empty_table()
    return Left(table.filter(pa.array(~gone)) if gone.any() else table, in_order(quarantine))


def in_order(quarantine: pa.Table) -> pa.Table:
    """Return the entries in the order in which they are published."""
    return quarantine.sort_by(_ORDER)


def conflicting(dataset: Dataset, conformed: Conformed, conflicts: pa.Table) -> pa.Table:
    """List the rows whose key stands twice in one fetch with different contents.

    Args:
        dataset: the declaration.
        conformed: the typed rows.
        conflicts: `_fetch`, `_row` and `column`, the first field that differs, of each such row.

    Returns:
        As `SCHEMA`.
    """
    listed = []
    for column in pc.unique(conflicts.column("column")).to_pylist():
        of_column = conflicts.filter(pc.equal(conflicts.column("column"), column))
        mask = pc.is_in(_places(conformed.raw), value_set=_places(of_column))
        listed.append(_list(dataset, conformed, KEY_CONFLICT, column, mask, "row"))
    return pa.concat_tables(listed) if listed else SCHEMA.empty_table()


def _places(table: pa.Table) -> pa.ChunkedArray:
    """Fetch and row of each row as one number."""
    return pc.bit_wise_or(pc.shift_left(table.column(FETCH), 32), table.column(ROW))


def _unreadable(conformed: Conformed) -> pa.Table:
    """Records that cannot be read, each once."""
    raw = plain(conformed.raw.select([FETCH, ROW, FAULT]).filter(conformed.faults))
    texts, count = raw.column(FAULT), raw.num_rows
    return pa.table(
        {
            "fetch": raw.column(FETCH),
            "row": raw.column(ROW),
            "key": pa.array([""] * count, pa.string()),
            "column": pa.nulls(count, pa.string()),
            "raw": pc.if_else(pc.equal(texts, ""), None, texts),
            "rule": pa.array([READABLE] * count, pa.string()),
            "left": pa.array(["row"] * count, pa.string()),
        }
    ).cast(SCHEMA)


def _list(
    dataset: Dataset, conformed: Conformed, check: str, column: str | None, mask: pa.Array, left: str
) -> pa.Table:
    # Of the columns that are listed alone: a wide table would be copied for each check.
    listed = dict.fromkeys([FETCH, ROW, *dataset.table.primary_key, *([column] if column else [])])
    raw, shown = plain(conformed.raw.select(list(listed)).filter(mask)), told(dataset)
    count = raw.num_rows
    kept_back = pa.array([_KEPT_BACK] * count, pa.string())
    keys = {
        name: pc.fill_null(raw.column(name), "") if name in shown else kept_back for name in dataset.table.primary_key
    }
    parts = [pc.binary_join_element_wise(f"{name}=", texts, "") for name, texts in keys.items()]
    return pa.table(
        {
            "fetch": raw.column(FETCH),
            "row": raw.column(ROW),
            "key": pc.binary_join_element_wise(*parts, ", ") if len(parts) > 1 else parts[0],
            "column": pa.array([column] * count, pa.string()),
            "raw": raw.column(column) if column in shown else pa.nulls(count, pa.string()),
            "rule": pa.array([check] * count, pa.string()),
            "left": pa.array([left] * count, pa.string()),
        }
    ).cast(SCHEMA)


def counts(quarantine: pa.Table) -> Document:
    """Return how many cells and rows are in quarantine, by check."""
    by_check = pc.value_counts(quarantine.column("rule")).to_pylist()
    return {
        "listed": quarantine.num_rows,
        "by_check": {check["values"]: check["counts"] for check in by_check},
    }


def entries_digest(quarantine: pa.Table) -> str:
    """Return a digest of the entries, without their fetches. It proves a guess at them: it is as public as they are."""
    return digest(sorted(_as_texts(quarantine).to_pylist()))


def new_against(before: pa.Table | None, now: pa.Table) -> bool:
    """Return whether the quarantine has an entry that the last release did not have.

    Args:
        before: the quarantine of the last release, as `SCHEMA`; None if it has none.
        now: the quarantine of the candidate, as `SCHEMA`.
    """
    if before is None or now.num_rows == 0:
        return bool(now.num_rows > 0)
    known = pc.is_in(_as_texts(now), value_set=pc.unique(_as_texts(before)))
    return not bool(pc.all(known).as_py())


def _as_texts(table: pa.Table) -> pa.ChunkedArray:
    """Each entry as one text, without the fetch and the row that brought it."""
    cells = [pc.fill_null(table.column(name), "\x00") for name in ("key", "column", "raw", "rule", "left")]
    return pc.binary_join_element_wise(*cells, "\x1f")
