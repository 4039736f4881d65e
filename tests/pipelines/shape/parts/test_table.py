"""Tables as steps see them."""

import pyarrow as pa
import pytest
from worlds import texts

from catalog.errors import SourceError
from pipelines.decode.parts.beside import FAULT, MEMBER, SHEET
from pipelines.shape.parts.origin import RECORD
from pipelines.shape.parts.table import (
    agency_columns,
    begins,
    check_free,
    empty,
    faults,
    find,
    group_numbers,
    optional,
    told_beside,
)


def test_a_column_is_found_by_its_spelling_then_by_its_folded_name():
    table = texts(No=["1"], NO=["2"], x=["3"]).rename_columns(["No", "NO", "Ｎame"])
    assert (find(table, "NO"), find(table, "name")) == ("NO", "Ｎame")
    with pytest.raises(SourceError, match="expected one column 'no', found 2; there are 'No', 'NO'"):
        find(table, "no")
    with pytest.raises(SourceError, match="expected one column 'y', found 0; there are 'No', 'NO', 'Ｎame'"):
        find(table, "y")


def test_new_names_are_not_those_of_others():
    check_free(["a"], ["b"])
    with pytest.raises(SourceError, match="found 'A'; give the new column another name"):
        check_free(["a"], ["A"])


def test_what_stands_beside_is_no_column_of_the_agency():
    table = texts(a=["1", None]).append_column(FAULT, pa.array([None, "x"]))
    assert (agency_columns(table), faults(table).tolist()) == (["a"], [False, True])


def test_tables_begin_where_sheet_or_member_change():
    table = texts(a=["1"] * 5)
    assert begins(table).tolist() == [0] * 5
    table = table.append_column(SHEET, pa.array(["s", "s", "t", "t", "s"]))
    assert begins(table).tolist() == [0, 0, 2, 2, 4]
    table = table.append_column(MEMBER, pa.array(["m", "n", "n", "n", "n"]))
    assert begins(table).tolist() == [0, 1, 2, 2, 4]
    assert begins(table.slice(0, 0)).tolist() == []


def test_rows_with_the_same_texts_have_one_number():
    table = texts(a=["x", "y", "x ", None], b=["1", "1", "1", ""])
    assert group_numbers(table, ["a", "b"]).tolist() in ([1, 2, 1, 0], [0, 1, 0, 2])
    assert group_numbers(table, []).tolist() == [0] * 4


def test_what_is_told_beside_is_not_where_cells_stood():
    table = texts(a=["1"]).append_column(SHEET, pa.array(["s"])).append_column(RECORD, pa.array([0]))
    assert told_beside(table.append_column(FAULT, pa.nulls(1, pa.string()))) == [SHEET]


def test_blanks_are_no_text_and_no_place_is_null():
    assert empty(pa.array([None, "", " \u3000", "x"])).tolist() == [True, True, True, False]
    assert optional(pa.array([-1, 2]).to_numpy()).to_pylist() == [None, 2]
