"""What a field may say, and what it is told when it says something else."""

import re
from typing import Any

import pyarrow as pa
import pytest
from worlds import column, dataset

from catalog.declaration.fields import RULES, FieldDeclaration, is_ucum
from catalog.errors import DeclarationError


def field(kind: str = "string", **more: Any) -> FieldDeclaration:
    return dataset(fields=[column("site"), column("x", kind, **more)]).field("x")


@pytest.mark.parametrize("unit", ["ug/m3", "[ppb]", "m/s", "deg", "{cases}", "1", "%", "Cel", "m3/s", "mm/h", "W.m-2"])
def test_ucum_units_are_known(unit: str):
    assert is_ucum(unit)
    assert field("number", unit=unit).unit == unit


@pytest.mark.parametrize("unit", ["µg/m³", "ppb ", "celsius", "m/", "公尺", "", " "])
def test_what_is_no_ucum_unit_is_refused_with_examples(unit: str):
    with pytest.raises(DeclarationError, match=r"field x: unit: .*write for instance ug/m3"):
        field("number", unit=unit)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("string", pa.string()),
        ("integer", pa.int64()),
        ("number", pa.float64()),
        ("boolean", pa.bool_()),
        ("date", pa.date32()),
        ("datetime", pa.timestamp("ms", tz="Asia/Taipei")),
    ],
)
def test_a_type_has_an_arrow_type(kind: str, expected: pa.DataType):
    assert field(kind).arrow == expected


def test_a_name_is_heard_as_itself_unless_said():
    assert field().heard == ("x",)
    assert field(heard_as="測站").heard == ("測站",)
    assert field(heard_as=["測站", "site"]).heard == ("測站", "site")


def test_severities_are_quarantine_unless_said():
    assert {field().severity_of(rule) for rule in RULES} == {"quarantine"}
    assert field(codes={"map": {"a": "b"}, "other": "hold"}).severity_of("code") == "hold"
    said = field("integer", severity={"range": "warn"}, constraints={"minimum": 0})
    assert (said.severity_of("range"), said.severity_of("type")) == ("warn", "quarantine")


def test_missing_when_is_written_flat():
    found = field(missing_when={"text": "0", "site": ""}).missing_when
    assert found is not None
    assert (found.text, found.when) == ("0", {"site": ""})


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"kind": "date", "date": {"patterns": ["%y-%m-%d"]}}, "needs pivot"),
        ({"kind": "date", "date": {"patterns": ["%m-%d"]}}, "needs %Y"),
        ({"kind": "date", "date": {"patterns": ["%Y-%m-%%"]}}, "may hold %Y %m %d"),
        ({"kind": "date", "date": {"patterns": ["%Y-%m-%m"]}}, "twice"),
        ({"kind": "date", "date": {"patterns": []}}, r"date\.patterns"),
        ({"kind": "date", "date": {"patterns": ["%Y"], "calendar": "lunar"}}, r"date\.calendar.*'gregorian'.*'lunar'"),
        (
            {"kind": "date", "date": {"patterns": ["%Y"], "zome": "UTC"}},
            "known here: 24:00, calendar, epoch, excel, fold, fraction, offsets, patterns, pivot, shift, weeks, zone",
        ),
        ({"kind": "date", "date": None}, "under `date` how the agency writes it"),
        ({"kind": "string", "date": {"patterns": ["%Y"]}}, "under `date`"),
        ({"kind": "integer", "codes": {"map": {}}}, "of type string"),
        ({"kind": "string", "unit": "m"}, "belong to an integer or a number"),
        ({"kind": "string", "scale": 2}, "belong to an integer or a number"),
        ({"kind": "text"}, "'string', 'integer'"),
        ({"publish": "maybe"}, "'yes' or 'no', found 'maybe'"),
        ({"publish": False}, "'yes' or 'no', found False"),
        ({"severity": {"range": "stop"}}, "severity.range.*'block'"),
        ({"severity": {"rage": "hold"}}, "severity.rage"),
        ({"constraints": {"minium": 1}}, "known here: maximum, minimum, pattern, required"),
        ({"constraints": {"required": "yes"}}, "required: expected true or false, found 'yes'"),
        ({"split": {"separator": "", "part": 0}}, r"split\.separator"),
        ({"split": {"separator": ",", "part": -1}}, r"split\.part"),
        ({"missing_when": {"site": ""}}, r"missing_when\.text"),
        ({"missing_when": {"text": "0", "sight": ""}}, "speaks of 'sight', which is no field"),
        ({"kind": "number", "flag": {"field": "quality", "texts": ["#"]}}, "speaks of 'quality', which is no field"),
        ({"title": {"en": "only"}}, r"title\.zh-TW: is required"),
        ({"description": {"en": "", "zh-TW": "臺"}}, r"description\.en"),
        ({"heard_as": [1]}, r"heard_as\.0"),
    ],
)
def test_a_fault_is_told_with_place_and_what_is_known(more: dict[str, Any], words: str):
    kind = more.pop("kind", "string")
    with pytest.raises(DeclarationError, match=words) as raised:
        field(kind, **more)
    assert re.search(r"field x\b", str(raised.value))


@pytest.mark.parametrize("name", ["Site", "1st", "測站", "a-b", "_x", "a" * 64, ""])
def test_a_name_is_ascii_snake_case(name: str):
    with pytest.raises(DeclarationError, match=rf"field {name}: name: " if name else r"schema\.fields\.1\.name: "):
        dataset(fields=[column("site"), column(name)])


