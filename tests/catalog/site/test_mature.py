"""What pages say of the maturity of a release."""

import dataclasses
from typing import Any

from catalog.site.mature import mature
from catalog.site.pages import Entry
from catalog.site.sources import Released
from catalog.site.words import words


def of(entries: list[Entry], said: Any) -> Released:
    newest = next(each.newest for each in entries if each.slug == "rivers")
    assert newest
    document: dict[str, Any] = dict(newest.release.document)
    document |= {"minsheng": document["minsheng"] | ({"maturity": said} if said else {})}
    return dataclasses.replace(newest, release=dataclasses.replace(newest.release, document=document))


def test_a_word_and_since_when(entries: list[Entry]) -> None:
    found = mature(words("en"), of(entries, {"word": "preliminary", "since": 3}))
    assert found
    assert found.word == "preliminary"
    assert found.says.endswith("may change. So since version 3.")
    zh = mature(words("zh-TW"), of(entries, {"word": "validated", "since": 3}))
    assert zh
    assert (zh.word, zh.says) == ("審定值", "審定值已經機關審核。自第 3 版起如此。")


def test_rows_by_word_and_what_changed(entries: list[Entry]) -> None:
    said = {
        "field": "state",
        "words": {},
        "rows": {"preliminary": 1, "revised": 1234, "unsaid": 2},
        "changed": [{"from": "preliminary", "to": "revised", "rows": 12}],
        "since": 2,
    }
    found = mature(words("en"), of(entries, said))
    assert found
    assert found.word == "1 row preliminary, 1,234 rows revised and 2 rows not said"
    assert found.changed == ["12 rows were preliminary and are revised now."]
    zh = mature(words("zh-TW"), of(entries, said))
    assert zh
    assert (zh.word, zh.changed) == ("初步值 1 筆、修正值 1,234 筆、未註明 2 筆", ["有 12 筆由初步值改為修正值。"])
    empty = mature(words("en"), of(entries, said | {"rows": {}, "changed": []}))
    assert empty
    assert empty.word == "not said"


def test_an_agency_that_says_nothing(entries: list[Entry]) -> None:
    assert mature(words("en"), of(entries, None)) is None
