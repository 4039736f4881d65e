"""How times are written: the first way that `conform` reads all texts with."""

from typing import Any

import pytest

from pipelines.propose.proof import unread
from pipelines.propose.times import is_clock, is_hour, ways


def first(heard: str, *texts: str) -> Any:
    """The first way that reads all texts."""
    return next((way for way in ways(heard, texts) if not unread({"name": "at", **way}, texts)), None)


@pytest.mark.parametrize(
    ("heard", "texts", "kind", "date"),
    [
        ("日期", ["115/06/20", "115/6/1"], "date", {"calendar": "roc", "patterns": ["%Y/%m/%d"]}),
        ("日期", ["115.06.20", "2026.06.20"], "date", {"calendar": "mixed", "patterns": ["%Y.%m.%d"]}),
        ("日期", ["1150620"], "date", {"calendar": "roc", "patterns": ["%Y%m%d"]}),
        ("統計年月", ["10301", "11512"], "month", {"calendar": "roc", "patterns": ["%Y%m"]}),
        ("年度", ["99", "115"], "year", {"calendar": "roc", "patterns": ["%Y"]}),
        ("期間", ["109S1", "109S4"], "quarter", {"calendar": "roc", "patterns": ["%YS%q"]}),
        ("x", ["115年8月", "115年12月"], "month", {"calendar": "roc", "patterns": ["%Y年%m月"]}),
        ("x", ["13/01/2020", "01/02/2020"], "date", {"patterns": ["%d/%m/%Y"]}),
        ("x", ["2026-07-01T02:00:00Z"], "datetime", {"patterns": ["%Y-%m-%dT%H:%M:%S%z"]}),
        ("x", ["2026/7/1 上午 10:09:00"], "datetime", {"patterns": ["%Y/%m/%d %p %I:%M:%S"]}),
        ("x", ["2026/7/1 凌晨 12時05分", "2026/7/1 晚上 9時30分"], "datetime", {"patterns": ["%Y/%m/%d %p %I時%M分"]}),
        ("x", ["2026年7月1日13時05分07秒"], "datetime", {"patterns": ["%Y年%m月%d日%H時%M分%S秒"]}),
        ("x", ["2026-07-01 24:00"], "datetime", {"patterns": ["%Y-%m-%d %H:%M"], "24:00": True}),
        ("x", ["2026-W05", "2026-W53"], "week", {"patterns": ["%Y-W%V"]}),
        ("週別", ["202605", "202652"], "week", {"patterns": ["%Y%V"]}),
        ("time", ["1388620046000"], "datetime", {"epoch": "milliseconds"}),
        ("time", ["1388620046"], "datetime", {"epoch": "seconds"}),
        ("time", ["2026070112", "2026070113"], "datetime", {"patterns": ["%Y%m%d%H"]}),
        ("採樣日期", ["42403.5"], "datetime", {"excel": 1900}),
        ("x", ["20260701", "20260702", "20260703", "20260704", "20260705"], "date", {"patterns": ["%Y%m%d"]}),
    ],
)
def test_a_column_of_times(heard: str, texts: list[str], kind: str, date: dict[str, Any]) -> None:
    assert first(heard, *texts) == {"type": kind, "date": date}


@pytest.mark.parametrize(
    "texts",
    [
        ["11507"],
        ["24.05", "121.11"],
        ["6300300", "6301100"],
        ["42403"],
        ["1388620046000"],
        ["2026-07-01 maintenance"],
        ["1-2月"],
        [],
    ],
)
def test_what_is_no_time_is_none(texts: list[str]) -> None:
    assert first("數量", *texts) is None


def test_a_clock_and_an_hour() -> None:
    assert is_clock(["01:00:00", "24:00:00"]) == "%H:%M:%S"
    assert is_clock(["01:00", "noon"]) is None
    assert is_hour("小時", ["0", "23"])
    assert not is_hour("小時", ["0", "25"])
    assert not is_hour("數量", ["0", "23"])
