"""Which rows a guard on removed or changed rows speaks of: by month, by codes, and some of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import rfc8785

from catalog import periods
from catalog.declaration.dataset import Dataset
from catalog.reasons.concerned import ConcernedRow, ConcernedRows, RowGroup, RowGroups
from catalog.reasons.values import GuardTripped
from catalog.release.changes import BEFORE, CHANGE, told
from pipelines.candidate.lag import time_field
from quality.guards import GuardFinding

KIND_OF = {"guard.removed": "delete", "guard.changed": "update"}
"""By guard, the changes that it counts."""
MOST_EXAMPLES = 20
_KEPT_EXAMPLES, _MOST_GROUPS, _MOST_FIELDS, _MOST_SIGNS = 5, 24, 2, 500
"""Examples that stay in a finding; values listed of a field; coded fields; signs of an example."""


def with_concerned(dataset: Dataset, moved: pa.Table | None, findings: Sequence[GuardFinding]) -> list[GuardFinding]:
    """Return what guards find, with the rows that they speak of where one of them trips.

    Args:
        dataset: the declaration.
        moved: the changes of the fold.
        findings: of the guards.
    """
    return [
        replace(one, concerned=concerned(dataset, moved, KIND_OF[one.id], _KEPT_EXAMPLES))
        if not one.success and one.id in KIND_OF
        else one
        for one in findings
    ]


def reason_of(finding: GuardFinding) -> GuardTripped:
    """Return a guard that trips as a reason."""
    return GuardTripped(
        guard=finding.id, observed=finding.observed, expected=finding.expected, concerned=finding.concerned
    )


def concerned(dataset: Dataset, moved: pa.Table | None, kind: str, most: int = MOST_EXAMPLES) -> ConcernedRows | None:
    """Count the rows of one kind of change by month and by codes, and give some of them.

    Args:
        dataset: the declaration.
        moved: changes, as `catalog.release.changes.compare` gives them.
        kind: insert, update or delete.
        most: how many examples to give.

    Returns:
        The rows; None where there are none.
    """
    rows = moved.filter(pc.equal(moved.column(CHANGE), kind)) if moved is not None else None
    if rows is None or not rows.num_rows:
        return None
    examples = []
    for one in rows.slice(0, most).to_pylist():
        _, key, _ = told(one, dataset.table.primary_key)
        examples.append(ConcernedRow(key=_cut(key), values=_cut(values_of(one))))
    return ConcernedRows(rows=rows.num_rows, groups=tuple(_groups(dataset, rows)), examples=tuple(examples))


def values_of(change: Mapping[str, Any]) -> str:
    """Return what a row has that comes or goes, or had and would have where that differs.

    Args:
        change: one row of a table of changes.
    """
    names = [name.removeprefix(BEFORE) for name in change if name.startswith(BEFORE)]
    if change[CHANGE] == "update":
        moved = [name for name in names if change[name] != change[f"{BEFORE}{name}"]]
        return "; ".join(f"{name}: {_text(change[f'{BEFORE}{name}'])} -> {_text(change[name])}" for name in moved)
    side = BEFORE if change[CHANGE] == "delete" else ""
    return "; ".join(f"{name}: {_text(value)}" for name in names if (value := change[f"{side}{name}"]) is not None)


def _text(value: Any) -> str:
    if value is None:
        return "(none)"
    if isinstance(value, float):
        return rfc8785.dumps(value).decode()  # as the CSV has it: 13, not 13.0
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_SIGNS else f"{text[: _MOST_SIGNS - 1]}…"


def _groups(dataset: Dataset, rows: pa.Table) -> list[RowGroups]:
    time = _time(dataset, rows)
    counted = [_counted(time, _periods(dataset, time, _before(rows, time)))] if time else []
    coded = [_counted(name, _before(rows, name).cast(pa.string())) for name in _coded(dataset, rows)]
    # The fewest values say most: counties rather than the stations in them. One value for each row says nothing.
    telling = sorted(
        (one for one in coded if len(one.groups) + one.more < rows.num_rows or rows.num_rows == 1), key=_size
    )
    return counted + telling[:_MOST_FIELDS]


def _size(groups: RowGroups) -> int:
    return len(groups.groups) + groups.more


def _time(dataset: Dataset, rows: pa.Table) -> str | None:
    """The field by whose months rows are counted: the one that tells of which time a row is, else the first time."""
    others = [field.name for field in dataset.published if field.type in periods.WITHIN]
    return next((name for name in (time_field(dataset), *others) if name in rows.column_names), None)


def _periods(dataset: Dataset, name: str, values: pa.ChunkedArray) -> pa.ChunkedArray:
    by_month = "month" in periods.WITHIN[dataset.field(name).type]
    return periods.labels(values, "month" if by_month else "year")


def _coded(dataset: Dataset, rows: pa.Table) -> list[str]:
    """The fields whose values are codes: from a list, or of another dataset."""
    referring = {name for reference in dataset.minsheng.references for name in reference.fields}
    return [
        field.name
        for field in dataset.published
        if (field.codes or field.categories or field.name in referring)
        and field.name in rows.column_names
        and field.type not in periods.WITHIN
    ]


def _before(rows: pa.Table, name: str) -> pa.ChunkedArray:
    """The values before the change; of the key, which has one value, that one."""
    return rows.column(f"{BEFORE}{name}") if f"{BEFORE}{name}" in rows.column_names else rows.column(name)


def _counted(name: str, values: pa.ChunkedArray) -> RowGroups:
    counts = pc.value_counts(values).to_pylist()
    ordered = sorted(counts, key=lambda one: (-one["counts"], one["values"] or ""))
    listed = [RowGroup(value=one["values"] or "", rows=one["counts"]) for one in ordered[:_MOST_GROUPS]]
    return RowGroups(field=name, groups=tuple(listed), more=len(ordered) - len(listed))
