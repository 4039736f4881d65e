"""How a table lies in its file: titles, header lines, notes, ragged rows."""

from typing import Any

import pytest
from agency_columns import rows_of
from pydantic import ValidationError

from catalog.errors import SourceError
from pipelines.decode.parts import limits
from pipelines.decode.parts.beside import TITLE
from pipelines.decode.parts.table import Layout, lay

Cells = list[str | None]


def laid(rows: list[Cells], **said: Any) -> list[dict[str, str | None]]:
    return rows_of(lay(enumerate(rows, start=1), Layout.model_validate(said)))


def test_one_header_line_then_rows():
    assert laid([["a", "b"], ["1", None], ["", "2"]]) == [{"a": "1", "b": None}, {"a": "", "b": "2"}]
    assert laid([["a"]]) == []


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        (
            [["county", "ponds", "", "share"], ["", "own", "leased", ""]],
            ["county", "ponds own", "ponds leased", "share"],
        ),
        ([["a", "", ""], ["x", "", "y"], ["1", "2", "3"]], ["a x 1", "a x 2", "a y 3"]),
        ([["a\nb", "c  d"], [None, "e"]], ["a b", "c d e"]),
        ([["a"], ["x", "y"]], ["a x", "a y"]),
        ([["a", "b"], ["x"]], ["a x", "b"]),
    ],
)
def test_several_header_lines_are_merged(lines: list[Cells], names: list[str]):
    width = max(map(len, lines))
    (row,) = laid([*lines, ["1"] * width], header=len(lines))
    assert list(row) == names


def test_one_of_several_header_lines_can_name_the_columns():
    rows: list[Cells] = [["date", "n"], ["日期", "數"], ["2026", "1"]]
    assert laid(rows, header=2, header_line=1) == [{"date": "2026", "n": "1"}]
    assert laid(rows, header=2, header_line=2) == [{"日期": "2026", "數": "1"}]


def test_header_lines_told_by_their_first_text_must_be_there():
    rows: list[Cells] = [["", "日 期", "數"], ["", "5s", "1"]]
    assert laid(rows, header=["日期"], empty_columns="drop") == [{"日 期": "5s", "數": "1"}]
    with pytest.raises(SourceError, match="expected a header line that begins with 'date', found '日 期' in line 1"):
        laid(rows, header=["date"])
    with pytest.raises(SourceError, match="expected 2 header lines, found 1: the table ends there"):
        laid(rows[:1], header=["日期", "5s"])


def test_names_can_stand_in_the_declaration():
    assert laid([["1", "2"]], header=0, columns=["a", "b"]) == [{"a": "1", "b": "2"}]
    assert laid([["x", "x"], ["1", "2"]], columns=["a", "b"]) == [{"a": "1", "b": "2"}]
    with pytest.raises(SourceError, match="expected 3 columns, as declared, found 2 in the header"):
        laid([["x", "x"], ["1", "2"]], columns=["a", "b", "c"])
    with pytest.raises(SourceError, match="expected 3 cells in every row, as in the header, found 2 in line 1"):
        laid([["1", "2"]], header=0, columns=["a", "b", "c"])


def test_the_header_follows_what_stands_above_it():
    rows: list[Cells] = [["Title"], ["x", "y"], ["Table 2: water"], ["a", "b"], ["1", "2"]]
    assert laid(rows, after="Table 2") == [{"a": "1", "b": "2"}]
    with pytest.raises(SourceError, match="expected a line that begins with 'Table 3' or 'T3' above the table"):
        laid(rows, after=["Table 3", "T3"])


def test_a_note_ends_the_table_and_must_be_there():
    rows: list[Cells] = [["a", "b"], ["1", "2"], ["", " End"], ["Source: us"]]
    assert laid(rows, until="End") == [{"a": "1", "b": "2"}]
    with pytest.raises(SourceError, match="expected a line that begins with 'Notes' below the table, found none"):
        laid(rows[:2], until=["Notes"])


def test_notes_are_no_rows_wherever_they_stand():
    rows: list[Cells] = [["a", "b"], ["註: x"], ["1", "2"], [None, "註: y"]]
    assert laid(rows, notes=["註"]) == [{"a": "1", "b": "2"}]


def test_rows_at_the_end_are_left_out():
    rows: list[Cells] = [["a"], ["1"], [], ["total", "3"], []]
    assert laid(rows, skip_last=3) == [{"a": "1"}]
    assert laid([["a", "b"], ["1", "2"], [], ["a note"], []], skip_last=1) == [{"a": "1", "b": "2"}]
    with pytest.raises(SourceError, match="expected at least the 5 rows of skip_last, found 4"):
        laid(rows, skip_last=5)


