"""The key `date`: what is refused on load, and offsets."""

from typing import Any

import pytest
from pydantic import ValidationError

from catalog.declaration.dates import Dates, offset_of


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"patterns": ["%Y-%m-%dT%H:%M:%SZ"]}, "write %z in its place"),
        ({"patterns": ["%Y-%m-%dT%H:00:00.000Z"]}, "write %z in its place"),
        ({"patterns": ["%Y-%m-%d %H:%M UTC"]}, "write %z in its place"),
        ({"patterns": ["%Y-%m-%dT%H:%M-05:00"], "zone": "America/New_York"}, "write %z in its place"),
        ({"patterns": ["%Y-%M-%d"]}, "%M without %H or %I; %m is the month"),
        ({"patterns": ["%Y-%m-%d %H %p"]}, "%p without %I"),
        ({"patterns": ["%Y-%m-%d %I"]}, "%I without %p"),
        ({"patterns": ["%Y-%m-%d %H:%S"]}, "%S without %M"),
        ({"patterns": ["%Y-%m-%b"]}, "one part twice: %m and %b"),
        ({"patterns": ["%y%m%d"]}, "needs pivot"),
        ({"patterns": ["%y%m%d"], "pivot": 70, "calendar": "roc"}, "needs pivot, and the calendar gregorian"),
        ({"patterns": ["%Y-%m-%d %H:%M:%S.%f"]}, "%f needs fraction"),
        ({"patterns": ["%Y-%m-%d"], "offsets": {"CST": "+08:00"}}, "no pattern holds %z"),
        ({"patterns": ["%Y-%m-%d %H%z"], "offsets": {"CST": "8"}}, "found 'CST': '8'"),
        ({"patterns": ["%Y%m%d"], "excel": 1900}, "reads numbers"),
        ({"epoch": "seconds", "excel": 1900}, "write one of them"),
        ({}, "patterns: is required and missing"),
    ],
)
def test_what_reads_two_ways_is_refused(written: dict[str, Any], said: str):
    with pytest.raises(ValidationError) as error:
        Dates.model_validate(written)
    assert said in str(error.value)


@pytest.mark.parametrize(
    "written",
    [
        {"patterns": ["%Y-%m-%dT%H:%M:%SZ"], "zone": "UTC"},
        {"patterns": ["%Y-%m-%dT%H:%M:%S+08:00"]},
        {"patterns": ["%Y-%m-%d"], "excel": 1904},
    ],
)
def test_what_is_clear_is_taken(written: dict[str, Any]):
    assert Dates.model_validate(written).patterns


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("Z", 0), ("+08", 28800), ("+0800", 28800), ("-03:30", -12600), ("+16:00", None), ("+08:60", None), ("8", None)],
)
def test_offsets(text: str, seconds: int | None):
    assert offset_of(text) == seconds
