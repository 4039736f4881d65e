"""Rows that follow from other datasets: one query in the dataset's folder, run by DuckDB over their newest releases.

The result is kept as evidence, as if an agency had sent it, so that all that follows is the same: conforming, checks,
guards, the fold, and a release that can be folded again from what is stored. It is as old as the newest of its inputs.
"""

import datetime as dt
import functools
import tempfile
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow as pa

from catalog.declaration.dataset import Dataset
from catalog.declaration.pipeline import QueryTable
from catalog.errors import DeclarationError, SourceError
from catalog.formats import csv
from catalog.release import served
from catalog.release.document import Release
from catalog.store import Store
from pipelines.context import Context
from pipelines.fetch import local
from pipelines.fetch.query_tables import TableInput, describe, lay_down
from pipelines.records import Fetched, Page, Record

LONGEST_QUERY_BYTES = 256 * 1024


@dataclass(frozen=True)
class QueryLimits:
    """What one query may cost."""

    seconds: float = 600.0
    memory_bytes: int = 2 << 30
    spill_bytes: int = 8 << 30
    """What it may write beside its inputs where the memory is too small; it goes with the run."""


def derived_fetch(ctx: Context, dataset: Dataset, limits: QueryLimits = QueryLimits()) -> Fetched | None:
    """Run a dataset's query, or return None if query and inputs are those of the newest evidence.

    Args:
        ctx: the run.
        dataset: the declaration; it has `derive`.
        limits: what the query may cost.

    Raises:
        SourceError: an input has no release, or the query is not one, or fails.
        IntegrityError: a file of an input is not what its release says.
    """
    derive = dataset.minsheng.derive
    if derive is None:
        raise AssertionError(f"{dataset.name} is not derived")
    inputs = {name: _input(ctx, dataset.name, table) for name, table in sorted(derive.tables.items())}
    query = _query(ctx.declarations.folder / dataset.name / derive.sql, f"{dataset.name}: {derive.sql}")
    newest_of = _releases(inputs)
    if not newest_of:
        raise SourceError(
            f"{dataset.name} is derived from {', '.join(derive.datasets)}, of which none has a release yet; "
            "run one of them first"
        )
    releases = [{"dataset": one.name, "n": one.n, "sha256": one.sha256} for one in newest_of]
    asked = {"source": dataset.minsheng.origin, "query": query, "inputs": releases}
    evidence = ctx.evidence(dataset.name)
    newest = evidence.newest()
    last = evidence.read(newest) if newest else None
    if last and last.asked == asked:
        return None
    asked_now = _Asked(query, inputs, limits, f"{dataset.name}: {derive.sql}")
    if derive.local:
        pages = tuple(_local_pages(ctx, dataset, asked_now, asked, last))
    else:
        pages = (Page(derive.sql, 200, {}, csv.render(_run(ctx.public, asked_now))),)
    at = max(dt.datetime.fromisoformat(release.facts.as_of) for release in newest_of)
    at = max(at, last.fetched_at) if last and not ctx.clock_is_right else at
    return Fetched(asked, at, pages, None)


def _releases(inputs: dict[str, TableInput]) -> list[Release]:
    """The releases that are read, each once, in the order of the tables."""
    return list({one.release.name: one.release for one in inputs.values() if one.release}.values())


def check(folder: Path, dataset: Dataset, place: str, load: Callable[[str], Dataset]) -> list[str]:
    """Return what is wrong with a query that can be told without running it, and without the releases that it reads.

    Args:
        folder: of the dataset.
        dataset: its declaration.
        place: the file, for messages.
        load: gives the declaration of another dataset.
    """
    derive = dataset.minsheng.derive
    if derive is None:
        return []
    try:
        query = _query(folder / derive.sql, place)
        inputs = {name: load(table.dataset) for name, table in derive.tables.items()} if derive.local else {}
    except SourceError as error:
        return [str(error)]
    except DeclarationError:
        inputs = {}  # an input says its own faults, or that it is not there
    return (
        [f"{place}: minsheng.derive.{fault}" for fault in local.faults(dataset, inputs, query)] if derive.local else []
    )


def _input(ctx: Context, slug: str, table: QueryTable) -> TableInput:
    release = served.served(ctx.public, table.dataset)
    if release is None and not table.optional:
        name = table.dataset
        raise SourceError(f"{slug} is derived from {name}, which has no release yet; run `minsheng run {name}` first")
    return TableInput(table, release, ctx.declarations.dataset(table.dataset))


