"""Histories in which the declaration changes: what was heard is read again, judged again, decided again."""

from typing import Any

import pytest
from nights import LOOSE, Make, approve, levels, redeclare, reject, said, sound, waits, what
from worlds import SLUG, World, column, many, table_csv, text

from catalog.errors import DeclarationError
from pipelines.candidate.facts import candidate_quality
from pipelines.records import Outcome

LOADS = pytest.mark.parametrize("load", ["upsert", "replace"])
LOW = {
    "id": "level-below-five",
    "type": "ExpectColumnValuesToBeBetween",
    "kwargs": {"column": "level", "max_value": 5},
    "reason": text("since a test"),
}
THERE = {
    "id": "level-there",
    "type": "ExpectColumnValuesToNotBeNull",
    "kwargs": {"column": "level"},
    "reason": text("since a test"),
    "severity": "hold",
}
WARNS = LOW | {"severity": "warn"}
NEVER_BELOW_ZERO = [column("site"), column("level", "number", constraints={"minimum": 0})]


def failed(world: World) -> list[str]:
    return list(world.newest().facts.failed)


# What blocks ------------------------------------------------------------------------------------------------


@LOADS
def test_a_declaration_that_blocks_what_is_published_is_a_fault_and_no_candidate(make: Make, load: str):
    world = make(guards=LOOSE, load=load)
    world.tell(table_csv({"a": 1, "b": 9}))
    redeclare(world, [LOW | {"severity": "block"}], guards=LOOSE, load=load)
    for _ in range(2):
        with pytest.raises(DeclarationError, match=r"blocks what is published: level-below-five: .* rows fail"):
            world.settle()
        assert waits(world) is None
        world.hear(table_csv({"a": 1, "b": 9, "c": 1}))
    # Mended: the nights that were heard meanwhile are not lost.
    redeclare(world, [], guards=LOOSE, load=load)
    world.settle()
    assert levels(world) == {"a": 1, "b": 9, "c": 1}
    assert world.settle() == []
    sound(world)


def test_a_rejudge_that_blocks_waits_and_wedges_nothing(make: Make):
    world = published_null(make, "block")
    redeclare(world, [TAKES, THERE | {"severity": "block", "reason": text("clearer")}], guards=LOOSE)
    assert said(world.settle()) == [("held", 1)]
    assert said(world.tell(table_csv({"d": 1})))[0] == ("released", 2)
    assert levels(world) == {"a": 1, "b": None, "d": 1}
    redeclare(world, [TAKES], guards=LOOSE)
    world.settle()
    assert levels(world) == {"a": 1, "b": None, "d": 1}
    assert waits(world) is None
    assert said(world.tell(table_csv({"d": 2})))[-1][0] == "released"


def test_document_and_fact_agree_on_the_verdict_of_a_rejudge_that_blocks(make: Make):
    world = published_null(make, "block")
    redeclare(world, [TAKES, THERE | {"severity": "block", "reason": text("clearer")}], guards=LOOSE)
    world.settle()
    identity = waits(world)
    assert identity is not None
    waiting = world.state().waiting
    assert waiting is not None
    assert candidate_quality(world.ctx, SLUG, identity)["verdict"] == waiting.candidate.facts.verdict


# Heard, and judged no change then ---------------------------------------------------------------------------


@LOADS
def test_a_column_published_later_has_the_newest_values(make: Make, load: str):
    fields = [column("site"), column("level", "number"), column("flow", "number", publish="no")]
    world = make(fields=fields, load=load, guards=LOOSE)
    world.tell("site,level,flow\na,1,10\n")
    assert said(world.tell("site,level,flow\na,1,20\n")) == [("unchanged", 1)]
    shown = [*fields[:2], column("flow", "number")]
    redeclare(world, fields=shown, load=load, guards=LOOSE)
    assert said(world.settle()) == [("held", 1)]
    approve(world)
    assert world.rows() == [{"site": "a", "level": 1, "flow": 20}]
    sound(world)
    assert said(world.tell("site,level,flow\na,1,20\n")) == [("unchanged", 2)]
    assert said(world.tell("site,level,flow\na,1,30\n")) == [("released", 3)]
    sound(world)


