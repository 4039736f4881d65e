"""A source that changes: a declaration as a steward writes it, answers before and after, and the patch put to use."""

import subprocess
from pathlib import Path
from typing import Any

from worlds import SLUG, World

from catalog.declaration.yaml12 import read_yaml
from catalog.reasons.values import GuardTripped
from pipelines.declared import Declarations
from pipelines.drift.drift import Drift, drift
from pipelines.trial.trial import Trial, trial
from pipelines.validate import validate

HEAD = """\
# yaml-language-server: $schema=../dataset.schema.json
name: rivers
title: {en: Rivers, zh-TW: 河川}
description: {en: A table for tests., zh-TW: 測試。}
licenses:
  - {name: OGDL-Taiwan-1.0, path: "https://data.gov.tw/license", title: {en: Licence, zh-TW: 授權}}
contributors:
  - {title: {en: Waters, zh-TW: 水利}, roles: [publisher]}
sources:
  - title: {en: Rivers, zh-TW: 河川}

schema:
  fields:
"""
BLOCK = """\
minsheng:
  agency: waters
  source:                                # asked every hour
    protocol: file
    address: https://waters.example/rivers.csv
    format: csv
  attribution: {en: "Source: tests", zh-TW: 資料來源：測試}
  fetch: "0 * * * *"
  release: "30 1 * * *"
  load: replace
  approve: auto
  due: {fetched: 3h}
"""


def field(name: str, kind: str, *more: str) -> str:
    """A field as lines of YAML, with a comment that must stay."""
    lines = [f"- name: {name}   # as agreed", f"  title: {{en: {name}, zh-TW: 欄位}}"]
    lines += ["  description: {en: For tests., zh-TW: 測試。}", f"  type: {kind}", *(f"  {one}" for one in more)]
    return "".join(f"    {line}\n" for line in lines)


SITE = field("site", "string", "heard_as: 站號")
NAME = field("name_zh", "string", "heard_as: 站名")
LEVEL = field("level", "number", "unit: m", "heard_as: [水位, level]")
FIELDS = (SITE, NAME, LEVEL)
ROWS = [(f"S{i:02}", f"測站{i}", f"{10 + i}.5") for i in range(12)]


def declare(world: World, fields: tuple[str, ...] = FIELDS, block: str = BLOCK, key: str = "[site]") -> None:
    """Write a declaration as text."""
    text = f"{HEAD}{''.join(fields)}  primaryKey: {key}\n\n{block}"
    folder = world.datasets / SLUG
    folder.mkdir(exist_ok=True)
    (folder / "dataset.yaml").write_text(text, encoding="utf-8")
    reread(world)
    assert validate(world.datasets, SLUG) == []


def reread(world: World) -> None:
    world.ctx = type(world.ctx)(
        **{name: value for name, value in vars(world.ctx).items() if name not in ("_evidence", "last_decoded")}
        | {"declarations": Declarations(world.datasets)}
    )


def table(rows: list[tuple[Any, ...]] = ROWS, head: str = "站號,站名,水位") -> str:
    """CSV."""
    return "\n".join([head, *(",".join(map(str, row)) for row in rows), ""])


def patched(world: World, **more: Any) -> tuple[Drift, Trial]:
    """Find the drift, apply its patch as a steward does, check the declaration, and try the same evidence again."""
    before = (world.datasets / SLUG / "dataset.yaml").read_text(encoding="utf-8")
    found = drift(world.ctx, SLUG, **more)
    assert found.patch, [change.says for change in found.changes]
    command = ["patch", "-p1", "--no-backup-if-mismatch"]
    subprocess.run(command, cwd=world.root, input=found.patch.encode(), check=True, capture_output=True)
    after = (world.datasets / SLUG / "dataset.yaml").read_text(encoding="utf-8")
    comments = [line[line.index("#") :] for line in before.splitlines() if "#" in line]
    assert [one for one in comments if one not in after] == [], "a comment was lost"
    assert validate(world.datasets, SLUG) == []
    reread(world)
    return found, trial(world.ctx, SLUG, **more)


def accepted(tried: Trial) -> bool:
    """Whether nothing of a fetch is refused, set aside or held, but for the steward's word on the declaration."""
    approvals = all(isinstance(one, GuardTripped) and one.guard.startswith("approve.") for one in tried.reasons)
    return not tried.refused and tried.result in ("passes", "unchanged", "held") and approvals


def fields_of(world: World) -> dict[str, dict[str, Any]]:
    """The declared fields, by name."""
    said = read_yaml(Path(world.datasets) / SLUG / "dataset.yaml")
    return {one["name"]: one for one in said["schema"]["fields"]}
