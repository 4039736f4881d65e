"""A report in words: both languages say the same of each state, and hostile words stay words."""

import datetime as dt
import re
import string
from dataclasses import replace

import pytest
from markup import Page
from mixed_nights import HARM
from worlds import World

from catalog import keys
from pipelines.night.report import Report, report
from pipelines.night.spoken import message, page, sentence, summary, texts
from pipelines.night.told import ToldBefore


@pytest.fixture
def made(world: World, morning: dt.datetime) -> Report:
    return report(world.ctx, morning, ToldBefore())


def test_both_languages_have_the_same_texts_with_the_same_values() -> None:
    def names(text: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}

    english, chinese = (texts(language) for language in ("en", "zh-TW"))
    assert english.keys() == chinese.keys()
    assert {key: names(text) for key, text in english.items()} == {key: names(text) for key, text in chinese.items()}


def test_each_dataset_has_a_sentence(made: Report) -> None:
    said = {line.dataset: sentence(line, "en") for line in made.lines}
    assert said["rivers"] == "releases 1 to 2: +3 ~1, 3 rows in all"
    assert said["springs"] == "no release yet"
    assert re.fullmatch(r"held since 2026-07-01 \d\d:\d\d: level.range: .*; release 1 stays served; release 1: .*",
                        said["lakes"])  # fmt: skip
    assert said["wells"].startswith("failing since ")
    chinese = {line.dataset: sentence(line, "zh-TW") for line in made.lines}
    assert chinese["rivers"] == "釋出第 1 版至第 2 版：+3 ~1，共 3 列"
    assert "；目前提供第 1 版；" in chinese["lakes"]
    quiet = replace(made.lines[-1], made=())
    assert (sentence(quiet, "en"), sentence(quiet, "zh-TW")) == (
        "nothing new; release 2 is served",
        "無新資料，目前提供第 2 版",
    )
    late = replace(quiet, state="overdue", release=None)
    assert sentence(late, "en") == "overdue: no reason is stored; no release is served"


def test_the_summary_leaves_out_what_there_is_none_of(made: Report) -> None:
    assert summary(made, "en") == "1 failing, 1 held, 1 without a release, 1 released."
    assert summary(made, "zh-TW") == "無法更新 1 個，待審 1 個，尚未釋出 1 個，釋出新版本 1 個。"


def test_a_message_says_what_to_look_at_first(made: Report) -> None:
    title, body = message(made, made.news({}), "en")
    assert title == "Minsheng: 2 to look at"
    assert body.splitlines()[0].startswith("wells: failing since")
    assert body.splitlines()[-1] == "All datasets: 1 failing, 1 held, 1 without a release, 1 released."
    assert message(made, made.lines[-1:], "zh-TW")[0] == "民生：1 個資料集已恢復正常"


@pytest.mark.parametrize("language", ["en", "zh-TW"])
def test_the_page_stands_alone_and_words_of_an_agency_are_words(world: World, made: Report, language: str) -> None:
    shown = page(replace(world.ctx, address="https://data.example.tw/open"), made, language).decode()
    read = Page(shown)
    assert not {"script", "img", "link", "iframe"} & {tag for tag, _ in read.tags}
    assert not re.search(r"""(?:src|href)=["'](?!https://data\.example\.tw/open/datasets/)""", shown)
    assert f"https://data.example.tw/open/{keys.dataset_page('rivers', language)}" in shown
    assert "springs/index" not in shown, "nobody can read what is not released"
    text = " ".join(" ".join(read.said).split())
    for line in made.lines:
        assert " ".join(sentence(line, language).split()) in text
    assert HARM not in shown


def test_without_an_address_the_page_has_no_links(world: World, made: Report) -> None:
    assert "href" not in page(world.ctx, made, "en").decode()
