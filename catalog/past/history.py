"""Every published value of one row, release by release, from the changes files.

Nearly all of a changes file is left unread: its row groups say which keys they hold.
"""

import csv
import datetime as dt
import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from catalog.derived import releases_json
from catalog.errors import DecisionError, IntegrityError
from catalog.formats import parquet
from catalog.release import changes, publish, served
from catalog.release.digest import Document
from catalog.release.document import Release, Resource
from catalog.release.read import Place, ReleaseFiles, by_range, readable
from catalog.store import Store

Values = dict[str, Any]


class Change(NamedTuple):
    """A value before and after a release."""

    old: Any
    new: Any


@dataclass(frozen=True)
class RowRevision:
    """What one release did to the row."""

    n: int
    version: str
    created: str
    kind: str
    """insert, update or delete; `schema` where only the columns are others."""
    columns: dict[str, Change]
    """By column, of those whose value is another one; of an insert or delete all that have a value."""


@dataclass(frozen=True)
class History:
    """The steps of one row, oldest first."""

    dataset: str
    key: Values
    steps: tuple[RowRevision, ...]
    row: Values | None
    """What the last release looked at says, without the key; None where it has no such row."""
    another_key_until: int | None
    """The release up to which rows had another primary key, so that this one is not found there."""


def history(public: Store, slug: str, key: str, upto: int | None = None) -> History:
    """Follow one row through all releases.

    Withdrawn releases are left out: those after them say what differs from the one before.

    Args:
        public: any store, a mirror over https too.
        slug: the dataset.
        key: the key, as `read_key` takes it.
        upto: the last release to look at; the newest, if none is named.

    Raises:
        DecisionError: no such dataset or release; the key is not one of this dataset's; no release has such a row.
    """
    release = served.whole(public, slug, upto)
    wanted = read_key(public, release, key)
    kinds = {name: value.type for name, value in wanted.items()}
    changed: list[tuple[Document, Values | None]] = []
    another = None
    for listed in reversed(releases_json.standing(releases_json.upto(public, slug, release))):
        table = None
        if listed["changes_path"]:
            place = Place(slug, n=listed["n"])
            opened = by_range(public, place, listed["changes_path"], functools.partial(_changes_bytes, public, place))
            if not _has_key(opened.schema, kinds):
                another = listed["n"]
                break
            table = _row(opened, wanted, place, listed["changes_path"])
        if table is not None or listed["kind"] == "schema":
            changed.append((listed, table))
    steps, row = _steps(changed[::-1], lambda n: row_of(public, publish.load(public, slug, n), wanted))
    where = {name: value.as_py() for name, value in wanted.items()}
    if not steps:
        raise DecisionError(
            f"no release of {slug} up to {release.n} has the row {written(where)}; {_sample(public, release)}"
        )
    return History(slug, where, tuple(steps), row, another)


def row_of(public: Store, release: Release, wanted: dict[str, pa.Scalar]) -> Values | None:
    """Return the row of a key as a release has it, or None; partitions whose keys lie elsewhere are not read."""
    place = Place(release.name, n=release.n)
    for resource in release.partitions.values():
        row = _row(_opened(public, release, resource), wanted, place, resource.path)
        if row is not None:
            return row
    return None


def read_key(public: Store, release: Release, text: str) -> dict[str, pa.Scalar]:
    """Read the key of a row: `name=value,name=value` in any order, or the values alone in the order of the primary key.

    Values are written as in the CSV; one with a comma stands in double quotes.

    Returns:
        By column of the primary key, in its order, the value with the column's type.

    Raises:
        DecisionError: it is not the key of a row of this release; names the key's columns and gives an example.
    """
    names = list(ReleaseFiles(public, release).schema()["primaryKey"])
    return parse_key(text, names, _columns(public, release), lambda: _sample(public, release))


def parse_key(text: str, names: list[str], fields: pa.Schema, sample: Callable[[], str]) -> dict[str, pa.Scalar]:
    """Read the key of a row, as `read_key` does.

    Args:
        text: what a person wrote.
        names: the columns of the key.
        fields: the columns with their types.
        sample: says how a key of this dataset looks.

    Raises:
        DecisionError: it is not the key of such a row.
    """
    given = split_key(text, names)
    if set(given) != set(names):
        raise DecisionError(f"expected the key of one row, found {text!r}; {sample()}")
    key = {}
    for name in names:
        kind = fields.field(name).type
        try:
            key[name] = pa.scalar(_value(given[name], kind), kind)
        except (ValueError, OverflowError) as error:
            expected = _KINDS.get(str(kind), "a time, as 2026-07-05T12:00:00+08:00")
            raise DecisionError(f"expected {name} to be {expected}, found {given[name]!r}; {sample()}") from error
    return key


