"""Every word of the site is in both languages, is used, and is filled in alike."""

import re
from pathlib import Path
from string import Formatter
from typing import Any, get_args

import pytest
from markupsafe import Markup

from catalog import keys
from catalog.declaration.dataset import load_dataset, slugs
from catalog.declaration.fields import RULES, SEVERITIES
from catalog.declaration.maturity import MATURITIES
from catalog.declaration.pipeline import Guards
from catalog.declaration.views import Step
from catalog.periods import Grain
from catalog.reasons.measures import PersonalKind
from catalog.release.changes import Counts
from catalog.release.maturity import UNSAID
from catalog.release.version import Kind
from catalog.score.criteria import CRITERIA, HEADS
from catalog.site import pages
from catalog.site.quality import Mark
from catalog.site.search.findable import CADENCES, FACETS, FORMATS, GRADES, KINDS
from catalog.site.words import FOLDER, UNSEEN, Words, seen, words
from pipelines.conform.quarantine import KEY_CONFLICT
from pipelines.refresh.status import State
from quality.guards import FoldFigures, judge
from quality.personal import PERSONAL
from quality.suite import READABLE

SITE_PARTS = ("what", "how", "promise", "limits", "code")
RECIPES = ("excel", "pandas", "polars", "duckdb", "catalog", "r", "qgis", "curl")
ALL = {language: words(language) for language in keys.LANGUAGES}
EN, ZH = ALL["en"], ALL["zh-TW"]


RULES_OF_SUITES = {
    "minimum", "maximum", "between", "at_least", "greater", "unique", "not_pattern", "empty", "one_of",
    "one_of_counted", "none_of", "none_of_counted",
}  # fmt: skip
QUALITY = {
    f"{family}.{name}"
    for family, names in {
        "question": {"in_time", "whole", "single", "plausible"},
        "mark": set(get_args(Mark)),
        "then": {"published", "row_gone", "cell_gone"},
        "asked": {*RULES, *RULES_OF_SUITES, "readable", "text"},
        "span": {"d", "h", "m"},
        "per": set(get_args(Grain)),
        "share": {"removed", "changed", "quarantined", "collapsed"},
        "approve": {"first", "always", "schema", "refold", "withdrawal", "hold"},
        **{family: {"met", "over"} for family in ("shares", "periods", "age", "key", "unknown", "gone", "personal")},
        "personal_kind": set(get_args(PersonalKind)),
        "omitted": {"first", "met", "over"},
        "totals": {"met", "over", "none"},
        "correction": {"corrected", "mended", "ended", "absent", "silent"},
        "head": set(HEADS),
        **{family: {each.id for each in CRITERIA} for family in ("name", "met", "unmet", "why", "advice")},
    }.items()
    for name in names
} | {"whole_periods_unknown", "whole_periods_good", "whole_periods_bad"}
"""The texts of the section `qualitypage` that are looked up by a word of the code."""
SEARCHED = {
    "facet": set(FACETS),
    "in": {"title", "value", "field", "keyword", "place"},
    "kind": set(KINDS),
    "quality": set(GRADES),
    "cadence": set(CADENCES),
    "format": set(FORMATS),
}


