"""How one cell was read, rule by rule, in words."""

import dataclasses
import datetime as dt
from typing import Any

import pyarrow as pa
import pytest
from worlds import column, declared, texts

from catalog.release.document import Input
from pipelines.conform.columns import find_columns
from pipelines.declared import Declared
from pipelines.trace.explain import RuleApplied, explain


def told(dataset: Declared, name: str, **cells: str | None) -> list[RuleApplied]:
    """How a cell of one row is read."""
    raw = find_columns(dataset.dataset, 1, texts(**{column: [cell] for column, cell in cells.items()})).table
    return explain(dataset, dataset.dataset.field(name), raw)


RULES: list[tuple[dict[str, Any], str, list[tuple[str, str, Any]]]] = [
    (column("x"), " plain ", []),
    (column("x", "number"), "1.5", [("type", "a number", 1.5)]),
    (column("x", "integer", scale=1000), "1.5", [("type", "an integer, times 1000", 1500)]),
    (
        column("x", "number", number={"group": ","}, normalize="width"),
        "１,２３４",
        [("normalize", "made alike", "1,234"), ("number", "digits with a point", "1234"), ("type", "a number", 1234.0)],
    ),
    (
        column("x", "number", number={"group": ","}),
        "1,23",
        [("number", "'1,23' cannot be read", "1,23"), ("x.type", "breaks the rule type", None)],
    ),
    (column("x", "number", missing_numbers=[-998]), "-998.0", [("missing_numbers", "means no value", None)]),
    (column("x", pad=3), "7", [("pad", "zeros", "007")]),
    (column("x", "number", scale={"point": 100, "whole": 1}), "0.5", [("type", "depends on a point in it", 50.0)]),
    (column("x", missingValues=["-", ""]), "-", [("missingValues", "'-' means no value", None)]),
    (column("x", codes={"map": {"壹": "one"}}), "", [("missingValues", "'' means no value", None)]),
    (column("x", strip="markup"), "<b>7</b>", [("strip", "markup is taken out", "7")]),
    (column("x", split={"separator": "/", "part": 1}), "a / b", [("split", "part 2 between '/'", "b")]),
    (column("x", codes={"map": {"壹": "one"}}), "壹", [("codes", "'壹' is in the map", "one")]),
    (column("x", codes={"map": {}, "other": "keep"}), "貳", [("codes", "has no code and is kept", "貳")]),
    (
        column("x", codes={"map": {"壹": "one"}}),
        "參",
        [("codes", "neither in the map", "參"), ("x.code", "breaks the rule code: quarantine", None)],
    ),
    (
        column("x", "number", missing_when={"text": "0", "status": ""}),
        "0",
        [("missing_when", "'0' means no value where status is ''", None)],
    ),
    (column("x", "number", missing_when={"text": "9", "status": ""}), "0", [("type", "a number", 0.0)]),
    (
        column("x", "date", date={"patterns": ["%Y-%m-%d", "%Y/%m/%d"], "calendar": "roc"}),
        "115/07/01",
        [("date", "the pattern '%Y/%m/%d', years of the roc calendar", dt.date(2026, 7, 1))],
    ),
    (column("x", "boolean", trueValues=["是"]), "是", [("trueValues", "'是' is one of them", True)]),
    (column("x", "number"), "much", [("x.type", "breaks the rule type: quarantine", None)]),
    (
        column("x", "number", constraints={"maximum": 5}, severity={"range": "warn"}),
        "7",
        [("type", "a number", 7.0), ("x.range", "breaks the rule range: warn", 7.0)],
    ),
]


@pytest.mark.parametrize(
    ("field", "cell", "expected"), RULES, ids=[f"{i} {cell.strip()}" for i, (_, cell, _) in enumerate(RULES)]
)
def test_each_rule_is_told(field: dict[str, Any], cell: str, expected: list[tuple[str, str, Any]]):
    dataset = declared([column("site"), field, column("status")])
    rules = told(dataset, "x", site="a", x=cell, status="")
    assert [(rule.rule, rule.value) for rule in rules] == [(name, value) for name, _, value in expected]
    for rule, (_, words, _) in zip(rules, expected, strict=True):
        assert words in rule.says


