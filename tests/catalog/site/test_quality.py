"""What pages say of a release's checks: sentences with its own figures, rows by key and value, in both languages."""

import copy
import dataclasses
from typing import Any

import pytest
from worlds import text

from catalog.site import quality
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


def line(identity: str, **more: Any) -> dict[str, Any]:
    """A check as the quality fact has it."""
    column = more.pop("column", "level")
    same = {"id": identity, "expectation": "", "column": column, "severity": "warn", "success": True, "rows": 8064}
    return same | {"failed": 0, "examples": []} | more


def said(one: Released, check: dict[str, Any], *suite: dict[str, Any]) -> tuple[str, str]:
    """What is said of one check, in both languages."""
    changed = altered(altered(one, "quality", checks=[check]), "declaration", quality={"expectations": list(suite)})
    (en,), (zh,) = (quality.checks(each, changed) for each in (EN, ZH))
    return str(en.says), str(zh.says)


def test_each_check_is_a_sentence_with_the_figures_of_this_release(rivers: Released) -> None:
    found = {each.id: each for each in quality.checks(EN, rivers)}
    assert {each["id"] for each in rivers.quality["checks"]} == set(found)
    assert {name for name, each in found.items() if not each.met} == set(rivers.release.facts.failed)
    assert [each.met for each in found.values()] == sorted(each.met for each in found.values()), "what fails is first"
    assert found["site.required"].says == "“site” has a value: true of all 39 rows."
    assert found["level.range"].says == (
        "“level” is from 0 to 100\u00a0µg/m³: true of 38 of 39 rows. In the other row this value was left out."
    )
    assert found["level-plausible"].says == (
        "“level” is at most 50\u00a0µg/m³: true of 38 of 39 rows. The other row is published as the agency sent it."
    )


def test_a_text_that_cannot_be_read_is_not_called_a_number(rivers: Released) -> None:
    en, zh = said(rivers, line("site.type", column="site", failed=1, rows=3, success=False))
    assert en.startswith("“site” is a text that can be read: true of 2 of 3 rows.")
    assert "是可判讀的文字" in zh
    assert quality.rule(EN, rivers, "site.type") == "site: a text that cannot be read."
    assert quality.rule(EN, rivers, "level.type") == "level: not a number."


def test_the_stewards_reason_is_no_result(rivers: Released) -> None:
    for language in (EN, ZH):
        found = {each.id: each for each in quality.checks(language, rivers)}
        assert "Since July 2026" in found["level-plausible"].reason
        assert "July" not in found["level-plausible"].says
        assert found["level.range"].reason == ""


def test_a_failing_row_is_named_by_key_and_value(rivers: Released) -> None:
    found = {each.id: each for each in quality.checks(EN, rivers)}
    (example,) = found["level.type"].examples
    assert (example.key, example.value) == ([("site", "east"), ("day", "2026-06-29")], "many")
    assert (example.where, found["level.type"].column, found["level.type"].more) == ("fetch 2, row 38", "level", 0)


def test_what_a_release_of_an_earlier_version_does_not_say_is_left_out(rivers: Released) -> None:
    check = line("level.range", success=False, failed=41, examples=[{"fetch": 1, "row": 3, "value": None}])
    (found,) = quality.checks(EN, altered(rivers, "quality", checks=[check]))
    assert (found.examples[0].key, found.examples[0].values, found.examples[0].value) == ([], [], None)
    assert found.more == 40


def test_a_check_about_two_columns_shows_both_values(rivers: Released) -> None:
    example = {"fetch": 1, "row": 3, "value": None, "key": {"site": "a"}, "values": {"level": "3", "index": None}}
    check = line("index-high", column=None, success=False, failed=1, examples=[example])
    (found,) = quality.checks(ZH, altered(rivers, "quality", checks=[check]))
    assert found.examples[0].values == [("臺：level", "3"), ("臺：index", "")]
    assert found.column == ""


@pytest.mark.parametrize(
    ("rule", "en", "zh"),
    [
        ("required", "“level” has a value", "「臺：level」有值"),
        ("type", "“level” is a number", "「臺：level」是數字"),
        ("date", "“level” is a date that can be read", "「臺：level」是可判讀的日期或時間"),
        ("code", "“level” is a word of the list of codes", "「臺：level」在代碼對照表中"),
        ("list", "“level” is one of the allowed values", "「臺：level」是允許的值"),
        ("pattern", "“level” has the required form", "「臺：level」符合規定的格式"),
        ("reference", "“level” stands in the reference table", "「臺：level」在參考表中"),
        ("range", "“level” is from 0 to 100\u00a0µg/m³", "「臺：level」在 0 至 100\u00a0µg/m³ 之間"),
    ],
)
def test_every_rule_of_the_schema_has_its_words(rivers: Released, rule: str, en: str, zh: str) -> None:
    assert said(rivers, line(f"level.{rule}")) == (f"{en}: true of all 8,064 rows.", f"{zh}：8,064 筆全部符合。")


