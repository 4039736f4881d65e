"""What stands beside the agency's columns."""

import pyarrow as pa

from pipelines.decode.parts.beside import SHEET, constant, is_beside, of_field, with_constant


def test_a_constant_is_stored_once_and_what_is_there_stays():
    table = with_constant(pa.table({"a": ["1", "2"]}), SHEET, "114年")
    assert table.column(SHEET).to_pylist() == ["114年"] * 2
    assert len(table.column(SHEET).combine_chunks().dictionary) == 1
    assert with_constant(table, SHEET, "other") is table
    assert constant("x", 0).to_pylist() == []
    assert is_beside(of_field("month"))
