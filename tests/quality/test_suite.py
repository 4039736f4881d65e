"""What is checked of rows: the schema's own rules, then what quality.yaml adds."""

from pathlib import Path
from typing import Any

import pytest
from worlds import column, dataset, text

from catalog.errors import DeclarationError
from quality.suite import Suite, checks, load_suite, read_suite, shadow

GOOD = {
    "id": "level-low",
    "type": "ExpectColumnValuesToBeBetween",
    "kwargs": {"column": "level", "max_value": 5},
    "reason": text("x"),
}
PIVOT = {"index": ["site"], "names": "item", "values": ["level"]}


def suite(*said: dict[str, Any]) -> Suite:
    return read_suite({"expectations": list(said)}, "rivers/quality.yaml")


def test_a_dataset_without_a_file_adds_nothing(tmp_path: Path):
    assert load_suite(tmp_path, "rivers") == Suite()


def test_a_file_is_read_by_yaml_1_2(tmp_path: Path):
    (tmp_path / "rivers").mkdir()
    (tmp_path / "rivers" / "quality.yaml").write_text(
        "expectations:\n- id: a\n  type: ExpectColumnValuesToNotBeInSet\n  kwargs: {column: no, value_set: [yes, 1]}\n"
        "  reason: {en: a, zh-TW: 臺}\n"
    )
    (found,) = load_suite(tmp_path, "rivers").expectations
    assert (found.kwargs, found.severity) == ({"column": "no", "value_set": ["yes", 1]}, "warn")


def test_a_suite_survives_a_round_trip():
    found = suite(GOOD, GOOD | {"id": "other", "severity": "hold"})
    assert read_suite(found.model_dump(mode="json", by_alias=True), "x") == found


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (GOOD | {"id": "Level_Low"}, r"expectations \(id [A-Za-z_-]+\)\.id"),
        (GOOD | {"type": "expect_column_values_to_be_between"}, r"expectations \(id [A-Za-z_-]+\)\.type"),
        (GOOD | {"severity": "fatal"}, r"expectations \(id [A-Za-z_-]+\)\.severity: .*'block'"),
        (
            GOOD | {"mostly": 0.9},
            r"expectations \(id [A-Za-z_-]+\)\.mostly: is not known; known here: id, kwargs, reason, severity, type",
        ),
        (
            {key: value for key, value in GOOD.items() if key != "reason"},
            r"expectations \(id [A-Za-z_-]+\)\.reason: is required",
        ),
        (GOOD | {"reason": {"en": "x"}}, r"expectations \(id [A-Za-z_-]+\)\.reason\.zh-TW: is required"),
        (GOOD | {"kwargs": "level"}, r"expectations \(id [A-Za-z_-]+\)\.kwargs"),
        (
            GOOD | {"kwargs": {"column": "level", "max_value": 5, "mostly": 0.9}},
            r"expectations \(id [A-Za-z_-]+\)\.kwargs: `mostly` is about the whole table: .*severity.*minsheng\.guards",
        ),
    ],
)
def test_a_fault_names_file_key_and_what_is_known(said: dict[str, Any], words: str):
    with pytest.raises(DeclarationError, match=words) as raised:
        suite(said)
    assert str(raised.value).startswith("rivers/quality.yaml: ")


def test_an_id_stands_once():
    with pytest.raises(DeclarationError, match=r"rivers/quality.yaml: expectations: the id 'level-low' stands twice"):
        suite(GOOD, GOOD)


def ids(fields: list[dict[str, Any]], added: Suite | None = None, **more: Any) -> list[str]:
    return [
        one.id
        for one in checks(dataset(fields=fields), added or Suite(), more.get("allowed", {}), more.get("bounds", {}))
    ]