def test_a_ragged_row_is_refused_or_padded():
    rows: list[Cells] = [["a", "b"], ["1"], ["1", "2", ""], ["1", "2"]]
    with pytest.raises(SourceError, match="expected 2 cells in every row, as in the header, found 1 in line 2"):
        laid(rows)
    assert laid(rows, ragged="pad") == [{"a": "1", "b": None}, {"a": "1", "b": "2"}, {"a": "1", "b": "2"}]
    with pytest.raises(SourceError, match="found 3 in line 2"):
        laid([["a", "b"], ["1", "2", "3"]], ragged="pad")


def test_empty_rows_and_columns_stay_unless_declared():
    rows: list[Cells] = [["a", "", " "], ["1", "", "x"], ["", None, " "]]
    with pytest.raises(SourceError, match="found columns without a name more than once"):
        laid([["a", "", ""], ["1", "", ""]])
    assert laid(rows, empty_columns="drop") == [{"a": "1", " ": "x"}, {"a": "", " ": " "}]
    assert laid(rows, empty_columns="drop", empty_rows="drop") == [{"a": "1", " ": "x"}]


def test_a_name_twice_is_refused_or_numbered():
    rows: list[Cells] = [["v", "Status", "w", "Status"], ["1", "P", "2", "N"]]
    with pytest.raises(SourceError, match="each column once, found 'Status' more than once in the header"):
        laid(rows)
    assert laid(rows, repeated="number") == [{"v": "1", "Status": "P", "w": "2", "Status 2": "N"}]
    with pytest.raises(SourceError, match="found 'a 2' more than once"):
        laid([["a", "a 2", "a"], ["1", "2", "3"]], repeated="number")


def test_a_table_of_one_column_keeps_its_empty_rows():
    assert laid([["a"], [], ["1"]]) == [{"a": ""}, {"a": "1"}]
    assert laid([["a", "b"], [], ["1", "2"]]) == [{"a": "1", "b": "2"}]


def test_no_header_is_a_sentence():
    with pytest.raises(SourceError, match="expected 1 header lines, found 0: the table ends there"):
        laid([[]])


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"header": 0}, "`columns` must name the columns"),
        ({"header": 21}, "expected 0 to 20 lines"),
        ({"header": -1}, "expected 0 to 20 lines"),
        ({"header_line": 2}, "there are 1 header lines"),
        ({"skip": -1}, "skip"),
        ({"skip_last": 1, "until": "End"}, "skip_last, until: each says where the table ends"),
        ({"ragged": "guess"}, "ragged"),
    ],
)
def test_a_layout_that_cannot_be_is_told(said: dict[str, Any], words: str):
    with pytest.raises(ValidationError, match=words):
        Layout.model_validate(said)


def test_more_than_the_limits_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(limits, "LIMITS", limits.DecodeLimits(columns=3, cells=6))
    assert len(laid([["a", "b"], *[["1", "2"]] * 3])) == 3
    with pytest.raises(SourceError, match="expected at most 3 columns, found 4"):
        laid([["a", "b", "c", "d"]])
    with pytest.raises(SourceError, match="expected at most 6 cells, found more"):
        laid([["a", "b"], *[["1", "2"]] * 4])


UNITS: list[Cells] = [["day", "rain"], ["", "mm"], ["1", "2.5"]]


def test_a_line_of_units_is_no_data():
    assert laid(UNITS, units_line=True) == [{"day": "1", "rain": "2.5"}]
    assert laid(UNITS, units_line={"rain": "mm"}) == [{"day": "1", "rain": "2.5"}]
    assert lay(enumerate(UNITS, start=1), Layout(units_line=True)).column(TITLE).to_pylist() == ["mm"]


def test_another_unit_than_declared_is_refused():
    with pytest.raises(SourceError, match="expected the unit 'cm' for 'rain', found 'mm' in line 2"):
        laid(UNITS, units_line={"rain": "cm"})
    with pytest.raises(SourceError, match="expected the unit 'm' for 'wind', found None in line 2"):
        laid(UNITS, units_line={"wind": "m"})
    with pytest.raises(SourceError, match="expected a line of units below the header, found none"):
        laid(UNITS[:1], units_line=True)


def test_texts_of_the_declaration_are_compared_as_names():
    rows: list[Cells] = [
        ["\ufeff Title"],
        ["ＣＯＤＥ", "n"],
        ["Unit", "mm"],
        ["1", "2"],
        ["\ufeff備 註", ""],
        ["Ｅnd", ""],
    ]
    said = {"after": "title", "header": ["code"], "notes": "備註", "until": "end"}
    assert laid(rows, **said, units_line={" N": "mm"}) == [{"ＣＯＤＥ": "1", "n": "2"}]
