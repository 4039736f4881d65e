"""Rows that are totals of others."""

from pathlib import Path

import pyarrow as pa
import pytest
from proposing import proposed

from pipelines.propose.totals import see_totals


def test_few_rows_that_say_so_are_totals() -> None:
    found = see_totals(pa.table({"no": list("1234567"), "kind": ["a", "b", "小計(註1)", "c", "d", "合　計", None]}))
    assert found is not None
    assert (found.column, found.begins, found.rows) == ("kind", ["合　計", "小計"], 2)
    assert found.omit("k")[0]["when"] == {"k": {"begins": ["合　計", "小計"]}}


@pytest.mark.parametrize(
    "columns",
    [
        {"sex": ["合計", "男", "女"]},
        {"a": list("abcd"), "b": list("abcd"), "c": ["x", "y", "z", "總計"]},
        {"a": ["計程車", "x"]},
    ],
)
def test_a_kind_of_rows_or_a_word_elsewhere_is_no_total(columns: dict[str, list[str]]) -> None:
    assert see_totals(pa.table(columns)) is None


def test_they_are_omitted_and_nothing_is_filled_past_them(tmp_path: Path) -> None:
    body = "縣市,區,人數\n甲,a,1\n,b,2\n小計,,3\n乙,a,4\n,c,5\n,d,6\n,e,6\n"
    proposal = proposed(tmp_path, body.encode())
    block = proposal.values["minsheng"]
    assert block["shape"] == [{"fill_down": {"columns": ["縣市"], "stop": ["小計"]}}]
    assert block["omit"][0]["when"] == {"county": {"begins": ["小計"]}}
    assert (proposal.rows, proposal.values["schema"]["primaryKey"][0]) == (6, "county")
    assert proposal.notes["minsheng", "omit"][0].startswith("Guess: 小計 in 縣市 (1 row)")
