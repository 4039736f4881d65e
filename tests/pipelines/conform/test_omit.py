"""Which records are no rows, as `minsheng.omit` says."""

import pyarrow as pa
import pytest
from worlds import column, dataset, text, texts

from pipelines.conform.columns import find_columns
from pipelines.decode.parts.beside import FAULT

SITES = ["甲", " 小計", "小計(註1)", "合計", "", None, "-", "小"]


@pytest.mark.parametrize(
    ("condition", "stay"),
    [
        ("小計", [1, 3, 4, 5, 6, 7, 8]),
        (["小計", "合計"], [1, 3, 5, 6, 7, 8]),
        ({"begins": "小計"}, [1, 4, 5, 6, 7, 8]),
        ({"begins": ["小計", "合"]}, [1, 5, 6, 7, 8]),
        ({"matches": "小.?"}, [1, 3, 4, 5, 6, 7]),
        ({"missing": True}, [1, 2, 3, 4, 8]),
        ({"not": {"begins": "小"}}, [2, 3, 8]),
        ("", [1, 2, 3, 4, 7, 8]),
    ],
)
def test_a_record_is_omitted_by_what_its_cell_is_like(condition: object, stay: list[int]):
    fields = [column("no"), column("site", missingValues=["-"], publish="no")]
    said = dataset(fields=fields, omit=[{"when": {"site": condition}, "reason": text("x")}])
    found = find_columns(said, 1, texts(no=[str(i) for i in range(8)], site=SITES))
    assert found.table.column("_row").to_pylist() == stay
    assert found.omitted == {1: 8 - len(stay)}


def test_all_cells_must_hold_and_one_of_the_rules_is_enough():
    rules = [
        {"when": {"site": {"begins": "小計"}, "kind": "a"}, "reason": text("x")},
        {"when": {"kind": {"missing": True}}, "reason": text("y")},
    ]
    said = dataset(fields=[column("site"), column("kind")], omit=rules)
    found = find_columns(said, 1, texts(site=["小計1", "小計2", "甲", "乙"], kind=["a", "b", "a", ""]))
    assert found.table.column("site").to_pylist() == ["小計2", "甲"]


def test_what_cannot_be_read_as_a_record_is_never_omitted():
    said = dataset(omit=[{"when": {"site": {"missing": True}}, "reason": text("x")}])
    records = texts(site=["a", None, None], level=["1", None, None])
    records = records.append_column(FAULT, pa.array([None, None, "a,1,1"]))
    found = find_columns(said, 1, records)
    assert (found.table.column("_row").to_pylist(), found.omitted) == ([1, 3], {1: 1})


def test_records_without_rows():
    said = dataset(omit=[{"when": {"site": {"begins": "a"}}, "reason": text("x")}])
    assert find_columns(said, 1, texts(site=[], level=[])).table.num_rows == 0
