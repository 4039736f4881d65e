"""`omit` and `conflict` of a declaration."""

import pytest
from worlds import column, dataset, text

from catalog.declaration.rows import CellText
from catalog.errors import DeclarationError

FIELDS = [column("site"), column("level", "integer"), column("turn", "integer", occurrence=True)]


@pytest.mark.parametrize(
    "condition",
    ["小計", ["小計", "合計"], {"begins": "小計"}, {"matches": "小計.*"}, {"missing": True}, {"not": ["甲"]}],
)
def test_a_condition_is_written_as_it_is_read(condition: object):
    said = dataset(omit=[{"when": {"site": condition}, "reason": text("x")}])
    written = said.meaning()["omit"][0]["site"]
    assert written == ({"begins": ["小計"]} if condition == {"begins": "小計"} else condition)


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ({}, "expected one of begins, matches, missing, not, found none"),
        ({"begins": "a", "missing": True}, "found begins and missing"),
        ({"begins": ""}, "every text begins with an empty one"),
        ({"matches": "("}, "is no pattern that RE2 can read"),
    ],
)
def test_a_condition_that_says_nothing_or_two_things_is_refused(condition: dict[str, object], told: str):
    with pytest.raises(ValueError, match=told):
        CellText.model_validate(condition)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"load": "upsert", "key": ["site", "turn"]}, "load must be replace or window, found upsert"),
        ({"load": "replace", "key": ["site"]}, "must stand in the primaryKey beside other fields"),
        ({"load": "replace", "key": ["turn"]}, "must stand in the primaryKey beside other fields"),
        ({"load": "replace", "key": ["site", "turn"], "conflict": "quarantine"}, "no key stands twice"),
    ],
)
def test_an_occurrence_needs_a_key_and_a_load_that_replaces(more: dict[str, object], told: str):
    with pytest.raises(DeclarationError, match=told):
        dataset(fields=FIELDS, **more)


def test_the_newest_is_told_by_a_published_field_outside_the_key():
    with pytest.raises(
        DeclarationError, match="'site' is no published field outside the primaryKey that has an order; there are level"
    ):
        dataset(conflict={"newest": "site"})


def test_only_what_is_declared_stands_in_the_meaning():
    assert not {"omit", "conflict"} & dataset().meaning().keys()
    assert dataset(conflict="quarantine").meaning()["conflict"] == "quarantine"