def families() -> dict[str, set[str]]:
    """The texts that are looked up by a word of the code, which no template names whole."""
    limits = Guards.model_validate({"changed": 1, "omitted": 1, "age": "1d", "rows": {"field": "day", "period": "day"}})
    guards = {one.id for one in judge(limits, FoldFigures(Counts(), 0, 0), [])}
    approvals = {"approve.declared", "approve.schema", "approve.refold", "approve.withdrawal", "approve.hold"}
    return {
        "check": {*guards, PERSONAL, *approvals, "key.unique", KEY_CONFLICT, READABLE},
        "rule": {*RULES, "text"},
        "severity": set(SEVERITIES) & {"hold", "block"},
        "qualitypage": QUALITY,
        "maturity.word": {*MATURITIES, UNSAID},
        "maturity.means": set(MATURITIES),
        "kind": {f"{kind}.{part}" for kind in get_args(Kind) for part in ("name", "says")},
        "state": {f"{state}.name" for state in get_args(State)}
        | {f"{s}.says" for s in get_args(State) if s != "fresh"},
        "type": {"string", "integer", "number", "boolean", "date", "datetime", "year", "yearmonth"},
        "month": {str(i) for i in range(1, 13)},
        "site.language": set(keys.LANGUAGES),
        "menu": set(pages.menu(keys.LANGUAGES[0])),
        "comparepage": {"which", "column", "before", "after", "said", "insert", "update", "delete"}
        | {f"fault_{fault}" for fault in ("gone", "network", "damaged", "refused")},
        "snippet": {"shell", "pandas", "duckdb", "r", "r_many"},
        "changes": {"insert", "update", "delete"},
        "moment": set(get_args(Step)),
        "lately": ("complete", "partial", "unknown"),
        "unit": {key.removeprefix("unit.") for key in EN.texts if key.startswith("unit.")},
        "against": {f"{before}_{word}" for before in ("step", "last") for word in ("more", "less", "same")},
        "course": set(get_args(Step)),
        "explore": explored(),
        **{f"search.{family}": codes for family, codes in SEARCHED.items()},
        "guide": set(pages.guides(keys.LANGUAGES[0])),
        "howto": {f"{name}{end}" for name in RECIPES for end in ("", "_title")},
        "licence": {key.removeprefix("licence.") for key in EN.texts if re.match(r"licence\.(may|must|not)\.", key)},
        "agencies": {f"{name}{end}" for name in ("what", "bring", "gate", "cost", "begin") for end in ("", "_title")}
        | {"summary"},
        "about_site": {f"{name}{end}" for name in SITE_PARTS for end in ("", "_title")} | {"summary"},
        "files": {"quality", "provenance", "declaration"},
        "profile": {"is_true", "is_false", "drift_mean", "drift_missing"},
        **{f"profile.{word}": {"hour", "day", "week", "month", "year"} for word in ("step", "steps", "by")},
        **{f"profile.{word}": {"complete", "partial", "missing"} for word in ("state", "rows_in")},
    }


def explored() -> set[str]:
    """What the script of the explore page looks up by a word of its code."""
    words = {
        "cond": ("between", "from", "to"),
        "fault": ("gone", "network", "damaged", "refused", "other"),
        "how": ("count", "sum", "mean", "min", "max"),
        "kind": ("insert", "update", "delete"),
        "much": ("bytes", "sorted", "rows"),
        "of": ("data", "changes", "quarantine"),
        "out": ("fetch", "row", "key", "column", "raw", "rule", "left"),
        "reckon": ("count", "sum", "mean", "min", "max"),
        "step": ("hour", "day", "month", "year"),
        "table": ("data", "changes", "quarantine"),
        "view": ("rows", "summary", "map"),
        "why": ("insert", "delete"),
    }
    return {f"{family}_{name}" for family, names in words.items() for name in names}


def slots(text: Any) -> set[str]:
    parts = text.values() if isinstance(text, dict) else [text]
    return {name for part in parts for _, name, _, _ in Formatter().parse(part) if name}


def test_both_languages_have_the_same_texts_with_the_same_values() -> None:
    assert set(EN.texts) == set(ZH.texts)
    # English chooses between one and many by n, which Chinese need not show.
    differ = {key: slots(EN.texts[key]) ^ slots(ZH.texts[key]) for key in EN.texts}
    # The year of the Republic is for those who count by it.
    assert {key: found for key, found in differ.items() if found - {"n", "roc"}} == {}


def test_every_text_is_used_and_there_is_no_other() -> None:
    files = [*FOLDER.rglob("*.html"), *FOLDER.rglob("*.py"), *FOLDER.rglob("*.ts")]
    code = "\n".join(path.read_text(encoding="utf-8") for path in files)
    looked_up = {f"{family}.{name}" for family, names in families().items() for name in names}
    written = set(re.findall(r'"([a-z]+\.[a-z_]+)"', code))
    called = set(re.findall(r'\b(?:t|words|words\.plain|words\.say|self)\("([a-z]+\.[a-z_.]*[a-z])"', code))
    assert sorted(set(EN.texts) - looked_up - written) == []
    assert sorted((looked_up | called) - set(EN.texts)) == []
    assert len(called) > 60


def test_no_chinese_text_is_english_and_no_text_is_empty() -> None:
    han = re.compile(r"[㐀-鿿]")
    free = {"list.space", "list.between", "list.last", "time.moment", "cite.and", "field.between", "site.language.en"}
    free |= {"newest.unit", "about.files", "headline.of", "headline.counted", "course.titled"}
    free |= {"profile.cell", "profile.closer", "profile.of", "profile.quoted"}
    free |= {"place.what_of", "place.course", "place.holds", "place.of_at", "place.open_of", "place.dot"}
    free |= {"changespage.with_unit", "comparepage.with_unit", "comparepage.of"}
    free |= {"explore.with_unit", "explore.by_step"}
    free |= {"lists.dot", *(f"howto.{name}_title" for name in RECIPES)}
    free |= {"qualitypage.personal_column"}
    bare = {key for key, text in ZH.texts.items() if not han.search(str(text)) and not key.startswith("month.")}
    assert sorted(bare - free - {"fact.of"}) == []
    assert [key for key, text in EN.texts.items() if not text] == []
    assert [key for key, text in EN.texts.items() if han.search(str(text)) and key != "site.language.zh-TW"] == []


