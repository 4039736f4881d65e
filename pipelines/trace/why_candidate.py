"""From a value of a candidate back to what the agency wrote, before anybody decides on it."""

from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from catalog.errors import DecisionError
from catalog.past.history import Change, RowRevision, parse_key, row_of, written
from catalog.release.document import Candidate, Release
from catalog.release.read import CandidateFiles
from pipelines.context import Context
from pipelines.trace.candidates import base_of_candidate, declared_of, files_of, find_candidate
from pipelines.trace.why import ReleasedCell, TracedValue, origin_of, provenance_of, value_of, why

Values = dict[str, Any]


class _Rows(NamedTuple):
    """One row as a candidate has it, and as the release has it that the candidate is made on; None where it is not."""

    before: Values | None
    now: Values | None


def why_candidate(ctx: Context, slug: str, key: str, column: str, identity: str) -> TracedValue:
    """Follow a value of a candidate back to what the agency wrote.

    Args:
        ctx: stores; nothing is written.
        slug: the dataset.
        key: the row's key, as `catalog.past.history.read_key` takes it.
        column: a published column.
        identity: 8 digits of the candidate's id or more.

    Returns:
        The value, and what brought it: the candidate, or a release before.

    Raises:
        DecisionError: no such candidate, row or column.
        IntegrityError: the evidence does not give what the candidate says.
    """
    candidate = find_candidate(ctx.private, [slug], identity)
    files, base = files_of(ctx, candidate), base_of_candidate(ctx, candidate)
    wanted = _key(candidate, files, key)
    rows = _rows(ctx, candidate, files, base, wanted)
    where = {name: value.as_py() for name, value in wanted.items()}
    if rows.now is None:
        takes = f"; it takes the row out, and release {base.n} has it" if rows.before and base else ""
        raise DecisionError(f"{slug}: candidate {candidate.identity[:16]} has no row {written(where)}{takes}")
    value = value_of(slug, where | rows.now, column)
    if base and rows.before is not None and column in rows.before | where and (rows.before | where)[column] == value:
        return why(ctx, slug, key, column, base.n)
    return _traced(ctx, candidate, column, where | {column: value}, rows)


def _traced(ctx: Context, candidate: Candidate, column: str, cells: Values, rows: _Rows) -> TracedValue:
    """A value that the candidate brings."""
    declared, files = declared_of(ctx, candidate), files_of(ctx, candidate)
    where = {name: cells[name] for name in files.schema()["primaryKey"]}
    cell = ReleasedCell(where, declared.dataset.field(column), cells[column])
    origin, quarantine = origin_of(ctx, declared, candidate, files, cell)
    return TracedValue(
        dataset=candidate.name,
        key=where,
        field=cell.field,
        value=cell.value,
        n=None,
        changed_by=_change(rows),
        kind=candidate.facts.kind,
        origin=origin,
        provenance=provenance_of(candidate, files),
        quarantine=quarantine,
        candidate=candidate.identity,
    )


def _key(candidate: Candidate, files: CandidateFiles, text: str) -> dict[str, pa.Scalar]:
    names, fields = list(files.schema()["primaryKey"]), files.columns()

    def sample() -> str:
        if not candidate.partitions:
            return f"the key is {', '.join(names)}"
        row = files.partition(max(candidate.partitions)).select(names).slice(0, 1).to_pylist()[0]
        return f"the key is {', '.join(names)}; write for instance '{written(row)}'"

    return parse_key(text, names, fields, sample)


def _rows(
    ctx: Context, candidate: Candidate, files: CandidateFiles, base: Release | None, wanted: dict[str, pa.Scalar]
) -> _Rows:
    """A row before and now; of partitions that do not change, nothing is read."""
    same_key = base is not None and list(files.schema()["primaryKey"]) == list(wanted)
    before = row_of(ctx.public, base, wanted) if base and same_key else None
    hashes = base.hashes if base else {}
    for label, digest in candidate.hashes.items():
        if hashes.get(label) == digest:
            continue
        if (row := _row(files.partition(label), wanted)) is not None:
            return _Rows(before, row)
    carried = any(hashes.get(label) == digest for label, digest in candidate.hashes.items())
    return _Rows(before, before if carried and before is not None and not _gone(files, wanted) else None)


def _row(table: pa.Table, wanted: dict[str, pa.Scalar]) -> Values | None:
    for name, value in wanted.items():
        table = table.filter(pc.equal(table.column(name), value))
    rows = table.drop_columns(list(wanted)).to_pylist()
    return rows[0] if rows else None


def _gone(files: CandidateFiles, wanted: dict[str, pa.Scalar]) -> bool:
    """Whether the candidate takes a row out."""
    moved = files.changes()
    row = _row(moved, wanted) if moved is not None else None
    return row is not None and row["_change"] == "delete"


def _change(rows: _Rows) -> RowRevision:
    now, before = rows.now or {}, rows.before or {}
    kind = "insert" if rows.before is None else "update"
    moved = {name: Change(before.get(name), value) for name, value in now.items() if before.get(name) != value}
    return RowRevision(0, "", "", kind, moved)
