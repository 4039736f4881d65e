"""The factor of a number, where it is not the same for all rows."""

from typing import Any

import pytest
from worlds import column, dataset, texts

from pipelines.conform.columns import find_columns
from pipelines.conform.rows import conform

HUMIDITY: dict[str, Any] = {"by": "at", "first": 100, "from": {"2024-01-01": 0.5, "2023-01-01": 1}}
LENGTH: dict[str, Any] = {"by": "at", "texts": {"km": 1000, "m": 1}}


def read(scale: Any, kind: dict[str, Any], *rows: tuple[str | None, str | None]) -> tuple[list[Any], list[str | None]]:
    """The values of a number beside another cell, and the texts that went to quarantine."""
    declared = dataset(fields=[column("site"), column("x", "number", scale=scale), column("at", **kind)])
    table = texts(site=[str(i) for i in range(len(rows))], x=[row[0] for row in rows], at=[row[1] for row in rows])
    found = conform(declared, find_columns(declared, 1, table).table, {})
    return found.rows.column("x").to_pylist(), found.unread["x"].to_pylist() if "x" in found.unread else []


@pytest.mark.parametrize("publish", ["yes", "no"])
def test_a_unit_that_changed_on_a_date(publish: str):
    rows = [("0.53", "2020-05-01"), ("0.53", "2022-12-31"), ("84", "2023-01-01"), ("84", "2024-02-02"), (None, None)]
    kind = {"kind": "date", "publish": publish}
    assert read(HUMIDITY, kind, *rows) == ([53.0, 53.0, 84.0, 42.0, None], [])


def test_the_day_of_a_change_begins_in_the_zone_of_the_field():
    rows = [("0.53", "2022-12-31 23:59:59"), ("84", "2023-01-01 00:00:00")]
    assert read(HUMIDITY, {"kind": "datetime"}, *rows) == ([53.0, 84.0], [])


def test_a_number_without_its_date_cannot_be_read():
    assert read(HUMIDITY, {"kind": "date"}, ("0.53", None), ("1", "soon"), ("2", "2020-01-01")) == (
        [None, None, 200.0],
        ["0.53", "1", None],
    )


def test_a_unit_in_another_cell():
    rows = [("1.1", "km"), ("7", "m"), ("7", "mile"), ("7", None), (None, "mile")]
    assert read(LENGTH, {}, *rows) == ([1100.0, 7.0, None, None, None], [None, None, "7", "7", None])
    assert read(LENGTH | {"other": 2}, {}, *rows)[0] == [1100.0, 7.0, 14.0, 14.0, None]


def test_a_share_has_a_point_and_a_percentage_has_none():
    rows = [("0.53", ""), ("84", ""), ("1.0", ""), ("much", "")]
    assert read({"point": 100, "whole": 1}, {}, *rows) == ([53.0, 84.0, 100.0, None], [None, None, None, "much"])


def test_a_part_of_a_cell_may_choose_the_factor():
    scale = {"by": "at", "texts": {"E": 1, "W": -1}}
    kind = {"split": {"pattern": "([EW])$"}, "normalize": ["upper"]}
    values, lost = read(scale, kind, ("121.5", "121.5E"), ("70", "70w"), ("1", "1N"))
    assert (values, lost) == ([121.5, -70.0, None], [None, None, "1"])
