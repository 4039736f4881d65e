"""Datasets -> the files of the index. Pure: the same datasets with the same numbers give the same bytes.

A dataset has a number, which it keeps. The files, all below site/search/:

- head.json: how many datasets and shards there are, and the tables of `terms`. All that the first load takes.
- columns.json.gz: what each dataset is by facet: agency, topic, place and so on; a browser counts and filters by it.
- terms-<shards>-<i>.json.gz: for each term the datasets that have it, as [step, parts, step, parts, ...]: how many
  numbers to go on, and in which parts of the dataset the term stands, a bit each.
- words-<shards>-<i>.json.gz: words as they are written, each with the number of datasets that have it, for a word that
  is not typed to its end or is misspelt (`vocabulary`).
- rows-<i>.json.gz: what results show of `BLOCK` datasets with neighbouring numbers.

A query reads the shards of its terms, and the rows of the results that are shown. A new release changes the rows of
its dataset, and no other file unless its words changed.
"""

import gzip
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog import keys
from catalog.figures.document import Label
from catalog.site.search import vocabulary
from catalog.site.search.terms import STOP_WORDS, VARIANTS, shard, terms

PARTS = ("title", "keyword", "value", "field", "agency", "topic", "place", "description")
"""Where a term may stand; browser/search/index.ts has the same order."""
BLOCK = 16
"""Datasets whose rows stand in one file."""
_PER_SHARD = 20
"""Datasets for each shard of terms: then a shard has the same size however many datasets there are."""
MOST_WORD_SHARDS = 64
"""The words of a language grow no more with the datasets."""
MOST_SAID, MOST_NAMED = 160, 300
"""Characters of a description and of any other text in a row; it is found by all of it."""

Json = Any


@dataclass(frozen=True)
class Findable:
    """A dataset, as it is found and shown in results."""

    slug: str
    title: Label
    description: Label
    keywords: tuple[Label, ...]
    fields: tuple[tuple[str, Label], ...]
    """Name and title of each column."""
    values: tuple[tuple[str, Label], ...]
    """Codes and names of places and categories."""
    facets: Mapping[str, tuple[str, ...]]
    """By facet, the codes of what the dataset is."""
    shown: Mapping[str, Json]
    """What else a row shows."""


Names = Mapping[str, Mapping[str, Label]]
"""By facet, what each code is called, in the order in which readers see them."""


def numbered(slugs: Iterable[str], before: Mapping[str, int]) -> dict[str, int]:
    """Give each dataset its number: the one that it had, else the next.

    A number that stays means that a new dataset moves no other, and only the files that hold it are written.
    """
    slugs = list(slugs)
    numbers = {slug: before[slug] for slug in slugs if slug in before}
    following = max(before.values(), default=-1) + 1
    for slug in slugs:
        if slug not in numbers:
            numbers[slug], following = following, following + 1
    return numbers


