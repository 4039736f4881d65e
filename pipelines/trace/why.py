"""From a published value back to the release, the fetch, the body, the record and the rules that made it.

The changes files say which release brought it, the release says which fetches it folds, and of those one is decoded.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from catalog.declaration.fields import FieldDeclaration
from catalog.derived import releases_json
from catalog.errors import DecisionError, IntegrityError
from catalog.past.history import History, Step, history
from catalog.release import publish
from catalog.release.digest import Document
from catalog.release.document import Release
from catalog.release.read import ReleaseFiles
from catalog.store import Absent
from pipelines.answers import decoded
from pipelines.candidate.checks import checks_of_rows
from pipelines.candidate.records import windows_of
from pipelines.candidate.verdict import judged, row_failures
from pipelines.conform.columns import ROW, fold_name, hear
from pipelines.conform.quarantine import leave
from pipelines.conform.rows import Conformed, conform
from pipelines.context import Context
from pipelines.declared import Declared, of_release
from pipelines.trace.explain import Reading, explain
from quality.suite import LEAVES

_AGAIN = ("schema", "refold")
"""Kinds of releases that read old evidence once more."""


@dataclass(frozen=True)
class Heard:
    """Where in the evidence the value stands."""

    k: int
    fetched_at: str
    page: int
    """From 1."""
    pages: int
    address: str
    body_sha256: str
    body_bytes: int
    record: int
    """Within its page, from 1."""
    row: int
    """Within the fetch, from 1: the number that quarantine and checks use."""
    column: str | None
    """As the agency names it; None where it sent no such column."""
    raw: str | None
    """The agency's text, before anything is trimmed."""
    readings: tuple[Reading, ...]
    decoded: int
    """How many fetches were decoded to find it."""


@dataclass(frozen=True)
class Why:
    """The answer."""

    dataset: str
    key: dict[str, Any]
    field: FieldDeclaration = field(repr=False)
    value: Any
    n: int
    """The release that was asked about."""
    brought: Step
    """What the release did that changed the value last, or declared its column anew."""
    kind: str
    """The kind of that release."""
    heard: Heard | None
    """None where the evidence is not here."""
    provenance: tuple[Document, ...]
    """What that release says in public of the fetches that it folds: k, fetched_at, bodies."""
    quarantine: tuple[Document, ...]
    """What left of this cell, or of the whole row: as its quarantine lists it, or as the evidence tells."""


def why(ctx: Context, slug: str, key: str, column: str, n: int | None = None) -> Why:
    """Follow a published value back to what the agency wrote.

    Args:
        ctx: stores; nothing is written.
        slug: the dataset.
        key: the row's key, as `catalog.past.history.read_key` takes it.
        column: a published column.
        n: the release in which the value stands; the newest, if none is named.

    Raises:
        DecisionError: no such dataset, release, row or column.
        IntegrityError: the evidence does not give what the release says.
    """
    found = history(ctx.public, slug, key, n)
    asked = publish.load(ctx.public, slug, n) if n else publish.newest(ctx.public, slug)
    if asked is None or found.row is None:
        last = found.steps[-1]
        raise DecisionError(
            f"{slug}: the row is not in release {n or last.n}: release {last.n} took it out; "
            f"`minsheng history` shows its values, and --release {last.n - 1} asks about the last of them"
        )
    whole = found.key | found.row
    if column not in whole:
        raise DecisionError(f"{slug} has no column {column!r}; there are {', '.join(whole)}")
    brought = _brought(ctx, found, column, asked)
    release = publish.load(ctx.public, slug, brought.n)
    declared = of_release(ctx.public, ctx.private, release)
    column_field = declared.dataset.field(column)
    provenance = ReleaseFiles(ctx.public, release).fact("provenance")
    fetches = _fetches(release)
    try:
        heard, left = _search(ctx, declared, release, found, column_field)
    except Absent:
        heard, left = None, []
    return Why(
        dataset=slug,
        key=found.key,
        field=column_field,
        value=whole[column],
        n=asked.n,
        brought=brought,
        kind=release.facts.kind,
        heard=heard,
        provenance=tuple(one for one in provenance.get("evidence", ()) if one["k"] in fetches),
        quarantine=tuple(
            one
            for one in left
            if heard and (one["fetch"], one["row"]) == (heard.k, heard.row) and one["column"] in (column, None)
        ),
    )


def _fetches(release: Release) -> list[int]:
    """The fetches that a release folds, the one whose word counts most first."""
    own, over = (set(fetches) for fetches in (release.facts.evidence, release.facts.over))
    if release.facts.kind in _AGAIN:
        return sorted(own | over, reverse=True)
    return sorted(own, reverse=True) + sorted(over - own, reverse=True)


def _brought(ctx: Context, found: History, column: str, asked: Release) -> Step:
    """The step that changed a value last; or a later change of schema that gave its column, or its type or unit.

    Such a release reads all evidence anew, and may all the same find the value that was there, or again none.
    """
    last = next(one for one in reversed(found.steps) if one.kind == "insert" or column in one.columns)
    for one in reversed(releases_json.upto(ctx.public, found.dataset, asked)[last.n :]):
        if one["kind"] == "schema" and _shape(ctx, found.dataset, one["n"], column) != _shape(
            ctx, found.dataset, one["n"] - 1, column
        ):
            return Step(one["n"], one["version"], one["created"], one["kind"], {})
    return last


