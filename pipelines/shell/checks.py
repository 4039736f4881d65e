"""Every check of a verdict as an asset check on `<slug>.table`.

The checks belong to the table, not to the release: a candidate is judged before it is released, a held candidate has no
release, and a check that blocks must come before the release. The verdict that counts is the one in the candidate's
document. The commit reads it there.

The UI reads a description as Markdown. So those of evaluations hold counts and declared limits only; what was observed
is metadata, which the UI shows as it is.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import dagster as dg

from catalog.declaration.fields import Severity
from catalog.release.digest import Document
from pipelines.candidate.checks import declared_checks
from pipelines.conform.quarantine import KEY_CONFLICT
from pipelines.declared import Declared
from pipelines.shell.failing import KeptBeside, concerned_metadata, failing_metadata, lift_metadata
from pipelines.shell.names import key
from quality.personal import PERSONAL

_GRAVE = ("block", "hold")


def name_of(check_id: str) -> str:
    """Return the name of a check in Dagster, which allows letters, digits and _: `.` becomes `__`, `-` becomes `_`."""
    return check_id.replace(".", "__").replace("-", "_")


def id_of(name: str) -> str:
    """Return the id of a check: the last `__` becomes the dot. Each `_` in a column stays; all others become `-`."""
    column, dot, rule = name.rpartition("__")
    return f"{column}.{rule.replace('_', '-')}" if dot else name.replace("_", "-")


def specs(declared: Declared) -> list[dg.AssetCheckSpec]:
    """Return the check specs of a dataset."""
    return [
        dg.AssetCheckSpec(
            name_of(check.id),
            asset=key("table", declared.slug),
            description=f"{check.id} ({check.severity}): {check.says}",
            blocking=check.severity == "block",
            metadata={"id": check.id, "severity": check.severity},
        )
        for check in declared_checks(declared)
    ]


def evaluations(
    slug: str, fact: Document, names: Iterable[str], judged: str, found: KeptBeside | None = None
) -> Iterator[dg.AssetCheckEvaluation]:
    """Yield an evaluation for each check of a `quality` fact.

    Args:
        slug: the dataset.
        fact: the `quality` fact.
        names: Dagster's names of the declared checks. A check of another name is left out: the suite has changed since
            the definitions were loaded.
        judged: what was judged, for people: `candidate 3e70854d`, `release 4`.
        found: what lies beside the fact: the failing rows. None shows the examples of the fact.

    Yields:
        The evaluations, in order of the fact.
    """
    known = set(names)
    for line in _lines(slug, fact, known, found):
        name = name_of(line["id"])
        if name in known:
            yield dg.AssetCheckEvaluation(
                asset_key=key("table", slug),
                check_name=name,
                passed=line["success"],
                severity=_severity(line["severity"]),
                blocking=line["severity"] == "block",
                description=line["says"],
                metadata={"id": line["id"], "severity": line["severity"], "judged": judged} | line["metadata"],
            )


def _lines(slug: str, fact: Document, known: set[str], found: KeptBeside | None) -> Iterator[Document]:
    for check in fact["checks"]:
        says = f"{check['failed']:,} of {check['rows']:,} rows fail" if check["failed"] else "every row passes"
        metadata: dict[str, Any] = {"observed": says, "failed": check["failed"], "rows": check["rows"]}
        if check["column"]:
            metadata["column"] = check["column"]
        metadata |= _failing(check, found)
        metadata["expectation"] = check["expectation"]
        yield check | {"says": says, "metadata": metadata}
    guarded = {guard["id"] for guard in fact["guards"]}
    for guard in fact["guards"]:
        says = f"{'passes' if guard['success'] else 'trips'}: expected {guard['expected']}"
        metadata = {"observed": guard["observed"], "expected": guard["expected"]}
        if found and not guard["success"]:
            metadata |= concerned_metadata(found, guard["id"]) | lift_metadata(slug, guard["id"])
        yield guard | {"says": says, "metadata": metadata}
    if name_of(KEY_CONFLICT) in known:
        left = fact["quarantine"]["by_check"].get(KEY_CONFLICT, 0)
        says = f"{left:,} rows left" if left else "each key has one content"
        metadata = {"observed": says, "failed": left} | (failing_metadata(found, KEY_CONFLICT) if found else {})
        yield {"id": KEY_CONFLICT, "severity": "quarantine", "success": not left, "says": says, "metadata": metadata}
    if name_of(PERSONAL) in known - {name_of(each) for each in guarded}:
        says = "not asked: no column is new"
        yield {"id": PERSONAL, "severity": "hold", "success": True, "says": says, "metadata": {"observed": says}}
    for name in known:
        # The fact names an approval only if one is needed. Say that none is, or last week's red check would stay.
        if name.startswith("approve__") and id_of(name) not in guarded:
            says = "no approval is needed"
            yield {"id": id_of(name), "severity": "hold", "success": True, "says": says, "metadata": {"observed": says}}


def _failing(check: Document, found: KeptBeside | None) -> dict[str, Any]:
    """The failing rows; the examples of the fact where those are not kept any more."""
    rows = failing_metadata(found, check["id"]) if found else {}
    return rows or ({"failing_rows": _examples(check["examples"])} if check["examples"] else {})


def _examples(examples: list[Document]) -> dg.TableMetadataValue:
    columns = [dg.TableColumn("fetch", "int"), dg.TableColumn("row", "int"), dg.TableColumn("value", "string")]
    records = [
        dg.TableRecord(
            {
                "fetch": example["fetch"],
                "row": example["row"],
                "value": "" if example["value"] is None else example["value"],
            }
        )
        for example in examples
    ]
    return dg.MetadataValue.table(records, dg.TableSchema(columns=columns))


def _severity(severity: Severity) -> dg.AssetCheckSeverity:
    return dg.AssetCheckSeverity.ERROR if severity in _GRAVE else dg.AssetCheckSeverity.WARN


def result(evaluation: dg.AssetCheckEvaluation) -> dg.AssetCheckResult:
    """Return an evaluation as the step of its asset yields it."""
    return dg.AssetCheckResult(
        asset_key=evaluation.asset_key,
        check_name=evaluation.check_name,
        passed=evaluation.passed,
        severity=evaluation.severity,
        description=evaluation.description,
        metadata=evaluation.metadata,
    )
