"""Base release + new rows -> changed partitions. Deterministic; only the partitions that new rows touch are read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from catalog import changes, rows
from catalog.declaration import Dataset
from catalog.errors import SourceError
from catalog.formats import csv
from catalog.tables import WHOLE
from pipelines.hear import FETCH, ROW


@dataclass(frozen=True)
class Partition:
    """One partition whose content differs from the base's; an empty one goes."""

    label: str
    table: pa.Table
    content_sha256: str
    changes: pa.Table
    twice: int
    """Keys that stand more than once: none, if the fold is right."""


@dataclass(frozen=True)
class Folded:
    """What a fold changes, and what it leaves as it was."""

    changed: tuple[Partition, ...]
    kept: tuple[str, ...]
    """Labels of the base's partitions that stay, unread or unchanged."""
    counts: changes.Counts


@dataclass(frozen=True)
class Base:
    """What a fold stands on: the content hashes of a release's partitions, and how to read one."""

    hashes: Mapping[str, str]
    read: Callable[[str], pa.Table]
    schema: pa.Schema
    """Of its tables; the declared one may have other columns or types."""
    other_key: bool = False
    """Whether its primary key has other columns, or other types, than the declared one."""


def collapse(dataset: Dataset, conformed: pa.Table) -> tuple[pa.Table, dict[int, int]]:
    """Within each fetch, make identical rows one.

    Args:
        dataset: the declaration.
        conformed: `_fetch`, `_row` and the published fields; no key cell is null.

    Returns:
        The rows, in order of key and fetch, and by fetch how many collapsed.

    Raises:
        SourceError: one fetch speaks of one key with two different contents; names fetch, rows and key.
    """
    key = list(dataset.table.primary_key)
    ordered = rows.by_key(conformed, [*key, FETCH, ROW])
    same_key = rows.same_as_next(ordered, [*key, FETCH])
    if not same_key.any():
        return ordered, {}
    twice = ordered.filter(pa.array(same_key))
    after = ordered.slice(1).filter(pa.array(same_key[:-1]))
    for name in dataset.arrow.names:
        different = rows.differ(twice.column(name), after.column(name))
        if different.any():
            at = int(different.argmax())
            row, other = twice.slice(at, 1).to_pylist()[0], after.slice(at, 1).to_pylist()[0]
            where = ", ".join(f"{part}={row[part]}" for part in key)
            raise Conflict(
                row[FETCH],
                f"expected one content for each key, found two for {where}: {name} is {row[name]!r} in row {row[ROW]} "
                f"and {other[name]!r} in row {other[ROW]}",
            )
    counted = twice.column(FETCH).combine_chunks().value_counts().to_pylist()
    return ordered.filter(pa.array(~same_key)), {one["values"]: one["counts"] for one in counted}


class Conflict(SourceError):
    """One fetch speaks of one key with two contents."""

    def __init__(self, fetch: int, message: str) -> None:
        super().__init__(message)
        self.fetch = fetch


def labels(dataset: Dataset, table: pa.Table) -> pa.ChunkedArray | pa.Array:
    """Return the label of each row's partition: 2026-07, 2026 or `all`, taken in the field's zone."""
    partition = dataset.minsheng.partition
    if partition.field is None:
        return pa.array([WHOLE] * table.num_rows, pa.string())
    column = table.column(partition.field)
    if pa.types.is_date32(column.type):
        column = column.cast(pa.timestamp("s"))
    return pc.strftime(column, format="%Y-%m" if partition.grain == "month" else "%Y")


def fold(dataset: Dataset, base: Base, new: pa.Table, *, whole: bool = False) -> Folded:
    """Fold rows into a base.

    Args:
        dataset: the declaration; its load says how. `replace` takes the rows for the whole truth, `upsert` puts them
            over the base's by key. Of rows with one key the one of the latest fetch counts.
        base: the release to stand on; no hashes for none.
        new: `_fetch`, `_row` and the published fields, as `collapse` gives them.
        whole: whether the rows are everything ever heard, folded again.
    """
    key = list(dataset.table.primary_key)
    rows_of_new = rows.last_of_each_key(new, key, FETCH).drop_columns([FETCH, ROW])
    label = labels(dataset, rows_of_new)
    touched = sorted(set(pc.unique(label).to_pylist()))
    replace = whole or dataset.minsheng.load == "replace"
    seen = sorted(set(base.hashes) | set(touched)) if replace else touched
    changed, replaced = [], changes.Counts()
    for one in seen:
        table = rows_of_new.filter(pc.equal(label, one))
        before = None
        if not replace and one in base.hashes:
            before = base.read(one)
            table = _over(before, table, key)
        digest = csv.content_hash(table)
        if digest == base.hashes.get(one):
            continue
        if before is None:
            before = base.read(one) if one in base.hashes else base.schema.empty_table()
        if base.other_key:
            # Rows of another key are other rows: all of them go, and all of the new ones come.
            replaced += changes.Counts(delete=before.num_rows)
            before = dataset.arrow.empty_table()
        twice = int(rows.same_as_next(table, key).sum())
        changed.append(Partition(one, table, digest, changes.compare(before, table, key), twice))
    gone = {partition.label for partition in changed}
    counts = sum((changes.count(partition.changes) for partition in changed), replaced)
    return Folded(tuple(changed), tuple(one for one in sorted(base.hashes) if one not in gone), counts)


def _over(before: pa.Table, new: pa.Table, key: list[str]) -> pa.Table:
    """New rows over old ones by key, in key order."""
    kept = rows.match(before, new, key).only_old
    return rows.by_key(pa.concat_tables([before.take(pa.array(kept)), new]), key)
