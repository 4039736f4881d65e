"""YAML is edited where it stands: comments, order and blank lines stay, and the value is the one that was put."""

from pathlib import Path
from typing import Any

import pytest

from catalog.declaration.yaml12 import read_yaml
from pipelines.drift.edits import Append, Drop, Edit, Put, edited

TEXT = """\
# a steward's comment
schema:
  fields:
    - name: site      # the key
      title: {en: Site, zh-TW: 測站}
      description:
        en: >-
          A long
          text.
        zh-TW: 測站。
    # about the level
    - {name: level, type: number, heard_as: [水位, "Level"]}   # of the river
  primaryKey: [site]

minsheng:
  source: {protocol: file, reading: {encoding: utf-8}}

  load: replace
"""
CASES: list[tuple[Edit, str, str]] = [
    (Put(("schema", "fields", 0, "heard_as"), ["a, b", "no", "甲"]), "      title: {en: Site, zh-TW: 測站}\n",
     "      title: {en: Site, zh-TW: 測站}\n" + '      heard_as: ["a, b", "no", 甲]\n'),
    (Put(("schema", "fields", 1, "heard_as"), ["水位", "高"]), '[水位, "Level"]', "[水位, 高]"),
    (Put(("schema", "fields", 1, "optional"), True), '"Level"]}', '"Level"], optional: true}'),
    (Put(("minsheng", "source", "reading", "encoding"), "cp950"), "encoding: utf-8", "encoding: cp950"),
    (Put(("minsheng", "load"), "upsert"), "load: replace", "load: upsert"),
    (Put(("minsheng", "empty"), "data"), "  load: replace\n", "  load: replace\n  empty: data\n"),
    (Append(("schema", "primaryKey"), "level"), "[site]", "[site, level]"),
    (Append(("schema", "fields"), {"name": "new", "publish": "no"}, comment="new"),
     "   # of the river\n", '   # of the river\n    # new\n    - name: new\n      publish: "no"\n'),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "before", "after"), CASES, ids=[str(case[0].path[-1]) for case in CASES])
def test_only_what_is_edited_changes(edit: Edit, before: str, after: str, tmp_path: Path) -> None:
    text = edited(TEXT, [edit])
    assert text == TEXT.replace(before, after)
    (tmp_path / "x.yaml").write_text(text, encoding="utf-8")
    value: Any = read_yaml(tmp_path / "x.yaml")
    for step in edit.path:
        value = value[step]
    assert (value if isinstance(edit, Put) else value[-1]) == edit.value


def test_json_stays_json(tmp_path: Path) -> None:
    text = edited(
        '{"fields": [{"name": "a"}]}', [Put(("fields", 0, "optional"), True), Append(("fields",), {"name": "b"})]
    )
    assert text == '{"fields": [{"name": "a", "optional": true}, {"name": "b"}]}'


LISTED = """\
minsheng:
  load: replace
  corrections:
    # about the first
    - id: a
      when: {site: s}   # one
    - {id: b, when: {site: t}}
  empty: data
"""


def test_an_item_goes_and_with_the_last_one_its_key() -> None:
    without_a = edited(LISTED, [Drop(("minsheng", "corrections"), "id", "a")])
    assert without_a == LISTED.replace("    - id: a\n      when: {site: s}   # one\n", "")
    without_b = edited(LISTED, [Drop(("minsheng", "corrections"), "id", "b")])
    assert without_b == LISTED.replace("    - {id: b, when: {site: t}}\n", "")
    none = edited(without_a, [Drop(("minsheng", "corrections"), "id", "b")])
    assert none == "minsheng:\n  load: replace\n  empty: data\n"


@pytest.mark.parametrize(
    ("text", "dropped", "after"),
    [
        ('{"m": {"c": [{"id": "a"}, {"id": "b"}], "d": 1}}', "a", '{"m": {"c": [{"id": "b"}], "d": 1}}'),
        ('{"m": {"c": [{"id": "a"}, {"id": "b"}], "d": 1}}', "b", '{"m": {"c": [{"id": "a"}], "d": 1}}'),
        ('{"m": {"c": [{"id": "a"}], "d": 1}}', "a", '{"m": {"d": 1}}'),
        ('{"m": {"d": 1, "c": [{"id": "a"}]}}', "a", '{"m": {"d": 1}}'),
        ('{"m": {"c": [{"id": "a"}]}}', "a", '{"m": {}}'),
    ],
)
def test_of_json_too(text: str, dropped: str, after: str) -> None:
    assert edited(text, [Drop(("m", "c"), "id", dropped)]) == after


def test_a_list_of_mappings_that_is_new_has_a_line_for_each_key() -> None:
    text = edited("minsheng:\n  load: replace\n", [Put(("minsheng", "corrections"), [{"id": "a", "found": "no"}])])
    assert text == 'minsheng:\n  load: replace\n  corrections:\n    - id: a\n      found: "no"\n'
