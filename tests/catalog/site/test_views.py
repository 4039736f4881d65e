"""What pages show of documents: units, rules, changes, checks, and which addresses become links."""

import copy
from typing import Any

import pytest
from markupsafe import Markup
from reasons import GUARD

from catalog.reasons.values import NotData, Recorded
from catalog.site import views
from catalog.site.pages import Entry
from catalog.site.sources import Released, Standing
from catalog.site.words import words

EN, ZH = words("en"), words("zh-TW")


@pytest.fixture(scope="module")
def rivers(entries: list[Entry]) -> Released:
    one = next(each.newest for each in entries if each.slug == "rivers")
    assert one
    return one


def altered(one: Released, fact: str, **more: Any) -> Released:
    """The same release, with a fact that says something else."""
    said = copy.deepcopy({name: getattr(one, name) for name in ("release", "schema", "quality", "declaration")})
    said[fact] = said[fact] | more
    return Released(**said)


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("https://data.gov.tw/license", "https://data.gov.tw/license"),
        ("http://127.0.0.1:8600/a?b=c&d=e#f", "http://127.0.0.1:8600/a?b=c&d=e#f"),
        ("https://example.org/空 氣?q=\"<'>#片", "https://example.org/%E7%A9%BA%20%E6%B0%A3?q=%22%3C'%3E#%E7%89%87"),
        ("https://example.org/100%/%41[]", "https://example.org/100%25/%41%5B%5D"),
        ("javascript:alert(1)", None),
        ("JavaScript://example.org/%0aalert(1)", None),
        ("data:text/html,<script>", None),
        ("//example.org/a", None),
        ("https://user:secret@example.org/", None),
        ("https://exa mple.org/", None),
        ("https://[::1", None),
        ("https:///a", None),
        ("ftp://example.org/", None),
        ("", None),
        (None, None),
        (3, None),
    ],
)
def test_only_plain_addresses_of_the_web_become_links(address: Any, link: str | None) -> None:
    assert views.web(address) == link


@pytest.mark.parametrize(
    ("ucum", "shown"),
    [("ug/m3", "µg/m³"), ("[ppb]", "ppb"), ("m/s", "m/s"), ("deg", "°"), ("{cases}", "cases"), ("Cel", "°C"),
     ("%", "%"), ("mm", "mm"), ("kg.m-2", "kg.m⁻²"), ("mg/L", "mg/L"), ("um", "µm"), ("10*3", "10*3"), ("", "")],
)  # fmt: skip
def test_units_are_written_as_people_write_them(ucum: str, shown: str) -> None:
    assert views.unit(ucum) == shown


def test_changes_in_plain_words() -> None:
    counts = {"insert": 133, "update": 4, "delete": 1}
    assert views.changes(EN, counts, 1) == (
        "Compared with release 1, 133 rows were added, 4 rows were revised and 1 row was removed."
    )
    assert views.changes(ZH, counts, 1) == "與第 1 版相比，新增 133 列、修正 4 列、刪除 1 列。"
    assert views.changes(EN, counts | {"insert": 0, "delete": 0}, 7) == "Compared with release 7, 4 rows were revised."
    assert views.changes(EN, dict.fromkeys(counts, 0), 7) == "Compared with release 7, no row changed."
    assert views.changes(EN, counts, None) == "133 rows were published."
    assert views.changes_short(EN, counts) == "+133\u2002~4\u2002−1"


def test_a_first_sentence_does_not_end_inside_a_number() -> None:
    assert views.first_sentence("PM2.5 by hour, e.g.for all. And more.") == "PM2.5 by hour, e.g.for all."
    assert views.first_sentence("每小時資料。其他。") == "每小時資料。"
    assert views.first_sentence("no end") == "no end"


def test_columns_with_type_unit_rules_missing_texts_and_codes(rivers: Released) -> None:
    found = {each.name: each for each in views.fields(EN, rivers)}
    level = found["level"]
    assert (level.type, level.unit, level.ucum, level.is_key) == ("number", "µg/m³", "ug/m3", False)
    assert level.rules == ["may be empty", "from 0 to 100"]
    assert level.missing == [
        Markup("Empty where the source writes: <code>-</code> and <code>ND</code>"),
        Markup("Marks of the source (<code>#</code> and <code>x</code>) stand in the column <code>level_flag</code>."),
    ]
    assert found["index"].missing == [
        Markup("Empty where the source writes <code>0</code> while <code>state</code> is empty.")
    ]
    assert found["site"].is_key
    assert found["site"].rules == ["never empty", Markup("of the form <code>[a-z]+</code>")]
    assert found["state"].codes == [("dry", "Dry"), ("wet", "Wet")]
    zh = {each.name: each for each in views.fields(ZH, rivers)}
    assert (zh["state"].title, zh["state"].codes[0]) == ("臺：state", ("dry", "臺：Dry"))


def test_what_means_no_value_everywhere_is_said_once(rivers: Released) -> None:
    assert views.missing_everywhere(EN, rivers) == ""
    said = copy.deepcopy(rivers.declared)
    said["schema"]["missingValues"] = ["", "-"]
    found = altered(rivers, "declaration", dataset=said)
    assert views.missing_everywhere(EN, found) == Markup("The source writes <code>-</code> for it.")


def test_why_a_candidate_waits_is_said_in_both_languages() -> None:
    held = Standing("a", "held", "", (GUARD,), ("level-plausible", "guard.removed"))
    assert views.why(EN, held, None) == [
        views.ShownReason(
            "Reason: guard.removed: expected at most 1.00%, found 57.85% of rows removed.",
            "Unusually many rows would disappear.",
        )
    ], "and no warning that it fails too"
    assert views.why(ZH, held, None) == [
        views.ShownReason(
            "原因：guard.removed：預期不超過 1.00%，結果為將被刪除的資料列占 57.85%。", "將被刪除的資料列異常地多。"
        )
    ]


def test_why_a_dataset_fails_is_said_in_both_languages() -> None:
    failing = Standing("a", "failing", "", (NotData(),), ())
    english, chinese = (views.why(words, failing, None)[0].says for words in (EN, ZH))
    assert english == "Reason: what the source answered is not data of this dataset, or not whole."
    assert chinese == "原因：來源的回覆不是本資料集的資料，或不完整。"


def test_of_what_an_earlier_version_recorded_the_checks_alone_are_told() -> None:
    old = (Recorded(detail="guard.removed: expected 1%, found 2%; b"),)
    told = views.ShownReason("原因：先前的軟體版本存有原因，僅供資料管理人員查閱。")
    held = Standing("a", "held", "", old, ("guard.removed",))
    assert views.why(ZH, held, None) == [
        views.ShownReason("guard.removed", "將被刪除的資料列異常地多。"),
        told,
    ]
    assert views.why(ZH, held._replace(state="failing"), None) == [told]


def test_files_newest_first_and_the_period(rivers: Released) -> None:
    found = views.partitions(rivers.release)
    assert [found[0].label, found[-1].label] == ["2026-06", "2025-01"]
    assert all(one.csv.path.endswith(".csv.gz") and one.parquet.path.endswith(".parquet") for one in found)
    assert sum(one.rows for one in found) == rivers.release.rows
    assert views.period(rivers.release) == ("2025-01", "2026-06")


def test_a_long_value_is_cut() -> None:
    assert views.cut("a" * 300) == "a" * 300
    assert views.cut("a" * 10_000) == "a" * 300 + "…"
    assert views.cut(None) == "None"
