"""Base release + new rows -> changed partitions. Deterministic; only the partitions that new rows touch are read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from catalog import rows
from catalog.declaration.dataset import Dataset
from catalog.errors import SourceError
from catalog.formats import csv
from catalog.release import changes
from catalog.release.digest import sha256
from catalog.release.read import WHOLE
from pipelines.conform.columns import FETCH, ROW
from pipelines.conform.rows import Conformed
from pipelines.fold import windows
from pipelines.fold.windows import Spoken, Window

_LABEL = "_label"


@dataclass(frozen=True)
class Partition:
    """One partition whose content differs from the base's; an empty one goes."""

    label: str
    table: pa.Table
    content_sha256: str
    packed: bytes = field(repr=False)
    """Its canonical CSV, compressed."""
    twice: int
    """Keys that stand more than once: none, if the fold is right."""


@dataclass(frozen=True)
class Folded:
    """What a fold changes, and what it leaves as it was."""

    changed: tuple[Partition, ...]
    kept: tuple[str, ...]
    """Labels of the base's partitions that stay, unread or unchanged."""
    moved: pa.Table | None
    """What became of rows, as `catalog.release.changes.compare` gives it; None where no partition is another one."""
    counts: changes.Counts
    spoken: Mapping[int, Spoken] = field(default_factory=dict)
    """By fetch that asked for a window: what of it stood before, and what of that it removes."""
    in_windows: int = 0
    """Rows of the base of which the windows that are judged have the say."""


@dataclass(frozen=True)
class Asked:
    """What fetches asked for, where each speaks for a window."""

    windows: Mapping[int, Window]
    own: tuple[int, ...]
    """The fetches that are judged; the others are in the base already."""


@dataclass(frozen=True)
class Base:
    """What a fold stands on: the content hashes of a release's partitions, and how to read one."""

    hashes: Mapping[str, str]
    read: Callable[[str], pa.Table]
    schema: pa.Schema
    """Of its tables; the declared one may have other columns or types."""
    other_key: bool = False
    """Whether its primary key has other columns, or other types, than the declared one."""
    other_partitions: bool = False
    """Whether its rows are cut into partitions otherwise than is declared."""


def arrange(dataset: Dataset, conformed: Conformed) -> Conformed:
    """Return what was heard in the order of a fold, which then copies no row to sort it or to part it."""
    places = _order(dataset, conformed.rows)
    return conformed if places is None else conformed.take(places)


def _order(dataset: Dataset, table: pa.Table) -> pa.Array | None:
    """The places of rows by partition, key, fetch and row; None where they stand so."""
    key = [*dataset.table.primary_key, FETCH, ROW]
    return rows.order(table.select(key).append_column(_LABEL, labels(dataset, table)), [_LABEL, *key])


