"""The block `minsheng:`: durations, periods, and what is asked."""

import pytest
from worlds import dataset

from catalog.declaration.pipeline import DERIVED, RowsPerPeriod, duration, seconds
from catalog.errors import DeclarationError


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


@pytest.mark.parametrize("said", ["1m", "90m", "36h", "7d", "36525d"])
@pytest.mark.parametrize("key", ["fetched", "valid"])
def test_a_duration_is_more_than_nothing_and_at_most_a_century(said: str, key: str) -> None:
    assert getattr(dataset(due={"fetched": "1d"} | {key: said}).minsheng.due, key) == said


@pytest.mark.parametrize(
    "said",
    ["0m", "00h", "999999999999d", "36526d", "-1h", "9" * 5000 + "d", "1" * 5000, "３h", "1d\n", "1 d", ""],
)
@pytest.mark.parametrize("place", ["due.fetched", "due.valid", "guards.age"])
def test_what_no_duration_can_be_is_told_with_its_place(place: str, said: str) -> None:
    block, key = place.split(".")
    with pytest.raises(
        DeclarationError, match=rf"rivers/dataset\.yaml: minsheng\.{block}\.{key}: .*write for instance"
    ):
        dataset(**{"due": {"fetched": "1d"}, block: {"fetched": "1d"} | {key: said} if block == "due" else {key: said}})


@pytest.mark.parametrize(
    "line",
    [
        "5 * * * *",
        "30 1 * * *",
        "*/10 0-6,12 1 jan-mar,DEC mon",
        "0 0 29 2 *",
        "0 0 31 1,2 *",
        "0 0 * * 7",
        "5-50/5 * * * *",
    ],
)
def test_a_cron_line_has_five_fields(line: str) -> None:
    assert dataset(fetch=line, release=line).minsheng.fetch == line


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("* * * * * *", "is not a cron line; write for instance '5 [*] [*] [*] [*]', five fields"),
        ("0 0 1 1 * 0 2026", "is not a cron line"),
        ("@daily", "is not a cron line"),
        ("* * * *", "is not a cron line"),
        ("", "is not a cron line"),
        ("60 * * * *", "is not a cron line"),
        ("*/0 * * * *", "is not a cron line"),
        ("H * * * *", "is not a cron line"),
        ("R R * * *", "is not a cron line"),
        ("0 0 L * *", "is not a cron line"),
        ("0 0 * * mon#5", "is not a cron line"),
        ("0-99999999999 * * * *", "is not a cron line"),
        ("５ * * * *", "is not a cron line"),
        ("1," * 50_000 + "1 * * * *", "is not a cron line"),
        ("x" * 100_000, r"is not a cron line.* \(100,002 characters\)"),
        ("0 0 31 2 *", "never comes: no such day is in any year"),
        ("0 0 30 feb *", "never comes"),
        ("0 0 31 4,6,9,11 *", "never comes"),
    ],
)
@pytest.mark.parametrize("key", ["fetch", "release"])
def test_what_is_no_cron_line_or_never_comes_is_told_with_its_place(key: str, line: str, words: str) -> None:
    with pytest.raises(DeclarationError, match=rf"rivers/dataset\.yaml: minsheng\.{key}: .*{words}"):
        dataset(**{key: line})
