"""Every check of a dataset: with the values of its tables, and as it is known before there are rows."""

import dataclasses
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from nights import LOOSE, approve, levels, said, sound
from worlds import SLUG, World, column, correction, declaration, declared, text

from catalog.errors import DeclarationError
from catalog.reasons.sentences import published, sentence, sentences
from catalog.release.changes import Counts
from catalog.release.read import ReleaseFiles
from catalog.release.version import Kind
from pipelines.candidate.checks import approvals, checks_of_rows, declared_checks, unique_key
from pipelines.candidate.plan import FoldPlan
from pipelines.trace.why import why

LOW = {
    "id": "level-low",
    "type": "ExpectColumnValuesToBeBetween",
    "kwargs": {"column": "level", "max_value": 5},
    "reason": text("Never higher."),
}
FIELDS = [
    column("site"),
    column("place"),
    column("level", "number", constraints={"minimum": 0, "maximum": 9}),
    column("day", "date", constraints={"minimum": "2020-01-01"}),
]
REFERENCES = [{"fields": ["place"], "dataset": "places", "to": ["code"]}]


def test_checks_of_rows_have_the_values_of_tables_and_limits():
    dataset = declared(FIELDS, [LOW], references=REFERENCES)
    dataset = dataclasses.replace(dataset, tables={"places": pa.table({"code": ["TPE", "TPQ"]})})
    kwargs = {check.id: check.kwargs for check in checks_of_rows(dataset)}
    assert kwargs["place.reference"] == {"column": "place", "value_set": ["TPE", "TPQ"]}
    assert kwargs["level.range"] == {"column": "level", "min_value": 0.0, "max_value": 9.0}
    assert (str(kwargs["day.range"]["min_value"]), kwargs["day.range"]["max_value"]) == ("2020-01-01", None)
    assert kwargs["level-low"] == LOW["kwargs"]


def test_without_its_table_a_reference_is_declared_but_not_checked():
    dataset = declared(FIELDS, references=REFERENCES)
    assert "place.reference" not in {check.id for check in checks_of_rows(dataset)}
    assert "place.reference" in {check.id for check in declared_checks(dataset)}


def test_every_check_is_declared_once_with_what_it_is_for():
    says = {check.id: check.says for check in declared_checks(declared(FIELDS, [LOW], approve="first"))}
    assert says["level-low"] == "Never higher.\n\n臺：Never higher."
    assert says["level.range"].startswith("level / 臺：level: range (Expect")
    assert says["guard.removed"] == "Guard: at most 1.00%, else a steward decides."
    assert says["approve.declared"] == "The declaration says approve: first."
    assert {"key.unique", "approve.schema", "approve.refold"} < set(says)
    assert len(says) == len(declared_checks(declared(FIELDS, [LOW], approve="first")))


def test_an_automatic_dataset_has_no_declared_approval():
    assert "approve.declared" not in {check.id for check in declared_checks(declared())}


@pytest.mark.parametrize("twice", [0, 3])
def test_keys_that_stand_twice_block(twice: int):
    finding = unique_key(twice)
    assert (finding.id, finding.severity, finding.success) == ("key.unique", "block", twice == 0)
    assert published(finding.observed) == f"{twice} keys twice"


@pytest.mark.parametrize(
    ("approve", "waits", "kind", "ids"),
    [
        ("auto", False, "regular", []),
        ("first", False, "regular", ["approve.declared"]),
        ("always", False, "regular", ["approve.declared"]),
        ("auto", True, "schema", ["approve.schema"]),
        ("auto", True, "refold", ["approve.refold"]),
    ],
)
def test_approvals(approve: str, waits: bool, kind: Kind, ids: list[str]):
    plan = FoldPlan(declared(approve=approve), None, (1,), kind=kind, waits=waits)
    findings = approvals(plan, Counts(insert=2, update=3, delete=4))
    assert [finding.id for finding in findings] == ids
    assert all(finding.severity == "hold" and not finding.success for finding in findings)
    if waits:
        assert "+2 ~3 -4 rows" in published(findings[0].observed)


def test_after_a_withdrawal_a_steward_looks():
    (finding,) = approvals(FoldPlan(declared(), None, (1,), after=3), Counts())
    assert (finding.id, finding.severity, finding.success) == ("approve.withdrawal", "hold", False)
    assert published(finding.observed) == "release 3 was withdrawn"


def guards_of(world: World) -> list[dict[str, Any]]:
    """What the quality fact of the newest release says of its guards."""
    return list(ReleaseFiles(world.public, world.newest()).fact("quality")["guards"])


PHONES = "site,level\na,1\n0912-345-678,2\n"
OFFICES = {"site": text("Offices.")}


def test_personal_data_holds_a_first_release_with_examples_until_somebody_decides(tmp_path: Path):
    world = World(tmp_path)
    world.declare(declaration())
    (held,) = world.tell(PHONES)
    (reason,) = held.reasons
    assert (held.outcome, held.failed_checks) == ("held", ("guard.personal",))
    assert "found site (phone numbers: '0912-345-678')" in sentence(reason)
    assert "0912" not in sentence(reason.public()), "the examples are for stewards"
    assert approve(world).outcome == "released"
    (line,) = [guard for guard in guards_of(world) if guard["id"] == "guard.personal"]
    assert (line["success"], line["observed"]) == (False, "site (phone numbers)")
    world.tell(PHONES + "0912-345-679,3\n")
    assert world.newest().n == 2, "a column that was looked at is not looked at again"
    assert "guard.personal" not in [guard["id"] for guard in guards_of(world)]


