"""Findings about heard rows, and the `quality` fact that a release publishes of them."""

from dataclasses import dataclass, replace
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from catalog.declaration.fields import Severity
from catalog.errors import IntegrityError
from catalog.reasons.sentences import published
from catalog.reasons.values import CheckFailed, Finding, GuardTripped
from catalog.release.digest import Document
from catalog.release.document import Verdict
from pipelines.conform.columns import FETCH, ROW
from pipelines.conform.quarantine import SCHEMA, RowFailure, counts
from pipelines.conform.rows import Conformed
from pipelines.declared import Declared
from quality.guards import QUARANTINED, FetchFigures, GuardFinding
from quality.suite import LEAVES, Check, shadow

MOST_EXAMPLES = 20
"""How many failing rows of a check are published; the count is always whole."""


@dataclass(frozen=True)
class Judged:
    """What became of a check, and how the first failing cells read."""

    check: Check
    elements: int
    rows: tuple[tuple[int, int], ...]
    """`(fetch, row)` of each row that fails."""
    examples: tuple[Document, ...]

    @property
    def fails(self) -> bool:
        """Whether some row fails."""
        return bool(self.rows)

    @property
    def fetches(self) -> set[int]:
        """The fetches with a failing row."""
        return {fetch for fetch, _ in self.rows}

    @property
    def values(self) -> tuple[str, ...]:
        """The first failing values, each once; none where the failing cells are empty."""
        return tuple(dict.fromkeys(str(one["value"]) for one in self.examples[:5] if one["value"] is not None))

    def of(self, fetches: set[int]) -> "Judged":
        """The same finding, of the rows of some fetches only."""
        if self.fetches <= fetches:
            return self
        rows = tuple(one for one in self.rows if one[0] in fetches)
        return replace(self, rows=rows, examples=tuple(one for one in self.examples if one["fetch"] in fetches))


def judged(slug: str, conformed: Conformed, asked: list[Check]) -> list[Judged]:
    """Ask Great Expectations of the rows heard: typed, beside shadow columns of what could not be read.

    Raises:
        IntegrityError: it and the conforming step do not agree on which rows break a rule of the schema.
    """
    from quality.run import judge  # here: unchanged and refused nights do not pay its seconds

    none = pa.nulls(conformed.rows.num_rows, pa.dictionary(pa.int8(), pa.string()))  # an eighth of the bytes of texts
    table = conformed.rows
    for name in conformed.rows.column_names[2:]:
        table = table.append_column(shadow(name), conformed.unread.get(name, none))
    found = []
    masks = {one.check: one.mask for one in conformed.failures}
    for finding in judge(table, asked, slug):
        if finding.check.rule is not None:
            ours = pc.sum(masks[finding.check.id]).as_py() if finding.check.id in masks else 0
            if ours != len(finding.rows):
                raise IntegrityError(
                    f"{slug}: the check {finding.check.id} finds {len(finding.rows)} rows and conforming finds {ours}: "
                    "this is a fault of the software; nothing is released, please report it"
                )
        found.append(
            Judged(finding.check, finding.elements, finding.rows, _examples(conformed, finding.check, finding.rows))
        )
    return found


def row_failures(conformed: Conformed, found: list[Judged]) -> list[RowFailure]:
    """Return what the checks of quality.yaml take out, as `quarantine.leave` wants it."""
    return [
        RowFailure(one.check.id, one.check.severity, one.check.column, _mask(conformed.rows, one.rows))
        for one in found
        if one.check.rule is None and one.rows and one.check.severity in LEAVES
    ]


def _mask(rows: pa.Table, places: tuple[tuple[int, int], ...]) -> pa.BooleanArray:
    """Which rows stand at these (fetch, row) places."""
    wanted = pa.array([(fetch << 32) | row for fetch, row in places], pa.int64())
    here = pc.bit_wise_or(pc.shift_left(rows.column(FETCH), 32), rows.column(ROW)).combine_chunks()
    mask = pc.is_in(here, value_set=wanted)
    return pa.concat_arrays(mask.chunks) if isinstance(mask, pa.ChunkedArray) else mask


def _examples(conformed: Conformed, check: Check, rows: tuple[tuple[int, int], ...]) -> tuple[Document, ...]:
    found = []
    for fetch, row in rows[:MOST_EXAMPLES]:
        at = pc.and_(pc.equal(conformed.raw.column(FETCH), fetch), pc.equal(conformed.raw.column(ROW), row))
        line = conformed.raw.filter(at).to_pylist()[0]
        found.append({"fetch": fetch, "row": row, "value": line.get(check.column) if check.column else None})
    return tuple(found)


