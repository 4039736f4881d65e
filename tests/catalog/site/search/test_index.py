"""The files of the index: what stands in them, and which of them a change writes."""

import gzip
import json
from dataclasses import replace
from typing import Any

import pytest
from searchables import NAMES, catalog, label, shown

from catalog import keys
from catalog.site.search.index import BLOCK, PARTS, Findable, files, numbered
from catalog.site.search.terms import shard

HUNDRED = catalog(100)
HOSTILE = "</script><script>alert(1)</script>\u202e\ud800\x00" + "長w " * 5_000


def made(datasets: list[Findable], numbers: dict[str, int] | None = None) -> dict[str, bytes]:
    return files(datasets, numbers or numbered((each.slug for each in datasets), {}), NAMES)


def opened(body: bytes) -> Any:
    return json.loads(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)


def found(index: dict[str, bytes], term: str) -> dict[int, set[str]]:
    """The datasets that have a term, and in which parts."""
    shards = opened(index[keys.SEARCH_HEAD])["shards"]
    flat = opened(index[keys.search_file(f"terms-{shards}-{shard(term, shards)}.json.gz")]).get(term, [])
    numbers, number = {}, 0
    for step, parts in zip(flat[::2], flat[1::2], strict=True):
        number += step
        numbers[number] = {part for bit, part in enumerate(PARTS) if parts & 1 << bit}
    return numbers


def changed(before: dict[str, bytes], after: dict[str, bytes]) -> set[str]:
    return {key for key in before | after if before.get(key) != after.get(key)}


def test_each_term_leads_to_the_datasets_that_have_it() -> None:
    index = made(HUNDRED)
    for number in (0, 57, 99):
        station = HUNDRED[number].values[0][1].zh_tw
        assert "value" in found(index, station)[number]
    taipei = {at for at, each in enumerate(HUNDRED) if "臺北" in each.title.zh_tw}
    assert {at for at, parts in found(index, "台北").items() if "title" in parts} == taipei
    assert len(found(index, "pm25")) == 100
    assert found(index, "nothing") == {}


def test_the_same_datasets_are_the_same_bytes_and_each_key_is_one() -> None:
    assert made(HUNDRED) == made(list(reversed(HUNDRED)), {each.slug: at for at, each in enumerate(HUNDRED)})
    assert all(keys.check_key(key) == key and key.startswith(keys.SEARCH) for key in made(HUNDRED))
    assert keys.headers(keys.search_file("rows-0.json.gz")) == ("application/gzip", "no-cache")


def test_a_release_writes_the_rows_that_hold_its_dataset_and_nothing_else() -> None:
    after = [replace(each, shown=shown(1)) if each.slug == "dataset-40" else each for each in HUNDRED]
    assert changed(made(HUNDRED), made(after)) == {keys.search_file(f"rows-{40 // BLOCK}.json.gz")}


def test_a_new_name_writes_its_rows_and_the_shards_of_its_words() -> None:
    named = replace(HUNDRED[40], keywords=(*HUNDRED[40].keywords, label("冬瓜", "wintermelon")))
    after = [*HUNDRED[:40], named, *HUNDRED[41:]]
    shards = {keys.search_file(f"terms-8-{shard(term, 8)}.json.gz") for term in ("冬", "瓜", "冬瓜", "wintermelon")}
    words = {keys.search_file(f"words-8-{shard(sign, 8)}.json.gz") for sign in "冬瓜wn"}
    assert changed(made(HUNDRED), made(after)) == {keys.search_file("rows-2.json.gz"), *shards, *words}
    assert found(made(after), "冬瓜") == {40: {"keyword"}}


def test_a_new_dataset_moves_no_other() -> None:
    before = numbered((each.slug for each in HUNDRED), {})
    new = replace(HUNDRED[3], slug="a-first")
    numbers = numbered(["a-first", *before], before)
    assert numbers == before | {"a-first": 100}
    assert keys.search_file("rows-0.json.gz") not in changed(made(HUNDRED), made([new, *HUNDRED], numbers))
    assert numbered(["b"], {"a": 4}) == {"b": 5}, "the number of one that is gone is not given again"


def test_columns_say_what_each_dataset_is() -> None:
    index = made(HUNDRED, {each.slug: 2 * at for at, each in enumerate(HUNDRED)})
    for column in opened(index[keys.search_file("columns.json.gz")]):
        codes = [code for code, _, _ in column["values"]]
        sets = [tuple(codes[place] for place in each) for each in column["sets"]]
        assert column["of"][1::2] == [-1] * 99
        for at in (0, 50, 99):
            assert set(sets[column["of"][2 * at]]) == set(HUNDRED[at].facets[column["facet"]])


def test_hostile_texts_stay_what_they_are_and_rows_are_cut() -> None:
    each = replace(HUNDRED[0], title=label(HOSTILE, HOSTILE), description=label(HOSTILE, HOSTILE))
    row = opened(made([each])[keys.search_file("rows-0.json.gz")])["0"]
    assert row["title"][0].startswith("</script><script>alert(1)")
    assert max(map(len, row["says"])) < 200
    assert max(map(len, row["title"])) < 400


def test_nothing_to_find_is_an_index_too() -> None:
    index = made([])
    assert opened(index[keys.SEARCH_HEAD])["datasets"] == 0
    names = ("terms-1-0", "words-1-0", "columns")
    assert set(index) == {keys.search_file(f"{name}.json.gz") for name in names} | {keys.SEARCH_HEAD}


@pytest.mark.parametrize(("count", "shards"), [(0, 1), (20, 1), (21, 2), (100, 8)])
def test_shards_grow_with_the_datasets(count: int, shards: int) -> None:
    assert opened(made(HUNDRED[:count])[keys.SEARCH_HEAD])["shards"] == shards
