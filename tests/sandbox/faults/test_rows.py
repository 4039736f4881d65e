"""Faults in the rows, on a small table and as a caller meets them."""

from typing import Any

import pytest
from simulated import AIR, CDC, NIGHT_1, Ask

from sandbox import Sandbox
from sandbox.faults.registry import FAULTS
from sandbox.messages import AgencyTable

TABLE = AgencyTable(["key", "value"], [{"key": str(number), "value": "7"} for number in range(1000)], NIGHT_1)


def changed(fault: str, table: AgencyTable = TABLE, **params: Any) -> AgencyTable:
    fault_type = FAULTS[fault]
    assert fault_type.change_rows is not None
    after = fault_type.change_rows(table, fault_type.params.model_validate(params))
    assert after.as_of == table.as_of
    assert fault_type.change_rows(table, fault_type.params.model_validate(params)) == after, "the same at each request"
    return after


def test_a_fault_leaves_the_table_itself_as_it_is() -> None:
    before = AgencyTable(list(TABLE.columns), [dict(row) for row in TABLE.rows], TABLE.as_of)
    changed("renamed_column", column="key", to="id")
    changed("vanished_column", column="key")
    changed("unknown_column", column="new")
    changed("bad_value", column="value")
    changed("impossible_date", column="value")
    changed("many_columns", columns=3)
    changed("bad_publication", column="value")
    changed("same_key_two_contents", column="value")
    changed("duplicate_rows", share=1.0)
    assert before == TABLE


def test_columns_are_renamed_removed_and_added() -> None:
    renamed = changed("renamed_column", column="key", to="id")
    assert (renamed.columns, renamed.rows[3]) == (["id", "value"], {"id": "3", "value": "7"})
    vanished = changed("vanished_column", column="key")
    assert (vanished.columns, vanished.rows[3]) == (["value"], {"value": "7"})
    added = changed("unknown_column", column="new", text="x")
    assert (added.columns, added.rows[3]) == (["key", "value", "new"], {"key": "3", "value": "7", "new": "x"})


def test_a_second_row_has_the_same_key_and_another_text() -> None:
    after = changed("same_key_two_contents", column="value", text="8", rows=2)
    assert after.rows[:1000] == TABLE.rows
    assert after.rows[1000:] == [{"key": "0", "value": "8"}, {"key": "1", "value": "8"}]
    assert changed("same_key_two_contents", column="value", text="7").rows == TABLE.rows, "no other text, no second row"


def test_a_share_of_the_rows_comes_twice() -> None:
    after = changed("duplicate_rows", share=0.1).rows
    assert after[:1000] == TABLE.rows
    assert 60 < len(after) - 1000 < 140
    assert all(row in TABLE.rows for row in after[1000:])
    assert len(changed("duplicate_rows", share=1.0).rows) == 2000


@pytest.mark.parametrize(
    ("params", "least", "most"), [({}, 1, 1), ({"rows": 3}, 3, 3), ({"share": 0.2}, 140, 260), ({"share": 0.0}, 0, 0)]
)
def test_some_rows_have_a_wrong_text(params: dict[str, Any], least: int, most: int) -> None:
    rows = changed("bad_value", column="value", text="x", **params).rows
    assert least <= sum(row["value"] == "x" for row in rows) <= most
    assert [row["key"] for row in rows] == [row["key"] for row in TABLE.rows]


def test_impossible_dates_take_turns() -> None:
    rows = changed("impossible_date", column="value", rows=4).rows
    assert [row["value"] for row in rows[:5]] == ["115.02.30", "115.13.01", "0.00.00", "115.02.30", "7"]
    assert len(rows) == 1000
    few = TABLE._replace(rows=TABLE.rows[:2])
    assert [row["value"] for row in changed("impossible_date", few, column="value", texts=["soon"]).rows] == [
        "soon"
    ] * 2


def test_one_row_is_left_with_many_columns() -> None:
    after = changed("many_columns", columns=5000)
    assert (len(after.columns), len(after.rows), len(after.rows[0])) == (5002, 1, 5002)
    assert changed("many_columns", TABLE._replace(rows=[]), columns=5).rows == []


def test_a_bad_publication_has_wrong_texts_and_missing_rows() -> None:
    rows = changed("bad_publication", column="value", text="None", share=0.5, vanish=0.2).rows
    assert 750 < len(rows) < 850
    assert 0.4 < sum(row["value"] == "None" for row in rows) / len(rows) < 0.6
    whole = changed("bad_publication", column="value", text="None").rows
    assert [row["value"] for row in whole] == ["None"] * 1000


def test_columns_over_http(sandbox: Sandbox, ask_air: Ask, ask_cdc: Ask) -> None:
    sandbox.set_fault(AIR, "renamed_column", column="pm2.5", to="pm25")
    assert list(ask_air().json()[0])[10] == "pm25"
    sandbox.set_fault(AIR, "vanished_column", column="pm2.5")
    assert len(ask_air().json()[0]) == 23
    sandbox.set_fault(AIR, "unknown_column", column="importer", text="x")
    assert ask_air().json()[0]["importer"] == "x"
    sandbox.set_fault(CDC, "vanished_column", column="性別")
    assert "性別" not in ask_cdc().text.splitlines()[0]
    sandbox.set_fault(CDC, "many_columns", columns=5000)
    lines = ask_cdc().text.splitlines()
    assert (len(lines), {line.count(",") for line in lines}) == (2, {5007})


def test_rows_over_http(sandbox: Sandbox, ask_air: Ask, ask_cdc: Ask) -> None:
    sandbox.set_fault(AIR, "same_key_two_contents", column="aqi", text="99")
    first, last = ask_air().json()[0], ask_air(offset=2000).json()[-1]
    assert last == {**first, "aqi": "99"}
    assert len(ask_air(offset=2000).json()) == 521
    sandbox.set_fault(CDC, "impossible_date", column="發病日", texts=["soon"])
    assert ask_cdc().text.count(",soon,") == 3
    sandbox.set_fault(CDC, "duplicate_rows", share=1)
    lines = ask_cdc().text.splitlines()[1:]
    assert len(lines) == 2 * len(set(lines))


def test_a_wrong_text_is_shown_even_where_the_shape_has_numbers(sandbox: Sandbox, ask_air: Ask) -> None:
    sandbox.set_fault(AIR, "bad_value", column="aqi", text="eighty", share=0.2)
    sandbox.add_fault(AIR, "shape", to="renamed")
    values = [row["aqi"] for row in ask_air().json()]
    assert 150 < values.count("eighty") < 250
    assert {type(value) for value in values} == {int, str}
