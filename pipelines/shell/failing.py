"""The rows that fail a check, as its metadata shows them; the file with all of them; and where the kept bytes are.

Texts of an agency go into tables and texts, which the UI shows as they are.
"""

import contextlib
import shlex
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import dagster as dg
import pyarrow as pa
import pyarrow.compute as pc

from catalog.declaration.dataset import Dataset
from catalog.errors import DecisionError
from catalog.past.history import written
from catalog.release import publish
from catalog.release.digest import Document
from catalog.release.read import CandidateFiles
from pipelines.candidate.concerned import KIND_OF, concerned
from pipelines.candidate.failing import COLUMN, RULE, VALUE, failing_of, key_of, of_rule
from pipelines.conform.columns import FETCH, ROW
from pipelines.context import Context
from pipelines.shell.forms import correct_link

MOST_SHOWN = 20
"""Failing rows in the metadata of a check; the linked file has all of them."""
_MOST_FETCHES = 5
_FIRST, _LAST = ("value", "key", "column", "rule"), ("fetch", "row")
"""The value first: a key of many fields is wide, and the UI does not break it."""
_NAMED = {"guard.removed": "rows_that_go", "guard.changed": "rows_that_change"}
PLACE = "/failing"
"""Begins the addresses of the files with all failing rows, on the web server of the UI (webserver.py)."""


class KeptBeside(NamedTuple):
    """What a quality fact does not hold of a candidate, or of the candidate that a release was."""

    dataset: Dataset
    identity: str
    failing: pa.Table | None
    """As `pipelines.candidate.failing.failing_rows`; None where it is not kept any more."""
    moved: pa.Table | None = None
    """The changes of rows, where a guard trips because of them."""


def beside(ctx: Context, dataset: Dataset, fact: Document, identity: str) -> KeptBeside:
    """Read what lies beside a quality fact; nothing is read where no row fails.

    Args:
        ctx: the run.
        dataset: the declaration.
        fact: the `quality` fact.
        identity: the candidate's id.
    """
    fails = any(not check["success"] for check in fact["checks"]) or fact["quarantine"]["listed"]
    trips = any(guard["id"] in KIND_OF and not guard["success"] for guard in fact["guards"])
    failing = failing_of(ctx.private, dataset.name, identity) if fails else None
    return KeptBeside(dataset, identity, failing, _moved(ctx, dataset.name, identity) if trips else None)


def _moved(ctx: Context, slug: str, identity: str) -> pa.Table | None:
    """The changes of a candidate; None where it is not kept any more."""
    with contextlib.suppress(DecisionError):
        return CandidateFiles(ctx.private, ctx.public, publish.staged(ctx.private, slug, identity)).changes()
    return None


def link(slug: str, identity: str, rule: str) -> str:
    """Return the path of the file with all rows that fail a check."""
    return f"{PLACE}/{slug}/{identity}/{rule}.csv"


def failing_metadata(found: KeptBeside, rule: str) -> dict[str, Any]:
    """Return what is shown of the rows that fail a check; nothing where they are not kept.

    Args:
        found: what lies beside the fact.
        rule: the id of the check.
    """
    rows = of_rule(found.failing, rule) if found.failing is not None else None
    if rows is None or not rows.num_rows:
        return {}
    shown = rows.slice(0, MOST_SHOWN)
    cells = [name for name in rows.column_names if not name.startswith("_")]
    slug, known = found.dataset.name, {*found.dataset.table.primary_key, shown.column(COLUMN)[0].as_py()}
    others = [name for name in cells if name not in known]
    return {
        "failing_rows": dg.MetadataValue.table(
            [dg.TableRecord(_record(found.dataset, one, others)) for one in shown.to_pylist()],
            dg.TableSchema(columns=list(_columns(found.dataset, others))),
        ),
        "shown": f"{shown.num_rows:,} of {rows.num_rows:,} failing rows",
        "all_failing_rows": dg.MetadataValue.url(link(slug, found.identity, rule)),
        "kept_bytes": _commands(list(_kept(slug, rows))),
        **_correction(found.dataset, shown, cells),
    }


