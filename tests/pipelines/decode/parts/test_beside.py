"""What stands beside the agency's columns."""

import pyarrow as pa
import pytest

from catalog.errors import SourceError
from pipelines.decode.parts.beside import SHEET, check_names, constant, is_beside, of_field, with_constant


def test_a_constant_is_stored_once_and_what_is_there_stays():
    table = with_constant(pa.table({"a": ["1", "2"]}), SHEET, "114年")
    assert table.column(SHEET).to_pylist() == ["114年"] * 2
    assert len(table.column(SHEET).combine_chunks().dictionary) == 1
    assert with_constant(table, SHEET, "other") is table
    assert constant("x", 0).to_pylist() == []
    assert is_beside(of_field("month"))


@pytest.mark.parametrize("control", ["\0", "\x1f", "\x7f", "\x85", "\x9f", "\x0b"])
def test_a_control_character_is_no_part_of_a_name(control: str) -> None:
    check_names(["a", "", "風\n速", "a\tb\r\n", "é\xa0"])
    for name in (f"{control}fault", f"風{control}", control):
        with pytest.raises(SourceError, match=rf"found the control character U\+00{ord(control):02X} in"):
            check_names(["a", name])
