"""What the rules of a field make of its text, before it is read."""

from pathlib import Path
from typing import Any

import pytest
from worlds import World, column, dataset, declaration, texts

from pipelines.conform.columns import find_columns
from pipelines.conform.rows import conform

FLAG = {"field": "mark", "texts": ["#"], "alone": ["-"]}


def conformed(cell: str | None, **more: Any) -> tuple[Any, bool]:
    """The value of a cell, and whether it goes to quarantine."""
    declared = dataset(fields=[column("site"), column("x", **more)])
    rows = conform(declared, find_columns(declared, 1, texts(site=["a"], x=[cell])).table, {})
    return rows.rows.column("x")[0].as_py(), "x" in rows.unread


@pytest.mark.parametrize(
    ("cell", "more", "expected"),
    [
        ("1001", {}, "01001"),
        ("02013", {}, "02013"),
        ("6037.0", {}, "06037"),
        ("6037.5", {}, None),
        ("123456", {}, None),
        ("A12", {}, None),
        ("-12", {}, None),
        ("１００１", {"normalize": "width"}, "01001"),
        ("all", {"codes": {"map": {"all": "00000", "01001": "one"}}}, "00000"),
        ("1001", {"codes": {"map": {"all": "00000", "01001": "one"}}}, "one"),
        ("none", {"codes": {"map": {"all": "00000"}}}, None),
        ("none", {"codes": {"map": {}, "other": "keep"}}, "none"),
    ],
)
def test_a_code_gets_its_zeros_back(cell: str, more: dict[str, Any], expected: str | None):
    assert conformed(cell, pad=5, **more) == (expected, expected is None)


def test_a_missing_code_gets_no_zeros():
    assert conformed("0", pad=5, missingValues=["0"]) == (None, False)
    assert conformed("", pad=5) == (None, False)
    assert conformed(None, pad=5) == (None, False)


def test_what_is_made_alike_comes_before_split_flag_missing_and_codes():
    assert conformed("１／２", normalize="width", split={"separator": "/", "part": 1}) == ("2", False)
    assert conformed("－", normalize="width", missingValues=["-"]) == (None, False)
    assert conformed("臺 北", normalize="blanks", codes={"map": {"臺北": "TPE"}}) == ("TPE", False)
    assert (
        conformed("１１５-07-01", kind="date", normalize="width", date={"patterns": ["%Y-%m-%d"], "calendar": "roc"})[1]
        is False
    )
    assert conformed("<b>臺 北</b>", strip="markup", normalize="blanks") == ("臺北", False)


def test_a_mark_that_stands_alone_is_none_beside_a_number():
    cells: list[str | None] = ["-5", "-", "3#", "12", "5-", None]
    declared = dataset(fields=[column("site"), column("x", "number", flag=FLAG), column("mark")])
    table = texts(site=list("abcdef"), x=cells)
    rows = conform(declared, find_columns(declared, 1, table).table, {})
    assert rows.rows.column("x").to_pylist() == [-5.0, None, 3.0, 12.0, None, None]
    assert rows.rows.column("mark").to_pylist() == [None, "-", "#", None, None, None]
    assert rows.unread["x"].to_pylist() == [None, None, None, None, "5-", None]


def test_numbers_and_codes_as_agencies_write_them_are_released(tmp_path: Path):
    world = World(tmp_path)
    fields = [
        column("site", pad=5, normalize=["width", {"marks": "※"}]),
        column("ponds", "integer", number={"group": ","}, missing_numbers=[-998]),
        column("area", "number", number={"group": ",", "units": ["公頃"]}, flag=FLAG, constraints={"minimum": 0}),
        column("mark"),
        column("tenths", "number", scale=0.1),
    ]
    world.declare(declaration(fields=fields, guards={"quarantined": 1.0}))
    world.tell(
        'site,ponds,area,tenths\n※1001,"3,436","1,117.50 公頃",3\n２,-998,98#,-17\n36061,"2,00",-,215\n6037.0,7,-5,x\n'
    )
    assert [tuple(row.values()) for row in world.rows()] == [
        ("00002", None, 98.0, "#", -1.7),
        ("01001", 3436, 1117.5, None, 0.3),
        ("06037", 7, None, None, None),
        ("36061", None, None, "-", 21.5),
    ]
    assert sorted((row["column"], row["raw"], row["rule"]) for row in world.quarantine()) == [
        ("area", "-5", "area.range"),
        ("ponds", "2,00", "ponds.type"),
        ("tenths", "x", "tenths.type"),
    ]


@pytest.mark.parametrize(
    ("cell", "absent", "expected"),
    [
        ("中心氣壓 930 百帕，最大風速", "quarantine", ("930", False)),
        ("中心氣壓不明", "quarantine", (None, True)),
        ("中心氣壓不明", "missing", (None, False)),
        ("", "quarantine", (None, False)),
        (None, "missing", (None, False)),
    ],
)
def test_a_part_of_a_cell_is_what_a_pattern_finds_in_it(cell: str | None, absent: str, expected: tuple[Any, bool]):
    value, quarantined = conformed(cell, split={"pattern": "([0-9]+) 百帕", "absent": absent}, missingValues=[""])
    assert (None if quarantined else value, quarantined) == expected


def test_a_text_of_its_own_stands_instead_of_a_joined_one():
    fields = [
        column("site"),
        column("no", publish="no", split={"pattern": "^([0-9]*[1-9])$", "absent": "missing"}),
        column("time", publish="no", normalize={"marks": "-: "}),
        column("s", publish="no", **{"from": {"value": "S"}}),
        column("id", join={"fields": ["s", "time"], "by": "", "unless": "no"}),
    ]
    cells = {"site": list("abcd"), "no": ["115049", "115000", None, "115051"], "\0of s": ["S"] * 4}
    cells["time"] = ["2026-07-08 23:47:21", "2026-08-09 01:10:12", None, None]
    found = conform(dataset(fields=fields), find_columns(dataset(fields=fields), 1, texts(**cells)).table, {})
    assert found.rows.column("id").to_pylist() == ["115049", "S20260809011012", None, "115051"]
    assert not found.unread


def test_texts_of_several_fields_are_one():
    fields = [
        column("site"),
        column("day", publish="no"),
        column("hour", publish="no", pad=2, missingValues=["-"]),
        column("at", "datetime", join={"fields": ["day", "hour"], "by": ""}, date={"patterns": ["%Y%m%d%H"]}),
        column("place", join={"fields": ["site", "day"], "by": "/"}),
    ]
    said = dataset(fields=fields)
    cells = {"site": ["a"] * 5, "day": ["20260701", "20260701", None, "", "20260701"], "hour": ["7", "-", "", "-", "x"]}
    raw = find_columns(said, 1, texts(**cells)).table
    found = conform(said, raw, {})
    assert [at and f"{at:%d %H}" for at in found.rows.column("at").to_pylist()] == ["01 07", None, None, None, None]
    assert found.rows.column("place").to_pylist() == ["a/20260701", "a/20260701", None, None, "a/20260701"]
    assert found.unread["at"].to_pylist() == [None, "20260701-", None, None, "20260701x"]
    assert found.unread["place"].to_pylist() == [None, None, "a/", "a/", None]
    assert [(one.check, one.mask.to_pylist()) for one in found.failures] == [
        ("at.date", [False, True, False, False, True]),
        ("place.type", [False, False, True, True, False]),
    ]