def test_a_flag_beside_a_number_and_the_number_beside_it():
    flag = {"field": "level_flag", "texts": ["<", "x"]}
    dataset = declared([column("site"), column("level", "number", flag=flag), column("level_flag")])
    number, beside = (told(dataset, name, site="a", level="<0.5") for name in ("level", "level_flag"))
    assert [(rule.rule, rule.value) for rule in number] == [("flag", "0.5"), ("type", 0.5)]
    assert number[0].says == "one of '<', 'x' goes to the field level_flag"
    assert [(rule.rule, rule.says, rule.value) for rule in beside] == [
        ("flag", "the flag in the cell of the field level", "<")
    ]


def test_a_cell_without_the_part_that_is_wanted():
    dataset = declared([column("site"), column("x", split={"separator": "/", "part": 1})])
    first, broken = told(dataset, "x", site="a", x="a")
    assert first.says == "'a' has no part 2 between '/'"
    assert broken.rule == "x.type"


def test_codes_from_another_dataset_name_it_and_its_release():
    dataset = declared(
        [column("site"), column("kind", codes={"table": {"dataset": "words", "key": "word", "value": "code"}})]
    )
    table = pa.table({"word": ["壹"], "code": ["one"]})
    dataset = dataclasses.replace(dataset, tables={"words": table}, inputs=(Input("words", 3, "5" * 64),))
    (rule,) = told(dataset, "kind", site="a", kind="壹")
    assert (rule.value, rule.says) == ("one", "'壹' is a word of the dataset words, release 3; its code is used")


def test_what_a_word_is_looked_up_with_and_at_which_time():
    more = {"at": "day", "valid": {"from": "since"}}
    table = {"dataset": "towns", "key": "name", "with": {"in": "county"}, "value": "code", **more}
    fields = [column("site"), column("day", "date"), column("county"), column("town", codes={"table": table})]
    dataset = declared(fields, references=[{"fields": ["county"], "dataset": "towns", "to": ["in"], **more}])
    towns = pa.table({"name": ["東區"], "in": ["甲"], "code": ["1"], "since": ["2010-12-25"]})
    dataset = dataclasses.replace(dataset, tables={"towns": towns}, inputs=(Input("towns", 3, "5" * 64),))
    after, before = ({"site": "a", "day": day, "county": "甲", "town": "東區"} for day in ("2011-01-01", "2010-12-01"))
    (rule,) = told(dataset, "town", **after)
    assert (
        rule.says == "'東區' with county '甲' at 2011-01-01 is a name of the dataset towns, release 3; its code is used"
    )
    unknown = "'東區' with county '甲' at 2010-12-01 is neither in the map of codes nor in the table"
    assert [rule.says for rule in told(dataset, "town", **before)] == [unknown, "breaks the rule code: quarantine"]
    (rule,) = told(dataset, "county", **before)
    assert rule.says == "county stands in no row of towns that is valid at day: quarantine"


def test_joined_texts_are_told():
    fields = [
        column("site"),
        column("day"),
        column("hour"),
        column("at", "datetime", join={"fields": ["day", "hour"]}, date={"patterns": ["%Y-%m-%d %H"]}),
    ]
    rules = told(declared(fields), "at", site="a", day="2026-07-01", hour="7")
    assert [(rule.rule, rule.says) for rule in rules] == [
        ("join", "the texts of day and hour, with ' ' between them"),
        ("date", "the pattern '%Y-%m-%d %H', in Asia/Taipei"),
    ]
    first, second = told(declared(fields), "at", site="a", day="2026-07-01", hour="")
    assert first.says.endswith("one of them has no value, or cannot be read")
    assert second.rule == "at.date"


def test_the_order_of_the_rows_is_told():
    date = {"patterns": ["%Y-%m-%d %H:%M"], "zone": "America/New_York", "fold": "by_order"}
    dataset = declared([column("at", "datetime", date=date), column("site")], key=["at", "site"])
    raw = find_columns(dataset.dataset, 1, texts(at=["2024-11-03 01:00"], site=["a"])).table
    first, second = (dt.datetime(2024, 11, 3, hour, tzinfo=dt.UTC) for hour in (5, 6))
    for value, rules in ((first, ["date"]), (second, ["date", "date.fold"])):
        found = explain(dataset, dataset.dataset.field("at"), raw, value)
        assert [rule.rule for rule in found] == rules
        assert found[-1].value.astimezone(dt.UTC) == value
