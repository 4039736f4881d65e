"""YAML is edited where it stands: comments, order and blank lines stay, and the value is the one that was put."""

from pathlib import Path
from typing import Any

import pytest

from catalog.declaration.yaml12 import read_yaml
from pipelines.drift.edits import Append, Edit, Put, edited

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