def collapse(dataset: Dataset, conformed: pa.Table) -> tuple[pa.Table, dict[int, int]]:
    """Within each fetch, make identical rows one.

    Args:
        dataset: the declaration.
        conformed: `_fetch`, `_row` and the published fields; no key cell is null.

    Returns:
        The rows, in order of partition, key and fetch, and by fetch how many collapsed.

    Raises:
        SourceError: one fetch speaks of one key with two different contents; names fetch, rows and key.
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
    return ordered.filter(pa.array(~same_key)), {one["values"]: one["counts"] for one in counted}


class Conflict(SourceError):
    """One fetch speaks of one key with two contents."""

    def __init__(self, fetch: int, message: str) -> None:
        super().__init__(message)
        self.fetch = fetch


def labels(dataset: Dataset, table: pa.Table) -> pa.Array:
    """Return the label of each row's partition: 2026-07, 2026 or `all`, taken in the field's zone."""
    partition = dataset.minsheng.partition
    if partition.field is None:
        return pa.array([WHOLE] * table.num_rows, pa.string())
    column = table.column(partition.field)
    if pa.types.is_date32(column.type):
        column = column.cast(pa.timestamp("s"))
    form = "%Y-%m" if partition.grain == "month" else "%Y"
    return rows.each_once(column, lambda times: pc.strftime(times, format=form))


def fold(dataset: Dataset, base: Base, new: pa.Table, asked: Asked | None = None, *, whole: bool = False) -> Folded:
    """Fold rows into a base.

    Args:
        dataset: the declaration; its load says how. `replace` takes the rows for the whole truth, `window` lets each
            fetch replace what it asked for, `upsert` puts rows over the base's by key. Of rows with one key the one of
            the latest fetch counts.
        base: the release to stand on; no hashes for none.
        new: `_fetch`, `_row` and the published fields, as `collapse` gives them.
        asked: with `window`, what each fetch asked for.
        whole: whether the rows are everything ever heard, folded again.
    """
    key = list(dataset.table.primary_key)
    label = labels(dataset, new)
    all_of_base = whole or dataset.minsheng.load == "replace"
    touched = set(pc.unique(label).to_pylist()) | {
        one for one in base.hashes if all_of_base or (asked and _reached(dataset, asked, one))
    }
    changed, replaced, spoken, in_windows = [], changes.Counts(), dict[int, Spoken](), 0
    moves: list[pa.Table] = []
    elsewhere: list[tuple[pa.Table, pa.Table]] = []
    for one in sorted(touched):
        mine = _part(new, label, one).drop_columns([ROW])
        before = None
        if not all_of_base and one in base.hashes:
            before = base.read(one)
        if asked:
            stood = dataset.arrow.empty_table() if before is None else before
            here = {k: window for k, window in asked.windows.items() if window.reaches(dataset.minsheng.partition, one)}
            table, said, covered = windows.over(stood, mine, here, asked.own, key)
            spoken = {k: spoken.get(k, Spoken()) + said.get(k, Spoken()) for k in spoken | said}
            in_windows += covered
        else:
            table = rows.last_of_each_key(mine, key, FETCH).drop_columns([FETCH])
            table = table if before is None else _over(before, table, key)
        if one not in base.hashes and not table.num_rows:
            continue  # what came went again
        text = csv.render(table)
        digest = sha256(text)
        if digest == base.hashes.get(one):
            continue
        if before is None:
            before = base.read(one) if one in base.hashes else base.schema.empty_table()
        if base.other_key:
            # Rows of another key are other rows: all of them go, and all of the new ones come.
            replaced += changes.Counts(delete=before.num_rows)
            before = dataset.arrow.empty_table()
        twice = int(rows.same_as_next(table, key).sum())
        if base.other_partitions:
            elsewhere.append((before, table))
        else:
            moves.append(changes.compare(before, table, key))
        changed.append(Partition(one, table, digest, csv.compress(text), twice))
    if elsewhere:
        # A row that only lies in another partition now did not change.
        old, now = (pa.concat_tables(tables) for tables in zip(*elsewhere, strict=True))
        moves.append(changes.compare(old, now, key))
    moved = pa.concat_tables(moves) if moves else None
    gone = {partition.label for partition in changed}
    counts = replaced + (changes.count(moved) if moved is not None else changes.Counts())
    kept = tuple(one for one in sorted(base.hashes) if one not in gone)
    return Folded(tuple(changed), kept, moved, counts, spoken, in_windows)


def _part(ordered: pa.Table, label: pa.Array, one: str) -> pa.Table:
    """The rows of one partition, uncopied: they stand together."""
    return ordered.slice(max(pc.index(label, one).as_py(), 0), pc.sum(pc.equal(label, one)).as_py() or 0)


def _reached(dataset: Dataset, asked: Asked, label: str) -> bool:
    return any(window.reaches(dataset.minsheng.partition, label) for window in asked.windows.values())


def _over(before: pa.Table, new: pa.Table, key: list[str]) -> pa.Table:
    """New rows over old ones by key, in key order."""
    kept = rows.match(before, new, key).only_old
    return rows.by_key(pa.concat_tables([before.take(pa.array(kept)), new]), key)