def tripping(found: list[Judged], said: list[GuardFinding], grave: tuple[Severity, ...]) -> tuple[int, ...]:
    """Return the fetches that alone fail a check or a guard of these severities."""
    by_check = {fetch for one in found if one.fails and one.check.severity in grave for fetch in one.fetches}
    by_guard = {fetch for one in said if not one.success and one.severity in grave for fetch in one.fetches}
    return tuple(sorted(by_check | by_guard))


def verdict_of(found: list[Judged], said: list[GuardFinding]) -> tuple[Verdict, tuple[str, ...]]:
    """Return the verdict of all findings, and the ids of those that fail."""
    failed = [(one.check.id, one.check.severity) for one in found if one.fails]
    failed += [(one.id, one.severity) for one in said if not one.success]
    grave = {severity for _, severity in failed}
    verdict: Verdict = "block" if "block" in grave else "hold" if "hold" in grave else "pass"
    return verdict, tuple(name for name, _ in failed)


def reasons(
    declared: Declared, found: list[Judged], said: list[GuardFinding], of: Literal["heard", "published"] = "heard"
) -> tuple[Finding, ...]:
    """Return why it is held or blocked, a value for each check and guard.

    Args:
        declared: says whether values that left may be told.
        found: what became of each check.
        said: what the guards find. Where too much left, the checks that took it are named too.
        of: which rows were looked at.
    """
    tripped = [one for one in said if not one.success]
    grave = {"hold", "block"} | ({"quarantine"} if any(one.id == QUARANTINED for one in tripped) else set())
    failing = [one for one in found if one.fails and one.check.severity in grave]
    told = shows_values(declared)
    return (
        *(
            CheckFailed(
                check=one.check.id,
                failed=len(one.rows),
                rows=one.elements,
                of=of,
                values=one.values if told else None,
            )
            for one in failing
        ),
        *(GuardTripped(guard=one.id, observed=one.observed, expected=one.expected) for one in tripped),
    )


def shows_values(declared: Declared) -> bool:
    """Whether the declaration lets values that left be published, and not only how many."""
    return declared.dataset.minsheng.quarantine == "table"


def quality_fact(
    verdict: Verdict,
    found: list[Judged],
    said: list[GuardFinding],
    fetches: list[FetchFigures],
    declared: Declared,
    left: pa.Table | None = None,
) -> Document:
    """Return the `quality` fact: every check with what it observed, every guard, and what each fetch alone would do."""
    alone: dict[int, list[str]] = {one.fetch: [] for one in fetches}
    for one in found:
        if one.fails and one.check.severity in ("hold", "block"):
            for fetch in one.fetches & set(alone):
                alone[fetch].append(one.check.id)
    for guard in said:
        for fetch in guard.fetches if not guard.success else ():
            alone.setdefault(fetch, []).append(guard.id)
    return {
        "verdict": verdict,
        "suite": declared.suite_digest,
        "checks": check_lines(declared, found),
        "guards": [
            {
                "id": one.id,
                "severity": one.severity,
                "success": one.success,
                "observed": published(one.observed),
                "expected": published(one.expected),
            }
            for one in said
        ],
        "fetches": [
            {"fetch": one.fetch, "rows": one.heard, "quarantined": one.quarantined, "collapsed": one.collapsed}
            | ({"omitted": one.omitted} if declared.dataset.minsheng.omit else {})
            | {"alone_held_by": sorted(alone[one.fetch])}
            for one in fetches
        ],
        "not_checked": list(declared.not_checked),
        "quarantine": counts(left if left is not None else SCHEMA.empty_table()),
    }


def check_lines(declared: Declared, found: list[Judged]) -> list[Document]:
    """Return what is published of each check."""
    return [_line(one, values=shows_values(declared)) for one in found]


def _line(one: Judged, *, values: bool) -> Document:
    """One check; its examples without values where the declaration wants quarantine counted only."""
    line: Document = {
        "id": one.check.id,
        "expectation": one.check.type,
        "column": one.check.column,
        "severity": one.check.severity,
        "success": not one.fails,
        "rows": one.elements,
        "failed": len(one.rows),
        "examples": [each if values else {**each, "value": None} for each in one.examples],
    }
    if one.check.reason:
        line["reason"] = one.check.reason.model_dump(by_alias=True)
    return line
