"""Heard texts become typed cells, and what would not conform is known."""

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest
from worlds import column, dataset, text, texts

from pipelines.conform.columns import find_columns
from pipelines.conform.rows import Conformed, conform

SITE = column("site")


def conformed(
    fields: list[dict[str, Any]], tables: dict[str, pa.Table] | None = None, **cells: list[str | None]
) -> Conformed:
    more = {"references": cells.pop("references")} if "references" in cells else {}
    said = dataset(fields=[SITE, *fields], **more)
    count = len(next(iter(cells.values())))
    records = texts(site=[f"s{i}" for i in range(count)], **cells)
    return conform(said, find_columns(said, 1, records).table, tables or {})


def cells(found: Conformed, name: str = "x") -> list[Any]:
    return found.rows.column(name).to_pylist()  # type: ignore[no-any-return]


def failing(found: Conformed) -> dict[str, list[int]]:
    """The rows (from 0) that break each check."""
    return {one.check: [i for i, bad in enumerate(one.mask.to_pylist()) if bad] for one in found.failures}


def unread(found: Conformed, name: str = "x") -> list[str | None]:
    return found.unread[name].to_pylist()  # type: ignore[no-any-return]


def test_what_cannot_be_read_is_null_and_known():
    found = conformed([column("x", "number")], x=["1.5", "ND", "", None])
    assert cells(found) == [1.5, None, None, None]
    assert unread(found) == [None, "ND", None, None]
    assert failing(found) == {"x.type": [1]}


def test_missing_texts_are_those_that_are_declared():
    plain = [column("x")]
    assert cells(conformed(plain, x=["None", "NA", "空值", "-", ""])) == ["None", "NA", "空值", "-", None]
    said = [column("x", "number", missingValues=["NA", "-99"])]
    found = conformed(said, x=["NA", "-99", "-99.0", ""])
    assert cells(found) == [None, None, -99.0, None]
    assert found.failures == ()


def test_missing_when_looks_at_the_other_cells_first():
    said = [column("x", "integer", missing_when={"text": "0", "status": ""}), column("status", publish="no")]
    found = conformed(said, x=["0", "0", "0", "5", ""], status=["", "ok", None, "", ""])
    assert cells(found) == [None, 0, None, 5, None]
    assert found.failures == ()


def test_codes_come_from_the_map_then_from_the_table_then_are_missing():
    table = {"places": pa.table({"word": ["台北", "空值"], "code": ["TPE", "no"]})}
    codes = {"map": {"空值": "unknown"}, "table": {"dataset": "places", "key": "word", "value": "code"}}
    found = conformed([column("x", codes=codes, missingValues=["-", "空值"])], table, x=["台北", "空值", "-", "北", ""])
    assert cells(found) == ["TPE", "unknown", None, None, None]
    assert unread(found) == [None, None, None, "北", None]
    assert failing(found) == {"x.code": [3]}


@pytest.mark.parametrize(
    ("other", "value", "severity"), [("quarantine", None, "quarantine"), ("hold", None, "hold"), ("keep", "北", None)]
)
def test_a_word_without_a_code(other: str, value: str | None, severity: str | None):
    found = conformed([column("x", codes={"map": {"a": "b"}, "other": other})], x=["a", "北"])
    assert cells(found) == ["b", value]
    assert [one.severity for one in found.failures] == ([severity] if severity else [])


def test_case_and_width_of_words_are_not_folded():
    assert cells(conformed([column("x", codes={"map": {"A": "a"}})], x=["A", "a", "Ａ"])) == ["a", None, None]


FLAG = [column("x", "number", flag={"field": "mark", "texts": ["#", "x", "<", "ND", "NDL"]}), column("mark")]


@pytest.mark.parametrize(
    ("heard", "value", "mark"),
    [
        ("5", 5, None),
        ("5#", 5, "#"),
        ("5 #", 5, "#"),
        ("# 5", 5, "#"),
        ("<0.1", 0.1, "<"),
        ("ND", None, "ND"),
        ("NDL", None, "NDL"),
        ("#", None, "#"),
        ("", None, None),
        (None, None, None),
    ],
)
def test_a_flag_beside_or_instead_of_a_number_is_data(heard: str | None, value: float | None, mark: str | None):
    found = conformed(FLAG, x=[heard])
    assert (cells(found), cells(found, "mark")) == ([value], [mark])
    assert found.failures == ()


