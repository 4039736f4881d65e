"""What the checks find, the verdict, and the `quality` fact that a release publishes about both."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from catalog.declaration.fields import Severity
from catalog.errors import IntegrityError
from catalog.reasons.measures import UnknownColumns
from catalog.reasons.sentences import published
from catalog.reasons.values import CheckFailed, Finding
from catalog.release.digest import Document
from catalog.release.document import Verdict
from pipelines.candidate.concerned import reason_of
from pipelines.candidate.conformed import results_of_schema
from pipelines.conform.columns import FETCH, ROW, tells_records, told
from pipelines.conform.quarantine import RowFailure, counts, entries_digest
from pipelines.conform.rows import Conformed
from pipelines.declared import Declared
from pipelines.decode.parts.beside import FAULT
from quality.guards import COLUMNS_UNKNOWN, QUARANTINED, FetchFigures, GuardFinding
from quality.suite import LEAVES, READABLE, Check, CheckResult, astray, shadow

_COUNT = re.compile(r"[0-9]{1,9}")
_COUNTED = {name: name for name in ("fetch", "published", "left", "quarantined", "collapsed")} | {"rows": "heard"}
"""What is published of the figures of a fetch."""
MOST_EXAMPLES = 20
"""How many failing rows of a check are published as examples. The published count is of all of them."""


@dataclass(frozen=True)
class Judged:
    """The result of a check, and the first cells that fail."""

    check: Check
    elements: int
    """How many rows were checked."""
    rows: tuple[tuple[int, int], ...]
    """`(fetch, row)` of each row that fails."""
    examples: tuple[Document, ...]
    """`fetch`, `row`, `value` (the raw text, or null) of the first rows that fail; and raw texts by field: `key`, where
    it was asked for, and `values` of a check about several columns."""

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
        texts = (example["value"] for example in self.examples[:5])
        return tuple(dict.fromkeys(str(text) for text in texts if text is not None))

    def of(self, fetches: set[int]) -> "Judged":
        """Return the same finding with only the rows of these fetches."""
        if self.fetches <= fetches:
            return self
        rows = tuple((fetch, row) for fetch, row in self.rows if fetch in fetches)
        examples = tuple(example for example in self.examples if example["fetch"] in fetches)
        return replace(self, rows=rows, examples=examples)


def judged(
    slug: str, conformed: Conformed, checks: list[Check], key: Sequence[str] = (), *, dry: bool = False
) -> list[Judged]:
    """Let Great Expectations run checks on typed rows.

    Args:
        slug: the dataset, for messages.
        conformed: the rows. Beside each typed column, the checks see a column of the texts that cannot be read.
        checks: the checks to run.
        key: the fields by which examples name a row, for people.
        dry: whether nothing of it stays: then what conforming found stands for the checks of the schema, and Great
            Expectations, whose import takes seconds, runs only those of quality.yaml.

    Returns:
        A finding for each check, in the order of `checks`.

    Raises:
        IntegrityError: Great Expectations and `conform` disagree about which rows break a rule of the schema.
    """
    found = results_of_schema(conformed, checks)
    asked = [check for check in checks if not dry or check.rule is None]
    judged_now = {result.check.id: result for result in (_results(slug, conformed, asked) if asked else ())}
    for result in found:
        other = judged_now.get(result.check.id, result)
        if len(other.rows) != len(result.rows):
            raise IntegrityError(
                f"{slug}: the check {result.check.id} finds {len(other.rows)} rows, conforming finds "
                f"{len(result.rows)}: this is a fault of the software; nothing is released, please report it"
            )
    by_id = {result.check.id: result for result in found} | judged_now
    return [_judged(conformed, by_id[check.id], key) for check in checks]


def _judged(conformed: Conformed, result: CheckResult, key: Sequence[str]) -> Judged:
    return Judged(result.check, result.elements, result.rows, _examples(conformed, result.check, result.rows, key))


def _results(slug: str, conformed: Conformed, checks: list[Check]) -> list[CheckResult]:
    """The result of each check. Rows that cannot be read are judged by the check of that alone."""
    from quality.run import judge  # here: nights without new rows, and refused fetches, do not need these seconds

    none = pa.nulls(conformed.rows.num_rows, pa.dictionary(pa.int8(), pa.string()))  # an eighth of the bytes of texts
    names = conformed.rows.column_names
    unread = [conformed.unread.get(name, none) for name in names[2:]]
    columns, called = [*conformed.rows.columns, *unread], [*names, *map(shadow, names[2:])]
    for check in checks:
        if check.rule in ("reference", "range") and check.kwargs["column"] == astray(str(check.column), check.rule):
            columns.append(_astray(conformed, check))
            called.append(check.kwargs["column"])
    if any(check.id == READABLE for check in checks):
        columns.append(none if conformed.faults is None else conformed.raw.column(FAULT))
        called.append(shadow(ROW))
    table = pa.table(columns, names=called)
    if conformed.faults is None:
        return judge(table, checks, slug)
    of_records = judge(table, [check for check in checks if check.id == READABLE], slug)
    readable = table.filter(pc.invert(conformed.faults))
    of_rows = judge(readable, [check for check in checks if check.id != READABLE], slug)
    by_id = {result.check.id: result for result in (*of_records, *of_rows)}
    return [by_id[check.id] for check in checks]


def _astray(conformed: Conformed, check: Check) -> pa.Array:
    """The values with which the rule of a check breaks, as texts; else null."""
    values = conformed.rows.column(check.column).cast(pa.string())
    masks = [failure.mask for failure in conformed.failures if failure.check == check.id]
    return pc.if_else(masks[0], values, None) if masks else pa.nulls(len(values), pa.string())


def row_failures(conformed: Conformed, findings: list[Judged]) -> list[RowFailure]:
    """Return the rows that the checks of quality.yaml take out, as `quarantine.leave` needs them."""
    return [
        RowFailure(finding.check.id, finding.check.severity, finding.check.column, _mask(conformed.rows, finding.rows))
        for finding in findings
        if finding.check.rule is None and finding.rows and finding.check.severity in LEAVES
    ]


def _mask(rows: pa.Table, places: tuple[tuple[int, int], ...]) -> pa.BooleanArray:
    """For each row, whether its (fetch, row) is one of these places."""
    wanted = pa.array([(fetch << 32) | row for fetch, row in places], pa.int64())
    place = pc.bit_wise_or(pc.shift_left(rows.column(FETCH), 32), rows.column(ROW)).combine_chunks()
    mask = pc.is_in(place, value_set=wanted)
    return pa.concat_arrays(mask.chunks) if isinstance(mask, pa.ChunkedArray) else mask


def _examples(
    conformed: Conformed, check: Check, rows: tuple[tuple[int, int], ...], key: Sequence[str]
) -> tuple[Document, ...]:
    examples = []
    # Of these columns alone: the rows of a wide table would be copied for each check.
    known, column = conformed.raw.column_names, check.column
    if check.id == READABLE:  # such a row has its raw text, and no cells
        column, key = FAULT, ()
    about = [name for name in check.columns if name in known] if check.column is None else []
    names = dict.fromkeys(name for name in [*key, *about, column] if name in known)
    raw = conformed.raw.select([FETCH, ROW, *names])
    for fetch, row in rows[:MOST_EXAMPLES]:
        at = pc.and_(pc.equal(raw.column(FETCH), fetch), pc.equal(raw.column(ROW), row))
        texts = raw.filter(at).to_pylist()[0]
        value = texts.get(column) if column else None
        example = {"fetch": fetch, "row": row, "value": value if column != FAULT else value or None}
        parts = {part: {name: texts[name] for name in listed} for part, listed in (("key", key), ("values", about))}
        examples.append(example | {part: each for part, each in parts.items() if key and each})
    return tuple(examples)


def tripping(
    findings: list[Judged], guard_findings: list[GuardFinding], severities: tuple[Severity, ...]
) -> tuple[int, ...]:
    """Return the fetches that alone fail a check or a guard.

    Args:
        findings: of the checks.
        guard_findings: of the guards.
        severities: the severities of the checks and guards to look at.

    Returns:
        Numbers of fetches, in order.
    """
    by_check = {fetch for finding in findings if finding.check.severity in severities for fetch in finding.fetches}
    by_guard = {
        fetch
        for guard in guard_findings
        if not guard.success and guard.severity in severities
        for fetch in guard.fetches
    }
    return tuple(sorted(by_check | by_guard))


def verdict_of(findings: list[Judged], guard_findings: list[GuardFinding]) -> tuple[Verdict, tuple[str, ...]]:
    """Return the verdict of all findings, and the ids of the checks and guards that fail."""
    failed = [(finding.check.id, finding.check.severity) for finding in findings if finding.fails]
    failed += [(guard.id, guard.severity) for guard in guard_findings if not guard.success]
    severities = {severity for _, severity in failed}
    verdict: Verdict = "block" if "block" in severities else "hold" if "hold" in severities else "pass"
    return verdict, tuple(name for name, _ in failed)


def reasons(
    declared: Declared,
    findings: list[Judged],
    guard_findings: list[GuardFinding],
    of: Literal["heard", "published"] = "heard",
) -> tuple[Finding, ...]:
    """Return why a candidate is held or blocked.

    Args:
        declared: says whether values that left may be shown.
        findings: of the checks.
        guard_findings: of the guards. If too many rows are in quarantine, the checks that took them out are named too.
        of: which rows were checked: `heard` rows of fetches, or `published` rows.

    Returns:
        A value for each check and each guard that fails.
    """
    tripped = [guard for guard in guard_findings if not guard.success and guard.severity != "warn"]
    severities = {"hold", "block"}
    if any(guard.id == QUARANTINED for guard in tripped):
        severities.add("quarantine")
    failing = [finding for finding in findings if finding.fails and finding.check.severity in severities]
    return (
        *(
            CheckFailed(
                check=finding.check.id,
                failed=len(finding.rows),
                rows=finding.elements,
                of=of,
                values=finding.values if shows_values(declared) else None,
            )
            for finding in failing
        ),
        *map(reason_of, tripped),
    )


def shows_values(declared: Declared) -> bool:
    """Return whether the values that left may be published, and not only their count."""
    return declared.dataset.minsheng.quarantine == "table"


def quality_fact(
    verdict: Verdict,
    findings: list[Judged],
    guard_findings: list[GuardFinding],
    fetches: list[FetchFigures],
    declared: Declared,
    quarantine: pa.Table,
) -> Document:
    """Return the `quality` fact.

    Args:
        verdict: the verdict of all findings.
        findings: of the checks.
        guard_findings: of the guards.
        fetches: the figures of each fetch that was judged.
        declared: the dataset.
        quarantine: what left, as `pipelines.conform.quarantine.SCHEMA`.

    Returns:
        Every check and guard with what it observed, and what each fetch would do alone.
    """
    held_by = _alone_held_by(findings, guard_findings, fetches)
    return {
        "verdict": verdict,
        "suite": declared.suite_digest,
        "checks": check_lines(declared, findings),
        "guards": [_guard_line(guard) for guard in guard_findings],
        "fetches": [
            {name: getattr(fetch, key) for name, key in _COUNTED.items()}
            | ({"omitted": fetch.omitted} if declared.dataset.minsheng.omit else {})
            | {"alone_held_by": sorted(held_by[fetch.fetch])}
            for fetch in fetches
        ],
        "not_checked": list(declared.not_checked),
        "quarantine": counts(quarantine) | ({"digest": entries_digest(quarantine)} if shows_values(declared) else {}),
    }


def _alone_held_by(
    findings: list[Judged], guard_findings: list[GuardFinding], fetches: list[FetchFigures]
) -> dict[int, list[str]]:
    """By fetch, the checks and guards that would hold or block it alone."""
    held_by: dict[int, list[str]] = {fetch.fetch: [] for fetch in fetches}
    for finding in findings:
        if finding.check.severity in ("hold", "block"):
            for k in finding.fetches & set(held_by):
                held_by[k].append(finding.check.id)
    for guard in guard_findings:
        for k in guard.fetches if not guard.success else ():
            held_by.setdefault(k, []).append(guard.id)
    return held_by


def check_lines(declared: Declared, findings: list[Judged]) -> list[Document]:
    """Return what is published about each check."""
    shown = _shown(declared)
    return [_as_shown(_check_line(finding), shown) for finding in findings]


def _shown(declared: Declared) -> Collection[str | None]:
    """The columns whose raw texts may be published; None among them stands for whole records."""
    if not shows_values(declared):
        return ()
    return {*told(declared.dataset), *((None,) if tells_records(declared.dataset) else ())}


def names_columns(fact: Document) -> bool:
    """Return whether a `quality` fact names columns that nobody declared, as version 0.1.0 wrote it.

    Args:
        fact: of a candidate or a release.
    """
    return any(map(_names_columns, fact["guards"]))


def _names_columns(guard: Document) -> bool:
    if guard["id"] != COLUMNS_UNKNOWN or guard["success"]:
        return False
    count = _COUNT.search(guard["observed"])
    return count is None or guard["observed"] != published(UnknownColumns(count=int(count[0])))


def retold(declared: Declared, fact: Document) -> Document:
    """Return the `quality` fact of a base as a release that carries its files tells it again.

    Args:
        declared: the dataset: what may be shown may have become less since.
        fact: of the base, which may be of version 0.1.0.
    """
    shown = _shown(declared)
    checks = [_as_shown(line, shown) for line in fact["checks"]]
    stay = still_declared(declared, [line["id"] for line in fact["guards"]])
    guards = [
        line | {"observed": "unknown columns"} if _names_columns(line) else line
        for line in fact["guards"]
        if line["id"] in stay
    ]
    quarantine = {name: each for name, each in fact["quarantine"].items() if shows_values(declared) or name != "digest"}
    return fact | {"checks": checks, "guards": guards, "quarantine": quarantine}


def still_declared(declared: Declared, ids: Iterable[str]) -> tuple[str, ...]:
    """Return ids of checks without those of corrections and totals that the declaration has no more."""
    block = declared.dataset.minsheng
    now = {one.check for one in block.corrections} | {omit.total.check for omit in block.omit if omit.total}
    return tuple(each for each in ids if each in now or not each.startswith(("correction.", "total.")))


def _as_shown(line: Document, shown: Collection[str | None]) -> Document:
    """One check, whose examples have raw texts of these columns only."""
    return line | {"examples": [_example_as_shown(example, line["column"], shown) for example in line["examples"]]}


def _example_as_shown(example: Document, column: str | None, shown: Collection[str | None]) -> Document:
    parts = {
        part: {name: text for name, text in example.get(part, {}).items() if name in shown}
        for part in ("key", "values")
    }
    rest = {name: each for name, each in example.items() if name not in parts}
    hidden = {} if column in shown else {"value": None}
    return rest | hidden | {part: each for part, each in parts.items() if each}


def _check_line(finding: Judged) -> Document:
    line: Document = {
        "id": finding.check.id,
        "expectation": finding.check.type,
        "column": finding.check.column,
        "severity": finding.check.severity,
        "success": not finding.fails,
        "rows": finding.elements,
        "failed": len(finding.rows),
        "examples": list(finding.examples),
    }
    if finding.check.reason:
        line["reason"] = finding.check.reason.model_dump(by_alias=True)
    return line


def _guard_line(guard: GuardFinding) -> Document:
    return {
        "id": guard.id,
        "severity": guard.severity,
        "success": guard.success,
        "observed": published(guard.observed),
        "expected": published(guard.expected),
    }
