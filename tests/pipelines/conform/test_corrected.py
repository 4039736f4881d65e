"""A correction changes the cells that have its key and its wrong text, and nothing else."""

import datetime as dt
from typing import Any

import pytest
from worlds import column, correction, dataset, texts

from pipelines.conform.columns import concatenate, find_columns
from pipelines.conform.corrected import Seen

ONE = correction(value="12")
IN_TIME, LATE = dt.date(2026, 12, 31), dt.date(2027, 1, 1)


def read(
    levels: list[str | None], day: dt.date | None = None, sites: list[str] | None = None, **more: Any
) -> tuple[list[str | None], Seen]:
    said = dataset(corrections=[ONE | more])
    rows = find_columns(said, 3, texts(site=sites or ["a"] * len(levels), level=levels), day)
    return rows.table["level"].to_pylist(), rows.corrections[3]["stuck"]


@pytest.mark.parametrize(
    ("levels", "after", "seen"),
    [
        (["9999"], ["12"], Seen(1, (1,))),
        ([" 9999 "], ["12"], Seen(1, (1,))),
        (["12"], ["12"], Seen(1)),
        (["99990", "9999", None], ["99990", "12", None], Seen(3, (2,))),
        ([None, ""], [None, ""], Seen(2)),
        ([], [], Seen(0)),
    ],
)
def test_only_the_wrong_text_is_replaced(levels: list[str | None], after: list[str | None], seen: Seen):
    assert read(levels) == (after, seen)


def test_rows_with_another_key_stay():
    assert read(["9999", "9999", "9999"], sites=["b", "a", "aa"]) == (["9999", "12", "9999"], Seen(1, (2,)))


def test_a_wrong_text_may_become_no_value_and_a_missing_value_a_text():
    assert read(["9999"], value="") == ([""], Seen(1, (1,)))
    assert read([None, "", "5"], found="") == (["12", "12", "5"], Seen(3, (1, 2)))


def test_after_it_ended_the_wrong_text_is_told_and_stays():
    assert read(["9999"], IN_TIME) == (["12"], Seen(1, (1,)))
    assert read(["9999", "5"], LATE) == (["9999", "5"], Seen(2, (), 1))


def test_a_correction_of_a_part_changes_what_is_joined_of_it_and_a_key_can_be_corrected():
    fields = [column("site"), column("day"), column("id", join={"fields": ["site", "day"], "by": "-"})]
    said = dataset(
        fields=fields,
        key=["site", "day"],
        corrections=[ONE | {"when": {"site": "a", "day": "31"}, "field": "day", "found": "31", "value": "30"}],
    )
    table = find_columns(said, 1, texts(site=["a", "a"], day=["31", "1"])).table
    assert (table["day"].to_pylist(), table["id"].to_pylist()) == (["30", "1"], ["a-30", "a-1"])


def test_several_corrections_of_one_column_and_fetches_one_after_another():
    said = dataset(corrections=[ONE, ONE | {"id": "other", "when": {"site": "b"}, "value": "13"}])
    one = find_columns(said, 1, texts(site=["a", "b"], level=["9999", "9999"]))
    other = find_columns(said, 2, texts(site=["c"], level=["9999"]))
    both = concatenate([one, other])
    assert both.table["level"].to_pylist() == ["12", "13", "9999"]
    assert {k: {name: seen.heard for name, seen in found.items()} for k, found in both.corrections.items()} == {
        1: {"stuck": 1, "other": 1},
        2: {"stuck": 0, "other": 0},
    }
