"""The models of `rows`: one kind of table, and limits of their values."""

from typing import Any

import pytest
from pydantic import ValidationError

from sandbox.row_specs import ClosingSpec, GrowingTableSpec, LatenessSpec, MovingWindowSpec, RowsSpec, as_list

WINDOW: dict[str, Any] = {"entities": "sites.csv", "identity": "site", "steps": 2, "columns": {"a": {"text": "x"}}}
LEDGER: dict[str, Any] = {
    "entities": "towns.csv",
    "weight": "weight",
    "begin": "2026-06-07",
    "published": "17:05",
    "daily": 20,
    "days_before": [1, 9],
    "unique": ["a"],
    "columns": {"a": {"text": "x"}},
}


def test_rows_have_one_kind() -> None:
    assert isinstance(RowsSpec.model_validate({"window": WINDOW}).kind, MovingWindowSpec)
    assert isinstance(RowsSpec.model_validate({"ledger": LEDGER}).kind, GrowingTableSpec)
    for rows in ({}, {"window": WINDOW, "ledger": LEDGER}):
        with pytest.raises(ValidationError, match="expected exactly one of window, ledger"):
            RowsSpec.model_validate(rows)


def test_a_window_shows_all_its_rows_at_once_by_default() -> None:
    shown = MovingWindowSpec.model_validate(WINDOW).shown
    assert (shown.after_minutes, shown.absent, shown.late, shown.closed, shown.holidays) == (0, 0, None, None, [])


@pytest.mark.parametrize(
    "change",
    [
        {"steps": 0},
        {"steps": None},
        {"begin": "2026-11-01"},
        {"step_minutes": 0},
        {"shown": {"absent": 1.5}},
        {"shown": {"after_minutes": -1}},
        {"seed": 1},
    ],
)
def test_a_wrong_window_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        MovingWindowSpec.model_validate(WINDOW | change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"published": "5pm"}, "String should match pattern"),
        ({"begin": "soon"}, "expected an ISO 8601 time"),
        ({"begin": 20260607}, "expected an ISO 8601 text"),
        ({"daily": 0}, "greater than or equal to 1"),
        ({"days_before": [1]}, "at least 2 items"),
        ({"corrected": {"column": "a", "by": 1.5, "after_days": [1]}}, "valid integer"),
    ],
)
def test_a_wrong_growing_table_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        GrowingTableSpec.model_validate(LEDGER | change)


def test_the_day_of_the_first_batch_is_at_taipei() -> None:
    assert GrowingTableSpec.model_validate(LEDGER).begin.isoformat() == "2026-06-07T00:00:00+08:00"


def test_a_group_needs_a_column() -> None:
    with pytest.raises(ValidationError, match="at least 1 item"):
        LatenessSpec.model_validate({"by": [], "share": 0.1, "steps": [1]})
    with pytest.raises(ValidationError, match="at least 1 item"):
        ClosingSpec.model_validate({"by": [], "weekdays": "rests", "set": {}})


def test_one_text_is_a_list_of_one() -> None:
    assert as_list("a") == as_list(["a"]) == ["a"]