@pytest.mark.parametrize(
    ("kind", "kwargs", "en"),
    [
        ("ColumnValuesToBeBetween", {"column": "level", "min_value": 1}, "“level” is at least 1\u00a0µg/m³"),
        ("ColumnValuesToBeBetween", {"column": "level", "max_value": 1500}, "“level” is at most 1,500\u00a0µg/m³"),
        ("ColumnValuesToBeBetween", {"column": "day", "min_value": "2026-01-01"}, "“day” is at least 2026-01-01"),
        ("ColumnValuesToBeBetween", {"column": "level"}, "“level” is within the allowed range"),
        (
            "ColumnValuesToBeInSet",
            {"column": "site", "value_set": ["a", "b"]},
            "“site” is one of <code>a</code> and <code>b</code>",
        ),
        (
            "ColumnValuesToBeInSet",
            {"column": "site", "value_set": [str(i) for i in range(90)]},
            "“site” is one of 90 known values",
        ),
        ("ColumnValuesToNotBeInSet", {"column": "site", "value_set": ["<b>"]}, "“site” is not <code>&lt;b&gt;</code>"),
        (
            "ColumnValuesToNotBeInSet",
            {"column": "site", "value_set": list("abcdefg")},
            "“site” is none of 7 odd values",
        ),
        ("ColumnValuesToBeUnique", {"column": "site"}, "“site” has a value that no other row has"),
        ("ColumnValuesToMatchRegex", {"column": "site", "regex": "[0-9]+"}, "“site” has the required form"),
        (
            "ColumnValuesToNotMatchRegex",
            {"column": "site", "regex": "^x"},
            "“site” has no form that it should not have",
        ),
        ("ColumnValuesToNotBeNull", {"column": "site"}, "“site” has a value"),
        ("ColumnValuesToBeNull", {"column": "site"}, "“site” is empty"),
        (
            "ColumnPairValuesAToBeGreaterThanB",
            {"column_A": "index", "column_B": "level", "or_equal": True},
            "“index” is not less than “level”",
        ),
        (
            "ColumnPairValuesAToBeGreaterThanB",
            {"column_A": "index", "column_B": "level"},
            "“index” is greater than “level”",
        ),
        (
            "CompoundColumnsToBeUnique",
            {"column_list": ["site", "day"]},
            "The steward&#39;s own rule about site and day holds",
        ),
        ("ColumnValuesToBeOdd", {}, "The steward&#39;s own rule holds"),
    ],
)
def test_every_expectation_that_datasets_use_has_its_words(
    rivers: Released, kind: str, kwargs: dict[str, Any], en: str
) -> None:
    check = {"id": "mine", "type": f"Expect{kind}", "kwargs": kwargs, "severity": "warn", "reason": text("x")}
    found = said(rivers, line("mine", rows=1), check)
    assert found[0] == f"{en}: true of the one row."
    assert found[1].endswith("：1 筆全部符合。")
    assert not set("“”").intersection(found[1])


def test_a_check_that_no_quality_yaml_has_is_said_without_its_words(rivers: Released) -> None:
    assert (
        said(rivers, line("gone-since", column=None))[0] == "The steward&#39;s own rule holds: true of all 8,064 rows."
    )


@pytest.mark.parametrize(
    ("identity", "column", "severity", "end"),
    [
        ("level.range", "level", "quarantine", "In the other 3 rows this value was left out."),
        ("site.pattern", "site", "quarantine", "The other 3 rows were left out."),
        ("mine", None, "quarantine", "The other 3 rows were left out."),
        ("mine", "level", "warn", "The other 3 rows are published as the agency sent them."),
        ("level.type", "level", "warn", "In the other 3 rows this value was left out."),
        (
            "level.range",
            "level",
            "hold",
            "In the other 3 rows this value was left out. A data steward decided before it was released.",
        ),
    ],
)
def test_what_became_of_the_rows_that_fail(
    rivers: Released, identity: str, column: str | None, severity: str, end: str
) -> None:
    check = line(identity, column=column, severity=severity, success=False, failed=3)
    assert said(rivers, check)[0].endswith(f": true of 8,061 of 8,064 rows. {end}")


def test_what_was_left_out_is_a_table_by_key_column_text_rule_and_extent(rivers: Released) -> None:
    found = quality.left_out(ZH, rivers, rivers.left)
    assert len(found) == rivers.quality["quarantine"]["listed"] == 3
    first = found[0]
    assert (first.key, first.column, first.raw) == (
        [("臺：site", "east"), ("臺：day", "2026-06-29")],
        "臺：level",
        "many",
    )
    assert (first.rule, first.whole_row) == ("「臺：level」不是數字。", False)
    assert quality.left_by_rule(EN, rivers)[0] == ("level: outside the allowed range.", 1)