def _shape(ctx: Context, slug: str, n: int, column: str) -> tuple[str, str, str | None, bool] | None:
    """Name, type and unit of a column in a release; None where it has none."""
    shape = of_release(ctx.public, ctx.private, publish.load(ctx.public, slug, n)).dataset.shape
    return next((one for one in shape if one[0] == column), None)


def _listed(ctx: Context, declared: Declared, release: Release) -> list[Document] | None:
    """The quarantine of a release; None where it is not published."""
    if declared.dataset.minsheng.quarantine == "counts":
        return None
    table = ReleaseFiles(ctx.public, release).quarantine()
    listed: list[Document] = table.to_pylist() if table else []
    return listed


def _left(declared: Declared, conformed: Conformed) -> list[Document]:
    """What left of a fetch, judged once more: its release tells only how much."""
    asked = [one for one in checks_of_rows(declared) if one.rule is None and one.severity in LEAVES]
    found = judged(declared.dataset.name, conformed, asked) if asked else []
    left: list[Document] = leave(declared.dataset, conformed, row_failures(conformed, found)).quarantine.to_pylist()
    return left


def _search(
    ctx: Context,
    declared: Declared,
    release: Release,
    wanted: History,
    column_field: FieldDeclaration,
) -> tuple[Heard, list[Document]]:
    """Decode fetches until one has the row with this value, nearly always the first; and say what left of it."""
    value = (wanted.key | (wanted.row or {}))[column_field.name]
    listed = _listed(ctx, declared, release)
    fetches = _spoken_for(ctx, declared, wanted.key, _fetches(release))
    for count, k in enumerate(fetches, 1):
        pages = decoded(ctx, declared.dataset, k)
        records = pa.concat_tables(pages, promote_options="default")
        heard = hear(declared.dataset, k, records)
        conformed = conform(declared.dataset, heard.raw, declared.tables)
        left = _left(declared, conformed) if listed is None else listed
        gone = {(one["fetch"], one["row"]) for one in left if one["left"] == "row"}
        emptied = {(one["fetch"], one["row"]) for one in left if one["column"] == column_field.name}
        for i in _rows(conformed, wanted.key):
            row = heard.raw.column(ROW)[i].as_py()
            if (k, row) in gone:
                continue
            if _published(conformed, column_field, i) == value or (value is None and (k, row) in emptied):
                place = _Place(k, row - 1, count, pages, records, heard.raw.slice(i, 1))
                return _told(ctx, declared, column_field, place), left
    said = ", ".join(map(str, fetches))
    raise IntegrityError(
        f"{declared.slug}: none of the fetches {said} of release {release.n} gives {column_field.name} = "
        f"{value!r}; `minsheng rebuild {declared.slug}@{release.n}` tells whether the evidence still gives the release"
    )


def _spoken_for(ctx: Context, declared: Declared, key: dict[str, Any], ks: list[int]) -> list[int]:
    """Those of fetches that asked for a key, where each asked for a window."""
    asked = windows_of(ctx, declared, ks)
    row = pa.table({name: pa.array([value], declared.dataset.field(name).arrow) for name, value in key.items()})
    return [k for k in ks if k not in asked or asked[k].covers(row).all()]


def _rows(conformed: Conformed, key: dict[str, Any]) -> list[int]:
    """The rows with a key, from 0."""
    here = None
    for name, value in key.items():
        column = conformed.rows.column(name)
        equal = pc.fill_null(pc.equal(column, pa.scalar(value, column.type)), False)
        here = equal if here is None else pc.and_(here, equal)
    return pc.indices_nonzero(here).to_pylist() if here is not None else []


def _published(conformed: Conformed, column_field: FieldDeclaration, i: int) -> Any:
    """The value of a cell once what breaks a rule of the schema has left."""
    for failure in conformed.failures:
        if failure.field == column_field.name and failure.severity in LEAVES and failure.mask[i].as_py():
            return None
    return conformed.rows.column(column_field.name)[i].as_py()


class _Place(NamedTuple):
    """A row of a fetch."""

    k: int
    i: int
    """Within the fetch, from 0."""
    decoded: int
    pages: list[pa.Table]
    records: pa.Table
    raw: pa.Table


def _told(ctx: Context, declared: Declared, column_field: FieldDeclaration, place: _Place) -> Heard:
    record, records = ctx.evidence(declared.dataset.name).read(place.k), place.records
    page, before = 0, 0
    while place.i >= before + place.pages[page].num_rows:
        before += place.pages[page].num_rows
        page += 1
    names = {fold_name(name) for name in column_field.heard}
    column = next((name for name in records.column_names if fold_name(name) in names), None)
    said = record.pages[page]
    return Heard(
        k=place.k,
        fetched_at=record.fetched_at.isoformat(),
        page=page + 1,
        pages=len(place.pages),
        address=said["address"],
        body_sha256=said["sha256"],
        body_bytes=said["bytes"],
        record=place.i - before + 1,
        row=place.i + 1,
        column=column,
        raw=records.column(column)[place.i].as_py() if column else None,
        readings=tuple(explain(declared, column_field, place.raw)),
        decoded=place.decoded,
    )
