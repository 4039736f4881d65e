"""What a release changed, cell by cell, read from its changes file in bounded memory.

A first release is not read at all: every row of it is new, and its document has the count. Of any other one a row group
is held at a time, and of the rows that were corrected or removed no more than a page lists.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.declaration.references import plain_references
from catalog.formats import parquet
from catalog.release import served
from catalog.release.changes import BEFORE, CHANGE, Counts
from catalog.release.digest import Document
from catalog.release.document import Release, Resource
from catalog.release.read import Place, ReleaseFiles, by_range, readable
from catalog.rows import differ
from catalog.site.sources import Released
from catalog.store import Store

MOST_LISTED = 250
"""Rows of a kind that a page lists; the changes file has all."""
MOST_SORTED = 20_000
"""Corrections that are put in order of their size; more are listed in order of the key."""
MOST_READ = 2_000_000
"""ReleaseChanges rows that are read; of more, as after a change of all prices, only the first row groups."""
WHOLE_BYTES = 33_554_432
"""A changes file of at most so many bytes is fetched whole, and its hash is checked; a larger one is read by spans."""
MOST_PLACES, FEW_DAYS, FEW_MONTHS = 60, 45, 60
"""What a table of places or periods may have in lines; with more days months are counted, with more months years."""

_DECIMALS = 9
"""Corrections that differ by less are of one size: 0.3 less 0.2 is 0.1."""

Values = dict[str, Any]


class Cell(NamedTuple):
    """A value before and after."""

    column: str
    before: Any
    after: Any


@dataclass(frozen=True)
class ChangedRow:
    """A row that was corrected or removed."""

    key: Values
    beside: Values
    """Its other values: after a correction, before a removal."""
    cells: tuple[Cell, ...] = ()
    """What was corrected."""


class Where(NamedTuple):
    """How many rows changed, by the values of a column."""

    column: str
    grain: str
    """day, month or year, where it counts by time; else nothing."""
    counts: tuple[tuple[str, Counts], ...]
    """The newest period first, or the place with most."""


class Columns(NamedTuple):
    """How the columns of a release differ from those of the one before."""

    added: tuple[str, ...]
    gone: tuple[Document, ...]
    """As the schema before described them."""
    altered: tuple[str, ...]
    """Of another type or unit."""
    other_key: bool


@dataclass(frozen=True)
class ReleaseChanges:
    """What a release changed."""

    counts: Counts
    rows: int
    compared_with: int | None
    """The release that it was compared with: its base; None for the first."""
    updated: tuple[ChangedRow, ...] = ()
    deleted: tuple[ChangedRow, ...] = ()
    by_size: bool = False
    """Whether the largest correction comes first; else they stand in order of the key."""
    where: tuple[Where, ...] = ()
    columns: Columns | None = None

    @property
    def before(self) -> int:
        """Rows of the release before."""
        return self.rows - self.counts.insert + self.counts.delete

    @property
    def unchanged(self) -> int:
        """Rows that are as they were."""
        return self.before - self.counts.update - self.counts.delete


def read(public: Store, released: Released) -> ReleaseChanges:
    """Read what a release changed.

    Raises:
        DamagedFile: its changes file is not there, or another one; or, of a release with other columns, the document
            or the schema of the one before.
    """
    release, facts = released.release, released.release.facts
    resource = release.resource("changes")
    with_ = facts.base
    found = ReleaseChanges(facts.changes, release.rows, with_)
    if with_ is None:
        return found
    columns = _columns(public, released) if facts.kind == "schema" else None
    if resource is None or not facts.changes.any:
        return ReleaseChanges(facts.changes, release.rows, with_, columns=columns)
    gathered = _Gathered(released)
    with readable(Place(release.name, n=release.n), resource.path):
        for table in _opened(public, release, resource).tables():
            if not gathered.add(table):
                break
    return gathered.result(with_, columns)


def _opened(public: Store, release: Release, resource: Resource) -> parquet.Opened:
    if resource.bytes <= WHOLE_BYTES:
        return parquet.Opened(parquet.Held(ReleaseFiles(public, release).body(resource)))
    return by_range(public, Place(release.name, n=release.n), resource.path, lambda: resource.bytes)


def _columns(public: Store, released: Released) -> Columns:
    before = served.base_of(public, released.release)
    old = ReleaseFiles(public, before).schema() if before else released.schema
    of_old, of_new = ({each["name"]: each for each in schema["fields"]} for schema in (old, released.schema))
    return Columns(
        added=tuple(name for name in of_new if name not in of_old),
        gone=tuple(each for name, each in of_old.items() if name not in of_new),
        altered=tuple(name for name in of_new if name in of_old and _kind(of_old[name]) != _kind(of_new[name])),
        other_key=old["primaryKey"] != released.schema["primaryKey"],
    )


def _kind(column: Document) -> tuple[Any, Any]:
    return column["type"], column.get("unit")


@dataclass
class _Gathered:
    """What the row groups of a changes file have had, one after the other."""

    released: Released
    read: int = 0
    listed: dict[str, list[pa.Table]] = field(default_factory=lambda: {"update": [], "delete": []})
    held: Counter[str] = field(default_factory=Counter)
    by_value: dict[str, Counter[tuple[str, str]]] = field(default_factory=dict)

    def add(self, table: pa.Table) -> bool:
        """Take a row group; say whether another one is wanted."""
        limits = {"update": MOST_SORTED + 1, "delete": MOST_LISTED}
        kinds = table.column(CHANGE)
        for kind, most in limits.items():
            room = most - self.held[kind]
            some = table.filter(pc.equal(kinds, kind)).slice(0, room) if room > 0 else table.slice(0, 0)
            self.held[kind] += some.num_rows
            if some.num_rows:
                self.listed[kind].append(some)
        self.read += table.num_rows
        counts = self.released.release.facts.changes
        if sum(counts) <= MOST_READ:
            for column in _counted(self.released, table.schema):
                self.by_value.setdefault(column, Counter()).update(_by_value(table, column))
            return True
        return self.read < MOST_READ and any(
            self.held[kind] < min(most, getattr(counts, kind)) for kind, most in limits.items()
        )

    def result(self, with_: int, columns: Columns | None) -> ReleaseChanges:
        """Return what was changed."""
        release = self.released.release
        updated, by_size = self._updated()
        return ReleaseChanges(
            release.facts.changes, release.rows, with_, updated, self._deleted(), by_size, tuple(self._where()), columns
        )  # fmt: skip

    def _updated(self) -> tuple[tuple[ChangedRow, ...], bool]:
        if not self.listed["update"]:
            return (), False
        table = pa.concat_tables(self.listed["update"])
        sizes = _sizes(table) if table.num_rows <= MOST_SORTED else None
        if sizes is not None:
            table = table.take(pa.array(np.lexsort((-self._times(table), -sizes))[:MOST_LISTED]))
        moved = _pairs(table)
        rows = []
        for values in table.slice(0, MOST_LISTED).to_pylist():
            cells = [Cell(name, values[BEFORE + name], values[name]) for name in moved]
            changed = tuple(cell for cell in cells if cell.before != cell.after)
            rows.append(ChangedRow(self._key(values), {name: values[name] for name in moved}, changed))
        return tuple(rows), sizes is not None

    def _deleted(self) -> tuple[ChangedRow, ...]:
        tables = self.listed["delete"]
        rows = pa.concat_tables(tables).to_pylist() if tables else []
        return tuple(
            ChangedRow(self._key(values), {name: values[BEFORE + name] for name in values if BEFORE + name in values})
            for values in rows
        )

    def _times(self, table: pa.Table) -> np.ndarray:
        """A number that grows with the time of a row; of rows without a time always the same."""
        times = (name for name in self.released.schema["primaryKey"] if _is_time(self.released, name))
        first = next((name for name in times if name in table.column_names), None)
        if first is None:
            return np.zeros(table.num_rows)
        kind = table.schema.field(first).type
        ints = pa.int32() if pa.types.is_date32(kind) else pa.int64()
        numbers: np.ndarray = table.column(first).cast(ints).to_numpy().astype(np.int64)
        return numbers

    def _key(self, values: Values) -> Values:
        return {name: values[name] for name in self.released.schema["primaryKey"] if name in values}

    def _where(self) -> Iterator[Where]:
        for column, counted in self.by_value.items():
            by_value: dict[str, Counts] = {}
            for (value, kind), count in counted.items():
                by_value[value] = by_value.get(value, Counts()) + Counts(**{kind: count})
            if not _is_time(self.released, column):
                most_first = sorted(by_value.items(), key=lambda each: (-sum(each[1]), each[0]))
                yield Where(column, "", tuple(most_first[:MOST_PLACES]))
                continue
            yield _periods(column, by_value)


def _pairs(table: pa.Table) -> list[str]:
    """The columns that stand in a changes file twice, before and after."""
    return [name for name in table.column_names if BEFORE + name in table.column_names]


def _sizes(table: pa.Table) -> np.ndarray | None:
    """By how much each correction moved its number, where all corrections are of one column, and that is a number."""
    pairs = {name: (table.column(BEFORE + name), table.column(name)) for name in _pairs(table)}
    if any(before.type != after.type for before, after in pairs.values()):
        return None  # the release changed types
    moved = [name for name, pair in pairs.items() if differ(*pair).any()]
    if len(moved) != 1 or not _is_number(table.schema.field(moved[0]).type):
        return None
    before, after = (values.cast(pa.float64()) for values in pairs[moved[0]])
    # A value that came or went has no size: it stands before all others.
    sizes: np.ndarray = pc.fill_null(pc.abs(pc.subtract(after, before)), float("inf")).to_numpy()
    return sizes.round(_DECIMALS)


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _is_time(released: Released, column: str) -> bool:
    return any(each["name"] == column and each["type"] in ("date", "datetime") for each in released.schema["fields"])


def _counted(released: Released, schema: pa.Schema) -> list[str]:
    """The columns by which changes are counted: the place, else the first category of the key; and the time."""
    block, key = released.declared.get("minsheng", {}), released.schema["primaryKey"]
    categories = {each["name"] for each in released.schema["fields"] if each.get("categories")}
    places = [each.fields[0] for each in plain_references(block)]
    times = [block.get("partition", {}).get("field"), *(name for name in key if _is_time(released, name))]
    groups = ([*places, *(name for name in key if name in categories)], times)
    found = (next((name for name in some if name in schema.names), None) for some in groups)
    return [name for name in found if name]


def _by_value(table: pa.Table, column: str) -> dict[tuple[str, str], int]:
    """How many rows of each kind have each value of a column; of a removed row it is the value before."""
    values = table.column(column)
    if BEFORE + column in table.column_names:
        values = pc.coalesce(values, table.column(BEFORE + column))
    if pa.types.is_timestamp(values.type):
        values = pc.strftime(pc.cast(values, pa.timestamp("s", values.type.tz)), format="%Y-%m-%d")
    texts = pc.fill_null(pc.cast(values, pa.string()), "")
    groups = pa.table({"value": texts, "kind": table.column(CHANGE)}).group_by(["value", "kind"])
    counted = groups.aggregate([([], "count_all")]).to_pydict()
    return {
        (value, kind): count
        for value, kind, count in zip(counted["value"], counted["kind"], counted["count_all"], strict=True)
    }


def _periods(column: str, by_day: dict[str, Counts]) -> Where:
    """Counts by day, or by month or year where there are many days; newest first."""
    grains = {"day": 10, "month": 7, "year": 4}
    months = {day[: grains["month"]] for day in by_day}
    grain = "day" if len(by_day) <= FEW_DAYS else "month" if len(months) <= FEW_MONTHS else "year"
    counts: dict[str, Counts] = {}
    for day, each in by_day.items():
        period = day[: grains[grain]]
        counts[period] = counts.get(period, Counts()) + each
    return Where(column, grain, tuple(sorted(counts.items(), reverse=True)))
