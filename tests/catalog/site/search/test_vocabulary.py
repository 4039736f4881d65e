"""The words that a reader may mean, and where they stand."""

from catalog.site.search.terms import shard
from catalog.site.search.vocabulary import shards


def test_a_word_stands_where_its_first_and_its_last_character_lead() -> None:
    parted = shards([["Cabbages, 甘藍"], ["cabbages of 臺北", "cabbages"], ["蔥 2026 " + "長" * 30]], 64)
    whole = {word: count for part in parted for word, count in part.items()}
    assert whole == {"cabbages": 2, "甘藍": 1, "台北": 1}, "not what is one character, a number, or a sentence"
    for word in whole:
        assert {place for place, part in enumerate(parted) if word in part} == {shard(word[0], 64), shard(word[-1], 64)}
    assert shards([], 2) == [{}, {}]
