"""The rows that fail the checks of a candidate, as the agency wrote them: kept beside it, in the private store.

No document names the file, so a release does not have it, and it is no part of a candidate's id. It holds no text that
a release might not publish too: neither a field that is not published, nor, with `quarantine: counts`, any text.
"""

import contextlib
from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog import keys
from catalog.declaration.dataset import Dataset
from catalog.formats import parquet, sheet_csv
from catalog.release.assemble import Assembled, File
from catalog.release.digest import sha256
from catalog.store import Absent, Store
from pipelines.candidate.verdict import Judged, shows_values
from pipelines.conform.columns import FETCH, ROW, plain, tells_records, told
from pipelines.conform.quarantine import KEY_CONFLICT
from pipelines.conform.rows import Conformed
from pipelines.declared import Declared
from pipelines.decode.parts.beside import FAULT
from quality.suite import READABLE

FAILING = "failing.parquet"
"""The file beside the candidate."""
RULE, COLUMN, VALUE = "_rule", "_column", "_value"
"""The id of the check; the column that it is about, and the raw text there, each null where there is none."""
_PLACES = (RULE, FETCH, ROW, COLUMN, VALUE)


def failing_rows(
    declared: Declared,
    conformed: Conformed,
    findings: Sequence[Judged],
    own: Collection[int],
    quarantine: pa.Table | None = None,
) -> pa.Table:
    """Return every row that fails a check, once for each check that it fails.

    Args:
        declared: says which texts may be told.
        conformed: the rows that were judged.
        findings: of the checks.
        own: the fetches that the candidate answers for. A check at `block` is about all of them.
        quarantine: as `pipelines.conform.quarantine.SCHEMA`; only keys with two contents are taken of it.

    Returns:
        `_rule`, `_fetch`, `_row`, `_column`, `_value`, then the raw texts of all published fields that may be told.
    """
    cells = told_fields(declared)
    position = _Position(conformed.raw) if any(finding.fails for finding in findings) else None
    parts = []
    for finding in findings:
        kept = finding if finding.check.severity == "block" else finding.of(set(own))
        if kept.fails and position:
            rows = position.take(kept.rows)
            parts.append(_part(rows, finding.check.id, _column(declared, rows, finding), cells))
    parts += _conflicts(conformed, quarantine, cells) if quarantine is not None else []
    return pa.concat_tables(parts) if parts else _schema(cells).empty_table()


def _conflicts(conformed: Conformed, quarantine: pa.Table, cells: Sequence[str]) -> list[pa.Table]:
    """The rows whose key has two contents in one fetch: no check of rows finds them."""
    entries = quarantine.filter(pc.equal(quarantine.column("rule"), KEY_CONFLICT)).to_pylist()
    by_column: dict[str, list[tuple[int, int]]] = {}
    for entry in entries:
        by_column.setdefault(entry["column"], []).append((entry["fetch"], entry["row"]))
    position = _Position(conformed.raw) if entries else None
    return [_part(position.take(rows), KEY_CONFLICT, column, cells) for column, rows in by_column.items() if position]


def told_fields(declared: Declared) -> tuple[str, ...]:
    """Return the fields whose raw texts may be told, in the order of the schema."""
    if not shows_values(declared):
        return ()
    shown = told(declared.dataset)
    return tuple(field.name for field in declared.dataset.published if field.name in shown and not field.occurrence)


class _Position:
    """Where the rows of a table stand."""

    def __init__(self, raw: pa.Table) -> None:
        self._raw = raw
        self._places = _places(*(raw.column(name).to_numpy() for name in (FETCH, ROW)))

    def take(self, rows: Sequence[tuple[int, int]]) -> pa.Table:
        """Return rows by their fetch and number, as plain texts."""
        fetch, row = np.array(rows, np.int64).T
        at = pc.index_in(pa.array(_places(fetch, row)), value_set=pa.array(self._places))
        return plain(self._raw.take(at))


def _places(fetch: np.ndarray, row: np.ndarray) -> np.ndarray:
    places: np.ndarray = (fetch << 32) | row
    return places


def _column(declared: Declared, rows: pa.Table, finding: Judged) -> str | None:
    """The column of the raw texts that a check is about."""
    if finding.check.id != READABLE:
        return finding.check.column
    told_whole = tells_records(declared.dataset) and shows_values(declared)
    return FAULT if told_whole and FAULT in rows.column_names else None


def _part(rows: pa.Table, rule: str, column: str | None, cells: Sequence[str]) -> pa.Table:
    known = column == FAULT or column in cells
    value = rows.column(column) if known and column in rows.column_names else pa.nulls(rows.num_rows, pa.string())
    named = pa.array([None if column == FAULT else column] * rows.num_rows, pa.string())
    columns = [pa.array([rule] * rows.num_rows, pa.string()), rows.column(FETCH), rows.column(ROW), named, value]
    columns += [rows.column(name) for name in cells]
    return pa.table(columns, names=[*_PLACES, *cells]).cast(_schema(cells))


def _schema(cells: Sequence[str]) -> pa.Schema:
    kinds = {name: pa.int64() if name in (FETCH, ROW) else pa.string() for name in (*_PLACES, *cells)}
    return pa.schema(kinds.items())


def with_failing(assembled: Assembled, failing: pa.Table) -> Assembled:
    """Return a candidate with its failing rows beside it; without, where there are none."""
    if not failing.num_rows:
        return assembled
    body = parquet.render(failing)
    return replace(assembled, files=(*assembled.files, File(FAILING, body, sha256(body))))


def failing_of(private: Store, slug: str, identity: str) -> pa.Table | None:
    """Read the failing rows of a candidate; None where they are not kept any more, or never were.

    Args:
        private: the store with candidates.
        slug: the dataset.
        identity: the candidate's id, which may be a release by now.
    """
    with contextlib.suppress(Absent, pa.ArrowException, OSError):
        return parquet.read(private.get(keys.candidate(slug, identity, FAILING)).body)
    return None


def of_rule(failing: pa.Table, rule: str) -> pa.Table:
    """Return the rows that fail one check."""
    return failing.filter(pc.equal(failing.column(RULE), rule))


def key_of(dataset: Dataset, cells: dict[str, str | None]) -> str:
    """Return the key of a failing row as the agency wrote it, for people; what may not be told is left out."""
    return ", ".join(f"{name}={cells[name] or ''}" for name in dataset.table.primary_key if name in cells)


def spreadsheet(failing: pa.Table) -> bytes:
    """Return failing rows as a CSV that a spreadsheet opens, in which no text is a formula."""
    return sheet_csv.render(sheet_csv.guard(failing).table)
