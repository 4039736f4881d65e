"""Every check of a dataset, with or without rows: of the schema, of quality.yaml, guards, key and approvals."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow.compute as pc

from catalog.declaration.dataset import Dataset
from catalog.declaration.fields import Severity
from catalog.declaration.references import Reference
from catalog.reasons.measures import (
    AfterWithdrawal,
    ApprovalDeclared,
    CorrectionState,
    EachKeyOnce,
    KeysTwice,
    OnHold,
    RowsDiffer,
    StewardApproval,
    StillWrong,
)
from catalog.reasons.sentences import published
from catalog.release.changes import Counts
from pipelines.candidate.folded import FoldedRows
from pipelines.candidate.plan import FoldPlan
from pipelines.conform.corrected import Seen
from pipelines.conform.quarantine import KEY_CONFLICT
from pipelines.conform.rows import allowed, bounds
from pipelines.declared import Declared
from quality import guards
from quality.guards import GuardFinding
from quality.personal import look
from quality.suite import READABLE, Check, checks

ON_HOLD = "approve.hold"
"""The check that asks for a steward while one holds the dataset."""
_CONFLICT = "Rows of one fetch with one key have one content. / 同一次取得的資料中，主鍵相同的各筆，內容相同。"


@dataclass(frozen=True)
class DeclaredCheck:
    """A check of the verdict, as it is known before there are rows."""

    id: str
    severity: Severity
    says: str
    """What the check is for, in words."""


def checks_of_rows(declared: Declared, unread: Collection[str] = ()) -> list[Check]:
    """Return the checks that Great Expectations runs on rows: those of the schema and those of quality.yaml.

    Args:
        declared: the dataset.
        unread: the fields in which a text of the rows cannot be read.
    """
    dataset = declared.dataset
    sets = {field.name: allowed(dataset, field, declared.tables) for field in dataset.published}
    ranges = {}
    for field in dataset.published:
        low, high = bounds(field)
        if low is not None or high is not None:
            ranges[field.name] = (low.as_py() if low else None, high.as_py() if high else None)
    listed: dict[str, list[Any] | None] = {
        name: values.to_pylist() for name, values in sets.items() if values is not None
    }
    listed |= {one.fields[-1]: None for one in _not_plain(dataset) if one.dataset in declared.tables}
    return checks(dataset, declared.suite, listed, ranges, unread)


def declared_checks(declared: Declared) -> list[DeclaredCheck]:
    """Return every check that a verdict of the dataset may name, whichever releases its reference tables have."""
    dataset = declared.dataset
    # Which checks there are follows from the declaration alone; only their values depend on other releases.
    referring: dict[str, list[Any] | None] = {one.fields[0]: [] for one in dataset.minsheng.references if one.plain}
    referring |= {one.fields[-1]: None for one in _not_plain(dataset)}
    bounded = {field.name for field in dataset.published if any(bound is not None for bound in bounds(field))}
    checks_ = checks(dataset, declared.suite, referring, dict.fromkeys(bounded, (None, None)))
    guard_findings = guards.judge(dataset.minsheng.guards, guards.FoldFigures(Counts(), 0, 0), [])
    guard_findings.append(look(dataset, (), ()))
    approve = dataset.minsheng.approve
    says = f"The declaration says approve: {approve}."
    return [
        *(DeclaredCheck(check.id, check.severity, _purpose(declared, check)) for check in checks_),
        *(
            DeclaredCheck(guard.id, guard.severity, f"Guard: {published(guard.expected)}, else a steward decides.")
            for guard in guard_findings
        ),
        *(
            DeclaredCheck(one.check, "warn", f"{one.reason.en}\n\n{one.reason.zh_tw}")
            for one in dataset.minsheng.corrections
        ),
        *(
            DeclaredCheck(omit.total.check, omit.total.severity, "Totals of the source are the sums of their rows.")
            for omit in dataset.minsheng.omit
            if omit.total
        ),
        *([] if approve == "auto" else [DeclaredCheck("approve.declared", "hold", says)]),
        *([] if dataset.minsheng.conflict == "refuse" else [DeclaredCheck(KEY_CONFLICT, "quarantine", _CONFLICT)]),
        DeclaredCheck("key.unique", "block", "After the fold each key stands once."),
        DeclaredCheck("approve.schema", "hold", "A change of the schema waits for a steward."),
        DeclaredCheck(
            "approve.refold", "hold", "If a changed declaration reads old evidence differently, the result waits."
        ),
        DeclaredCheck(ON_HOLD, "hold", "While a steward holds the dataset, what is new waits."),
        DeclaredCheck("approve.withdrawal", "hold", "The first release after a withdrawal waits for a steward."),
    ]


def _not_plain(dataset: Dataset) -> list[Reference]:
    """The references by several fields, or at a time."""
    return [reference for reference in dataset.minsheng.references if not reference.plain]


def _purpose(declared: Declared, check: Check) -> str:
    """The reason that quality.yaml gives for a check, else the rule of the schema that it checks."""
    if check.id == READABLE:
        return f"Each record of a fetch can be read as one. / 每筆紀錄都能判讀。 ({check.type})"
    if check.reason:
        return f"{check.reason.en}\n\n{check.reason.zh_tw}"
    titles = {field.name: field.title for field in declared.dataset.published}
    title = titles.get(check.column or "")
    if title and check.rule:
        return f"{title.en} / {title.zh_tw}: {check.rule} ({check.type})"
    return check.type


def unique_key(twice: int) -> GuardFinding:
    """Return the finding that after the fold each key stands once. The fold ensures it; this proves it.

    Args:
        twice: keys that stand more than once.
    """
    return GuardFinding("key.unique", "block", twice == 0, KeysTwice(keys=twice), EachKeyOnce())


def personal(dataset: Dataset, result: FoldedRows) -> list[GuardFinding]:
    """Look for personal data in what is published for the first time: a first release, or a new column.

    Args:
        dataset: the declaration.
        result: the fold. With a new column, all of its partitions are changed ones.

    Returns:
        The finding; none where no column is new.
    """
    if not result.new:
        return []
    left = {}
    if dataset.minsheng.quarantine == "table":
        entries = result.quarantine.select(["column", "raw"]).drop_null()
        left = {name: entries.filter(pc.equal(entries.column("column"), name)).column("raw") for name in result.new}
    return [look(dataset, [partition.table for partition in result.folded.changed], result.new, left)]


def corrections(plan: FoldPlan, seen: Mapping[int, Mapping[str, Seen]]) -> list[GuardFinding]:
    """Say of each declared correction whether the source still has the wrong value; a warning where it has not.

    Args:
        plan: the plan of the fold.
        seen: by fetch and correction, what it found.
    """
    whole = plan.again or plan.base is None or plan.declared.replaces
    return [
        GuardFinding(one.check, "warn", state.state in ("corrected", "silent"), state, StillWrong())
        for one in plan.declared.dataset.minsheng.corrections
        for state in [_state(one.id, seen, whole=whole)]
    ]


def _state(identity: str, seen: Mapping[int, Mapping[str, Seen]], *, whole: bool) -> CorrectionState:
    """What a correction found in the newest fetch that has its rows."""
    heard = [found[identity] for _, found in sorted(seen.items()) if identity in found and found[identity].heard]
    if not heard:
        return CorrectionState(state="absent" if whole else "silent")
    newest = heard[-1]
    if newest.ended:
        return CorrectionState(state="ended", rows=newest.ended)
    return CorrectionState(state="corrected" if newest.rows else "mended", rows=len(newest.rows))


def approvals(plan: FoldPlan, counts: Counts) -> list[GuardFinding]:
    """Return why a candidate needs an approval: a first release, a new schema, another reading, a withdrawal.

    Args:
        plan: the plan of the fold.
        counts: the rows that the fold changes.

    Returns:
        A finding, not successful, for each approval that is needed.
    """
    approve = plan.declared.dataset.minsheng.approve
    findings = []
    if approve == "always" or (approve == "first" and plan.base is None):
        findings.append(
            GuardFinding("approve.declared", "hold", False, ApprovalDeclared(approve=approve), StewardApproval())
        )
    if plan.waits:
        by: Literal["schema", "refold"] = "schema" if plan.kind == "schema" else "refold"
        differ = RowsDiffer(by=by, insert=counts.insert, update=counts.update, delete=counts.delete)
        findings.append(GuardFinding(f"approve.{plan.kind}", "hold", False, differ, StewardApproval()))
    if plan.held:
        findings.append(GuardFinding(ON_HOLD, "hold", False, OnHold(), StewardApproval()))
    if plan.after is not None:
        gone = AfterWithdrawal(n=plan.after)
        findings.append(GuardFinding("approve.withdrawal", "hold", False, gone, StewardApproval()))
    return findings
