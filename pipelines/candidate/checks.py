"""Every check of a dataset, before and after there are rows: the schema's, quality.yaml's, guards, key, approvals."""

from dataclasses import dataclass
from typing import Literal

from catalog.declaration.fields import Severity
from catalog.reasons.measures import ApprovalDeclared, EachKeyOnce, KeysTwice, RowsDiffer, StewardApproval
from catalog.reasons.sentences import published
from catalog.release.changes import Counts
from pipelines.candidate.plan import FoldPlan
from pipelines.conform.rows import allowed, bounds
from pipelines.declared import Declared
from quality import guards
from quality.guards import GuardFinding
from quality.suite import Check, checks


@dataclass(frozen=True)
class DeclaredCheck:
    """A check of the verdict, before there are rows: what is asked, and how grave a failure is."""

    id: str
    severity: Severity
    says: str


def checks_of_rows(declared: Declared) -> list[Check]:
    """Return what Great Expectations is asked of rows: the schema's checks, with their values, and quality.yaml's."""
    dataset = declared.dataset
    sets = {one.name: allowed(dataset, one, declared.tables) for one in dataset.published}
    ranges = {}
    for field in dataset.published:
        low, high = bounds(field)
        if low is not None or high is not None:
            ranges[field.name] = (low.as_py() if low else None, high.as_py() if high else None)
    listed = {name: values.to_pylist() for name, values in sets.items() if values is not None}
    return checks(dataset, declared.suite, listed, ranges)


def declared_checks(declared: Declared) -> list[DeclaredCheck]:
    """Return every check of the verdict of a dataset, whatever is released of the tables that it refers to."""
    dataset = declared.dataset
    # Which checks there are depends on the declaration alone; their values depend on releases, and stay out.
    referring = {each.fields[0] for each in dataset.minsheng.references if len(each.fields) == 1}
    bounded = {field.name for field in dataset.published if any(bound is not None for bound in bounds(field))}
    titles = {field.name: field.title for field in dataset.published}
    found = []
    for check in checks(
        dataset, declared.suite, {name: [] for name in referring}, dict.fromkeys(bounded, (None, None))
    ):
        title = titles.get(check.column or "")
        what = f"{title.en} / {title.zh_tw}: {check.rule} ({check.type})" if title and check.rule else check.type
        why = f"{check.reason.en}\n\n{check.reason.zh_tw}" if check.reason else what
        found.append(DeclaredCheck(check.id, check.severity, why))
    for guard in guards.judge(dataset.minsheng.guards, guards.FoldFigures(Counts(), 0, 0), []):
        found.append(
            DeclaredCheck(guard.id, guard.severity, f"Guard: {published(guard.expected)}, else a steward decides.")
        )
    if dataset.minsheng.approve != "auto":
        says = f"The declaration says approve: {dataset.minsheng.approve}."
        found.append(DeclaredCheck("approve.declared", "hold", says))
    found.append(DeclaredCheck("key.unique", "block", "After the fold each key stands once."))
    found.append(DeclaredCheck("approve.schema", "hold", "A change of schema waits for a steward."))
    found.append(DeclaredCheck("approve.refold", "hold", "Evidence that a changed declaration reads otherwise waits."))
    return found


def unique_key(twice: int) -> GuardFinding:
    """Say that after the fold each key stands once: the fold makes it so, and this is the proof.

    Args:
        twice: keys that stand more than once.
    """
    return GuardFinding("key.unique", "block", twice == 0, KeysTwice(keys=twice), EachKeyOnce())


def approvals(plan: FoldPlan, counts: Counts) -> list[GuardFinding]:
    """Return what the declaration wants to wait for: its first release, another schema, rows that read differently.

    Args:
        plan: what is folded.
        counts: what the fold changes.
    """
    approve = plan.declared.dataset.minsheng.approve
    found = []
    if approve == "always" or (approve == "first" and plan.base is None):
        found.append(
            GuardFinding("approve.declared", "hold", False, ApprovalDeclared(approve=approve), StewardApproval())
        )
    if plan.waits:
        by: Literal["schema", "refold"] = "schema" if plan.kind == "schema" else "refold"
        differ = RowsDiffer(by=by, insert=counts.insert, update=counts.update, delete=counts.delete)
        found.append(GuardFinding(f"approve.{plan.kind}", "hold", False, differ, StewardApproval()))
    return found
