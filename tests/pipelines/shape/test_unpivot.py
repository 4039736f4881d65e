"""Columns to rows."""

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapes import faulty, plain, shape
from worlds import column, texts

from catalog.errors import DeclarationError, SourceError
from pipelines.decode.parts import limits
from pipelines.shape.parts.origin import place_of

WIDE = texts(**{"land": ["A", "B"], "1/22/20": ["0", "1"], "1/23/20": ["", "3"]})
LAND = [column("land"), column("day"), column("cases", "integer")]


def others(**more: Any) -> dict[str, Any]:
    return {"unpivot": {"others": True, "name": "day", "value": "cases"} | more}


def test_all_columns_that_no_field_reads_become_rows_in_the_order_of_the_records():
    assert [tuple(row.values()) for row in plain(shape(WIDE, others(), fields=LAND))] == [
        ("A", "1/22/20", "0"),
        ("A", "1/23/20", ""),
        ("B", "1/22/20", "1"),
        ("B", "1/23/20", "3"),
    ]


def test_empty_cells_make_no_row_where_it_is_declared():
    rows = plain(shape(WIDE, others(empty="drop"), fields=LAND))
    assert [(row["land"], row["cases"]) for row in rows] == [("A", "0"), ("B", "1"), ("B", "3")]


def test_columns_by_name_and_by_pattern():
    table = texts(a=["1"], b=["2"], c1=["3"], c2x=["4"]).rename_columns(["a", "Ｂ", "c1", "c2x"])
    step = {"unpivot": {"columns": "b", "patterns": [r"c\d"], "name": "n", "value": "v"}}
    assert plain(shape(table, step)) == [
        {"a": "1", "c2x": "4", "n": "Ｂ", "v": "2"},
        {"a": "1", "c2x": "4", "n": "c1", "v": "3"},
    ]


def test_a_name_is_split_into_columns():
    table = texts(**{"town": ["a"], "2020-01 births": ["5"], "2020-01 deaths": ["6"]})
    step = {"unpivot": {"patterns": [r"\d.*"], "split": r"(?P<month>[0-9-]+) (?P<measure>.+)", "value": "v"}}
    assert plain(shape(table, step)) == [
        {"town": "a", "month": "2020-01", "measure": "births", "v": "5"},
        {"town": "a", "month": "2020-01", "measure": "deaths", "v": "6"},
    ]


def test_a_name_that_cannot_be_split_is_refused():
    step = {"unpivot": {"others": True, "split": r"(?P<m>\d+)/(?P<d>\d+)/20", "value": "v"}}
    with pytest.raises(SourceError, match=r"minsheng.shape.0 \(unpivot\): expected names of columns that fit split"):
        shape(WIDE, step)


@pytest.mark.parametrize("empty", ["keep", "drop"])
def test_a_record_that_is_none_stays_one_row(empty: str):
    table = shape(faulty(WIDE, r0="A;;"), others(empty=empty), fields=LAND)
    assert plain(table)[0] == {"land": None, "FAULT": "A;;", "day": None, "cases": None}
    assert [row["FAULT"] for row in plain(table)] == ["A;;", None, None]


def test_ignored_columns_and_those_of_other_steps_are_no_others():
    ignore = {"columns": "1/22/20", "reason": {"en": "x", "zh-TW": "x"}}
    down = {"fill_down": {"columns": "1/23/20"}}
    table = WIDE.append_column("z", WIDE.column("land"))
    rows = plain(shape(table, down, others(), fields=LAND, ignore=ignore))
    assert [row["day"] for row in rows] == ["z", "z"]
    assert set(rows[0]) == {"land", "1/22/20", "1/23/20", "day", "cases"}


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({"columns": "1/24/20", "name": "n", "value": "v"}, "expected one column '1/24/20', found 0; there are 'land'"),
        ({"patterns": ["x+"], "name": "n", "value": "v"}, "expected columns that fit 'x\\+', found none"),
        ({"columns": "1/22/20", "name": "LAND", "value": "v"}, "expected no column 'LAND' of the agency's"),
    ],
)
def test_columns_that_are_not_there_or_would_stand_twice_are_refused(step: dict[str, Any], said: str):
    with pytest.raises(SourceError, match=said):
        shape(WIDE, {"unpivot": step})


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({"name": "n", "value": "v"}, "which columns"),
        ({"others": True, "columns": "a", "name": "n", "value": "v"}, "which columns"),
        ({"others": True, "value": "v"}, "where do the columns' names go"),
        ({"others": True, "name": "v", "value": "V"}, "each new column needs a name of its own"),
        ({"others": True, "split": "(a)", "value": "v"}, "every group needs a name"),
        ({"others": True, "split": "a", "value": "v"}, "names no group"),
        ({"others": True, "name": "n", "value": "v", "patterns": ["("]}, "no pattern that RE2 can read"),
    ],
)
def test_a_step_that_says_too_little_or_too_much_is_refused(step: dict[str, Any], said: str):
    with pytest.raises(DeclarationError, match=said):
        shape(WIDE, {"unpivot": step})


def test_more_cells_than_the_limit_are_refused_before_they_are_made(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(limits, "LIMITS", dataclasses.replace(limits.LIMITS, cells=15))
    with pytest.raises(SourceError, match="expected at most 15 cells, found 16"):
        shape(WIDE, others(), fields=LAND)


def test_each_row_knows_the_cell_that_it_comes_from():
    table = shape(WIDE, others(empty="drop"), fields=LAND)
    assert [place_of(table, "cases", row) for row in range(3)] == [(0, "1/22/20"), (1, "1/22/20"), (1, "1/23/20")]
    assert place_of(table, "land", 2) == (1, "land")


def test_a_table_without_records_stays_one():
    assert shape(WIDE.slice(0, 0), others(), fields=LAND).num_rows == 0
    assert shape(texts(), others(), fields=LAND).num_columns == 0


CELL = st.none() | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=3)


@given(st.integers(1, 4).flatmap(lambda n: st.lists(st.lists(CELL, min_size=n, max_size=n), min_size=1, max_size=5)))
def test_each_cell_is_one_row_and_pivot_gives_the_table_back(cells: list[list[str | None]]):
    names = [f"c{i}" for i in range(len(cells[0]))]
    table = texts(
        key=[str(i) for i in range(len(cells))],
        **{name: [row[i] for row in cells] for i, name in enumerate(names)},
    )
    down = {"unpivot": {"patterns": [r"c\d+"], "name": "n", "value": "v"}}
    long = shape(table, down)
    assert long.num_rows == sum(map(len, cells))
    back = shape(table, down, {"pivot": {"index": "key", "names": "n", "values": "v"}})
    assert plain(back) == table.to_pylist()
    assert all(place_of(back, name, i) == (i, name) for i in range(len(cells)) for name in ["key", *names])
