"""Base release + new rows -> changed partitions. Deterministic. Reads only the partitions that new rows touch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from catalog import periods, rows
from catalog.declaration.dataset import Dataset
from catalog.declaration.pipeline import Partition
from catalog.errors import SourceError
from catalog.formats import csv
from catalog.formats.gzip import compress
from catalog.periods import Grain
from catalog.release import changes
from catalog.release.digest import sha256
from catalog.release.read import WHOLE
from pipelines.conform.columns import FETCH, ROW
from pipelines.conform.rows import Conformed
from pipelines.fold import windows
from pipelines.fold.windows import Merged, ValueWindow, Window, WindowCounts

_LABEL = "_label"


@dataclass(frozen=True)
class FoldedPartition:
    """A partition whose content differs from the base's. If it has no rows any more, the release drops it."""

    label: str
    table: pa.Table
    content_sha256: str
    packed: bytes = field(repr=False)
    """Its canonical CSV, compressed."""
    twice: int
    """Keys that stand more than once: 0, if the fold is right."""


@dataclass(frozen=True)
class Folded:
    """What a fold changes, and what it leaves as it was."""

    changed: tuple[FoldedPartition, ...]
    kept: tuple[str, ...]
    """Labels of the base's partitions that stay, unread or unchanged."""
    moved: pa.Table | None
    """Inserted, updated and deleted rows, as `catalog.release.changes.compare` gives them; None if no partition
    changed."""
    counts: changes.Counts
    of_windows: Mapping[int, WindowCounts] = field(default_factory=dict)
    """By fetch that asked for a window: how many rows were in it before, and how many of them the fetch removes."""
    in_windows: int = 0
    """Rows of the base that lie in the windows of fetches that are judged, and in no later one."""


@dataclass(frozen=True)
class AskedWindows:
    """What fetches asked for, where each fetch speaks for a window."""

    windows: Mapping[int, Window | ValueWindow]
    """By fetch."""
    judged: tuple[int, ...]
    """The fetches that are judged; the others are in the base already."""

    def reaching(self, partition: Partition, label: str) -> dict[int, Window | ValueWindow]:
        """Return the windows that may cover rows of one partition."""
        return {k: window for k, window in self.windows.items() if window.reaches(partition, label)}


@dataclass(frozen=True)
class Base:
    """The release that a fold stands on: the content hashes of its partitions, and how to read one."""

    hashes: Mapping[str, str]
    """By label."""
    read: Callable[[str], pa.Table]
    schema: pa.Schema
    """The schema of its tables; the declared one may have other columns or types."""
    other_key: bool = False
    """Whether its primary key has other columns, or other types, than the declared one."""
    other_partitions: bool = False
    """Whether the declaration now cuts rows into other partitions."""

    def rows(self, label: str) -> pa.Table:
        """Return the rows of one partition; none if there is no such partition."""
        return self.read(label) if label in self.hashes else self.schema.empty_table()


def arrange(dataset: Dataset, conformed: Conformed) -> Conformed:
    """Return the rows in the order of a fold: sorted and cut into partitions here, once, they need no copy later."""
    places = _order(dataset, conformed.rows)
    return conformed if places is None else conformed.take(places)


def _order(dataset: Dataset, table: pa.Table) -> pa.Array | None:
    """The places of rows by partition, key, fetch and row; None if the rows are in this order already."""
    key = [*dataset.table.primary_key, FETCH, ROW]
    return rows.order(table.select(key).append_column(_LABEL, labels(dataset, table)), [_LABEL, *key])


def collapse(dataset: Dataset, conformed: pa.Table) -> tuple[pa.Table, dict[int, int]]:
    """Make identical rows of one fetch one row.

    Args:
        dataset: the declaration.
        conformed: `_fetch`, `_row` and the published fields; no key cell is null.

    Returns:
        The rows, in order of partition, key and fetch, and by fetch how many rows collapsed.

    Raises:
        Conflict: one fetch has two different rows with one key; names fetch, rows and key.
    """
    key = list(dataset.table.primary_key)
    places = _order(dataset, conformed)
    ordered = conformed if places is None else conformed.take(places)
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
            where = ", ".join(f"{part}={str(row[part])!r}" for part in key)
            raise Conflict(
                row[FETCH],
                f"expected one content for each key, found two for {where}: {name} is {str(row[name])!r} "
                f"in row {row[ROW]} and {str(other[name])!r} in row {other[ROW]}",
            )
    counted = twice.column(FETCH).combine_chunks().value_counts().to_pylist()
    return ordered.filter(pa.array(~same_key)), {fetch["values"]: fetch["counts"] for fetch in counted}


class Conflict(SourceError):
    """One fetch has two different rows with one key."""

    def __init__(self, fetch: int, message: str) -> None:
        super().__init__(message)
        self.fetch = fetch


def labels(dataset: Dataset, table: pa.Table) -> pa.Array:
    """Return the label of each row's partition: 2026-07, 2026 or `all`. Times are taken in the field's zone."""
    partition = dataset.minsheng.partition
    if partition.field is None:
        return pa.array([WHOLE] * table.num_rows, pa.string())
    grain: Grain = "month" if partition.grain == "month" else "year"
    return rows.each_once(table.column(partition.field), lambda values: periods.labels(values, grain))


