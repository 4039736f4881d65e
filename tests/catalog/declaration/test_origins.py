"""The words of `from`: one of them, a pattern with one group, a shift."""

import datetime as dt

import pytest
from pydantic import ValidationError

from catalog.declaration.origins import WORDS, From, with_own_dates


@pytest.mark.parametrize(
    ("shift", "delta"), [("-1d", dt.timedelta(-1)), ("8h", dt.timedelta(hours=8)), ("+90m", dt.timedelta(minutes=90))]
)
def test_a_shift_is_a_time(shift: str, delta: dt.timedelta):
    assert From(fetched_at=True, shift=shift).delta == delta
    assert From(fetched_at=True).delta == dt.timedelta()


@pytest.mark.parametrize("word", WORDS)
def test_one_word_says_where_the_text_is(word: str):
    said = From.model_validate({word: True if word == "fetched_at" else "(x)"})
    assert said.word == word
    assert said.pattern == ("(x)" if word in ("file", "member", "sheet", "title") else None)


@pytest.mark.parametrize("shift", ["1", "d", "1 d", "1w", "--1d", "123456d", ""])
def test_what_is_no_shift_is_refused(shift: str):
    with pytest.raises(ValidationError, match="is no shift"):
        From(fetched_at=True, shift=shift)


def test_the_pattern_of_a_fetch_is_written_where_it_is_needed():
    said = {"type": "date", "from": {"fetched_at": True}}
    assert with_own_dates(said)["date"] == {"patterns": ["%Y-%m-%d"]}
    for other in (
        said | {"type": "string"},
        said | {"from": {"value": "x"}},
        said | {"date": 3},
        said | {"from": 1},
        7,
    ):
        assert with_own_dates(other) == other


def test_what_always_gives_a_text_leaves_nothing_to_look_for():
    chain = From.model_validate({"asked": "x", "else": {"sheet": "(y)", "else": {"value": "z"}}})
    assert [way.word for way in chain.ways] == ["asked", "sheet", "value"]
    assert chain.is_of_records
    assert not From(asked="x").is_of_records
    with pytest.raises(ValidationError, match="value always gives a text"):
        From.model_validate({"value": "z", "else": {"asked": "x"}})
