"""The numbers of steps and when they begin."""

from datetime import timedelta

import pytest

from sandbox.clock import parse_time
from sandbox.row_specs import MovingWindowSpec
from sandbox.rows.steps import begin_of, step_at


@pytest.mark.parametrize("size", [{}, {"step_minutes": 1440}, {"step_months": 1}, {"step_months": 3}])
def test_a_step_holds_each_time_from_its_beginning_to_that_of_the_next(size: dict[str, int]) -> None:
    spec = MovingWindowSpec(entities="x.csv", identity="x", steps=1, columns={}, **size)
    for text in ("1970-01-01", "1999-12-31T23:59:59", "2024-02-29T08:00:00", "2026-11-21T01:30:00"):
        time = parse_time(text)
        step = step_at(spec, time)
        assert begin_of(spec, step) <= time < begin_of(spec, step + 1)
        assert step_at(spec, begin_of(spec, step + 1) - timedelta(seconds=1)) == step
        assert begin_of(spec, step).utcoffset() == timedelta(hours=8)


def test_months_begin_on_their_first_day() -> None:
    spec = MovingWindowSpec(entities="x.csv", identity="x", steps=1, columns={}, step_months=1)
    step = step_at(spec, parse_time("2026-12-05"))
    assert [begin_of(spec, step + more).strftime("%Y-%m-%d %H:%M") for more in (0, 1)] == [
        "2026-12-01 00:00",
        "2027-01-01 00:00",
    ]