@pytest.mark.parametrize(
    ("field", "more", "expected"),
    [
        (column("x"), {}, []),
        (column("x", "number"), {}, ["x.type"]),
        (column("x", "date"), {}, ["x.date"]),
        (column("x", codes={"map": {"a": "b"}}), {}, ["x.code"]),
        (column("x", split={"separator": "/", "part": 1}), {}, ["x.type"]),
        (column("x", constraints={"required": True, "pattern": "a"}), {}, ["x.required", "x.pattern"]),
        (column("x", categories=[{"value": "a", "label": text("A")}]), {}, ["x.list"]),
        (column("x", "integer"), {"bounds": {"x": (0, None)}}, ["x.type", "x.range"]),
        (column("x"), {"allowed": {"x": ["a"]}}, ["x.reference"]),
        (column("x", "number", publish="no"), {}, []),
    ],
)
def test_the_schemas_rules_are_checks(field: dict[str, Any], more: dict[str, Any], expected: list[str]):
    assert ids([column("site"), field], **more) == ["site.required", *expected]


def test_quality_yaml_comes_after_the_schema():
    assert ids([column("site"), column("level", "number")], suite(GOOD)) == ["site.required", "level.type", "level-low"]


def test_a_check_knows_its_column_rule_and_severity():
    found = {one.id: one for one in checks(dataset(), suite(GOOD), {}, {})}
    assert (found["level.type"].column, found["level.type"].rule, found["level.type"].severity) == (
        "level",
        "type",
        "quarantine",
    )
    assert (found["level-low"].column, found["level-low"].rule, found["level-low"].severity) == ("level", None, "warn")
    pair = GOOD | {"type": "ExpectColumnPairValuesToBeEqual", "kwargs": {"column_A": "site", "column_B": "level"}}
    assert checks(dataset(), suite(pair), {}, {})[-1].column is None


def test_a_shadow_cannot_be_taken_for_a_field():
    assert shadow("level") == "level__unread"


def test_a_field_named_like_a_shadow_is_refused():
    with pytest.raises(DeclarationError, match=r"field level__unread: name: a name that ends in __unread is kept"):
        dataset(fields=[column("site"), column("level"), column("level__unread")])


@pytest.mark.parametrize(
    ("source", "more", "asked"),
    [
        ({"protocol": "file", "format": "csv"}, {}, False),
        ({"protocol": "file", "format": "csv", "reading": {"ragged": "pad"}}, {}, False),
        ({"protocol": "file", "format": "csv", "reading": {"ragged": "quarantine"}}, {}, True),
        ({"protocol": "file", "format": "json"}, {}, True),
        ({"protocol": "rest", "format": "xml", "reading": {"records": "a/b"}}, {}, True),
        ({"protocol": "file", "format": "csv", "readings": [{"reading": {}}, {"format": "ndjson"}]}, {}, True),
        ({"protocol": "file", "format": "zip", "reading": {"member": "*", "format": "geojson"}}, {}, True),
        ({"protocol": "moenv", "format": "json"}, {}, False),
        ({"protocol": "inline", "table": "table.csv"}, {}, False),
        ({"protocol": "file", "format": "csv"}, {"shape": [PIVOT | {"twice": "quarantine"}]}, True),
        ({"protocol": "file", "format": "csv"}, {"shape": [PIVOT]}, False),
    ],
)
def test_records_are_asked_to_be_readable_where_some_may_not_be(
    source: dict[str, Any], more: dict[str, Any], asked: bool
):
    shape = [{"pivot": step} for step in more.get("shape", [])]
    said = dataset(source=source, **({"shape": shape} if shape else {}))
    assert (checks(said, Suite(), {}, {})[0].id == "row.readable") == asked


def test_bytes_that_are_no_text_may_stand_in_any_layout():
    readings = [{"reading": {}}, {"reading": {"undecodable": "quarantine"}}]
    said = dataset(source={"protocol": "file", "format": "csv", "readings": readings})
    assert [one.id for one in checks(said, Suite(), {}, {})] == ["site.type", "site.required", "level.type"]