def kinds(**words: str) -> list[dict[str, Any]]:
    return [column("site"), column("kind", codes={"map": words}), column("level", "number")]


@LOADS
def test_two_words_of_one_code_that_part_have_the_newest_word(make: Make, load: str):
    world = make(fields=kinds(x="X", z="X"), load=load, guards=LOOSE)
    world.tell("site,kind,level\na,x,1\n")
    assert said(world.tell("site,kind,level\na,z,1\n")) == [("unchanged", 1)]
    redeclare(world, fields=kinds(x="X", z="Z"), load=load, guards=LOOSE)
    assert said(world.settle()) == [("held", 1)]
    approve(world)
    assert world.rows()[0]["kind"] == "Z"
    assert world.settle() == []
    sound(world)


@LOADS
def test_what_repeated_a_candidate_of_the_declaration_before_counts_under_the_new_one(make: Make, load: str):
    fields = [column("site"), column("level", "number")]
    world = make(fields=fields, load=load, guards=LOOSE, approve="always")
    assert said(world.tell("site,level,flow\na,1,10\n")) == [("held", None)]
    assert said(world.tell("site,level,flow\na,1,20\n")) == [("held", None)]
    assert what(world, 2) == Outcome("same", candidate=waits(world))
    redeclare(world, fields=[*fields, column("flow", "number")], load=load, guards=LOOSE)
    assert {outcome for outcome, _ in said(world.settle())} == {"released"}
    assert world.rows() == [{"site": "a", "level": 1, "flow": 20}]
    assert world.settle() == []
    sound(world)


@LOADS
def test_what_repeated_a_candidate_and_was_released_alone_is_remembered_when_all_is_read_again(make: Make, load: str):
    fields = [column("site"), column("level", "number")]
    world = make(fields=fields, load=load, guards=LOOSE, approve="always")
    world.tell("site,level,flow\na,1,10\n")
    world.tell("site,level,flow\na,1,20\n")
    redeclare(world, fields=[*fields, column("flow", "number")], load=load, guards=LOOSE)
    world.settle()
    assert world.rows() == [{"site": "a", "level": 1, "flow": 20}]
    redeclare(world, fields=[*fields, column("flow", "integer")], load=load, guards=LOOSE)
    world.settle()
    approve(world)
    assert world.rows() == [{"site": "a", "level": 1, "flow": 20}]


@LOADS
def test_what_repeated_a_candidate_of_the_declaration_before_is_folded_at_once(make: Make, load: str):
    fields = [column("site"), column("level", "number")]
    world = make(fields=fields, load=load, guards=LOOSE, approve="always")
    world.tell("site,level,flow\na,1,10\n")
    world.tell("site,level,flow\na,1,20\n")
    redeclare(world, fields=[*fields, column("flow", "number")], load=load, guards=LOOSE)
    assert said(world.settle()) == [("released", 1)]


@LOADS
def test_what_repeated_a_released_candidate_has_the_last_word_when_a_column_is_published(make: Make, load: str):
    fields = [column("site"), column("level", "number"), column("flow", "number", publish="no")]
    world = make(fields=fields, load=load, guards=LOOSE, approve="always")
    world.tell("site,level,flow\na,1,10\n")
    world.tell("site,level,flow\na,1,20\n")
    approve(world)
    redeclare(world, fields=[*fields[:2], column("flow", "number")], load=load, guards=LOOSE)
    assert said(world.settle()) == [("held", 1)]
    approve(world)
    assert world.rows() == [{"site": "a", "level": 1, "flow": 20}]
    sound(world)


# Rejected ---------------------------------------------------------------------------------------------------