@pytest.mark.parametrize(
    ("kind", "more", "words"),
    [
        ("string", {"constraints": {"pattern": "("}}, r"constraints\.pattern: is no pattern that RE2 .*, found '\('"),
        ("string", {"constraints": {"pattern": "(?!TW-XXX)TW-[A-Z]{3}"}}, "is no pattern that RE2"),
        ("string", {"constraints": {"pattern": r"(a)\1"}}, "is no pattern that RE2"),
        ("string", {"constraints": {"pattern": "a)|(?:b"}}, "is no pattern that RE2"),
        ("string", {"constraints": {"pattern": r"\pL+"}}, "is no pattern that RE2 and Python"),
        ("string", {"constraints": {"pattern": "[[:alpha:]]+"}}, "is no pattern that RE2 and Python"),
        ("string", {"constraints": {"pattern": "(?i)a"}}, "is no pattern that RE2 and Python"),
        ("string", {"constraints": {"pattern": "a{,3}"}}, r"write \{0,n\} for \{,n\}"),
        ("integer", {"constraints": {"pattern": "[0-9]+"}}, "constraints.pattern: belongs to a string"),
        ("integer", {"constraints": {"minimum": "zero"}}, "constraints.minimum: expected an integer .*, found 'zero'"),
        ("integer", {"constraints": {"minimum": 1.5}}, "constraints.minimum: expected an integer .*, found 1.5"),
        ("integer", {"constraints": {"maximum": 2**53 + 1}}, "constraints.maximum: expected an integer between"),
        ("integer", {"constraints": {"minimum": True}}, "constraints.minimum"),
        ("number", {"constraints": {"minimum": "0"}}, "constraints.minimum: expected a finite number.*, found '0'"),
        ("number", {"constraints": {"maximum": float("inf")}}, "constraints.maximum: expected a finite number"),
        ("number", {"constraints": {"maximum": -(2**53) - 1}}, "constraints.maximum: expected a finite number"),
        ("boolean", {"constraints": {"minimum": 0}}, "constraints.minimum: belongs to a number or a date"),
        ("string", {"constraints": {"maximum": "z"}}, "constraints.maximum: belongs to a number or a date"),
        ("date", {"constraints": {"minimum": "1 July 2026"}}, "expected a day as text, as '2019-12-01', found '1 July"),
        ("date", {"constraints": {"minimum": 2026}}, "expected a day as text"),
        ("date", {"constraints": {"minimum": "2026-07-01T00:00:00"}}, "expected a day as text"),
        ("date", {"constraints": {"minimum": "2026-02-30"}}, "constraints.minimum: there is no '2026-02-30'"),
        ("datetime", {"constraints": {"minimum": "2026-07-01T00:00:00+08:00"}}, "a time without offset"),
        ("datetime", {"constraints": {"minimum": "2026-07-01T24:00"}}, "there is no '2026-07-01T24:00'"),
        ("number", {"constraints": {"minimum": 2, "maximum": 1.5}}, "the minimum 2 is above the maximum 1.5"),
        (
            "datetime",
            {"constraints": {"minimum": "2026-07-01T00:00:01", "maximum": "2026-07-01"}},
            "the minimum 2026-07-01T00:00:01 is above the maximum 2026-07-01",
        ),
        (
            "datetime",
            {"date": {"patterns": ["%Y-%m-%d"], "zone": "Asia/Taibei"}},
            "zone: is no time zone; .*, found 'Asia/Taibei'",
        ),
        ("datetime", {"date": {"patterns": ["%Y-%m-%d"], "zone": "../x"}}, "zone: is no time zone; .*, found '../x'"),
        ("datetime", {"date": {"patterns": ["%Y-%m-%d"], "zone": "Asia"}}, "zone: is no time zone; .*, found 'Asia'"),
        ("datetime", {"date": {"patterns": ["%Y-%m-%d"], "zone": ""}}, "zone: is no time zone; .*, found ''"),
        ("number", {"scale": 0}, "scale: a scale is a finite factor other than 0"),
        ("number", {"scale": float("nan")}, "scale: a scale is a finite factor"),
        ("string", {"scale": 0}, "scale: a scale is a finite factor"),
    ],
)
def test_what_cannot_work_is_refused_on_load(kind: str, more: dict[str, Any], words: str):
    with pytest.raises(DeclarationError, match=words):
        field(kind, **more)


@pytest.mark.parametrize(
    ("kind", "constraints"),
    [
        ("integer", {"minimum": -(2**53), "maximum": 2**53}),
        ("number", {"minimum": 0, "maximum": 1e300}),
        ("number", {"minimum": 1, "maximum": 1}),
        ("date", {"minimum": "0001-01-01", "maximum": "9999-12-31"}),
        ("datetime", {"minimum": "2026-07-01", "maximum": "2026-07-01 08:00"}),
        ("string", {"pattern": "TW-[A-Z]{3}|unknown"}),
        ("string", {"pattern": "[一-鿿]{1,4}[鄉鎮市區]"}),
        ("string", {"pattern": r"\d+|(?i:x)\."}),
    ],
)
def test_constraints_that_work(kind: str, constraints: dict[str, Any]):
    said = field(kind, constraints=constraints)
    assert said.constraints.model_dump(exclude_defaults=True) == constraints


@pytest.mark.parametrize(
    "split", [{}, {"separator": "/"}, {"part": 0}, {"separator": "/", "part": 0, "pattern": "(a)"}]
)
def test_a_part_of_a_cell_is_named_in_one_way(split: dict[str, Any]):
    with pytest.raises(DeclarationError, match="split: write separator and part, or pattern"):
        field(split=split)
    with pytest.raises(DeclarationError, match="expected one group in round brackets"):
        field(split={"pattern": "a"})