def files(datasets: Sequence[Findable], numbers: Mapping[str, int], names: Names) -> dict[str, bytes]:
    """Return the files of the index, by key; the head is the last.

    Args:
        datasets: those that can be found.
        numbers: of each, by its slug.
        names: what the codes of the facets are called.
    """
    ordered = sorted(datasets, key=lambda each: numbers[each.slug])
    places = [numbers[each.slug] for each in ordered]
    shards = _shards(len(ordered))
    made = {
        keys.search_file(f"terms-{shards}-{i}.json.gz"): _packed(some)
        for i, some in enumerate(_postings(ordered, places, names, shards))
    }
    named = [[text for texts in _texts(each, names)[:-1] for text in texts] for each in ordered]
    of_words = vocabulary.shards(named, min(shards, MOST_WORD_SHARDS))
    made |= {keys.search_file(f"words-{len(of_words)}-{i}.json.gz"): _packed(some) for i, some in enumerate(of_words)}
    blocks: dict[int, dict[str, Json]] = defaultdict(dict)
    for number, each in zip(places, ordered, strict=True):
        blocks[number // BLOCK][str(number)] = _row(each)
    made |= {keys.search_file(f"rows-{i}.json.gz"): _packed(block) for i, block in blocks.items()}
    made[keys.search_file("columns.json.gz")] = _packed(_columns(ordered, places, names))
    head = {"datasets": len(ordered), "shards": shards, "word_shards": len(of_words), "block": BLOCK}
    made[keys.SEARCH_HEAD] = _json(head | {"variants": VARIANTS, "stop": STOP_WORDS})
    return made


def _shards(count: int) -> int:
    """A power of two, so that it seldom changes: a change writes all shards again."""
    shards = 1
    while shards * _PER_SHARD < count:
        shards *= 2
    return shards


def _postings(
    ordered: Sequence[Findable], places: Sequence[int], names: Names, shards: int
) -> list[dict[str, list[int]]]:
    found: dict[str, list[int]] = defaultdict(list)
    last: dict[str, int] = defaultdict(int)
    for number, each in zip(places, ordered, strict=True):
        for term, parts in _parts(each, names).items():
            found[term] += (number - last[term], parts)
            last[term] = number
    parted: list[dict[str, list[int]]] = [{} for _ in range(shards)]
    for term in sorted(found):
        parted[shard(term, shards)][term] = found[term]
    return parted


def _parts(each: Findable, names: Names) -> dict[str, int]:
    """The terms of a dataset, each with the parts in which it stands."""
    found: dict[str, int] = defaultdict(int)
    for bit, texts in enumerate(_texts(each, names)):
        for text in texts:
            for term in terms(text):
                # A lone character of a long text says nothing; of a title or a value it may be the word.
                if len(term) > 1 or PARTS[bit] != "description" or term.isascii():
                    found[term] |= 1 << bit
    return found


def _texts(each: Findable, names: Names) -> list[list[str]]:
    """The texts of each part, as `PARTS` orders them."""
    of = {facet: [names[facet][code] for code in each.facets.get(facet, ())] for facet in ("agency", "topic", "place")}
    return [
        [*_both(each.title), each.slug],
        [text for word in each.keywords for text in _both(word)],
        [text for code, label in each.values for text in (code, *_both(label))],
        [text for name, title in each.fields for text in (name, *_both(title))],
        *([text for label in of[facet] for text in _both(label)] for facet in ("agency", "topic", "place")),
        [*_both(each.description)],
    ]


def _row(each: Findable) -> Json:
    return {
        "slug": each.slug,
        "title": _cut(*_both(each.title)),
        "says": _cut(*_both(each.description), most=MOST_SAID),
        "keywords": [_cut(*_both(word)) for word in each.keywords],
        "fields": [_cut(name, *_both(title)) for name, title in each.fields],
        "values": [_cut(code, *_both(label)) for code, label in each.values],
        **each.shown,
    }


def _columns(ordered: Sequence[Findable], places: Sequence[int], names: Names) -> Json:
    """For each facet its values, the sets of values that occur, and of each number which set; -1 is no dataset."""
    size = places[-1] + 1 if places else 0
    columns = []
    for facet, named in names.items():
        place_of = {code: place for place, code in enumerate(named)}
        sets: dict[tuple[int, ...], int] = {}
        of = [-1] * size
        for number, each in zip(places, ordered, strict=True):
            chosen = tuple(sorted(place_of[code] for code in each.facets.get(facet, ())))
            of[number] = sets.setdefault(chosen, len(sets))
        values = [[code, *_cut(*_both(label))] for code, label in named.items()]
        columns.append({"facet": facet, "values": values, "sets": list(sets), "of": of})
    return columns


def _cut(*texts: str, most: int = MOST_NAMED) -> list[str]:
    return [f"{text[:most]}…" if len(text) > most else text for text in texts]


def _both(label: Label) -> tuple[str, str]:
    return label.zh_tw, label.en


def _json(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode("utf-8", "replace")


def _packed(value: Json) -> bytes:
    """Compressed, for a static host compresses nothing; no time stands in it, so the same rows are the same bytes."""
    return gzip.compress(_json(value), 6, mtime=0)
