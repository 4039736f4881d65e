"""A growing table: the daily batches of the COVID dataset, with corrections and withdrawn rows."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from simulated import CDC, DATASETS, NIGHT_1, changed_dataset, table_of

from sandbox import SandboxError
from sandbox.clock import parse_time
from sandbox.messages import AgencyTable
from sandbox.row_specs import GrowingTableSpec
from sandbox.rows.growing_table import growing_table_at
from sandbox.spec import load

DATASET = load(DATASETS)[CDC]
SMALL: dict[str, Any] = {
    "entities": "x.csv",
    "weight": "weight",
    "begin": "2026-11-18",
    "published": "01:00",
    "daily": 5,
    "days_before": [1, 3],
    "unique": ["town", "day", "group"],
    "columns": {
        "town": {"entity": "town"},
        "day": {"time": "%Y-%m-%d"},
        "group": {"choice": {str(number): 1 for number in range(50)}},
        "count": {"text": "1"},
    },
}


def by_key(table: AgencyTable, *outside: str) -> dict[tuple[str, ...], dict[str, str]]:
    keyed = {tuple(text for name, text in row.items() if name not in outside): row for row in table.rows}
    assert len(keyed) == len(table.rows)
    return keyed


def small_table(**changes: Any) -> list[dict[str, str]]:
    """The table of four batches, at the moment of NIGHT_1."""
    entities = [{"town": "often", "weight": "9"}, {"town": "rare", "weight": "1"}, {"town": "never", "weight": "0"}]
    return growing_table_at(GrowingTableSpec.model_validate(SMALL | changes), entities, 1, NIGHT_1).rows


@pytest.mark.soak
def test_a_day_adds_corrects_and_withdraws() -> None:
    count = "確定病例數"
    for day in range(5):
        now = NIGHT_1 + timedelta(days=day)
        before = by_key(table_of(DATASET, now), count)
        after = by_key(table_of(DATASET, now + timedelta(days=1)), count)
        assert len(after.keys() - before.keys()) == 20
        assert len(before.keys() - after.keys()) == 2
        changed = [key for key in before.keys() & after.keys() if before[key] != after[key]]
        assert len(changed) == 4
        assert all(int(after[key][count]) == int(before[key][count]) + 1 for key in changed)
    assert 2900 < len(before) < 3200


def test_the_table_changes_when_it_is_published_and_not_between() -> None:
    before = table_of(DATASET, parse_time("2026-11-21T17:04:59+08:00"))
    assert before == table_of(DATASET, NIGHT_1)
    after = table_of(DATASET, parse_time("2026-11-21T17:05:00+08:00"))
    assert after.as_of == parse_time("2026-11-21T17:05:00+08:00")
    assert len(after.rows) == len(before.rows) + 18
    assert table_of(DATASET, parse_time("2026-01-01T00:00:00+08:00")).rows == []


def test_counties_and_keys_of_the_table() -> None:
    table = table_of(DATASET, NIGHT_1)
    assert len(by_key(table, "確定病例數", "是否為境外移入")) == len(table.rows)
    counties = {row["縣市"] for row in table.rows}
    assert {"台北市", "台東縣", "空值"} <= counties
    assert not any("臺" in county for county in counties)
    assert all((row["縣市"] == "空值") == (row["鄉鎮"] == "空值") for row in table.rows)
    assert {row["年齡層"] for row in table.rows} <= set(DATASET.file.rows.kind.columns["年齡層"].choice or ())


def test_each_batch_has_its_rows_and_they_are_in_the_order_of_their_days() -> None:
    rows = small_table()
    assert len(rows) == 4 * 5
    days = [row["day"] for row in rows]
    assert days == sorted(days)
    assert min(days) >= "2026-11-15"
    assert max(days) <= "2026-11-20"


def test_entities_are_drawn_by_weight() -> None:
    towns = [row["town"] for row in small_table(daily=50)]
    assert towns.count("often") > 5 * towns.count("rare") > 0
    assert "never" not in towns


def test_a_later_begin_gives_fewer_rows_and_the_same_newest_batch() -> None:
    whole, newest = small_table(), small_table(begin="2026-11-21")
    assert len(newest) == 5
    assert all(row in whole for row in newest)


def test_withdrawn_and_corrected_rows_are_counted_by_age() -> None:
    whole = small_table()
    withdrawn = small_table(withdrawn_after_days=[1, 2])
    # the batches are 3, 2, 1 and 0 days old
    assert len(whole) - len(withdrawn) == 2 + 2 + 1 + 0
    assert all(row in whole for row in withdrawn)
    corrected = small_table(corrected={"column": "count", "by": 4, "after_days": [1, 2]})
    assert [row["count"] for row in corrected].count("5") == 2 + 2 + 1 + 0
    assert len(corrected) == len(whole)


def test_a_row_that_will_be_withdrawn_is_not_the_one_that_is_corrected() -> None:
    rows = small_table(withdrawn_after_days=[2], corrected={"column": "count", "by": 4, "after_days": [1]})
    assert [row["count"] for row in rows].count("5") == 1 + 1 + 1 + 0


def test_an_exception_sees_the_exceptions_of_earlier_columns() -> None:
    columns = SMALL["columns"] | {
        "town": {"entity": "town", "but": [{"text": "unknown", "share": 0.5}]},
        "count": {"text": "1", "but": [{"text": "0", "column": "town", "is": "unknown"}]},
    }
    rows = small_table(columns=columns)
    assert {row["count"] for row in rows if row["town"] == "unknown"} == {"0"}
    assert {row["count"] for row in rows if row["town"] != "unknown"} == {"1"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('{choice: {"1": 909', '{number: {low: 1, high: 2}}\n      X: {choice: {"1": 909', "a ledger knows"),
        ("unique: [確定病名, 發病日", "unique: [確定病名] #", "no row differs from all others"),
    ],
)
def test_a_table_that_cannot_be_made(tmp_path: Path, old: str, new: str, message: str) -> None:
    dataset = changed_dataset(tmp_path, CDC, old, new)
    with pytest.raises(SandboxError, match=message):
        table_of(dataset, NIGHT_1)