def split_key(text: str, names: list[str]) -> dict[str, str]:
    """Return the texts of a key by column; of what is no key, not just these columns.

    Args:
        text: what a person wrote, as `read_key` takes it.
        names: the columns of the key.
    """
    try:
        cells = next(csv.reader([text], skipinitialspace=True), [])
    except csv.Error:
        return {}
    pairs = [cell.partition("=") for cell in cells]
    if len(cells) != len(names):
        return {}
    if all(sign and name.strip() in names for name, sign, _ in pairs):
        return {name.strip(): value for name, _, value in pairs}
    return dict(zip(names, cells, strict=True))


_KINDS = {
    "int64": "an integer",
    "double": "a number",
    "bool": "true or false",
    "date32[day]": "a day, as 2026-07-05",
}


def _value(text: str, kind: pa.DataType) -> Any:
    """The value that a text of the CSV stands for; raises ValueError where it stands for none."""
    if pa.types.is_timestamp(kind):
        time = dt.datetime.fromisoformat(text)
        return time if time.tzinfo else pc.assume_timezone(pa.scalar(time, pa.timestamp("ms")), kind.tz).as_py()
    if pa.types.is_boolean(kind):
        return {"true": True, "false": False}[text] if text in ("true", "false") else _no(text)
    read: dict[str, Callable[[str], Any]] = {"int64": int, "double": float, "date32[day]": dt.date.fromisoformat}
    return read.get(str(kind), str)(text)


def _no(text: str) -> Any:
    raise ValueError(text)


def written(where: Values) -> str:
    """Return a key as a person may write it, and `read_key` reads it."""
    parts = []
    for name, value in where.items():
        text = value.isoformat() if hasattr(value, "isoformat") else str(value)
        text = text.lower() if isinstance(value, bool) else text
        part = f"{name}={text}"
        parts.append('"' + part.replace('"', '""') + '"' if any(mark in part for mark in ',"\r\n') else part)
    return ",".join(parts)


def _sample(public: Store, release: Release) -> str:
    """How a key of this dataset looks."""
    names = list(ReleaseFiles(public, release).schema()["primaryKey"])
    if not release.partitions:
        return f"the key is {', '.join(names)}"
    resource = list(release.partitions.values())[-1]
    with readable(Place(release.name, n=release.n), resource.path):
        row = _opened(public, release, resource).first(names)
    return f"the key is {', '.join(names)}; write for instance '{written(row)}'"


def _columns(public: Store, release: Release) -> pa.Schema:
    """The columns of a release as its files have them: the schema says nothing of zones."""
    if not release.partitions:
        return ReleaseFiles(public, release).columns()
    resource = list(release.partitions.values())[-1]
    return _opened(public, release, resource).schema


def _opened(public: Store, release: Release, resource: Resource) -> parquet.Opened:
    return by_range(public, Place(release.name, n=release.n), resource.path, lambda: resource.bytes)


def _changes_bytes(public: Store, place: Place) -> int:
    """What the document of a release says of its changes; the list of releases does not say it."""
    resource = publish.load(public, place.dataset, place.n or 0).resource("changes")
    return resource.bytes if resource else 0


def _has_key(schema: pa.Schema, key: dict[str, pa.DataType]) -> bool:
    """Whether a changes file is of rows with this key: all other columns stand in it twice, before and after."""
    names = [name for name in schema.names if name != changes.CHANGE and not name.startswith(changes.BEFORE)]
    kinds = {name: schema.field(name).type for name in names if f"{changes.BEFORE}{name}" not in schema.names}
    return kinds == key


def _row(opened: parquet.Opened, wanted: dict[str, pa.Scalar], place: Place, path: str) -> Values | None:
    """The row of a key in a file, without the key, or None."""
    with readable(place, path):
        rows = opened.rows_with(wanted).to_pylist()
    if len(rows) > 1:
        raise IntegrityError(f"{path}: expected one row for each key, found {len(rows)} for one")
    return {name: value for name, value in rows[0].items() if name not in wanted} if rows else None


def _steps(
    changed_by_release: list[tuple[Document, Values | None]], read: Callable[[int], Values | None]
) -> tuple[list[RowRevision], Values | None]:
    """Go through what changed, oldest first, with the row as it stood."""
    steps: list[RowRevision] = []
    row: Values | None = None
    for release, changed in changed_by_release:
        before, kind = row, changed[changes.CHANGE] if changed else "schema"
        if changed:
            after = {name: value for name, value in changed.items() if f"{changes.BEFORE}{name}" in changed}
            row = None if kind == "delete" else {**(before or {}), **after}
        if release["kind"] == "schema" and row is not None:
            # A changes file knows the columns that both releases have: the new ones stand in the data only.
            row = read(release["n"])
        names = dict.fromkeys([*(before or {}), *(row or {})])
        moved = {name: Change((before or {}).get(name), (row or {}).get(name)) for name in names}
        moved = {name: change for name, change in moved.items() if change.old != change.new}
        if moved or kind in ("insert", "delete"):
            steps.append(RowRevision(release["n"], release["version"], release["created"], kind, moved))
    return steps, row