def test_a_text_that_is_no_flag_is_still_unread():
    found = conformed(FLAG, x=["5*", "5##"])
    assert cells(found) == [None, None]
    assert failing(found) == {"x.type": [0, 1]}


def test_one_cell_in_two_fields():
    parts = [column(name, "number", heard_as="at", split={"separator": ",", "part": i}) for i, name in enumerate("xy")]
    found = conformed(parts, at=["121.5, 25.0", "121.5,", "", None])
    assert cells(found, "x") == [121.5, 121.5, None, None]
    assert cells(found, "y") == [25.0, None, None, None]
    assert found.failures == ()


@pytest.mark.parametrize("heard", ["121.5", "121.5 25.0"])
def test_a_cell_without_the_part_is_not_silently_missing(heard: str):
    parts = [column(name, heard_as="at", split={"separator": ",", "part": i}) for i, name in enumerate("xy")]
    found = conformed(parts, at=[heard])
    assert (cells(found, "x"), cells(found, "y")) == ([heard], [None])
    assert unread(found, "y") == [heard]
    assert failing(found) == {"y.type": [0]}


def test_a_cell_that_is_missing_as_a_whole_misses_no_part():
    parts = [column(f"p{i}", heard_as="at", split={"separator": "/", "part": i}) for i in range(3)]
    found = conformed([*parts[:1], parts[1] | {"missingValues": ["-"]}, parts[2]], at=["a/b/c", "-", "a//c", "/", " "])
    assert cells(found, "p0") == ["a", "-", "a", None, None]
    assert cells(found, "p1") == ["b", None, None, None, None]
    assert cells(found, "p2") == ["c", None, "c", None, None]
    assert failing(found) == {"p2.type": [1, 3]}


def test_markup_is_removed():
    found = conformed([column("x", strip="markup")], x=["<b>臺</b>北", "<br/>", "a<b", "<p>a</p><p>b</p>"])
    assert cells(found) == ["臺 北", None, "a<b", "a  b"]


@pytest.mark.parametrize(
    ("kind", "constraints", "heard", "bad"),
    [
        ("integer", {"minimum": 0, "maximum": 500}, ["-1", "0", "500", "501", ""], [0, 3]),
        ("number", {"minimum": 0.5}, ["0.49999", "0.5", "1e300"], [0]),
        (
            "date",
            {"minimum": "2020-01-01", "maximum": "2020-12-31"},
            ["2019-12-31", "2020-01-01", "2021-01-01"],
            [0, 2],
        ),
        ("datetime", {"minimum": "2020-01-01"}, ["2019-12-31 23:59:59", "2020-01-01 00:00:00"], [0]),
        ("datetime", {"maximum": "2020-01-01T08:00:00"}, ["2020-01-01 08:00:00", "2020-01-01 08:00:01"], [1]),
    ],
)
def test_ranges(kind: str, constraints: dict[str, Any], heard: list[str | None], bad: list[int]):
    assert failing(conformed([column("x", kind, constraints=constraints)], x=heard)) == {"x.range": bad}


def test_a_pattern_holds_of_the_whole_value():
    found = conformed(
        [column("x", constraints={"pattern": "TW-[A-Z]{3}|unknown"})], x=["TW-TPE", "TW-TPEX", "xunknown", ""]
    )
    assert failing(found) == {"x.pattern": [1, 2]}


def test_a_list_is_of_values():
    found = conformed([column("x", categories=[{"value": "a", "label": text("A")}])], x=["a", "b", "A", ""])
    assert failing(found) == {"x.list": [1, 2]}


def test_required_and_unread_are_two_things():
    found = conformed([column("x", "integer", constraints={"required": True})], x=["1", "", "bad", None])
    assert failing(found) == {"x.type": [2], "x.required": [1, 3]}


def test_the_key_is_required_without_saying():
    said = dataset()
    found = conform(said, find_columns(said, 1, texts(site=["", "a"], level=["1", "2"])).table, {})
    assert failing(found) == {"site.required": [0]}


