"""Where a table lies in rows of cells; test_csv.py has the kinds, here are the edges."""

from pipelines.propose.forms.parts.rows import is_datum, see_rows


def test_what_is_a_number_or_a_time() -> None:
    assert all(
        map(is_datum, ["1", "-1.5", "1,234", "(5)", "12%", "115/07/01", "2026-07-01 10:00", "115年8月", "109S1"])
    )
    assert not any(map(is_datum, ["", "甲", "1-2月總用電", "pm2.5", "No data", "3rd Rd.", "A1"]))


def test_nothing_is_a_table_without_rows() -> None:
    assert see_rows([]).options == {"header": 0, "columns": []}


def test_hours_as_names_are_a_header() -> None:
    rows = [["date", "item", *map(str, range(24))], ["2014/1/1", "T", *["5"] * 24], ["2014/1/2", "T", *["6"] * 24]]
    assert see_rows(rows).options == {}


def test_a_column_without_a_name_is_asked_about() -> None:
    seen = see_rows([["", "a"], ["x", "1"], ["y", "2"]])
    assert seen.options == {"columns": ["column_1", "a"]}
    assert "Question: what is in column 1?" in seen.notes[0]
