"""Every check of a quality fact is an asset check of the table."""

from typing import Any

import dagster as dg
import pytest
from worlds import column, declared

from catalog.declaration.fields import RULES
from pipelines.shell.checks import evaluations, id_of, name_of, result, specs
from pipelines.shell.names import key

CHECK = {
    "id": "level.range",
    "severity": "quarantine",
    "success": False,
    "rows": 12771,
    "failed": 1234,
    "column": "level",
    "expectation": "ExpectColumnValuesToBeBetween",
    "examples": [{"fetch": 3, "row": 7, "value": "90"}, {"fetch": 3, "row": 8, "value": None}],
}
GUARD = {
    "id": "guard.removed",
    "severity": "hold",
    "success": True,
    "observed": "0.00% of rows removed",
    "expected": "at most 1.00%",
}


def shown(*names: str, **fact: Any) -> dict[str, dg.AssetCheckEvaluation]:
    whole = {"checks": [], "guards": []} | fact
    return {one.check_name: one for one in evaluations("rivers", whole, names, "candidate 3e70854d")}


@pytest.mark.parametrize(
    "check", ["a__b.code", "a_.range", "guard.columns-unknown", "level-low", *(f"x_y.{rule}" for rule in RULES)]
)
def test_the_name_of_a_check_can_be_read_back(check: str):
    assert id_of(name_of(check)) == check
    assert name_of(check).replace("_", "").isalnum()


def test_a_check_shows_how_many_rows_fail_and_which_values():
    (failed,) = shown("level__range", checks=[CHECK]).values()
    assert (failed.passed, failed.severity, failed.blocking) == (False, dg.AssetCheckSeverity.WARN, False)
    assert failed.description == "1,234 of 12,771 rows fail"
    assert failed.asset_key == key("table", "rivers")
    assert failed.metadata["judged"].value == "candidate 3e70854d"
    records: Any = failed.metadata["failing_rows"].value
    assert [record.data for record in records.records] == [
        {"fetch": 3, "row": 7, "value": "90"},
        {"fetch": 3, "row": 8, "value": ""},
    ]


def test_a_guard_shows_what_was_observed_and_expected():
    (passed,) = shown("guard__removed", guards=[GUARD]).values()
    assert (passed.passed, passed.severity) == (True, dg.AssetCheckSeverity.ERROR)
    assert passed.description == "passes: expected at most 1.00%"


def test_a_check_that_blocks_blocks():
    (blocking,) = shown("level__range", checks=[CHECK | {"severity": "block"}]).values()
    assert (blocking.blocking, blocking.severity) == (True, dg.AssetCheckSeverity.ERROR)


def test_a_check_that_is_not_declared_any_more_is_left_out():
    assert shown("level__type", checks=[CHECK], guards=[GUARD]) == {}


def test_an_approval_passes_where_none_is_needed():
    needed = GUARD | {"id": "approve.schema", "success": False}
    found = shown("approve__schema", "approve__refold", guards=[needed])
    assert {name: one.passed for name, one in found.items()} == {"approve__schema": False, "approve__refold": True}


def test_every_declared_check_has_a_spec_of_its_own():
    found = specs(declared([column("site"), column("level", "number")], approve="first"))
    names = [spec.name for spec in found]
    assert {"site__required", "level__type", "guard__removed", "approve__declared", "key__unique"} <= set(names)
    assert len(names) == len(set(names))
    assert [spec.name for spec in found if spec.blocking] == ["key__unique"]
    assert [spec.name for spec in found if "**" in (spec.description or "")] == [], "the list shows it as it is"


def test_a_step_yields_an_evaluation_as_a_result():
    (failed,) = shown("level__range", checks=[CHECK]).values()
    yielded = result(failed)
    assert (yielded.check_name, yielded.passed, yielded.severity) == ("level__range", False, dg.AssetCheckSeverity.WARN)
    assert yielded.metadata == failed.metadata


@pytest.mark.parametrize("left", [0, 1234])
def test_keys_with_two_contents_are_a_check_where_they_may_leave(left: int):
    (spec,) = [one for one in specs(declared(conflict="quarantine")) if one.name == "key__conflict"]
    assert spec.metadata["severity"] == "quarantine"
    assert "key__conflict" not in [one.name for one in specs(declared())]
    fact = {"by_check": {"key.conflict": left} if left else {}}
    (found,) = shown("key__conflict", quarantine=fact).values()
    assert (found.passed, found.severity) == (not left, dg.AssetCheckSeverity.WARN)
    assert found.description == ("1,234 rows left" if left else "each key has one content")