def fold(
    dataset: Dataset, base: Base, new: pa.Table, asked: AskedWindows | None = None, *, whole: bool = False
) -> Folded:
    """Fold rows into a base. Of several rows with one key, the row of the latest fetch counts.

    Args:
        dataset: the declaration. Its load says how: `replace` takes the rows as the whole table, `window` lets each
            fetch replace what it asked for, `upsert` puts rows over the base's rows with the same key.
        base: the release to fold on; without hashes for none.
        new: `_fetch`, `_row` and the published fields, as `collapse` gives them.
        asked: with `window`, what each fetch asked for.
        whole: whether the rows are all rows ever fetched, to be folded again from nothing.

    Returns:
        The changed partitions, sorted by label, and the changes of rows.
    """
    label_of_row = labels(dataset, new)
    from_nothing = whole or dataset.minsheng.load == "replace"
    touched = set(pc.unique(label_of_row).to_pylist())
    touched |= set(base.hashes) if from_nothing else _reached(dataset, base, asked)
    touched |= {WHOLE} if dataset.minsheng.stays_without_rows else set()
    changed, moves = list[FoldedPartition](), _Moves(dataset, base)
    of_windows, in_windows = dict[int, WindowCounts](), 0
    for label in sorted(touched):
        before = base.read(label) if label in base.hashes and not from_nothing else None
        merged = _merge(dataset, label, before, _part(new, label_of_row, label), asked)
        for k, counts in merged.of_windows.items():
            of_windows[k] = of_windows.get(k, WindowCounts()) + counts
        in_windows += merged.in_windows
        partition = _partition(dataset, label, merged.rows, base.hashes.get(label))
        if partition is not None:
            moves.add(base.rows(label) if before is None else before, merged.rows)
            changed.append(partition)
    gone = {partition.label for partition in changed}
    kept = tuple(label for label in sorted(base.hashes) if label not in gone)
    return Folded(tuple(changed), kept, *moves.result(), of_windows, in_windows)


class _Moves:
    """The changes of rows, gathered partition by partition."""

    def __init__(self, dataset: Dataset, base: Base) -> None:
        self._key, self._no_rows = list(dataset.table.primary_key), dataset.arrow.empty_table()
        self._base = base
        self._compared: list[pa.Table] = []
        self._elsewhere: list[tuple[pa.Table, pa.Table]] = []
        self._replaced = changes.Counts()

    def add(self, before: pa.Table, now: pa.Table) -> None:
        """Compare the rows of one changed partition with the base's."""
        if self._base.other_key:
            # Rows with another key are other rows: all old rows go, and all new rows come.
            self._replaced += changes.Counts(delete=before.num_rows)
            before = self._no_rows
        if self._base.other_partitions:
            self._elsewhere.append((before, now))
        else:
            self._compared.append(changes.compare(before, now, self._key))

    def result(self) -> tuple[pa.Table | None, changes.Counts]:
        """Return the changes of all partitions, None if there are no partitions, and their counts."""
        compared = self._compared
        if self._elsewhere:
            # A row that only lies in another partition now did not change.
            before, now = (pa.concat_tables(tables) for tables in zip(*self._elsewhere, strict=True))
            compared = [*compared, changes.compare(before, now, self._key)]
        if not compared:
            return None, self._replaced
        moved = pa.concat_tables(compared)
        return moved, self._replaced + changes.count(moved)


def _reached(dataset: Dataset, base: Base, asked: AskedWindows | None) -> set[str]:
    """The partitions of the base that may hold rows of a window."""
    return {label for label in base.hashes if asked and asked.reaching(dataset.minsheng.partition, label)}


def _part(ordered: pa.Table, label_of_row: pa.Array, label: str) -> pa.Table:
    """The rows of one partition. They stand together, so none is copied."""
    count = pc.sum(pc.equal(label_of_row, label)).as_py() or 0
    return ordered.slice(max(pc.index(label_of_row, label).as_py(), 0), count).drop_columns([ROW])


def _merge(dataset: Dataset, label: str, before: pa.Table | None, new: pa.Table, asked: AskedWindows | None) -> Merged:
    """New rows of a partition over its rows in the base, in key order."""
    key = list(dataset.table.primary_key)
    if asked:
        here = asked.reaching(dataset.minsheng.partition, label)
        return windows.merge(dataset.arrow.empty_table() if before is None else before, new, here, asked.judged, key)
    latest = rows.last_of_each_key(new, key, FETCH).drop_columns([FETCH])
    if before is None:
        return Merged(latest)
    stay = before.take(pa.array(rows.match(before, latest, key).only_old))
    return Merged(rows.by_key(pa.concat_tables([stay, latest]), key))


def _partition(dataset: Dataset, label: str, table: pa.Table, base_hash: str | None) -> FoldedPartition | None:
    """The partition, if its content differs from the base's; `base_hash` is None if the base has no such partition."""
    if base_hash is None and not table.num_rows and not dataset.minsheng.stays_without_rows:
        return None  # rows came and went again within these fetches
    text = csv.render(table)
    digest = sha256(text)
    if digest == base_hash:
        return None
    twice = int(rows.same_as_next(table, list(dataset.table.primary_key)).sum())
    return FoldedPartition(label, table, digest, compress(text), twice)
