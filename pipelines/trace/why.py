"""From a published value back to the release, the fetch, the body, the record and the rules that made it.

The changes files say which release changed the value, and the release says which fetches it folds. Usually only one of
these fetches is decoded.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from catalog.declaration.fields import FieldDeclaration
from catalog.derived import releases_json
from catalog.errors import DecisionError, IntegrityError
from catalog.past.history import History, RowRevision, history
from catalog.release import publish, served
from catalog.release.digest import Document
from catalog.release.document import Described, Release
from catalog.release.read import CandidateFiles, ReleaseFiles
from pipelines.candidate.checks import checks_of_rows
from pipelines.candidate.records import began_on, one_table, records_of
from pipelines.candidate.spoken import windows_of
from pipelines.candidate.verdict import judged, row_failures
from pipelines.conform.columns import ROW, columns_of, find_columns
from pipelines.conform.corrected import Seen
from pipelines.conform.quarantine import leave
from pipelines.conform.rows import Conformed, conform
from pipelines.context import Context
from pipelines.declared import Declared, of_release
from pipelines.decode.parts.beside import is_beside
from pipelines.evidence import LostEvidence
from pipelines.fold.conflicts import number
from pipelines.shape import shaped
from pipelines.shape.parts.origin import place_of
from pipelines.trace.explain import RuleApplied, explain
from quality.suite import LEAVES

Files = ReleaseFiles | CandidateFiles
_AGAIN = ("schema", "refold")
"""Kinds of releases that read old evidence again."""


@dataclass(frozen=True)
class Origin:
    """Where the value stands in the evidence."""

    k: int
    """The number of the fetch."""
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
    readings: tuple[RuleApplied, ...]
    decoded: int
    """How many fetches were decoded to find it."""


@dataclass(frozen=True)
class TracedValue:
    """A published value, and where it comes from."""

    dataset: str
    key: dict[str, Any]
    field: FieldDeclaration = field(repr=False)
    value: Any
    n: int | None
    """The release that was asked about; None for a candidate."""
    changed_by: RowRevision
    """The release that changed the value last, or that declared its column anew; of number 0 if the candidate did."""
    kind: str
    """The kind of that release, or of the candidate."""
    origin: Origin | None
    """None if the evidence is not in this store."""
    provenance: tuple[Document, ...]
    """The fetches that the release folds, as it publishes them: k, fetched_at, bodies."""
    quarantine: tuple[Document, ...]
    """The entries in quarantine about this cell, or about its whole row."""
    candidate: str | None = None
    """The id of the candidate that was asked about."""


def why(ctx: Context, slug: str, key: str, column: str, n: int | None = None) -> TracedValue:
    """Follow a published value back to what the agency wrote.

    Args:
        ctx: stores; nothing is written.
        slug: the dataset.
        key: the row's key, as `catalog.past.history.read_key` takes it.
        column: a published column.
        n: the release in which the value stands; the newest, if none is named.

    Returns:
        The value with its release, fetch, record and rules.

    Raises:
        DecisionError: no such dataset, release, row or column.
        IntegrityError: the evidence does not give what the release says.
    """
    past = history(ctx.public, slug, key, n)
    asked = served.whole(ctx.public, slug, n)
    if past.row is None:
        raise _gone(past, n)
    value = value_of(past.dataset, past.key | past.row, column)
    changed_by = _changed_by(ctx, past, column, asked)
    release = publish.load(ctx.public, slug, changed_by.n)
    declared = of_release(ctx.public, ctx.private, release)
    field_, files = declared.dataset.field(column), ReleaseFiles(ctx.public, release)
    origin, quarantine = origin_of(ctx, declared, release, files, ReleasedCell(past.key, field_, value))
    return TracedValue(
        dataset=slug,
        key=past.key,
        field=field_,
        value=value,
        n=asked.n,
        changed_by=changed_by,
        kind=release.facts.kind,
        origin=origin,
        provenance=provenance_of(release, files),
        quarantine=quarantine,
    )


def value_of(slug: str, values: dict[str, Any], column: str) -> Any:
    """Return the value of a column in a row.

    Raises:
        DecisionError: there is no such column.
    """
    if column not in values:
        raise DecisionError(f"{slug} has no column {column!r}; there are {', '.join(values)}")
    return values[column]


def _gone(past: History, n: int | None) -> DecisionError:
    last = past.steps[-1]
    return DecisionError(
        f"{past.dataset}: the row is not in release {n or last.n}: release {last.n} took it out; "
        f"`minsheng history` shows its values, and --release {last.n - 1} asks about the last of them"
    )


class ReleasedCell(NamedTuple):
    """A published cell."""

    key: dict[str, Any]
    field: FieldDeclaration
    value: Any


def provenance_of(release: Described, files: Files) -> tuple[Document, ...]:
    """Return what a release, or a candidate, tells about the fetches that it folds."""
    fact = files.fact("provenance")
    fetches = _fetches(release)
    return tuple(fetch for fetch in fact.get("evidence", ()) if fetch["k"] in fetches)


def origin_of(
    ctx: Context, declared: Declared, release: Described, files: Files, cell: ReleasedCell
) -> tuple[Origin | None, tuple[Document, ...]]:
    """Return the place of a cell in the evidence, if that is here, and the entries in quarantine about it.

    Args:
        ctx: stores; nothing is written.
        declared: the dataset as the release declares it.
        release: a release, or a candidate.
        files: its files.
        cell: the cell.
    """
    try:
        origin, quarantine = _search(ctx, declared, release, _listed(declared, files), cell)
    except LostEvidence:
        return None, ()
    return origin, tuple(
        entry
        for entry in quarantine
        if (entry["fetch"], entry["row"]) == (origin.k, origin.row) and entry["column"] in (cell.field.name, None)
    )


def _fetches(release: Described) -> list[int]:
    """The fetches that a release folds. Where they have the same key, the first of them counts."""
    own, over = (set(fetches) for fetches in (release.facts.evidence, release.facts.over))
    if release.facts.kind in _AGAIN:
        return sorted(own | over, reverse=True)
    return sorted(own, reverse=True) + sorted(over - own, reverse=True)


def _changed_by(ctx: Context, past: History, column: str, asked: Release) -> RowRevision:
    """The release that changed a value last, or a later change of schema that gave its column, its type or its unit.

    A change of schema reads all evidence again, and may find the same value, or again no value.
    """
    last = next(step for step in reversed(past.steps) if step.kind == "insert" or column in step.columns)
    for release in reversed(releases_json.upto(ctx.public, past.dataset, asked)[last.n :]):
        if release["kind"] == "schema" and _shape(ctx, past.dataset, release["n"], column) != _shape(
            ctx, past.dataset, publish.load(ctx.public, past.dataset, release["n"]).facts.base or 1, column
        ):
            return RowRevision(release["n"], release["version"], release["created"], release["kind"], {})
    return last


def _shape(ctx: Context, slug: str, n: int, column: str) -> tuple[str, str, str | None, bool] | None:
    """Name, type and unit of a column in a release; None if the release has no such column."""
    shape = of_release(ctx.public, ctx.private, publish.load(ctx.public, slug, n)).dataset.shape
    return next((shape_of_field for shape_of_field in shape if shape_of_field[0] == column), None)


def _listed(declared: Declared, files: Files) -> list[Document] | None:
    """The quarantine of a release; None if the release publishes only counts."""
    if declared.dataset.minsheng.quarantine == "counts":
        return None
    quarantine = files.quarantine()
    entries: list[Document] = [] if quarantine is None else quarantine.to_pylist()
    return entries


def _left(declared: Declared, conformed: Conformed) -> list[Document]:
    """What left of a fetch, judged again, because its release publishes only counts."""
    checks = [check for check in checks_of_rows(declared) if check.rule is None and check.severity in LEAVES]
    findings = judged(declared.dataset.name, conformed, checks) if checks else []
    left = leave(declared.dataset, conformed, row_failures(conformed, findings))
    entries: list[Document] = left.quarantine.to_pylist()
    return entries


def _search(
    ctx: Context, declared: Declared, release: Described, listed: list[Document] | None, cell: ReleasedCell
) -> tuple[Origin, list[Document]]:
    """Decode fetches until one has the row with this value, and return what left of that fetch too.

    Nearly always this is the first fetch.
    """
    fetches = _asked_for(ctx, declared, cell.key, _fetches(release))
    for count, k in enumerate(fetches, 1):
        pages = records_of(ctx, declared.dataset, k)
        shape = shaped(declared.dataset, one_table(pages))
        heard = find_columns(declared.dataset, k, shape, began_on(ctx, declared, k))
        raw, seen = heard.table, heard.corrections.get(k, {})
        conformed = conform(declared.dataset, raw, declared.tables)
        quarantine = _left(declared, conformed) if listed is None else listed
        if declared.dataset.occurrence:
            conformed = replace(conformed, rows=_numbered(declared, conformed, quarantine))
        i = _index(conformed, k, cell, quarantine)
        if i is not None:
            typed = conformed.rows.column(cell.field.name)[i].as_py()
            row = _Row(k, raw.column(ROW)[i].as_py() - 1, count, pages, shape, raw.slice(i, 1), typed, seen)
            return _origin(ctx, declared, cell.field, row), quarantine
    numbers = ", ".join(map(str, fetches))
    of = f"release {release.n}" if isinstance(release, Release) else "the candidate"
    tells = (
        f"; `minsheng rebuild {declared.slug}@{release.n}` tells whether the evidence still gives it"
        if isinstance(release, Release)
        else ""
    )
    raise IntegrityError(
        f"{declared.slug}: none of the fetches {numbers} of {of} gives {cell.field.name} = {cell.value!r}{tells}"
    )


def _index(conformed: Conformed, k: int, cell: ReleasedCell, quarantine: list[Document]) -> int | None:
    """The row of a fetch, from 0, that gives a cell its value; None if none does."""
    gone = {(entry["fetch"], entry["row"]) for entry in quarantine if entry["left"] == "row"}
    emptied = {(entry["fetch"], entry["row"]) for entry in quarantine if entry["column"] == cell.field.name}
    for i in _rows(conformed, cell.key):
        place = (k, conformed.raw.column(ROW)[i].as_py())
        if place in gone:
            continue
        if _published(conformed, cell.field, i) == cell.value or (cell.value is None and place in emptied):
            return i
    return None


def _numbered(declared: Declared, conformed: Conformed, quarantine: list[Document]) -> pa.Table:
    """The typed rows of a fetch, in their order; those that stay are counted as the fold counts them."""
    gone = [entry["row"] for entry in quarantine if entry["left"] == "row"]
    stay = leave(declared.dataset, conformed, []).rows
    stay = stay.filter(pc.invert(pc.is_in(stay.column(ROW), value_set=pa.array(gone, pa.int64()))))
    counted, name = number(declared.dataset, stay), declared.dataset.occurrence
    numbers = counted.column(name).take(pc.index_in(conformed.rows.column(ROW), value_set=counted.column(ROW)))
    return conformed.rows.set_column(conformed.rows.schema.get_field_index(name), name, numbers)


def _asked_for(ctx: Context, declared: Declared, key: dict[str, Any], ks: list[int]) -> list[int]:
    """Those of the fetches whose window covers a key. A fetch without a window covers every key."""
    if declared.dataset.minsheng.window_from:
        return ks  # a row lies in the window of each fetch that has it
    windows = windows_of(ctx, declared, ks)
    row = pa.table({name: pa.array([value], declared.dataset.field(name).arrow) for name, value in key.items()})
    return [k for k in ks if k not in windows or windows[k].covers(row).all()]


def _rows(conformed: Conformed, key: dict[str, Any]) -> list[int]:
    """The rows with a key, from 0."""
    has_key = None
    for name, value in key.items():
        column = conformed.rows.column(name)
        equal = pc.fill_null(pc.equal(column, pa.scalar(value, column.type)), False)
        has_key = equal if has_key is None else pc.and_(has_key, equal)
    return pc.indices_nonzero(has_key).to_pylist() if has_key is not None else []


def _published(conformed: Conformed, field_: FieldDeclaration, i: int) -> Any:
    """The value of a cell as it is published: null if it breaks a rule of the schema that takes it out."""
    for failure in conformed.failures:
        if failure.field == field_.name and failure.severity in LEAVES and failure.mask[i].as_py():
            return None
    return conformed.rows.column(field_.name)[i].as_py()


class _Row(NamedTuple):
    """A row of a fetch."""

    k: int
    i: int
    """The row within the fetch, from 0."""
    decoded: int
    """How many fetches were decoded to find it."""
    pages: list[pa.Table]
    """The records of each page of the fetch."""
    shape: pa.Table
    """The records of all pages, as `pipelines.shape.shaped` gives them."""
    raw: pa.Table
    """The row alone, as `pipelines.conform.columns.RawRows.table`."""
    typed: Any
    """The value of its cell, before anything is taken out."""
    seen: Mapping[str, Seen]
    """By correction, what it found in the fetch."""


def _mended(declared: Declared, field_: FieldDeclaration, row: _Row) -> list[RuleApplied]:
    """The correction of a cell, if there is one: it comes before anything is read."""
    return [
        RuleApplied(one.check, f"{one.found!r} is a fault of the source: {one.reason.en}", one.value)
        for one in declared.dataset.minsheng.corrections
        if one.field == field_.name and row.i + 1 in row.seen[one.id].rows
    ]


def _origin(ctx: Context, declared: Declared, field_: FieldDeclaration, row: _Row) -> Origin:
    record = ctx.evidence(declared.dataset.name).read(row.k)
    names = [name for name in row.shape.column_names if not is_beside(name)]
    place = place_of(row.shape, columns_of(declared.dataset, names)[field_.name], row.i)
    page, before = 0, 0
    while place.record >= before + row.pages[page].num_rows:
        before += row.pages[page].num_rows
        page += 1
    column = place.column if place.column in row.pages[page].column_names else None
    response = record.answers[page]
    return Origin(
        k=row.k,
        fetched_at=record.fetched_at.isoformat(),
        page=page + 1,
        pages=len(row.pages),
        address=response["address"],
        body_sha256=response["sha256"],
        body_bytes=response["bytes"],
        record=place.record - before + 1,
        row=row.i + 1,
        column=None if column and is_beside(column) else column,
        raw=row.pages[page].column(column)[place.record - before].as_py() if column else None,
        readings=(*_mended(declared, field_, row), *explain(declared, field_, row.raw, row.typed)),
        decoded=row.decoded,
    )
