"""The block `minsheng:`: durations, periods, and what is asked."""

import pytest
from worlds import dataset

from catalog.declaration.pipeline import DERIVED, RowsPerPeriod, duration, seconds


@pytest.mark.parametrize(("said", "found"), [("90m", 5400), ("36h", 129_600), ("7d", 604_800), ("0m", 0)])
def test_durations(said: str, found: int):
    assert seconds(said) == found


@pytest.mark.parametrize("said", ["", "3", "1.5h", "-1h", "3w", "3 h", "h"])
def test_what_is_no_duration(said: str):
    with pytest.raises(ValueError, match="write for instance"):
        seconds(said)


def test_a_duration_keeps_its_unit() -> None:
    assert duration("90m") == ("90", "m")


def test_a_minimum_above_the_maximum_is_refused() -> None:
    with pytest.raises(ValueError, match="the minimum 5 is above the maximum 3"):
        RowsPerPeriod(field="day", period="day", minimum=5, maximum=3)


def test_what_is_asked_is_the_source_or_the_query() -> None:
    source = {"protocol": "file", "address": "https://waters.example/a.csv", "format": "csv"}
    assert dataset(source=source).minsheng.origin == source
    derived = dataset(source=None, derive={"sql": "a.sql", "over": {"t": "lakes"}}, load="replace")
    assert derived.minsheng.origin == {"protocol": DERIVED, "sql": "a.sql", "over": {"t": "lakes"}}
    assert derived.inputs == ("lakes",)
