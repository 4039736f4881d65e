"""The terms of a text, by the cases that the browser's terms are tested by too."""

import json
from pathlib import Path

import pytest

from catalog.site.search.terms import STOP_WORDS, VARIANTS, fold, runs, shard, stem, terms

CASES = json.loads((Path(__file__).parent / "terms.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("text", "expected"), CASES["terms"], ids=[repr(text) for text, _ in CASES["terms"]])
def test_terms_of_a_text(text: str, expected: list[str]) -> None:
    assert terms(text) == set(expected)


def test_words_stand_as_they_are_written() -> None:
    for text, expected in CASES["words"]:
        assert list(runs(text)) == expected


@pytest.mark.parametrize(("term", "count", "expected"), CASES["shards"])
def test_a_term_has_its_shard(term: str, count: int, expected: int) -> None:
    assert shard(term, count) == expected


def test_a_folded_text_and_a_stem_stay_what_they_are() -> None:
    for text, _ in CASES["terms"]:
        assert fold(fold(text)) == fold(text)
    for word in ("cabbag", "pric", "county", "pm25", "status"):
        assert stem(word) == word


def test_each_character_has_one_that_stands_for_it() -> None:
    written, stands = VARIANTS[::2], VARIANTS[1::2]
    assert len(set(written)) == len(written) == len(stands)
    assert not set(written) & set(stands)
    assert (CASES["variants"], CASES["stop"]) == (VARIANTS, STOP_WORDS), "the browser's cases have other tables"
