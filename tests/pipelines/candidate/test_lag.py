"""How far a source lags behind, by the type of the field that tells the time."""

import datetime as dt
from typing import Any

import pytest
from nights import DAILY
from worlds import column, dataset

from pipelines.candidate.lag import lag_seconds, time_field

AT = dt.datetime.fromisoformat("2026-07-04T08:00:00+08:00")
HOUR = 3600


@pytest.mark.parametrize(
    ("kind", "newest", "hours"),
    [
        ("datetime", dt.datetime.fromisoformat("2026-07-04T05:00:00+08:00"), 3),
        ("datetime", dt.datetime.fromisoformat("2026-07-05T08:00:00+08:00"), -24),
        ("date", dt.date(2026, 7, 4), 8),
        ("month", "2026-07", 3 * 24 + 8),
        ("year", 2026, (31 + 28 + 31 + 30 + 31 + 30 + 3) * 24 + 8),
    ],
)
def test_from_the_newest_row_to_the_fetch(kind: str, newest: Any, hours: int):
    times = {"date": {"patterns": ["%Y-%m" if kind == "month" else "%Y"]}} if kind in ("month", "year") else {}
    found = dataset(fields=[column("site"), column("at", kind, **times)], key=["site", "at"])
    assert lag_seconds(found, newest, AT) == hours * HOUR


def test_of_which_time_a_row_is():
    assert time_field(dataset(fields=DAILY, key=["site", "day"])) == "day"
    both = [*DAILY, column("published", "date")]
    by_published = {"partition": {"field": "published", "grain": "month"}, "key": ["site", "day", "published"]}
    assert time_field(dataset(fields=both, **by_published)) == "published"
    assert time_field(dataset()) is None
    assert lag_seconds(dataset(), 1, AT) is None
    assert lag_seconds(dataset(fields=DAILY, key=["site", "day"]), None, AT) is None
