"""Where cells stood."""

import pyarrow as pa
from worlds import texts

from pipelines.shape.parts.origin import RECORD, header_of, place_of, record_of, records_of


def test_a_table_that_no_step_made_stands_where_it_stands():
    assert place_of(texts(a=["1", "2"]), "a", 1) == (1, "a")
    assert place_of(texts(a=["1", "2"]), None, 1) == (1, None)


def test_a_column_may_stand_elsewhere_than_its_row():
    table = texts(a=["1"]).append_column(RECORD, pa.array([4]))
    assert place_of(table, "a", 0) == (4, "a")
    assert records_of(table, "a").to_pylist() == [4]
    table = table.append_column(record_of("a"), pa.array([2])).append_column(header_of("a"), pa.array(["b"]))
    assert place_of(table, "a", 0) == (2, "b")
    assert place_of(table, None, 0) == (4, None)
    assert records_of(table, "a").to_pylist() == [2]
