"""Several tables as one."""

import dataclasses

import pyarrow as pa
import pytest
from worlds import texts

from catalog.errors import SourceError
from pipelines.decode.parts import limits
from pipelines.decode.parts.beside import FAULT
from pipelines.decode.parts.together import Together, together


def test_a_table_without_columns_has_no_records():
    assert together({"a": texts(), "b": texts(x=["1"])}, Together()).to_pylist() == [{"x": "1"}]
    assert together({"a": texts()}, Together()).num_rows == 0


def test_what_stands_beside_may_differ():
    other = texts(x=[None]).append_column(FAULT, pa.array(["?"]))
    found = together({"a": texts(x=["1"]), "b": other}, Together())
    assert found.to_pylist() == [{"x": "1", FAULT: None}, {"x": None, FAULT: "?"}]


def test_the_limits_hold_of_all_tables_together(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(limits, "LIMITS", dataclasses.replace(limits.LIMITS, cells=3, columns=1))
    with pytest.raises(SourceError, match="expected at most 3 cells, found 4"):
        together({"a": texts(x=["1", "2"]), "b": texts(x=["1", "2"])}, Together())
    with pytest.raises(SourceError, match="expected at most 1 columns, found 2"):
        together({"a": texts(x=["1"]), "b": texts(y=["1"])}, Together(differing="fill"))
