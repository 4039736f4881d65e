"""The tables that a derived dataset's query reads, as Parquet files: rows of a release, or changes of many."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from catalog.declaration.dataset import Dataset
from catalog.declaration.pipeline import QueryTable
from catalog.release import notices, publish
from catalog.release.changes import compare
from catalog.release.document import Release
from catalog.release.read import ReleaseFiles
from catalog.store import Store

RELEASE, CREATED, AS_OF = "_release", "_created", "_as_of"
"""Columns of a table of changes: the release that brought the change, when it was made, and its newest fetch."""

_OF_RELEASE = pa.schema(
    [(RELEASE, pa.int64()), (CREATED, pa.timestamp("us", tz="UTC")), (AS_OF, pa.timestamp("us", tz="UTC"))]
)


@dataclass(frozen=True)
class TableInput:
    """A table of a query, and where its rows come from."""

    table: QueryTable
    release: Release | None
    """The newest one; None where there is none yet and the table is optional."""
    dataset: Dataset


RELEASES = pa.schema(
    [("dataset", pa.string()), ("n", pa.int64()), ("agency", pa.string()), ("as_of", pa.timestamp("us", tz="UTC"))]
)
COLUMNS = pa.schema([(name, pa.string()) for name in ("dataset", "name", "unit", "title_en", "title_zh")])
"""What every query can read beside its tables, as `_releases` and `_columns`: of each release that it reads."""


def lay_down(store: Store, source: TableInput, folder: Path, only: Callable[[str], bool] = lambda _: True) -> list[str]:
    """Write a table's Parquet files into a new folder, and return their paths.

    A table without rows is one file without rows, of the columns that its release or else its declaration has.

    Args:
        store: of the releases.
        source: the table.
        folder: where to write.
        only: by label, which partitions of a release are read.

    Raises:
        IntegrityError: a file of a release is not what the release says.
    """
    folder.mkdir()
    if source.table.of == "changes":
        return [_written(table, folder / f"{n}.parquet") for n, table in _changes(store, source)]
    if source.release is None:
        return [_written(source.dataset.arrow.empty_table(), folder / "none.parquet")]
    files = ReleaseFiles(store, source.release)
    paths = []
    for label, resource in source.release.partitions.items():
        if not only(label):
            continue
        path = folder / f"{label}.parquet"
        path.write_bytes(files.body(resource))
        paths.append(str(path))
    return paths or [_written(files.columns().empty_table(), folder / "none.parquet")]


def _changes(store: Store, source: TableInput) -> Iterator[tuple[int, pa.Table]]:
    """Yield release number and changes, the oldest first; those of the first release are its rows, as inserts."""
    newest = source.release.n if source.release else 0
    first = max(1, newest - source.table.last + 1)
    # A file without rows gives the columns, also where no release changed a row.
    yield 0, _of_release(_as_inserts(source.dataset.arrow.empty_table(), source.dataset.table.primary_key), None)
    gone = notices.withdrawn(notices.read(store, source.dataset.name), source.dataset.name)
    for n in range(first, newest + 1):
        if n in gone:
            continue
        release = publish.document(store, source.dataset.name, n)
        files = ReleaseFiles(store, release)
        first_of_all = release.facts.base is None
        changes = _as_inserts(files.table(), files.schema()["primaryKey"]) if first_of_all else files.changes()
        if changes is not None and changes.num_rows:
            yield n, _of_release(changes, release)


def _as_inserts(table: pa.Table, key: Sequence[str]) -> pa.Table:
    return compare(table.schema.empty_table(), table, list(key))


def _of_release(changes: pa.Table, release: Release | None) -> pa.Table:
    values = (release.n, *_times(release)) if release else (None, None, None)
    for field, value in zip(_OF_RELEASE, values, strict=True):
        changes = changes.append_column(field, pa.repeat(pa.scalar(value, field.type), changes.num_rows))
    return changes


def _times(release: Release) -> tuple[dt.datetime, dt.datetime]:
    return dt.datetime.fromisoformat(release.created), dt.datetime.fromisoformat(release.facts.as_of)


def _written(table: pa.Table, path: Path) -> str:
    pq.write_table(table, path)
    return str(path)


def describe(store: Store, releases: Sequence[Release], folder: Path) -> dict[str, list[str]]:
    """Write what the releases say of themselves as tables: `_releases` and `_columns`, and return their files.

    Args:
        store: the public store.
        releases: those that a query reads, each once.
        folder: where to write.

    Raises:
        IntegrityError: a file of a release is not what the release says.
    """
    of_releases, of_columns = [], []
    for release in releases:
        files = ReleaseFiles(store, release)
        agency = files.fact("declaration")["dataset"]["minsheng"]["agency"]
        as_of = dt.datetime.fromisoformat(release.facts.as_of)
        of_releases.append({"dataset": release.name, "n": release.n, "agency": agency, "as_of": as_of})
        for column in files.schema()["fields"]:
            title_zh = column.get("translations", {}).get("zh-TW", {}).get("title")
            of_columns.append(
                {"dataset": release.name, "name": column["name"], "unit": column.get("unit")}
                | {"title_en": column.get("title"), "title_zh": title_zh}
            )
    return {
        "_releases": [_written(pa.Table.from_pylist(of_releases, RELEASES), folder / "_releases.parquet")],
        "_columns": [_written(pa.Table.from_pylist(of_columns, COLUMNS), folder / "_columns.parquet")],
    }