def test_a_declared_reason_lets_the_column_pass_and_frees_what_waited(tmp_path: Path):
    world = World(tmp_path)
    world.declare(declaration())
    world.tell(PHONES)
    world.declare(declaration(personal=OFFICES))
    assert said(world.settle()) == [("released", 1)]
    (line,) = [guard for guard in guards_of(world) if guard["id"] == "guard.personal"]
    assert (line["success"], line["observed"]) == (True, "none")


def test_what_left_is_looked_at_too_if_its_texts_are_published(tmp_path: Path):
    told = []
    for quarantine in ("table", "counts"):
        world = World(tmp_path / quarantine)
        world.declare(declaration(guards=LOOSE, quarantine=quarantine))
        (result,) = world.tell("site,level\na,1\nb,0912-345-678\n")
        told.append((result.outcome, sentences(result.reasons)))
    assert told[0][0] == "held"
    assert "found level (phone numbers: '0912-345-678')" in told[0][1]
    assert told[1][0] == "released"


def test_only_a_new_column_is_looked_at(tmp_path: Path):
    world = World(tmp_path)
    world.declare(declaration(personal=OFFICES))
    world.tell("site,level,owner\n0912-345-678,1,王小明先生\n")
    approve(world)  # a column that nobody declared holds it
    world.declare(declaration(fields=[column("site"), column("level", "number"), column("owner")], personal=OFFICES))
    (held,) = world.settle()
    found = [reason.observed for reason in held.reasons if reason.guard == "guard.personal"]
    assert [each.column for each in found[0].columns] == ["owner"]
    assert "approve.schema" in held.failed_checks


def test_a_reason_for_a_column_that_is_not_published_is_refused():
    with pytest.raises(DeclarationError, match="'sit' is no published field; fields: site, level"):
        declared(personal={"sit": text("Offices.")})


STUCK = correction(value="12", until="2026-07-01")


def correction_of(world: World) -> tuple[bool, str]:
    (line,) = [guard for guard in guards_of(world) if guard["id"] == "correction.stuck"]
    assert line["severity"] == "warn"
    return line["success"], line["observed"]


def test_a_known_fault_is_mended_listed_and_told_once_when_the_source_mends_it(tmp_path: Path):
    world = World(tmp_path)
    world.declare(declaration(corrections=[STUCK]))
    assert said(world.tell("site,level\na,9999\nb,9999\n")) == [("released", 1)]
    assert levels(world) == {"a": 12, "b": 9999}
    assert correction_of(world) == (True, "rows corrected: 1")
    assert world.newest().document["minsheng"]["corrections"] == [STUCK]
    assert said(world.tell("site,level\nb,9999\n")) == [("unchanged", 1)], "nothing of these rows"
    mended = "site,level\na,12\n"
    assert said(world.tell(mended)) == [("released", 2)]
    assert correction_of(world) == (False, "another value now: take the correction out")
    assert world.newest().facts.failed == ("correction.stuck",)
    assert world.newest().version == "1.0.1"
    assert said(world.tell(mended)) == [("unchanged", 2)], "a warning is told once"
    world.declare(declaration())
    assert said(world.settle()) == [("released", 3)], "without it the rows are the same"
    facts = world.newest().facts
    assert (facts.kind, facts.failed, "corrections" in world.newest().document["minsheng"]) == ("metadata", (), False)
    assert "correction.stuck" not in [guard["id"] for guard in guards_of(world)]
    sound(world)


def test_taken_out_too_early_what_would_change_waits(tmp_path: Path):
    world = World(tmp_path)
    world.declare(declaration(corrections=[STUCK]))
    world.tell("site,level\na,9999\n")
    world.declare(declaration())
    assert said(world.settle()) == [("held", 1)]
    assert levels(world) == {"a": 12}


def test_a_correction_ends_and_one_without_a_row_says_so(tmp_path: Path):
    world = World(tmp_path)
    world.declare(declaration(corrections=[STUCK, STUCK | {"id": "no-such", "when": {"site": "z"}}]))
    world.tell("site,level\na,9999\n")
    assert world.newest().facts.failed == ("correction.no-such",)
    for _ in range(24):
        world.hear("site,level\na,9999\n")
    world.settle()
    assert correction_of(world) == (
        False,
        "the wrong value still, in rows that are corrected no more: 1; report it again, and set `until` anew",
    )
    assert levels(world) == {"a": 9999}


def test_why_tells_of_a_correction(tmp_path: Path):
    world = World(tmp_path)
    world.declare(declaration(corrections=[STUCK]))
    world.tell("site,level\na,9999\n")
    found = why(world.ctx, SLUG, "a", "level")
    assert found.origin
    assert (found.origin.raw, found.value) == ("9999", 12)
    assert found.origin.readings[0] == (
        "correction.stuck",
        "'9999' is a fault of the source: The gauge was stuck.",
        "12",
    )
