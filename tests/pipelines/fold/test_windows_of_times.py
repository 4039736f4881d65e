"""Windows of days and hours over fields that hold times."""

import datetime as dt

import pyarrow as pa
import pytest

from pipelines.fold.windows import Window

AT = [dt.datetime.fromisoformat(f"2026-04-29T{at}+08:00") for at in ("00:00", "05:00", "05:59:59", "06:00", "23:59")]


@pytest.mark.parametrize(
    ("low", "high", "inside"),
    [
        ("2026-04-29", "2026-04-29", [True] * 5),
        ("2026-04-28", "2026-04-28", [False] * 5),
        ("2026-04-29T05:00:00", "2026-04-29T05:00:00", [False, True, True, False, False]),
        ("2026-04-29T05:00:00", "2026-04-29T06:00:00", [False, True, True, True, False]),
    ],
)
@pytest.mark.parametrize("zone", ["Asia/Taipei", "UTC"])
def test_days_and_hours_cover_times_of_the_zone_of_the_field(low: str, high: str, inside: list[bool], zone: str):
    local = [at if zone == "Asia/Taipei" else at.replace(tzinfo=dt.UTC) for at in AT]
    table = pa.table({"at": pa.array(local, pa.timestamp("ms", tz=zone))})
    assert Window({"at": (low, high)}).covers(table).tolist() == inside


def test_an_hour_meets_its_day_and_no_other():
    hour, day, next_ = (Window({"at": (at, at)}) for at in ("2026-04-29T23:00:00", "2026-04-29", "2026-04-30"))
    assert hour.meets(day)
    assert day.meets(hour)
    assert not hour.meets(next_)
    assert not next_.meets(hour)