@pytest.mark.parametrize(
    ("key", "parts"),
    [
        ("site=a=b, day=x", [("site", "a=b"), ("day", "x")]),
        ("site=a, day=b, day=c", [("", "site=a, day=b, day=c")]),
        ("site=, day=", [("site", ""), ("day", "")]),
        ("else", [("", "else")]),
        ("", []),
    ],
)
def test_a_key_is_taken_apart_only_where_that_is_sure(rivers: Released, key: str, parts: list[tuple[str, str]]) -> None:
    row = {"key": key, "column": None, "raw": None, "rule": "level-plausible", "left": "row"}
    (found,) = quality.left_out(EN, rivers, [row])
    assert found.key == parts
    assert (found.column, found.raw, found.whole_row) == ("", None, True)
    assert found.rule == "Not so: “level” is at most 50\u00a0µg/m³"


def asked(one: Released, **more: Any) -> dict[str, quality.Question]:
    return {each.id: each for each in quality.questions(EN, altered(one, "quality", **more), None)}


def test_the_four_questions_are_answered_from_the_fact(rivers: Released) -> None:
    found = asked(rivers)
    assert {name: each.mark for name, each in found.items()} == {
        "in_time": "good", "whole": "some", "single": "good", "plausible": "some",
    }  # fmt: skip
    assert found["plausible"].says == "5 of 9 checks of rows were met by every row; 4 were not."
    assert found["whole"].says.startswith("Of 39 rows that the source sent, 2 were left out, or lack a value")
    assert "1 July 2026, 10:00" in found["in_time"].says


def test_what_is_so_of_less_than_half_is_not_mostly_so(rivers: Released) -> None:
    fetch = {"fetch": 1, "rows": 4, "quarantined": 3, "collapsed": 0}
    assert asked(rivers, fetches=[fetch])["whole"].mark == "bad"
    assert asked(rivers, fetches=[fetch | {"quarantined": 2}])["whole"].mark == "some"


def test_a_page_of_one_release_says_whether_it_came_out_soon(rivers: Released) -> None:
    def found(created: str, one: Released = rivers) -> quality.Question:
        late = dataclasses.replace(one, release=dataclasses.replace(one.release, created=created))
        return quality.questions(EN, late, None)[0]

    assert (found("2026-07-31T10:00:00+08:00").mark, found("2026-07-31T10:00:00+08:00").share) == ("good", 1)
    assert (found("2026-08-30T10:00:00+08:00").mark, found("2026-08-30T10:00:00+08:00").share) == ("some", 0.5)
    assert found("2026-12-30T10:00:00+08:00").mark == "bad"
    without = altered(rivers, "declaration", dataset={})
    assert found("2026-07-31T10:00:00+08:00", without).mark == "unknown"


def test_what_was_not_asked_is_not_known_and_never_good(rivers: Released) -> None:
    found = asked(rivers, checks=[], guards=[], fetches=[])
    assert {name: each.mark for name, each in found.items() if name != "in_time"} == {
        "whole": "unknown", "single": "unknown", "plausible": "unknown",
    }  # fmt: skip
    assert all(each.share is None for name, each in found.items() if name != "in_time")


def test_doubles_and_periods_are_said(rivers: Released) -> None:
    fetch = {"fetch": 1, "rows": 100, "quarantined": 0, "collapsed": 2}
    unique = {"id": "key.unique", "success": True}
    merged = asked(rivers, fetches=[fetch], guards=[unique])["single"]
    assert (merged.mark, merged.share) == ("some", 0.98)
    assert merged.says == "The source sent 2 rows twice; they count once."
    assert asked(rivers, guards=[unique | {"success": False}])["single"].mark == "bad"
    periods = {"id": "guard.rows", "success": False}
    assert asked(rivers, fetches=[fetch], guards=[periods])["whole"].mark == "some"
    full = asked(rivers, fetches=[fetch], guards=[periods | {"success": True}])["whole"]
    assert (full.mark, full.says) == (
        "good", "All 100 rows that the source sent are in. Each period has as many rows as expected.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("state", "mark", "says"),
    [
        ("fresh", "good", "The dataset is up to date; its data is of 1 July 2026, 10:00."),
        ("held", "some", "Since 2 July 2026, 09:00, new data waits for a data steward to decide on it."),
        ("overdue", "bad", "News was due by 2 July 2026, 09:00"),
        ("failing", "bad", "Since 2 July 2026, 09:00, the source cannot be read"),
    ],
)
def test_whether_it_came_in_time_is_said_of_today(rivers: Released, state: str, mark: str, says: str) -> None:
    standing = Standing("rivers", state, "2026-07-02T09:00:00+08:00", (), ())
    found = quality.questions(EN, rivers, standing)[0]
    assert (found.id, found.mark) == ("in_time", mark)
    assert found.says.startswith(says)
