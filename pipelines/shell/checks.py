"""Every check of a verdict as an asset check on `table/<slug>`.

They belong to the table, not to the release: the candidate is judged before anything is released, a held candidate has
no release to show them on, and a blocking one must stand between the two. The verdict that counts is the one in the
candidate's document, which the commit reads itself.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import dagster as dg

from catalog.declaration.fields import Severity
from catalog.release.digest import Document
from pipelines.candidate.checks import declared_checks
from pipelines.declared import Declared

_GRAVE = ("block", "hold")


def name_of(check_id: str) -> str:
    """Return the name of a check in Dagster, which knows letters, digits and _ only: `.` is `__` and `-` is `_`."""
    return check_id.replace(".", "__").replace("-", "_")


def id_of(name: str) -> str:
    """Return the check's id: the last `__` is the dot; a schema's column keeps its `_`, all other `_` are `-`."""
    column, dot, rule = name.rpartition("__")
    return f"{column}.{rule.replace('_', '-')}" if dot else name.replace("_", "-")


def table_key(slug: str) -> dg.AssetKey:
    """Return the asset that the checks of a dataset belong to."""
    return dg.AssetKey(["table", slug])


def specs(declared: Declared) -> list[dg.AssetCheckSpec]:
    """Return the check specs of a dataset."""
    return [
        dg.AssetCheckSpec(
            name_of(each.id),
            asset=table_key(declared.slug),
            description=f"**{each.id}** ({each.severity}). {each.says}",
            blocking=each.severity == "block",
            metadata={"id": each.id, "severity": each.severity},
        )
        for each in declared_checks(declared)
    ]


def evaluations(slug: str, fact: Document, names: Iterable[str], of: str) -> Iterator[dg.AssetCheckEvaluation]:
    """Return what a `quality` fact says of each check it holds.

    Args:
        slug: the dataset.
        fact: the `quality` fact.
        names: the declared checks; a finding of another, of a suite that changed since loading, has nowhere to stand.
        of: what was judged, for people: `candidate 3e70854d`, `release 4`.
    """
    known = set(names)
    for said in _lines(fact, known):
        name = name_of(said["id"])
        if name in known:
            yield dg.AssetCheckEvaluation(
                asset_key=table_key(slug),
                check_name=name,
                passed=said["success"],
                severity=_severity(said["severity"]),
                blocking=said["severity"] == "block",
                description=said["says"],
                metadata={"id": said["id"], "severity": said["severity"], "judged": of} | said["metadata"],
            )


def _lines(fact: Document, known: set[str]) -> Iterator[Document]:
    for check in fact["checks"]:
        says = f"{check['failed']:,} of {check['rows']:,} rows fail" if check["failed"] else "every row passes"
        metadata: dict[str, Any] = {"observed": says, "failed": check["failed"], "rows": check["rows"]}
        if check["examples"]:
            metadata["examples"] = _examples(check["examples"])
        if check["column"]:
            metadata["column"] = check["column"]
        metadata["expectation"] = check["expectation"]
        yield check | {"says": says, "metadata": metadata}
    guarded = {guard["id"] for guard in fact["guards"]}
    for guard in fact["guards"]:
        says = f"{guard['observed']}; expected {guard['expected']}"
        yield guard | {"says": says, "metadata": {"observed": guard["observed"], "expected": guard["expected"]}}
    for name in known:
        # The fact names an approval only where one is asked for; else a red one of last week would stand for ever.
        if name.startswith("approve__") and id_of(name) not in guarded:
            says = "no approval is asked for"
            yield {"id": id_of(name), "severity": "hold", "success": True, "says": says, "metadata": {"observed": says}}


def _examples(found: list[Document]) -> dg.TableMetadataValue:
    columns = [dg.TableColumn("fetch", "int"), dg.TableColumn("row", "int"), dg.TableColumn("value", "string")]
    records = [
        dg.TableRecord(
            {"fetch": one["fetch"], "row": one["row"], "value": "" if one["value"] is None else one["value"]}
        )
        for one in found
    ]
    return dg.MetadataValue.table(records, dg.TableSchema(columns=columns))


def _severity(severity: Severity) -> dg.AssetCheckSeverity:
    return dg.AssetCheckSeverity.ERROR if severity in _GRAVE else dg.AssetCheckSeverity.WARN


def result(found: dg.AssetCheckEvaluation) -> dg.AssetCheckResult:
    """Return an evaluation as the step that the check belongs to yields it."""
    return dg.AssetCheckResult(
        asset_key=found.asset_key,
        check_name=found.check_name,
        passed=found.passed,
        severity=found.severity,
        description=found.description,
        metadata=found.metadata,
    )