def published_null(make: Make, severity: str = "hold") -> World:
    """A world that publishes a null which an expectation, judged again, would hold."""
    suite = [LOW | {"severity": "quarantine"}, THERE | {"severity": severity}]
    world = make(guards=LOOSE, quality=suite)
    assert said(world.tell(table_csv({"a": 1, "b": 9}))) == [("released", 1)]
    assert levels(world) == {"a": 1, "b": None}
    return world


TAKES = LOW | {"severity": "quarantine"}
ALSO = {"id": "level-below-three", "severity": "warn", "kwargs": {"column": "level", "max_value": 3}}


def test_after_a_rejected_rejudge_the_suite_before_stays_and_a_later_one_is_judged(make: Make):
    world = published_null(make)
    redeclare(world, [TAKES, THERE, LOW | ALSO], guards=LOOSE)
    assert said(world.settle()) == [("held", 1)]
    assert reject(world) == []
    assert world.settle() == []
    assert said(world.tell(table_csv({"c": 4}))) == [("released", 2)]
    assert "level-below-three" not in failed(world)
    assert world.fact("declaration")["quality"]["expectations"][-1]["id"] == "level-there"
    # A later change is judged again, whatever was rejected before.
    redeclare(world, [TAKES, THERE, LOW | ALSO | {"id": "level-below-two"}], guards=LOOSE)
    assert said(world.settle()) == [("held", 2)]
    approve(world)
    assert {"level-below-two", "level-there"} <= set(failed(world))


def test_nights_go_on_while_a_rejudge_waits(make: Make):
    world = published_null(make)
    redeclare(world, [TAKES, THERE, LOW | ALSO], guards=LOOSE)
    assert said(world.settle()) == [("held", 1)]
    assert said(world.tell(table_csv({"a": 1})))[0] == ("unchanged", 1)
    assert waits(world)
    assert ("released", 2) in said(world.tell(table_csv({"c": 4})))
    assert levels(world) == {"a": 1, "b": None, "c": 4}
    assert ("released", 3) in said(world.tell(table_csv({"c": 5})))
    # What waits speaks of what is published now, and is still to be decided.
    world.settle()
    waiting = world.state().waiting
    assert waiting is not None
    assert waiting.candidate.facts.previous is not None
    assert waiting.candidate.facts.previous.n == 3
    approve(world)
    assert {"level-below-three", "level-there"} <= set(failed(world))
    assert levels(world) == {"a": 1, "b": None, "c": 5}
    assert world.settle() == []
    assert said(world.tell(table_csv({"d": 1}))) == [("released", 5)]
    sound(world)


def test_after_a_rejected_refold_a_warning_is_still_applied(make: Make):
    world = make(guards=LOOSE)
    world.tell(table_csv({"a": 1, "b": -2}))
    redeclare(world, fields=NEVER_BELOW_ZERO, guards=LOOSE)
    assert said(world.settle()) == [("held", 1)]
    assert reject(world) == []
    redeclare(world, [WARNS], fields=NEVER_BELOW_ZERO, guards=LOOSE)
    world.settle()
    assert said(world.tell(table_csv({"c": 99})))[-1][0] == "released"
    assert "level-below-five" in failed(world)
    assert levels(world) == {"a": 1, "b": -2, "c": 99}
    assert world.settle() == []
    sound(world)


@LOADS
def test_after_a_rejected_refold_nights_go_on_and_nothing_is_tried_again(make: Make, load: str):
    world = make(guards=LOOSE, load=load)
    world.tell(table_csv({"a": 1, "b": -2}))
    redeclare(world, fields=NEVER_BELOW_ZERO, guards=LOOSE, load=load)
    world.settle()
    reject(world)
    assert said(world.tell(table_csv({"a": 1, "b": -3}))) == [("released", 2)]
    assert said(world.tell(table_csv({"a": 1, "b": -3}))) == [("unchanged", 2)]
    assert world.settle() == []
    sound(world)


# Metadata ---------------------------------------------------------------------------------------------------


