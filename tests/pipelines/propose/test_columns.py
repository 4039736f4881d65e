"""The texts of each column, counted."""

import pyarrow as pa

from pipelines.decode.parts.beside import TITLE
from pipelines.propose.columns import columns_of


def test_texts_are_trimmed_and_counted() -> None:
    table = pa.table({"a": ["x ", "x", "", None, "y"], TITLE: ["t"] * 5})
    (column,) = columns_of(table)
    assert (column.heard, column.counts, column.empty, column.rows) == ("a", {"x": 2, "y": 1}, 2, 5)
    left = column.without(["x"])
    assert (left.counts, left.empty, left.rows) == ({"y": 1}, 4, 5)
