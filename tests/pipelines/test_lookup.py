"""Reference tables as dictionaries: the row under some words, and of several the one valid at a time."""

import datetime as dt
import random

import pyarrow as pa
import pytest
from worlds import texts

from catalog.declaration.references import Valid
from pipelines.lookup import find, twofold

SPAN = Valid.model_validate({"from": "since", "to": "until"})
STATIONS = texts(
    no=["1", "1", "2", "1"],
    since=["2000-01-01", "2010-01-02", None, None],
    until=["2010-01-01", None, "2005-12-31", "1999-12-31"],
    code=["a", "b", "c", "old"],
)


def days(*said: str | None) -> pa.Array:
    return pa.array([one and dt.date.fromisoformat(one) for one in said], pa.date32())


def words(*said: str | None) -> pa.Array:
    return pa.array(said, pa.string())


def test_the_row_that_is_valid_at_the_time_is_found_its_first_and_last_day_included():
    at = days("2010-01-01", "2010-01-02", "2026-07-01", "1950-01-01", "2005-12-31", "2006-01-01", None, "2026-07-01")
    found = find(STATIONS, ["no"], [words("1", "1", "1", "1", "2", "2", "1", "3")], SPAN, at)
    assert found.to_pylist() == [0, 1, 1, 3, 2, None, None, None]


def test_a_time_lies_on_its_day_in_its_own_zone_and_between_moments_where_the_table_has_them():
    moments = [dt.datetime.fromisoformat(one) for one in ("2010-01-01T23:00:00+08:00", "2010-01-02T01:00:00+08:00")]
    at = pa.array(moments, pa.timestamp("ms", tz="Asia/Taipei"))
    assert find(STATIONS, ["no"], [words("1", "1")], SPAN, at).to_pylist() == [0, 1]
    to_the_hour = texts(no=["1"], since=["2010-01-02 00:30:00.000+0800"], until=[None])
    assert find(to_the_hour, ["no"], [words("1", "1")], SPAN, at).to_pylist() == [None, 0]


def test_it_finds_what_a_plain_search_finds():
    chance = random.Random(11)

    def day(few: int) -> str | None:
        return f"2020-01-{chance.randint(1, few):02}" if chance.random() < 0.8 else None

    rows = [(chance.choice("ab"), chance.choice("xy"), day(15), day(28)) for _ in range(60)]
    table = texts(**dict(zip(["p", "q", "since", "until"], map(list, zip(*rows, strict=True)), strict=True)))
    asked = [(chance.choice("abc"), chance.choice("xy"), f"2020-01-{chance.randint(1, 28):02}") for _ in range(300)]
    p, q, at = zip(*asked, strict=True)
    found = find(table, ["p", "q"], [words(*p), words(*q)], SPAN, days(*at)).is_valid().to_pylist()
    assert found == [
        any(row[:2] == one[:2] and (row[2] or "") <= one[2] <= (row[3] or "9") for row in rows) for one in asked
    ]
    assert {*found} == {True, False}


@pytest.mark.parametrize(
    ("table", "valid", "found"),
    [
        (texts(word=["甲", "甲", "乙"], code=["1", "1", "2"]), None, None),
        (texts(word=["甲", None, "甲", None], code=["1", "8", None, "9"]), None, None),
        (texts(word=["甲", "乙", "甲"], code=["1", "2", "3"]), None, (("甲",), ("1", "3"))),
        (STATIONS.rename_columns(["word", "since", "until", "code"]), SPAN, None),
        (
            texts(word=["a", "a"], since=["2000-01-01", "2010-01-01"], until=["2010-01-01", None], code=["1", "2"]),
            SPAN,
            None,
        ),
        (
            texts(word=["a", "a"], since=["2000-01-01", "2010-01-01"], until=["2010-01-02", None], code=["1", "2"]),
            SPAN,
            (("a",), ("1", "2")),
        ),
        (
            texts(word=["a"] * 2, since=[None] * 2, until=["2010-01-02", None], code=["1", "2"]),
            SPAN,
            (("a",), ("1", "2")),
        ),
    ],
)
def test_two_values_at_the_same_time_are_told(table: pa.Table, valid: Valid | None, found: object):
    assert twofold(table, ["word"], "code", valid) == found
