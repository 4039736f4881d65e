"""Which rows of a moving window exist: late and closed markets, holidays, rows that never come."""

import functools
from datetime import datetime, timedelta

import numpy as np
import pytest
from simulated import CROPS, DATASETS, NIGHT_1, table_of

from sandbox.clock import parse_time
from sandbox.row_specs import MovingWindowSpec
from sandbox.rows.visibility import identity_texts, visible_rows
from sandbox.spec import load

LOADED = load(DATASETS)


def prices(now: datetime) -> dict[tuple[str, str, str], dict[str, str]]:
    rows = table_of(LOADED[CROPS], now).rows
    return {(row["TransDate"], row["MarketName"], row["TcType"] + row["CropCode"]): row for row in rows}


def masks(shown: dict[str, object], hours: int = 1) -> tuple[list[list[bool]], list[list[bool]]]:
    """The masks of two groups with two sites each; the newest of the hourly steps began 90 minutes ago."""
    entities = [{"site": f"{group}{number}", "group": group, "rests": "Sat"} for group in "ab" for number in (1, 2)]
    window = {"entities": "x.csv", "identity": "site", "steps": hours, "columns": {}, "shown": shown}
    times = [NIGHT_1 - timedelta(minutes=90, hours=back) for back in reversed(range(hours))]
    steps = np.arange(hours, dtype=np.int64)
    exists, closed = visible_rows(MovingWindowSpec.model_validate(window), entities, 1, steps, times, NIGHT_1)
    return exists.tolist(), closed.tolist()


def test_a_closed_market_has_one_row_and_a_holiday_has_none() -> None:
    by_key = prices(NIGHT_1)
    monday = [row for (day, *_), row in by_key.items() if day == "2026-11-16"]
    resting = [row for row in monday if row["CropName"] == "休市"]
    assert {row["MarketName"] for row in monday} - {row["MarketName"] for row in resting} == {"溪湖鎮"}
    assert len(resting) == 9 * 2
    assert {row["CropCode"] for row in resting} == {"-"}
    assert {row[name] for row in resting for name in row if "Price" in name or "Quantity" in name} == {"0"}
    assert {day for day, *_ in by_key} == {
        day
        for day in ((NIGHT_1 - timedelta(days=back)).date().isoformat() for back in range(1, 45))
        if day != "2026-10-25"
    }


@functools.cache
def markets_by_day(now: datetime) -> dict[str, set[str]]:
    """Trade day -> the markets that have published it by now. Cached, because several days ask for one moment."""
    markets: dict[str, set[str]] = {}
    for trade_day, market, _ in prices(now):
        markets.setdefault(trade_day, set()).add(market)
    return markets


@pytest.mark.soak
def test_a_market_can_be_a_day_or_two_late_and_loses_no_rows() -> None:
    settled = markets_by_day(NIGHT_1 + timedelta(days=4))
    late_count = 0
    for days_back in range(1, 30):
        trade_day = (NIGHT_1 - timedelta(days=days_back)).date()
        earlier: set[str] = set()
        for delay in range(4):
            now = parse_time(f"{trade_day + timedelta(days=delay)}T13:59:00+08:00")
            published = markets_by_day(now).get(trade_day.isoformat(), set())
            assert earlier <= published
            late_count += len(published - earlier) if delay > 1 else 0
            assert delay > 0 or not published, "nothing before 14:00 of the day"
            earlier = published
        assert earlier == settled.get(trade_day.isoformat(), set())
    assert 0.08 < late_count / (29 * 10) < 0.22


def test_all_rows_exist_by_default() -> None:
    assert masks({}) == ([[True]] * 4, [[False]] * 4)


def test_rows_appear_some_minutes_after_their_step_begins() -> None:
    assert masks({"after_minutes": 90}) == masks({})
    assert masks({"after_minutes": 91})[0] == [[False]] * 4


def test_a_share_of_the_rows_never_exists() -> None:
    exists = np.array(masks({"absent": 0.25}, hours=200)[0])
    assert 0.7 < exists.mean() < 0.8
    assert not np.array(masks({"absent": 1.0})[0]).any()


def test_all_rows_of_a_late_group_are_late_together() -> None:
    exists = np.array(masks({"late": {"by": ["group"], "share": 0.5, "steps": [500]}}, hours=200)[0])
    assert (exists[0] == exists[1]).all()
    assert (exists[2] == exists[3]).all()
    assert (exists[0] != exists[2]).any()
    assert 0.4 < exists.mean() < 0.6


def test_a_closed_group_has_its_first_row_only_and_is_never_late() -> None:
    closing = {"by": ["group"], "weekdays": "rests", "set": {}}
    # the newest step began on a Saturday at 00:00, the one before on the Friday
    exists, closed = masks({"closed": closing}, hours=2)
    assert exists == [[True, True], [True, False], [True, True], [True, False]]
    assert closed == [[False, True], [False, False], [False, True], [False, False]]
    late = {"by": ["group"], "share": 1.0, "steps": [5]}
    exists, closed = masks({"closed": closing, "late": late}, hours=2)
    assert exists == closed == [[False, True], [False, False], [False, True], [False, False]]


def test_a_holiday_has_no_rows_at_all() -> None:
    closing = {"by": ["group"], "weekdays": "rests", "set": {}}
    exists, closed = masks({"closed": closing, "holidays": ["2026-11-21"]}, hours=2)
    assert exists == [[True, False]] * 4
    assert not np.array(closed).any()


def test_identities_differ_where_texts_differ() -> None:
    entities = [{"a": "x", "b": "yz"}, {"a": "xy", "b": "z"}]
    assert len(set(identity_texts(entities, ["a", "b"]))) == 2
    assert identity_texts(entities, "a") == identity_texts(entities, ["a"]) == ["x", "xy"]
