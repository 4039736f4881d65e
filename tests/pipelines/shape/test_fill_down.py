"""Merged cells."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from shapes import faulty, plain, shape
from worlds import texts

from pipelines.decode.parts.beside import SHEET
from pipelines.shape.parts.origin import place_of

DOWN = {"fill_down": {"columns": ["county"]}}


def filled(
    cells: list[str | None], step: dict[str, object] | None = None, **more: list[str | None]
) -> list[str | None]:
    table = texts(county=cells, n=[str(i) for i in range(len(cells))], **more)
    return shape(table, {"fill_down": {"columns": "county"} | (step or {})}).column("county").to_pylist()


def test_the_text_above_goes_into_empty_cells_only():
    assert filled(["臺北市", "", None, "新北市", "\u3000"]) == ["臺北市", "臺北市", "臺北市", "新北市", "新北市"]


def test_nothing_comes_from_above_the_first_row():
    assert filled(["", "a", ""]) == ["", "a", "a"]


def test_a_mark_stops_it_and_stays_as_it_is():
    table = texts(county=["a", "", "", ""], town=["x", "y", "合計", "z"])
    step = {"fill_down": {"columns": "county", "stop": ["合計"]}}
    assert shape(table, step).column("county").to_pylist() == ["a", "a", "", ""]


def test_a_narrower_column_begins_anew_where_a_wider_one_changes():
    table = texts(county=["a", "", "b", ""], town=["x", "", "", "y"], n=["1", "2", "3", "4"])
    rows = plain(shape(table, {"fill_down": {"columns": ["county", "town"]}}))
    assert [(row["county"], row["town"]) for row in rows] == [("a", "x"), ("a", "x"), ("b", ""), ("b", "y")]


def test_a_narrower_column_goes_on_where_a_wider_one_stands_in_every_row():
    table = texts(county=["a", "a", "b"], town=["x", "", ""], n=["1", "2", "3"])
    assert shape(table, {"fill_down": {"columns": ["county", "town"]}}).column("town").to_pylist() == ["x", "x", ""]


def test_a_row_without_any_text_stays_so_and_stops_nothing():
    table = texts(county=["a", None, ""], n=["1", "", "2"])
    assert shape(table, DOWN).column("county").to_pylist() == ["a", None, "a"]


def test_a_record_that_is_none_is_not_filled_and_stops_nothing():
    table = faulty(texts(county=["a", "x", ""], n=["1", "2", "3"]), r1="raw")
    assert shape(table, DOWN).column("county").to_pylist() == ["a", None, "a"]


def test_nothing_goes_from_one_sheet_into_another():
    table = texts(county=["a", "", ""], n=["1", "2", "3"]).append_column(SHEET, pa.array(["s1", "s1", "s2"]))
    assert shape(table, DOWN).column("county").to_pylist() == ["a", "a", ""]


def test_a_filled_cell_knows_where_it_stood():
    table = shape(texts(county=["a", "", "b"], n=["1", "2", "3"]), DOWN)
    assert [place_of(table, "county", row) for row in range(3)] == [(0, "county"), (0, "county"), (2, "county")]
    assert place_of(table, "n", 1) == (1, "n")


def test_a_table_without_records_stays_one():
    assert filled([]) == []


@given(st.lists(st.none() | st.sampled_from(["", " ", "a", "b", "c "]), max_size=12))
def test_it_is_what_a_loop_would_do(cells: list[str | None]):
    last, wanted = None, []
    for cell in cells:
        last = cell if cell is not None and cell.strip() else last
        wanted.append(cell if last is None else last)
    assert filled(cells) == wanted
