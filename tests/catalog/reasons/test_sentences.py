"""Each reason reads well in both languages, with real numbers, and each text is in both."""

import re
from string import Formatter
from typing import get_args

import pytest
from reasons import CHECK, EVERY, EXAMPLES, GUARD, ID

from catalog.declaration.pipeline import Guards
from catalog.declaration.yaml12 import read_yaml
from catalog.errors import MinshengError
from catalog.reasons import measures as m
from catalog.reasons.sentences import FOLDER, LANGUAGES, sentence, sentences, texts
from catalog.reasons.values import CheckFailed, Fault, NotData, Reason, Recorded
from catalog.release.changes import Counts
from quality.guards import FetchFigures, FoldFigures, judge

EN, ZH = texts("en"), texts("zh-TW")
_HAN = re.compile(r"[㐀-鿿]")


def slots(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_both_languages_have_the_same_texts_with_the_same_placeholders():
    assert set(EN) == set(ZH)
    assert {path.stem for path in FOLDER.iterdir()} == set(LANGUAGES)
    # In Chinese the family of a fault stands before its detail, and the English detail says that itself.
    differ = {key: slots(EN[key]) ^ slots(ZH[key]) for key in EN}
    assert {key: names for key, names in differ.items() if names} == {"fault.stewards": {"of"}}


def test_every_text_but_a_list_is_chinese_in_chinese_and_english_in_english():
    english = {key for key, text in ZH.items() if not _HAN.search(text)}
    assert english == {
        "join.list",
        "join.columns",
        "personal-column.stewards",
        "personal-column.public",
        "personal-columns.all",
        "join.reasons",
        "quote",
        "released-as",
        "fault.public",
        "fault.stewards",
        "fault.software",
    }
    assert [key for key, text in EN.items() if _HAN.search(text) or not text] == []


def test_every_kind_has_its_texts_and_every_text_its_kind():
    measures = {get_args(one)[0] for one in (m.Observed, m.Expected)}
    all_kinds = [*EVERY, m.PeriodCount, m.PersonalColumn, *(kind for union in measures for kind in get_args(union))]
    families = {key.partition(".")[0] for key in EN} - {"join", "quote", "empty", "word"}
    assert families == {kind.model_fields["kind"].default for kind in all_kinds}


@pytest.mark.parametrize("reason", EXAMPLES, ids=lambda one: one.kind)
@pytest.mark.parametrize("view", ["stewards", "public"])
def test_each_reason_can_be_said(reason: Reason, view: str):
    shown = reason.public() if view == "public" else reason
    english, chinese = sentence(shown), sentence(shown, "zh-TW")
    for said in (english, chinese):
        assert said
        assert not re.search(r"[{}]|None|\b1234\b|0\.5785|  |：：|; ;", said)
        assert not said.endswith((".", "。"))
    assert not _HAN.search(english)
    assert _HAN.search(chinese)


@pytest.mark.parametrize(
    ("reason", "english", "chinese"),
    [
        (
            CHECK,
            "level.range: 1,234 of 12,771 rows fail ('90210', '0912-secret')",
            "level.range：檢核來源資料 12,771 列，其中 1,234 列不符（「90210」、「0912-secret」）",
        ),
        (
            CheckFailed(check="a.b", failed=1, rows=2, of="published", values=()),
            "a.b: 1 of 2 published rows fail (no value)",
            "a.b：檢核已釋出資料 2 列，其中 1 列不符（沒有值）",
        ),
        (
            GUARD,
            "guard.removed: expected at most 1.00%, found 57.85% of rows removed",
            "guard.removed：預期不超過 1.00%，結果為將被刪除的資料列占 57.85%",
        ),
        (
            next(one for one in EXAMPLES if getattr(one, "guard", "") == "approve.schema"),
            "approve.schema: expected a steward's approval, found the schema changed: +1,234 ~0 -1 rows",
            "approve.schema：須經資料管理人員核可（欄位、型別、單位或主鍵有變動，新增 1,234 列、修正 0 列、刪除 1 列）",
        ),
        (NotData(detail="expected JSON"), "expected JSON", "來源的回覆未被接受：expected JSON"),
        (Fault(of="store"), "the object store did not do what was asked", "儲存服務未能完成作業"),
        (Recorded(detail="said then"), "said then", "系統紀錄（英文）：said then"),
    ],
)
def test_how_some_of_them_read(reason: Reason, english: str, chinese: str):
    assert (sentence(reason), sentence(reason, "zh-TW")) == (english, chinese)


def test_several_reasons_stand_in_one_line():
    both = (CHECK.public(), GUARD)
    assert sentences(both) == f"{sentence(both[0])}; {sentence(both[1])}"
    assert "不符；guard.removed：" in sentences(both, "zh-TW")
    assert sentences(()) == ""


def test_what_an_agency_wrote_is_no_template_and_moves_no_cursor():
    said = sentence(CheckFailed(check="a.b", failed=1, rows=1, values=("{rows} {0}", "a\x1b[2J\u202e", "it's")))
    assert said == r"a.b: 1 of 1 rows fail ('{rows} {0}', 'a\x1b[2J\u202e', 'it's')"
    assert sentence(NotData(detail="found {detail}")) == "found {detail}"


def test_an_id_is_shortened():
    (by,) = [one for one in EXAMPLES if one.kind == "by-candidate"]
    assert sentence(by) == f"candidate {ID[:16]}"


def test_every_guard_can_be_said_at_and_beyond_its_limit():
    rows = {"field": "day", "period": "day", "minimum": 5}
    guards = Guards.model_validate({"changed": 0.5, "age": "90m", "rows": rows})
    for fetches in ([], [FetchFigures(1, 10, 10, 10, unknown=("x",), vanished=("y",), age_seconds=10**6)]):
        for each in judge(guards, FoldFigures(Counts(update=9), 10, 10), fetches):
            for language in LANGUAGES:
                for value in (each.observed, each.expected):
                    assert "{" not in sentence(value, language)  # type: ignore[arg-type]


def test_an_unknown_language_is_refused():
    with pytest.raises(MinshengError, match="zh-TW, en"):
        sentence(GUARD, "fr")


def test_the_texts_are_yaml_of_the_same_rules_as_the_rest():
    for language in LANGUAGES:
        assert read_yaml(FOLDER / f"{language}.yaml")