def _query(path: Path, place: str) -> str:
    """Read a query, and see that it is one SELECT."""
    if path.is_symlink() or not path.is_file():
        raise SourceError(f"{place}: expected a query beside dataset.yaml, found none")
    text = path.read_bytes()
    if len(text) > LONGEST_QUERY_BYTES:
        raise SourceError(f"{place}: expected at most {LONGEST_QUERY_BYTES:,} bytes, found {len(text):,}")
    try:
        query = text.decode()
        with duckdb.connect() as connection:
            statements = connection.extract_statements(query)
    except (UnicodeDecodeError, duckdb.Error) as error:
        raise SourceError(f"{place}: expected a query in SQL, found {_plain(error)}") from error
    if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
        raise SourceError(f"{place}: expected one SELECT, found {len(statements)} statements or another kind")
    # One statement: a semicolon ends it, and only comments follow.
    ends = [
        at for at, kind in duckdb.tokenize(query) if kind == duckdb.token_type.operator and text[at : at + 1] == b";"
    ]
    return text[: min(ends, default=len(text))].decode().strip()


class _Asked(NamedTuple):
    """A query, what it reads, and what it may cost."""

    query: str
    inputs: dict[str, TableInput]
    limits: QueryLimits
    place: str


def _local_pages(
    ctx: Context, dataset: Dataset, query: _Asked, asked: Mapping[str, object], last: Record | None
) -> Iterator[Page]:
    """A body for each partition of the result: run where it is touched, else that of the last fetch."""
    found = [*local.faults(dataset, {name: one.dataset for name, one in query.inputs.items()}, query.query)]
    if found:
        raise SourceError(f"{dataset.name}: {found[0]}")
    parts, evidence = local.local_parts(ctx.public, dataset, query.inputs, asked, last), ctx.evidence(dataset.name)
    field = dataset.field(str(dataset.minsheng.partition.field))
    for label in parts.labels:
        if label in parts.kept:
            body = evidence.body(parts.kept[label])
        else:
            rows = _run(ctx.public, query, parts.cut, functools.partial(local.reads, label))
            texts = [rows.column(name).to_pylist() for name in field.heard if name in rows.column_names]
            wrong = local.astray(dataset, label, texts[0]) if texts else None
            if wrong:
                raise SourceError(f"{query.place}: {wrong}")
            body = csv.render(rows)
        yield Page(local.address(dataset.minsheng.origin["sql"], label), 200, {}, body)


def _run(
    store: Store, asked: _Asked, cut: Collection[str] = (), reads: Callable[[str], bool] = lambda _: True
) -> pa.Table:
    """The result as texts, in an order that is always the same.

    Args:
        store: of the releases.
        asked: the query.
        cut: the tables of which only some partitions are read.
        reads: by label, which ones.
    """
    query, inputs, limits, place = asked
    with tempfile.TemporaryDirectory(prefix="minsheng-") as folder, duckdb.connect() as connection:
        files = {
            name: lay_down(store, one, Path(folder) / name, *([reads] if name in cut else []))
            for name, one in inputs.items()
        }
        files |= describe(store, _releases(inputs), Path(folder))
        timer = threading.Timer(limits.seconds, connection.interrupt)
        timer.start()
        try:
            for name, paths in files.items():
                connection.read_parquet(paths, union_by_name=True).create_view(name)
            for setting in _settings(folder, limits):
                connection.execute(setting)
            result = connection.sql(f"SELECT CAST(COLUMNS(*) AS VARCHAR) FROM ({query}\n) ORDER BY ALL")  # noqa: S608
            return result.to_arrow_table()
        except duckdb.InterruptException:
            raise SourceError(
                f"{place}: expected a result within {limits.seconds:g} s, found none; make the query cheaper"
            ) from None
        except duckdb.Error as error:
            raise SourceError(f"{place}: {_plain(error)}") from error
        finally:
            timer.cancel()


def _settings(folder: str, limits: QueryLimits) -> list[str]:
    return [
        "SET autoinstall_known_extensions = false",
        "SET autoload_known_extensions = false",
        f"SET memory_limit = '{limits.memory_bytes}B'",
        f"SET temp_directory = '{folder}/spill'",
        f"SET max_temp_directory_size = '{limits.spill_bytes}B'",
        # One thread: the sum of numbers in another order is another number.
        "SET threads = 1",
        "SET TimeZone = 'Asia/Taipei'",
        # From here on it reads these files and nothing else, whatever the query says.
        f"SET allowed_directories = ['{folder}']",
        "SET enable_external_access = false",
        "SET lock_configuration = true",
    ]


def _plain(error: Exception) -> str:
    """What DuckDB says, in one line, without the query as we ran it."""
    return " ".join(str(error).partition("\nLINE ")[0].split())
