"""The glossary: at most forty words, one for each thing, and texts use them as it says."""

import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple, get_args

import pytest

from catalog import keys
from catalog.declaration.fields import SEVERITIES
from catalog.reasons import sentences as reasons
from catalog.site.words import Words, words
from pipelines.refresh.status import State

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
DOCS = [path for path in [ROOT / "README.md", *ROOT.glob("docs/*.md")] if path.name != "glossary.md"]
EN, ZH = (words(language) for language in ("en", "zh-TW"))


class Term(NamedTuple):
    english: str
    chinese: str
    avoided: tuple[str, ...]
    meaning: str
    meaning_chinese: str


def terms(section: str) -> list[Term]:
    """The rows of the table in one section, without its head."""
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]
    return [Term(row[0], row[1], tuple(row[2].split("、")), row[3], row[4]) for row in cells]


READERS, STEWARDS = (terms(section) for section in PAGE.split("\n## ")[1:])
ALL = [*READERS, *STEWARDS]


def pairs() -> list[tuple[str, str]]:
    """Each text of the site in both languages, the English one behind its key, which says what it is about."""
    return [(f"{key} {EN.texts[key]}".lower(), str(ZH.texts[key])) for key in ZH.texts]


def named(term: Term) -> re.Pattern[str]:
    """An English term as a word, in singular or plural; a site's key joins words by dots and low lines."""
    return re.compile(rf"(?<![a-z]){re.escape(term.english)}(e?s)?(?![a-z])")


def faults(term: Term, texts: Words) -> list[str]:
    """Texts of the site that say a word which the glossary keeps for nothing."""
    return [f"{key}: {word}" for key, text in texts.texts.items() for word in term.avoided if word in str(text)]


def test_there_are_at_most_forty_terms_and_each_stands_once():
    assert len(READERS) > 10
    assert len(STEWARDS) > 10
    assert len(ALL) <= 40
    for column in ([term.english for term in ALL], [term.chinese for term in ALL]):
        assert [word for word, times in Counter(column).items() if times > 1] == []


@pytest.mark.parametrize("term", ALL, ids=lambda term: term.english)
def test_a_meaning_is_one_short_sentence_in_each_language(term: Term):
    assert re.fullmatch(r"[A-Z`][^。]*\.", term.meaning)
    assert len(term.meaning) <= 110
    assert re.fullmatch(r"[^.]*。|[^。]*`dataset\.yaml`[^。]*。|`datapackage\.json`[^。]*。", term.meaning_chinese)
    assert len(term.meaning_chinese) <= 45
    assert re.fullmatch(r"[\u4e00-\u9fff]+", term.chinese)
    assert all(re.fullmatch(r"[\u4e00-\u9fff]+", word) for word in term.avoided)


@pytest.mark.parametrize("term", ALL, ids=lambda term: term.english)
def test_no_chinese_text_of_the_site_or_of_a_reason_has_another_word_for_a_term(term: Term):
    assert faults(term, ZH) == []
    assert faults(term, Words("zh-TW", dict(reasons.texts("zh-TW")))) == []


@pytest.mark.parametrize("term", ALL, ids=lambda term: term.english)
def test_no_term_is_an_avoided_word_of_another(term: Term):
    assert [other.english for other in ALL for word in term.avoided if word in other.chinese] == []
    said = [other.english for other in ALL for word in term.avoided if word in other.meaning_chinese]
    assert said == [], "the glossary itself uses the word"


@pytest.mark.parametrize("term", READERS, ids=lambda term: term.english)
def test_what_readers_meet_is_said_by_one_text_of_the_site_in_both_languages(term: Term):
    assert [zh for en, zh in pairs() if named(term).search(en) and term.chinese in zh] != []


@pytest.mark.parametrize("term", ALL, ids=lambda term: term.english)
def test_every_term_is_used_by_the_docs(term: Term):
    text = "\n".join(path.read_text(encoding="utf-8").lower() for path in DOCS)
    assert named(term).search(text)


def test_every_state_is_explained_by_the_name_that_the_site_gives_it():
    by_term = {term.english: term.chinese for term in READERS}
    assert {state: by_term.get(state) for state in get_args(State)} == {
        state: str(ZH.texts[f"state.{state}.name"]) for state in get_args(State)
    }


def test_every_severity_and_load_is_named():
    meanings = {term.english: term.meaning for term in ALL}
    assert [word for word in SEVERITIES if f"`{word}`" not in meanings["severity"]] == []
    assert [word for word in ("upsert", "window", "replace") if f"`{word}`" not in meanings["load"]] == []


def test_the_test_sees_a_strange_word_and_a_missing_pair():
    wrong = Words("zh-TW", {"home.datasets": "數據集", "fact.rows": {"other": "資料行"}})
    assert [fault for term in ALL for fault in faults(term, wrong)] == ["home.datasets: 數據集", "fact.rows: 資料行"]
    assert named(Term("key", "主鍵", (), "", "")).search("field.key key")
    assert not named(Term("key", "主鍵", (), "", "")).search("monkey keyed")


def test_both_languages_of_the_site_are_looked_at():
    assert set(keys.LANGUAGES) == {"en", "zh-TW"}
