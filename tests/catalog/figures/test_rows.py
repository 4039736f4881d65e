"""Columns as arrays: an order of their own, codes as texts, the steps that are shown."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from catalog.figures.roles import Roles
from catalog.figures.rows import NONE, cells, rows_of, texts

DAY = dt.date(2026, 7, 1)
ROLES = Roles(
    time="day", step="day", measure="level", together="sum", weight=None, by="site", across=None, county=None,
    longitude=None, latitude=None, levels=None, labels={}, first=None, growing=0,
)  # fmt: skip


def table(**columns: pa.Array) -> pa.Table:
    """Rows of one site and day each, unless told otherwise."""
    count = len(next(iter(columns.values())))
    whole = {"day": pa.array([DAY] * count), "site": pa.array(["a"] * count), "level": pa.array([1.0] * count)}
    return pa.table(whole | columns)


@pytest.mark.parametrize(
    ("codes", "keys"),
    [
        (pa.array([10, None, 9]), ["10", "9"]),
        (pa.array([True, False, None]), ["false", "true"]),
        (pa.array([1.5, 1.0, None]), ["1", "1.5"]),
        (pa.array([dt.date(2026, 7, 2), None, DAY]), ["2026-07-01", "2026-07-02"]),
        (pa.array(['臺,"北"', "a\nb", None]), ["a\nb", '臺,"北"']),
    ],
)
def test_codes_are_texts_of_whatever_type_and_never_in_quotes(codes: pa.Array, keys: list[str]) -> None:
    rows = rows_of(table(site=codes), ROLES)
    found = rows.codes("site")
    assert found.keys == keys
    written = [None if place == NONE else found.keys[place] for place in found.of]
    assert sorted(filter(None, written)) == keys
    assert written.count(None) == 1
    assert set(filter(None, texts(pa.chunked_array([codes]), "site").to_pylist())) == set(keys)


@pytest.mark.parametrize("wanted", ["2", "x"])
def test_one_category_is_found_by_its_text(wanted: str) -> None:
    rows = rows_of(table(site=pa.array([1, 2, None, 2]), level=pa.array([1.0, 2.0, 3.0, 4.0])), ROLES)
    some = rows.only(("site", wanted))
    assert int(some.inside.sum()) == {"2": 2, "x": 0}[wanted]
    assert float(np.nansum(some.measure)) == {"2": 6.0, "x": 0.0}[wanted]
    assert rows.only(None) is rows


def test_rows_without_a_time_come_first_and_are_of_no_step() -> None:
    rows = rows_of(table(day=pa.array([DAY, None, DAY - dt.timedelta(1)])), ROLES)
    assert [rows.table.column("day")[at].as_py() for at in range(3)] == [None, DAY - dt.timedelta(1), DAY]
    assert rows.width == 2
    assert rows.shown.tolist() == [False, True, True]


def test_the_newest_step_is_the_newest_with_a_value_and_shown_is_what_is_newer_too() -> None:
    days = [DAY + dt.timedelta(each) for each in range(4)]
    rows = rows_of(table(day=pa.array(days), level=pa.array([1.0, None, 3.0, None])), ROLES)
    assert [rows.name(place) for place in range(rows.width)] == ["2026-07-01", "2026-07-02", "2026-07-03"]
    assert rows.shown.all()


def test_steps_begin_where_rows_are_whole() -> None:
    days = pa.array([DAY, DAY + dt.timedelta(30), DAY + dt.timedelta(36)])
    weekly = replace(ROLES, step="week")
    assert rows_of(table(day=days), weekly).width == 6
    assert rows_of(table(day=days), weekly, dt.date(2026, 7, 28)).name(0) == "2026-08-03"
    assert rows_of(table(day=days), weekly, dt.date(2027, 1, 1)).width == 1, "the newest step is always there"


@pytest.mark.parametrize("roles", [replace(ROLES, time=None), replace(ROLES, measure=None, step=None)])
def test_without_time_or_measure_there_are_no_steps(roles: Roles) -> None:
    rows = rows_of(table(site=pa.array(["b", "a"])), roles)
    assert (rows.width, rows.shown.tolist()) == (0, [True, True])


def test_weights_are_never_negative_nor_missing() -> None:
    heavy = table(site=pa.array(["a", "b", "c"])).append_column("tons", pa.array([-1, None, 2]))
    assert rows_of(heavy, replace(ROLES, weight="tons")).weight.tolist() == [0.0, 0.0, 2.0]


def test_places_outside_of_what_is_shown_are_none() -> None:
    assert cells(np.array([-1, 0, 1, 2]), np.array([True, False, True, True]), 2).tolist() == [NONE, NONE, 1, NONE]
