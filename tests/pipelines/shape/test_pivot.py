"""Rows to columns."""

import dataclasses
from typing import Any

import pyarrow as pa
import pytest
from shapes import faulty, plain, shape
from worlds import column, texts

from catalog.errors import DeclarationError, SourceError
from pipelines.decode.parts import limits
from pipelines.decode.parts.beside import MEMBER
from pipelines.shape.parts.origin import place_of

LONG = texts(
    site=["a", "b", "a", "a"], day=["1", "1", "1", "2"], item=["PM10", "SO2", "SO2", "PM10"], value=["5", "6", "7", ""]
)


def pivot(**more: Any) -> dict[str, Any]:
    return {"pivot": {"index": ["site", "day"], "names": "item", "values": "value"} | more}


def test_rows_become_columns_in_the_order_in_which_they_come():
    assert plain(shape(LONG, pivot())) == [
        {"site": "a", "day": "1", "PM10": "5", "SO2": "7"},
        {"site": "b", "day": "1", "PM10": None, "SO2": "6"},
        {"site": "a", "day": "2", "PM10": "", "SO2": None},
    ]


def test_declared_names_are_columns_even_where_no_record_has_them():
    table = shape(LONG, pivot(columns=["NO2", "SO2"]))
    assert [name for name in table.column_names if "\0" not in name] == ["site", "day", "NO2", "SO2", "PM10"]
    assert table.column("NO2").to_pylist() == [None] * 3


def test_several_values_say_their_column_in_the_name():
    table = LONG.append_column("unit", texts(u=["x", "y", "z", "w"]).column("u"))
    row = plain(shape(table, pivot(values=["value", "unit"])))[0]
    assert row == {
        "site": "a", "day": "1", "PM10 value": "5", "PM10 unit": "x", "SO2 value": "7", "SO2 unit": "z",
    }  # fmt: skip


TWICE = texts(site=["a", "a", "b"], day=["1", "1", "1"], item=["x", "x", "x"], value=["5", "6", "7"])


def test_two_records_for_one_cell_are_refused():
    with pytest.raises(SourceError, match=r"expected one record for each cell, found 2 records .*\"value\": \"5\""):
        shape(TWICE, pivot())
    with pytest.raises(SourceError, match="expected one record for each cell"):
        shape(TWICE, pivot(twice="same"))


def test_two_records_for_one_cell_are_set_aside_with_their_texts():
    rows = plain(shape(TWICE, pivot(twice="quarantine")))
    assert [row["FAULT"] for row in rows][2] is None
    assert rows[0]["FAULT"] == '{"site": "a", "day": "1", "item": "x", "value": "5"}'
    assert rows[2] == {"site": "b", "day": "1", "x": "7", "FAULT": None}
    assert (rows[0]["site"], rows[1]["x"]) == (None, None)


def test_records_that_are_alike_are_one_where_it_is_declared():
    alike = TWICE.set_column(3, "value", texts(v=["5", "5", "7"]).column("v"))
    assert [row["x"] for row in plain(shape(alike, pivot(twice="same")))] == ["5", "7"]
    with pytest.raises(SourceError, match="expected one record for each cell"):
        shape(alike, pivot())


def test_a_record_that_is_none_stays_one_row_in_its_place():
    rows = plain(shape(faulty(LONG, r1="b|1"), pivot()))
    assert [row["FAULT"] for row in rows] == [None, "b|1", None]
    assert rows[1] == {"site": None, "day": None, "FAULT": "b|1", "PM10": None, "SO2": None}


def test_a_column_that_a_field_reads_belongs_to_the_index():
    with pytest.raises(SourceError, match="expected the column 'day' in index or values of the step"):
        shape(LONG, pivot(index="site"), fields=[column("site"), column("day")])


def test_another_column_stays_and_so_is_news():
    table = LONG.append_column("note", texts(n=["p", "q", "r", "s"]).column("n"))
    assert [row["note"] for row in plain(shape(table, pivot()))] == ["p", "q", "s"]


def test_a_row_without_a_name_and_a_name_that_stands_already_are_refused():
    with pytest.raises(SourceError, match="expected a name in 'item' of every row, found none in row 1"):
        shape(LONG.set_column(2, "item", texts(i=[" ", "x", "y", "z"]).column("i")), pivot())
    with pytest.raises(SourceError, match="expected no column 'site' of the agency's"):
        shape(LONG.set_column(2, "item", texts(i=["site", "x", "y", "z"]).column("i")), pivot())


def test_each_cell_knows_where_it_stood():
    table = shape(LONG, pivot())
    assert place_of(table, "SO2", 0) == (2, "value")
    assert place_of(table, "PM10", 0) == (0, "value")
    assert place_of(table, "site", 1) == (1, "site")


def test_rows_of_two_members_are_two_rows():
    table = texts(site=["a", "a"], day=["1", "1"], item=["x", "x"], value=["5", "6"])
    rows = plain(shape(table.append_column(MEMBER, pa.array(["1.csv", "2.csv"])), pivot()))
    assert [row["x"] for row in rows] == ["5", "6"]


def test_more_cells_than_the_limit_are_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(limits, "LIMITS", dataclasses.replace(limits.LIMITS, cells=12))
    with pytest.raises(SourceError, match="expected at most 12 cells"):
        shape(LONG, pivot())


def test_a_column_stands_in_one_place():
    with pytest.raises(DeclarationError, match="a column stands in one of them, once"):
        shape(LONG, pivot(values=["Site"]))


def test_an_empty_table_has_the_declared_columns():
    assert plain(shape(LONG.slice(0, 0), pivot(columns="PM10"))) == []


def test_a_column_whose_name_is_empty_gets_one():
    long = texts(site=["a", "a"], day=["1", "1"], item=["", "_cd"], value=["5", "P"])
    assert plain(shape(long, pivot(unnamed="flow"))) == [{"site": "a", "day": "1", "flow": "5", "_cd": "P"}]
    with pytest.raises(SourceError, match="expected a name in 'item'"):
        shape(long, pivot())