def test_values_are_escaped_and_texts_that_are_not_there_are_errors() -> None:
    assert EN("fact.of", title="<b>", n=1234) == Markup("&lt;b&gt;, release 1,234")
    assert EN("fact.of", title=Markup("<b>"), n=1) == Markup("<b>, release 1")
    assert EN("fact.of", title="{n} {0.__class__}", n=1) == Markup("{n} {0.__class__}, release 1")
    with pytest.raises(KeyError):
        EN("fact.nothing")
    with pytest.raises(KeyError):
        EN("fact.of", title="x")


def test_numbers_choose_one_or_many() -> None:
    assert EN("changes.insert", n=1) == "1 row was added"
    assert EN("changes.insert", n=2) == "2 rows were added"
    assert ZH("changes.insert", n=1) == "新增 1 列"


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (99_400, "99.4 kB"), (99_950, "100 kB"), (999_499, "999 kB"),
     (999_500, "1.0 MB"), (1_500_000_000, "1.5 GB"), (7_200_000_000_000_000, "7200 TB")],
)  # fmt: skip
def test_sizes(count: int, shown: str) -> None:
    assert EN.size(count) == shown.replace(" ", "\u00a0")


def test_times_are_those_of_taipei() -> None:
    assert EN.time("2026-12-31T16:05:00+00:00") == "1 January 2027, 00:05"
    assert ZH.time("2026-12-31T16:05:00+00:00") == "2027 年 1 月 1 日 00:05"
    assert EN.stamp("2026-07-01T08:00:00+08:00") == "2026-07-01 08:00"


def test_lists_and_sentences() -> None:
    assert EN.listed(["a"]) == "a"
    assert EN.listed(["a", "<", "c"]) == Markup("a, &lt; and c")
    assert ZH.listed(["a", "b", "c"]) == "a、b、c"
    assert EN.sentences("One.", "", None, "Two.") == "One. Two."
    assert ZH.sentences("一。", "二。") == "一。二。"


def test_what_a_page_cannot_hold_is_seen() -> None:
    assert seen("a\x00b\u202ec\ud800d\ufffe\U0010fffff\n\tg") == "a\ufffdb\ufffdc\ufffdd\ufffd\ufffdf\n\tg"
    assert seen("民生 café 👩‍👩‍👧 العربية") == "民生 café 👩‍👩‍👧 العربية"
    assert isinstance(seen(Markup("<b>\x07")), Markup)
    assert seen(3) == 3


def test_a_text_of_a_declaration_is_taken_in_the_language() -> None:
    assert (ZH.of({"en": "a", "zh-TW": "甲"}), EN.of({"en": "a", "zh-TW": "甲"})) == ("甲", "a")
    assert (ZH.of({"en": "a"}), ZH.of("plain"), ZH.of(None)) == ("a", "plain", "")


def test_texts_are_data_of_the_package() -> None:
    assert sorted(path.name for path in Path(FOLDER / "texts").iterdir()) == ["en.yaml", "zh-TW.yaml"]
    assert isinstance(EN, Words)


def test_each_unit_that_only_words_can_tell_has_words() -> None:
    folder = Path(__file__).parents[3] / "datasets"
    declared = [load_dataset(folder, slug) for slug in slugs(folder)]
    found = {field.unit for dataset in declared for field in dataset.published if field.unit and "{" in field.unit}
    assert len(found) > 10
    for language in (EN, ZH):
        assert [unit for unit in sorted(found) if not language.has(f"unit.{unit}")] == []


def test_every_character_that_a_page_cannot_hold_is_marked() -> None:
    forbidden = [chr(code) for code in range(0x110000) if UNSEEN.match(chr(code))]
    assert len(forbidden) > 2_100
    for each in forbidden:
        assert seen(f"山{each}\n水") == "山\ufffd\n水", hex(ord(each))
    for text in ("山\n水", "a\tb", "\u00a0", "\u3000", Markup("<b>山</b>\n"), 3, None):
        assert seen(text) == text
