"""How numbers are written: the first way that `conform` reads all texts with."""

from typing import Any

import pytest

from pipelines.propose.numbers import are_codes, is_code_name, ways, without_points
from pipelines.propose.proof import unread


@pytest.mark.parametrize(
    ("texts", "way"),
    [
        (["1", "-20"], {"type": "integer"}),
        (["1.5", "20"], {"type": "number"}),
        (["19,236.20", "455"], {"type": "number", "number": {"group": ","}}),
        (["455,198"], {"type": "integer", "number": {"group": ","}}),
        (["1.234,5", "0,2"], {"type": "number", "number": {"group": ".", "decimal": ","}}),
        (["12.5%", "3%"], {"type": "number", "number": {"units": ["%"]}}),
        (["(5)", "12"], {"type": "integer", "number": {"minus": ["(5)"]}}),
        (["−5", "△7", "▲1.5", "3"], {"type": "number", "number": {"minus": ["−5", "△5", "▲5"]}}),
        (["－１２．５", "3"], {"type": "number", "normalize": ["width"]}),
    ],
)
def test_a_column_of_numbers(texts: list[str], way: dict[str, Any]) -> None:
    assert next(one for one in ways(texts) if not unread({"name": "value", **one}, texts)) == way


def test_codes_are_no_numbers() -> None:
    assert are_codes("county", ["003", "5"])
    assert are_codes("Site ID", ["240051007"])
    assert are_codes("x", ["1234567890123456"])
    assert not are_codes("數量", ["3", "5"])
    assert are_codes("id", ["A3", "7825"])
    assert are_codes("x", ["001", "A3"])
    assert (is_code_name("SiteId"), is_code_name("Paid")) == (True, False)


def test_whole_numbers_with_a_point() -> None:
    assert without_points(["34.0", "5"])
    assert not without_points(["34.5"])
