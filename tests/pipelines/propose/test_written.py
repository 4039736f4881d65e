"""A declaration as a steward would write it."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from catalog.declaration.yaml12 import read_yaml
from pipelines.propose.written import WIDTH, flow, scalar, write

HARD = [
    "",
    "a: b",
    "# no",
    "- x",
    "yes",
    "null",
    "1",
    "1.5",
    "007",
    "2026-07-01",
    "36h",
    "a\nb",
    "\u0085",
    "\ufeff",
    "'",
]


@pytest.mark.parametrize(
    "text", [*HARD, "海灘，水質：好", "https://a.gov.tw/x?y=1&z=%20", "%Y/%m/%d", "a #b", "[x]", "{x}"]
)
def test_a_text_is_read_back_as_it_was(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(write({"a": text, "b": {text or "k": [text]}}, {}), encoding="utf-8")
    assert read_yaml(tmp_path / "a.yaml") == {"a": text, "b": {text or "k": [text]}}
    assert yaml.safe_load(f"- {scalar(text)}") == [text]


def test_it_looks_as_it_is_written_by_hand(tmp_path: Path) -> None:
    long = "A text that is longer than a line, so that it is folded over several lines as a steward does it, and more."
    values = {
        "name": "a",
        "title": {"en": "A", "zh-TW": "甲"},
        "description": {"en": long * 2, "zh-TW": "甲。"},
        "schema": {"fields": [{"name": "x", "type": "date", "date": {"patterns": ["%Y"]}}], "primaryKey": ["x"]},
        "minsheng": {"source": {"protocol": "file"}, "shape": [{"unpivot": {"others": True}}], "approve": "first"},
    }
    text = write(values, {("schema", "fields", 0): ["Seen: x\ny"], ("minsheng", "approve"): [long * 2]}, ["Head."])
    assert text.splitlines()[:3] == ["# yaml-language-server: $schema=../dataset.schema.json", "# Head.", "name: a"]
    assert '    # Seen: x y\n    - name: x\n      type: date\n      date: {patterns: ["%Y"]}\n' in text
    assert "\n\nminsheng:\n  source:\n    protocol: file\n  shape:\n    - unpivot: {others: true}\n  # A text" in text
    assert max(map(len, text.splitlines())) <= WIDTH
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    assert read_yaml(tmp_path / "a.yaml") == values


@pytest.mark.parametrize(
    "value", ["no", "1", "a: b", "", "null", "水位", "x-y", 1.5, True, None, ["#", "\u0085"], {"24:00": "a,b"}]
)
def test_a_value_on_one_line_is_read_as_it_is(value: Any, tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(f"x: {flow(value)}\n", encoding="utf-8")
    assert read_yaml(tmp_path / "x.yaml") == {"x": value}