def test_references_are_to_keys_or_to_codes_of_the_own_map():
    tables = {"places": pa.table({"code": ["TPE", "TNN"]})}
    refer: Any = [{"fields": ["x"], "dataset": "places", "to": ["code"]}]
    found = conformed(
        [column("x", codes={"map": {"?": "unknown"}, "other": "keep"})],
        tables,
        x=["TPE", "?", "XXX", ""],
        references=refer,
    )
    assert failing(found) == {"x.reference": [2]}
    unchecked = conformed([column("x")], {}, x=["XXX"], references=refer)
    assert unchecked.failures == ()


def test_severity_is_the_fields():
    found = conformed([column("x", "integer", constraints={"minimum": 0}, severity={"range": "warn"})], x=["-1"])
    assert [(one.rule, one.severity) for one in found.failures] == [("range", "warn")]
    assert cells(found) == [-1]


def test_dates_have_their_own_rule():
    found = conformed([column("x", "date")], x=["2026-07-01", "2026-02-30"])
    assert cells(found) == [dt.date(2026, 7, 1), None]
    assert failing(found) == {"x.date": [1]}


def test_no_rows_conform():
    found = conformed([column("x", "datetime")], x=[])
    assert found.rows.num_rows == 0
    assert found.failures == ()


def test_a_word_and_the_texts_of_other_fields_have_a_code_together():
    table = {"dataset": "towns", "key": "name", "with": {"in": "county"}, "value": "code"}
    fields = [column("no"), column("county", publish="no"), column("town", codes={"table": table, "other": "missing"})]
    towns = texts(**{"name": ["東區", "東區", "中區"], "in": ["甲", "乙", "甲"], "code": ["1", "2", "3"]})
    records = texts(no=list("12345"), county=["甲", "乙", "乙", None, "甲"], town=["東區", "東區", "中區", "東區", ""])
    said = dataset(fields=fields)
    found = conform(said, find_columns(said, 1, records).table, {"towns": towns})
    assert found.rows.column("town").to_pylist() == ["1", "2", None, None, None]
    assert [(one.check, one.severity, one.mask.to_pylist()) for one in found.failures] == [
        ("town.code", "warn", [False, False, True, True, False])
    ]


def test_entities_are_characters_after_tags_and_once():
    found = conformed(
        [column("x", strip="markup")],
        x=[
            "<b>a</b>&amp;b",
            "&#21488;&#x5317;",
            "&lt;b&gt;",
            "&amp;lt;",
            "R&D &copy 1",
            "&notit;&#0;",
            None,
            "&nbsp;7",
        ],
    )
    assert cells(found) == [
        "a &b", "台北", "<b>", "&lt;", "R&D &copy 1", "&notit;\ufffd", None, "7"
    ]  # fmt: skip


def test_a_reference_by_several_fields_breaks_in_its_last_field():
    said = dataset(
        fields=[column("no"), column("county"), column("town", codes={"map": {"?": "unknown"}, "other": "keep"})],
        references=[{"fields": ["county", "town"], "dataset": "towns", "to": ["in", "name"]}],
    )
    records = texts(no=list("12345"), county=["甲", "乙", "乙", None, "乙"], town=["東區", "東區", "中區", "中區", "?"])
    towns = texts(**{"in": ["甲", "乙"], "name": ["東區", "中區"]})
    found = conform(said, find_columns(said, 1, records).table, {"towns": towns})
    assert failing(found) == {"town.reference": [1]}
    assert conform(said, find_columns(said, 1, records).table, {}).failures == ()


def test_a_number_that_is_used_again_means_the_row_that_is_valid_at_the_time():
    valid = {"at": "day", "valid": {"from": "opened", "to": "closed"}}
    said = dataset(
        fields=[
            column("no"),
            column("day", "date", publish="no"),
            column("station", codes={"table": {"dataset": "stations", "key": "number", "value": "code", **valid}}),
            column("post", heard_as="station"),
        ],
        references=[{"fields": ["post"], "dataset": "stations", "to": ["number"], **valid}],
    )
    stations = texts(
        number=["7", "7"], code=["TPE", "KHH"], opened=["1990-01-01", "2015-01-01"], closed=["2009-12-31", None]
    )
    days = ["2009-12-31", "2012-01-01", "2026-07-01", "soon"]
    records = texts(no=list("1234"), day=days, station=["7"] * 4)
    found = conform(said, find_columns(said, 1, records).table, {"stations": stations})
    assert found.rows.column("station").to_pylist() == ["TPE", None, "KHH", None]
    assert failing(found) == {"station.code": [1, 3], "post.reference": [1, 3]}
