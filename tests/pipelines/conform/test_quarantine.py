"""What leaves a release, and how it is listed."""

from typing import Any

import pyarrow as pa
import pytest
from worlds import column, dataset, texts

from catalog.declaration.dataset import Dataset
from pipelines.conform.columns import find_columns
from pipelines.conform.quarantine import RowFailure, leave, new_against
from pipelines.conform.rows import Conformed, conform
from pipelines.decode.parts.beside import FAULT

FIELDS = [
    column("site"),
    column("day", "date"),
    column("level", "number", constraints={"minimum": 0}, severity={"range": "warn"}),
    column("flow", "integer"),
    column("kind", constraints={"required": True}),
]
KEY = {"key": ["site", "day"]}


def conformed(**cells: list[str | None]) -> tuple[Dataset, Conformed]:
    said = dataset(fields=FIELDS, **KEY)
    count = len(next(iter(cells.values())))
    good: dict[str, list[str | None]] = {
        "site": [f"s{i}" for i in range(count)],
        "day": ["2026-07-01"] * count,
        "level": ["1"] * count,
        "flow": ["1"] * count,
        "kind": ["a"] * count,
    }
    return said, conform(said, find_columns(said, 5, texts(**(good | cells))).table, {})


def listed(table: pa.Table) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in table.to_pylist()]


def test_a_bad_cell_leaves_and_its_row_stays():
    said, found = conformed(flow=["1", "x"])
    left = leave(said, found, [])
    assert left.rows.column("flow").to_pylist() == [1, None]
    assert listed(left.quarantine) == [(5, 2, "site=s1, day=2026-07-01", "flow", "x", "flow.type", "cell")]


def test_a_raw_text_that_holds_an_unpublished_field_is_listed_without_it_in_the_key_too():
    def half(name: str, at: int, **more: Any) -> dict[str, Any]:
        return column(name, heard_as="both", split={"separator": "/", "part": at}, **more)

    key = half("site", 0, constraints={"pattern": "[a-z]"})
    said = dataset(fields=[key, half("phone", 1, publish="no"), column("flow", "integer")])
    rows = find_columns(said, 5, texts(both=["a/0912", "B/0913"], flow=["x", "1"])).table
    assert listed(leave(said, conform(said, rows, {}), []).quarantine) == [
        (5, 1, "site=…", "flow", "x", "flow.type", "cell"),
        (5, 2, "site=…", "site", None, "site.pattern", "row"),
    ]


@pytest.mark.parametrize(
    ("cells", "column_", "raw", "rule"),
    [
        ({"day": ["2026-02-30"]}, "day", "2026-02-30", "day.date"),
        ({"day": [""]}, "day", "", "day.required"),
        ({"site": [None]}, "site", None, "site.required"),
        ({"kind": [""]}, "kind", "", "kind.required"),
    ],
)
def test_a_bad_key_or_required_cell_takes_the_row(cells: dict[str, Any], column_: str, raw: str | None, rule: str):
    said, found = conformed(**cells)
    left = leave(said, found, [])
    assert left.rows.num_rows == 0
    ((_, _, _, name, text, check, what),) = listed(left.quarantine)
    assert (name, text, check, what) == (column_, raw, rule, "row")


def test_the_key_is_listed_as_far_as_it_was_read():
    said, found = conformed(site=[None], day=["soon"])
    assert {line[2] for line in listed(leave(said, found, []).quarantine)} == {"site=, day=soon"}


def test_what_is_only_warned_of_stays():
    said, found = conformed(level=["-1"])
    left = leave(said, found, [])
    assert left.rows.column("level").to_pylist() == [-1]
    assert left.quarantine.num_rows == 0


def test_what_cannot_be_read_is_listed_even_when_it_is_only_warned_of():
    said = dataset(fields=[column("site"), column("level", "number", severity={"type": "warn"})])
    found = conform(said, find_columns(said, 1, texts(site=["a"], level=["ND"])).table, {})
    assert [line[4:] for line in listed(leave(said, found, []).quarantine)] == [("ND", "level.type", "cell")]


@pytest.mark.parametrize(
    ("column_", "rows", "flow", "what"),
    [("flow", 2, [None, 1], "cell"), ("kind", 1, [1], "row"), (None, 1, [1], "row")],
)
def test_an_expectation_takes_its_cell_or_the_row(column_: str | None, rows: int, flow: list[int | None], what: str):
    said, found = conformed(flow=["1", "1"])
    left = leave(said, found, [RowFailure("some-check", "quarantine", column_, pa.array([True, False]))])
    assert (left.rows.num_rows, left.rows.column("flow").to_pylist()) == (rows, flow)
    assert [line[3:] for line in listed(left.quarantine)] == [
        (column_, {"flow": "1", "kind": "a", None: None}[column_], "some-check", what)
    ]


def test_a_warning_takes_nothing():
    said, found = conformed(flow=["1"])
    left = leave(said, found, [RowFailure("some-check", "warn", "flow", pa.array([True]))])
    assert (left.rows.num_rows, left.quarantine.num_rows) == (1, 0)


def test_the_list_is_in_order_of_row_and_column():
    said, found = conformed(flow=["x", "y"], day=["bad", "2026-07-01"], kind=["", "a"])
    places = [(line[1], line[3]) for line in listed(leave(said, found, []).quarantine)]
    assert places == [(1, "day"), (1, "flow"), (1, "kind"), (2, "flow")]


def test_nothing_leaves_when_all_conforms():
    said, found = conformed(flow=["1"])
    left = leave(said, found, [])
    assert left.rows.equals(found.rows)
    assert left.quarantine.num_rows == 0


def test_news_is_what_was_not_listed_before():
    said, first = conformed(flow=["x", "y"])
    before = leave(said, first, []).quarantine
    _, fewer = conformed(flow=["x", "1"])
    _, other = conformed(flow=["x", "z"])
    assert not new_against(before, before)
    assert not new_against(before, leave(said, fewer, []).quarantine)
    assert new_against(before, leave(said, other, []).quarantine)
    assert new_against(None, before)
    assert not new_against(None, before.slice(0, 0))
    assert not new_against(before, before.slice(0, 0))


def test_another_fetch_or_row_number_is_no_news():
    said, first = conformed(flow=["x"])
    before = leave(said, first, []).quarantine
    again = conform(
        said,
        find_columns(
            said, 9, texts(site=["z", "s0"], day=["2026-07-01"] * 2, level=["1"] * 2, flow=["1", "x"], kind=["a"] * 2)
        ).table,
        {},
    )
    assert not new_against(before, leave(said, again, []).quarantine)


def unreadable(**more: Any) -> tuple[Dataset, Conformed]:
    said = dataset(fields=FIELDS, **KEY, **more)
    names = {field["name"]: ["x", None, None] for field in FIELDS} | {"day": ["2026-07-01", None, None]}
    records = texts(**names).append_column(FAULT, pa.array([None, "a;b", ""]))
    return said, conform(said, find_columns(said, 5, records).table, {})


def test_a_record_that_cannot_be_read_is_listed_once_and_breaks_no_other_rule():
    said, found = unreadable()
    left = leave(said, found, [])
    assert [line for line in listed(left.quarantine) if line[1] > 1] == [
        (5, 2, "", None, "a;b", "row.readable", "row"),
        (5, 3, "", None, None, "row.readable", "row"),
    ]
    assert left.rows.column("_row").to_pylist() == [1]
    turned = leave(said, found.take(pa.array([2, 0, 1])), [])
    assert turned.quarantine == left.quarantine
