"""What cells tell: faults of a few are no change of the source; a change that nothing reads is told without a patch."""

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from worlds import column, dataset, declaration, texts

from pipelines.drift.cells import _factor, cell_changes
from pipelines.drift.changes import Draft, Past, SourceChange

SITES = [f"s{i}" for i in range(20)]


def changes(field: dict[str, Any], cells: list[str], before: list[Any] | None = None) -> list[SourceChange]:
    text = json.dumps(declaration(fields=[column("site"), field]), ensure_ascii=False)
    said = dataset(fields=[column("site"), field])
    rows = said.arrow.empty_table()
    if before is not None:
        rows = pa.table({"site": SITES, field["name"]: pa.array(before, said.arrow.field(1).type)})
    past = Past(rows, rows.num_rows, ("site",), frozenset(), {})
    return cell_changes(Draft(text, said), texts(**{"site": SITES, field["name"]: cells}), past)


def test_a_few_bad_cells_are_faults_and_no_change() -> None:
    assert changes(column("level", "number"), ["1"] * 15 + ["1.2.3", "4-", "5..", "6_", "7_7"]) == []


def test_what_no_known_way_reads_is_told() -> None:
    (found,) = changes(column("day", "date"), [f"day {i} of spring" for i in range(20)])
    assert (found.kind, found.edits) == ("unreadable", ())
    assert "20 of 20 cells cannot be read, as 'day 0 of spring'" in found.says


def test_days_that_can_be_read_in_two_ways_are_not_guessed() -> None:
    (found,) = changes(column("day", "date"), [f"0{1 + i % 9}/0{1 + i % 7}/2026" for i in range(20)])
    assert (found.kind, found.edits) == ("unreadable", ())
    assert "can be read in several ways" in found.says


@pytest.mark.parametrize(
    ("kind", "cell", "pattern"),
    [
        ("datetime", "2026/7/{} 下午 01:30:00", "%Y/%m/%d %p %I:%M:%S"),
        ("datetime", "202607{:02}1330", "%Y%m%d%H%M"),
        ("date", "{:02}-Jul-2026", "%d-%b-%Y"),
        ("week", "2026-W{:02}", "%Y-W%V"),
        ("quarter", "{:04}-Q2", "%Y-Q%q"),
    ],
)
def test_a_new_way_to_write_a_time_is_added_to_those_there_are(kind: str, cell: str, pattern: str) -> None:
    before = {"date": "%Y%m%d", "datetime": "%Y-%m-%d %H:%M", "week": "%YW%V", "quarter": "%YQ%q"}[kind]
    field = column("at", kind, date={"patterns": [before]})
    first = 2001 if kind == "quarter" else 1
    (found,) = changes(field, [cell.format(i) for i in range(first, first + 20)])
    assert [edit.value for edit in found.edits] == [[before, pattern]]


def test_a_comma_is_read_as_numbers_were_before() -> None:
    cells = [f"1,{i:03}" for i in range(20)]
    assert [one.edits for one in changes(column("level", "number"), cells)] == [()]
    for before, form in ((1500.0, {"group": ","}), (1.5, {"decimal": ","})):
        (found,) = changes(column("level", "number"), cells, [before] * 20)
        assert [edit.value for edit in found.edits] == [form]


def test_an_agency_that_sends_our_codes_needs_no_translation() -> None:
    field = column("kind", codes={"map": {"甲": "a", "乙": "b"}})
    (found,) = changes(field, ["a", "b", "c", "甲"] * 5)
    assert "'a' means a, 'b' means b; give a code to 'c'" in found.says


@pytest.mark.parametrize(
    ("ratios", "factor"),
    [
        ([0.99, 1.0, 1.02, 1.3], None),
        ([950, 1000, 1100, 1700], 1000.0),
        ([0.001] * 9 + [1.0], 0.001),
        ([3.6, 3.61, 3.59, 3.6], 3.6),
        ([1 / 1.609344] * 4, 1 / 1.609344),
        ([1.0, 10.0, 0.1, 100.0], None),
        ([-1.0, -10.0], None),
    ],
)
def test_a_factor_is_one_that_nearly_all_values_have(ratios: list[float], factor: float | None) -> None:
    assert _factor(np.array(ratios)) == factor
