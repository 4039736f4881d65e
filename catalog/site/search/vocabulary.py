"""Texts -> the words that a reader may mean who does not type one to its end, or misspells it.

A word stands in the shards of its first and of its last character. So the beginning of a word leads to one shard, and
a misspelt one, whose first or last character is still right, to two.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from catalog.site.search.terms import runs, shard

LEAST, MOST = 2, 24
"""Characters of a word: shorter ones are nobody's mistake, longer ones are sentences without a blank."""


def shards(datasets: Iterable[Iterable[str]], count: int) -> list[dict[str, int]]:
    """Return for each shard its words, in order, with the number of datasets that have each.

    Args:
        datasets: the texts of each, without descriptions: a reader looks for what has a name.
        count: of shards.
    """
    counted: Counter[str] = Counter()
    for texts in datasets:
        counted.update({word for text in texts for word in runs(text) if _may_be_meant(word)})
    parted: list[dict[str, int]] = [{} for _ in range(count)]
    for word in sorted(counted):
        for place in _shards_of(word, count):
            parted[place][word] = counted[word]
    return parted


def _may_be_meant(word: str) -> bool:
    return LEAST <= len(word) <= MOST and not word.isdigit()


def _shards_of(word: str, count: int) -> Sequence[int]:
    return sorted({shard(word[0], count), shard(word[-1], count)})
