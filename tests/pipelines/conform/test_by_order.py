"""The hour that stands twice, by the order of the rows."""

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import column, dataset, texts

from pipelines.conform.columns import concatenate, find_columns
from pipelines.conform.rows import Conformed, conform

NEW_YORK = {"patterns": ["%Y-%m-%d %H:%M"], "zone": "America/New_York", "fold": "by_order"}
ZERO, ONE, HALF, TWO = (f"2024-11-03 {clock}" for clock in ("00:00", "01:00", "01:30", "02:00"))


def conformed(*fetches: list[tuple[str | None, str]], **more: Any) -> Conformed:
    said = dataset(fields=[column("at", "datetime", date=NEW_YORK | more), column("fuel")], key=["at", "fuel"])
    raw = [
        find_columns(said, k, texts(at=[at for at, _ in rows], fuel=[fuel for _, fuel in rows]))
        for k, rows in enumerate(fetches, 1)
    ]
    return conform(said, concatenate(raw).table, {})


def clocks(found: Conformed) -> list[str | None]:
    return [at and at.astimezone(dt.UTC).strftime("%H:%M") for at in found.rows.column("at").to_pylist()]


def hours(*at: str | None) -> list[tuple[str | None, str]]:
    return [(each, "gas") for each in at]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ([ZERO, ONE, ONE, TWO], ["04:00", "05:00", "06:00", "07:00"]),
        ([TWO, ONE, ONE, ZERO], ["07:00", "06:00", "05:00", "04:00"]),
        ([ONE, ONE], ["05:00", "06:00"]),
        ([ONE, HALF, ONE, HALF], ["05:00", "05:30", "06:00", "06:30"]),
        ([HALF, ONE, HALF, ONE], ["06:30", "06:00", "05:30", "05:00"]),
        ([ONE, ONE, HALF, HALF], [None, None, None, None]),  # the order of neither clock
        ([ZERO, ONE, TWO], ["04:00", None, "07:00"]),
        ([ZERO, ONE, ONE, ONE, TWO], ["04:00", None, None, None, "07:00"]),
        ([ONE, ZERO, ONE, TWO], [None, "04:00", None, "07:00"]),
        ([ZERO, ONE, None, "soon", ONE, TWO], ["04:00", "05:00", None, None, "06:00", "07:00"]),
        ([ONE, HALF, ONE, TWO], ["05:00", None, "06:00", "07:00"]),
        ([ZERO, TWO], ["04:00", "07:00"]),
        (["2024-03-10 02:30", "2024-03-10 03:30"], ["07:00", "07:30"]),  # skipped: the moment of the change
    ],
)
def test_the_order_of_rows_tells(at: list[str | None], expected: list[str | None]):
    found = conformed(hours(*at))
    assert clocks(found) == expected
    lost = [value is None and text is not None for value, text in zip(expected, at, strict=True)]
    assert found.unread.get("at", pa.nulls(len(at))).to_pylist() == [
        t if no else None for t, no in zip(at, lost, strict=True)
    ]
    of_date = [failure.mask.to_pylist() for failure in found.failures if failure.check == "at.date"]
    assert of_date == ([lost] if any(lost) else [])


def test_each_fetch_and_each_rest_of_the_key_has_an_order_of_its_own():
    mixed = [(ONE, "gas"), (ONE, "coal"), (ONE, "gas"), (ONE, "coal")]
    assert clocks(conformed(mixed, hours(ONE, ONE), hours(ONE))) == [
        "05:00",
        "05:00",
        "06:00",
        "06:00",
        "05:00",
        "06:00",
        None,
    ]


def test_an_hour_named_by_its_end_is_moved_after_the_order_told():
    assert clocks(conformed(hours(ZERO, ONE, ONE, TWO), shift="-1h")) == ["03:00", "04:00", "05:00", "06:00"]


@given(st.integers(0, 12), st.integers(1, 24), st.booleans())
def test_hours_in_a_row_are_what_they_were(begins: int, count: int, falling: bool):
    first = dt.datetime(2024, 11, 2, 16, tzinfo=dt.UTC) + dt.timedelta(hours=begins)
    moments = [first + dt.timedelta(hours=i) for i in range(count)]
    moments = moments[::-1] if falling else moments
    change = dt.datetime(2024, 11, 3, 6, tzinfo=dt.UTC)
    local = [f"{each - dt.timedelta(hours=4 if each < change else 5):%Y-%m-%d %H:%M}" for each in moments]
    wanted: list[dt.datetime | None] = list(moments)
    if local.count(ONE) == 1:
        wanted[local.index(ONE)] = None
    if falling and local == [ONE, ONE]:
        wanted.reverse()  # nothing but the hour itself: the first of the two is the earlier one
    found = conformed(hours(*local)).rows.column("at").to_pylist()
    assert [at and at.astimezone(dt.UTC) for at in found] == wanted