def _correction(dataset: Dataset, rows: pa.Table, cells: Sequence[str]) -> dict[str, Any]:
    """The form that corrects the first failing cell; what to read instead, and why, is for the steward to write."""
    key = [name for name in dataset.table.primary_key if name != dataset.occurrence]
    if not set(key) <= set(cells):
        return {}
    for row in rows.to_pylist():
        where = written({name: row[name] or "" for name in key})
        # What moves the cursor, or the order of letters, would show another key than it is.
        if row[FETCH] and row[COLUMN] in cells and where.isprintable():
            filled = {"dataset": dataset.name, "key": where, "column": row[COLUMN], "evidence": row[FETCH]}
            return {"to_correct": dg.MetadataValue.url(correct_link(**filled))}
    return {}


def lift_metadata(slug: str, check: str) -> dict[str, Any]:
    """Return the form that lifts a correction which finds its wrong text no more.

    Args:
        slug: the dataset.
        check: the id of its check.
    """
    kind, _, identity = check.partition(".")
    return {"to_lift": dg.MetadataValue.url(correct_link(dataset=slug, lift=identity))} if kind == "correction" else {}


def concerned_metadata(found: KeptBeside, guard: str) -> dict[str, Any]:
    """Return what is shown of the rows that a guard speaks of: some of them, and how many of each month and place.

    Args:
        found: what lies beside the fact.
        guard: its id.
    """
    rows = concerned(found.dataset, found.moved, KIND_OF[guard]) if guard in KIND_OF else None
    if rows is None:
        return {}
    shown: dict[str, Any] = {"concerned": rows.rows}
    for groups in rows.groups:
        counted = [(one.value, one.rows) for one in groups.groups]
        counted += [(f"and {groups.more:,} more values", 0)] if groups.more else []
        records = [dg.TableRecord({groups.field: value, "rows": count}) for value, count in counted]
        shown[f"by_{groups.field}"] = dg.MetadataValue.table(records)
    named = [dg.TableRecord({"key": one.key, "values": one.values}) for one in rows.examples]
    return shown | {_NAMED[guard]: dg.MetadataValue.table(named), "shown": f"{len(named):,} of {rows.rows:,} rows"}


def _record(dataset: Dataset, row: dict[str, Any], cells: Sequence[str]) -> dict[str, str | int]:
    first = (row[VALUE] or "", key_of(dataset, row), row[COLUMN] or "", row[RULE])
    last = {"fetch": row[FETCH], "row": row[ROW]}
    return dict(zip(_FIRST, first, strict=True)) | {_called(name): row[name] or "" for name in cells} | last


def _columns(dataset: Dataset, cells: Sequence[str]) -> Iterator[dg.TableColumn]:
    yield from (dg.TableColumn(name, "string") for name in _FIRST)
    for name in cells:
        title = dataset.field(name).title
        yield dg.TableColumn(_called(name), "string", description=f"{title.en} / {title.zh_tw}")
    yield from (dg.TableColumn(name, "int") for name in _LAST)


def _called(name: str) -> str:
    """The name of a field in the table, where it may be that of another column."""
    return f"{name} (cell)" if name in (*_FIRST, *_LAST) else name


def _commands(lines: list[str]) -> dg.MetadataValue[Any]:
    """Commands to be copied: a text of several lines would be shown as one."""
    if len(lines) == 1:
        return dg.MetadataValue.text(lines[0])
    return dg.MetadataValue.table([dg.TableRecord({"command": line}) for line in lines])


def _kept(slug: str, rows: pa.Table) -> Iterator[str]:
    """The commands that give the kept bytes of the fetches that brought failing rows."""
    fetches = [k for k in pc.unique(rows.column(FETCH)).to_pylist() if k]  # 0: rows of a release, judged again
    for k in sorted(fetches)[:_MOST_FETCHES]:
        yield shlex.join(["minsheng", "evidence", slug, str(k), "--save", "."])
    if len(fetches) > _MOST_FETCHES:
        yield f"# and of {len(fetches) - _MOST_FETCHES:,} more fetches"