@LOADS
@pytest.mark.parametrize("quarantine", ["table", "counts"])
def test_a_change_of_text_keeps_failed_checks_and_quarantine(make: Make, load: str, quarantine: str):
    world = make(load=load, guards=LOOSE, quarantine=quarantine)
    heard = table_csv({"a": 1, "b": "x"})
    world.tell(heard)
    before = (failed(world), world.quarantine(), world.fact("quality")["quarantine"])
    assert before[0] == ["level.type"]
    redeclare(world, load=load, guards=LOOSE, quarantine=quarantine, top={"title": text("Rivers of Taiwan")})
    assert [(item.outcome, item.reason) for item in world.settle()] == [("released", "metadata")]
    assert (failed(world), world.quarantine(), world.fact("quality")["quarantine"]) == before
    for _ in range(2):
        assert said(world.tell(heard)) == [("unchanged", 2)]
    sound(world)


def test_a_new_warning_keeps_failed_checks_and_quarantine(make: Make):
    world = make(guards=LOOSE)
    heard = table_csv({"a": 9, "b": "x"})
    world.tell(heard)
    listed = world.quarantine()
    redeclare(world, [WARNS], guards=LOOSE)
    assert said(world.settle()) == [("released", 2)]
    assert (failed(world), world.quarantine()) == (["level-below-five", "level.type"], listed)
    assert said(world.tell(heard)) == [("unchanged", 2)]


# Spellings --------------------------------------------------------------------------------------------------


def spelled(*rows: str) -> str:
    return "site,kind,level\n" + "".join(f"{row}\n" for row in rows)


def test_an_approved_batch_does_not_keep_later_spellings_from_bringing_rows_back(make: Make):
    world = make(fields=kinds(x="X"))
    world.tell(spelled(*(f"{site},x,1" for site in many(200))))
    assert said(world.tell(spelled("a,x,1", "a,x,1"))) == [("held", 1)]
    approve(world)
    assert said(world.tell(spelled(*(f"t{site},x,1" for site in many(200)), "z,y,1"))) == [("released", 3)]
    redeclare(world, fields=kinds(x="X", y="Y"))
    assert [(item.outcome, item.release, item.reason) for item in world.settle()] == [("released", 4, "refold")]
    assert {row["site"]: row["kind"] for row in world.rows()}["z"] == "Y"
    sound(world)


def test_a_spelling_added_together_with_another_change_of_meaning_waits(make: Make):
    fields = kinds(x="X")
    world = make(fields=fields, guards=LOOSE)
    world.tell(spelled("a,x,1", "b,y,5"))
    fields = kinds(x="X", y="Y")
    fields[2] = column("level", "number", missing=["5"])
    redeclare(world, fields=fields, guards=LOOSE)
    assert said(world.settle()) == [("held", 1)]
    assert world.rows()[1] == {"site": "b", "kind": None, "level": 5}
    approve(world)
    assert world.rows()[1] == {"site": "b", "kind": "Y", "level": None}
    sound(world)


def test_a_spelling_that_changes_another_row_too_waits(make: Make):
    world = make(fields=kinds(x="X"), guards=LOOSE)
    world.tell(spelled("a,x,1", "b,y,5"))
    redeclare(world, fields=kinds(x="X2", y="Y"), guards=LOOSE)
    assert said(world.settle()) == [("held", 1)]


def test_rows_that_left_come_back_by_themselves_with_all_their_cells(make: Make):
    fields = kinds(x="X")
    fields[1]["constraints"] = {"required": True}
    world = make(fields=fields, guards=LOOSE)
    world.tell(spelled("a,x,1", "b,y,5"))
    assert [row["site"] for row in world.rows()] == ["a"]
    fields = kinds(x="X", y="Y")
    fields[1]["constraints"] = {"required": True}
    redeclare(world, fields=fields, guards=LOOSE)
    assert [(item.outcome, item.reason) for item in world.settle()] == [("released", "refold")]
    assert world.rows()[1] == {"site": "b", "kind": "Y", "level": 5}
