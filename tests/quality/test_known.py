"""What is told to be right without the library is right for the library too; what is doubtful, the library is asked."""

from pathlib import Path
from typing import Any

import pytest

from catalog.declaration.dataset import load_dataset, slugs
from catalog.errors import DeclarationError
from quality.known import surely_right
from quality.run import expectation
from quality.suite import Check, checks, load_suite

DATASETS = Path(__file__).parents[2] / "datasets"
BETWEEN, IN_SET = "ExpectColumnValuesToBeBetween", "ExpectColumnValuesToBeInSet"
PAIR, SUM = "ExpectColumnPairValuesAToBeGreaterThanB", "ExpectMulticolumnSumToEqual"


def check(kind: str, **kwargs: Any) -> Check:
    return Check(id="x", type=kind, kwargs=kwargs, severity="warn", column=None)


def test_every_check_of_every_dataset_is_surely_right_and_the_library_agrees():
    asked = 0
    for slug in slugs(DATASETS):
        for one in checks(load_dataset(DATASETS, slug), load_suite(DATASETS, slug), {}, {}):
            assert surely_right(one), f"{slug}: {one.id}: `minsheng check` would take seconds longer"
            expectation(one, slug)
            asked += 1
    assert asked > 300


SURE = [
    check(BETWEEN, column="a", max_value=5),
    check(BETWEEN, column="a", min_value=0, max_value=1.5, strict_min=True),
    check(BETWEEN, column="a", min_value="2010-01-01"),
    check(BETWEEN, column="a", min_value="2010-01-01T08:00:00+08:00"),
    check(IN_SET, column="a", value_set=["x", "y"]),
    check("ExpectColumnValuesToMatchRegex", column="a", regex="^x$"),
    check(PAIR, column_A="a", column_B="b", or_equal=True, ignore_row_if="either_value_is_missing"),
]
UNSURE = [
    check("ExpectNothing", column="a"),
    check("../../../../setup", column="a"),
    check("ExpectColumnMaxToBeBetween", column="a", max_value=5),
    check("ExpectTableRowCountToEqual", value=5),
    check(BETWEEN, column="a"),
    check(BETWEEN, column="a", max_value=None, min_value=None),
    check(BETWEEN, column="a", max_value=""),
    check(BETWEEN, column="a", max_value="many"),
    check(BETWEEN, column="a", max_value="2026-02-30"),
    check(BETWEEN, column="a", max_value=[1]),
    check(BETWEEN, column="a", max_value=1, colour="red"),
    check(BETWEEN, column="", max_value=1),
    check(BETWEEN, max_value=1),
    check(IN_SET, column="a", value_set=[]),
    check(IN_SET, column="a", value_set="x"),
    check(PAIR, column_A="a", column_B="b", ignore_row_if="sometimes"),
    check("ExpectColumnValuesToMatchStrftimeFormat", column="a", strftime_format="%Q"),
    check(SUM, column_list=["a", "b"], sum_total=3),
]


@pytest.mark.parametrize("one", SURE, ids=str)
def test_what_is_sure_is_right(one: Check):
    assert surely_right(one)
    expectation(one, "x")


@pytest.mark.parametrize("one", UNSURE, ids=str)
def test_what_is_wrong_or_doubtful_is_left_to_the_library(one: Check):
    assert not surely_right(one)


def test_the_library_refuses_most_of_what_is_doubtful():
    refused = 0
    for one in UNSURE:
        try:
            expectation(one, "x")
        except DeclarationError:
            refused += 1
    assert refused >= 12
