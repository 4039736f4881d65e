"""Years, quarters, months and weeks as values: their labels, a day of each, and the weeks of a year."""

import datetime as dt

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.periods import PERIODS, WITHIN, Period, day_within, labels, of_days, week_begins

DAYS = st.lists(st.dates(dt.date(1, 1, 8), dt.date(9999, 12, 24)), min_size=1)


@given(DAYS)
def test_a_week_is_that_of_the_standard(days: list[dt.date]):
    found = of_days(pa.array(days), "week").to_pylist()
    assert found == [f"{day.isocalendar().year:04}-W{day.isocalendar().week:02}" for day in days]


@given(DAYS, st.sampled_from(PERIODS), st.booleans())
def test_a_day_of_each_period_lies_in_it_and_in_its_year_and_order_is_kept(
    days: list[dt.date], period: Period, sunday: bool
):
    values = of_days(pa.array(days), period, sunday=sunday)
    within = day_within(values, sunday=sunday)
    assert of_days(within, period, sunday=sunday).equals(values)
    assert labels(within, "year").equals(labels(values, "year"))
    ordered = [value for _, value in sorted(zip(days, values.to_pylist(), strict=True))]
    assert ordered == sorted(ordered)


@given(DAYS)
def test_a_week_from_sunday_begins_on_sunday_and_four_of_its_days_are_in_its_year(days: list[dt.date]):
    for day, text in zip(days, of_days(pa.array(days), "week", sunday=True).to_pylist(), strict=True):
        year, week = map(int, text.split("-W"))
        begins = week_begins(pa.array([year]), pa.array([week]), sunday=True)[0].as_py()
        assert (begins.isoweekday(), 0 <= (day - begins).days < 7) == (7, True)
        assert (begins + dt.timedelta(3)).year == year


@pytest.mark.parametrize(
    ("values", "grain", "label"),
    [
        (pa.array([2026]), "year", "2026"),
        (pa.array([987]), "year", "0987"),
        (pa.array(["2026-Q3"]), "quarter", "2026-Q3"),
        (pa.array(["2026-Q3"]), "year", "2026"),
        (pa.array(["2026-07"]), "month", "2026-07"),
        (pa.array(["2026-07"]), "quarter", "2026-Q3"),
        (pa.array(["2026-07"]), "year", "2026"),
        (pa.array(["2020-W53"]), "week", "2020-W53"),
        (pa.array(["2020-W53"]), "year", "2020"),
        (pa.array([dt.date(2021, 1, 3)]), "week", "2020-W53"),
        (pa.array([dt.date(2021, 1, 3)]), "quarter", "2021-Q1"),
        (pa.array([dt.date(2021, 1, 3)]), "day", "2021-01-03"),
        (pa.array([dt.datetime(2020, 12, 31, 16, tzinfo=dt.UTC)], pa.timestamp("ms", "Asia/Taipei")),
         "hour", "2021-01-01T00"),
    ],
)  # fmt: skip
def test_labels(values: pa.Array, grain: str, label: str):
    assert labels(values, grain).to_pylist() == [label]  # type: ignore[arg-type]


def test_no_value_has_no_label_and_no_day():
    assert labels(pa.array(["2026-07", None]), "year").to_pylist() == ["2026", None]
    assert day_within(pa.array(["2026-07", None, "2026-W27"])).to_pylist() == [
        dt.date(2026, 7, 1), None, dt.date(2026, 7, 2)
    ]  # fmt: skip
    assert day_within(pa.array([2026, None])).to_pylist() == [dt.date(2026, 1, 1), None]
    day = pa.array([dt.date(2026, 7, 2)])
    assert day_within(day) is day


def test_what_a_period_lies_in_begins_with_itself():
    assert {kind: grains[0] for kind, grains in WITHIN.items() if kind in PERIODS} == {kind: kind for kind in PERIODS}
