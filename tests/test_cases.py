"""The whole path of each small input that real files and public fault reports led to: what is released of it."""

import datetime as dt
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from worlds import World, column, declaration

from catalog.declaration.yaml12 import read_yaml
from catalog.reasons.sentences import sentences
from catalog.release import publish
from pipelines.fetch.replay import Replay
from pipelines.run import refresh
from pipelines.validate import validate

HERE = Path(__file__).parent
FOLDER = Path(os.environ.get("MINSHENG_CASES") or HERE.parents[1] / "shared" / "cases")
CASES: dict[str, dict[str, Any]] = read_yaml(HERE / "cases.yaml")


def given(name: str) -> Path:
    if not (FOLDER / name).is_dir():
        pytest.skip(f"no case {name}: set MINSHENG_CASES, or lay the cases at {FOLDER.name}")
    return FOLDER / name


def declared(name: str, case: dict[str, Any]) -> dict[str, Any]:
    """The declaration of a case."""
    source = {"protocol": "file", "address": "https://waters.example/x", "format": "csv", **case.get("source", {})}
    source["address"] = source["address"].replace("data.example.gov.tw", "waters.example")
    fields = [column(each["name"], each.get("type", "string")) | each for each in case["fields"]]
    block = {"load": case.get("load", "replace"), **case.get("block", {})}
    return declaration(name, fields, source=source, key=case.get("key", [case["fields"][0]["name"]]), **block)


def told(value: object) -> object:
    return value.isoformat() if isinstance(value, dt.date) else value


@pytest.mark.parametrize("name", CASES)
def test_what_is_released_of_a_case(name: str, tmp_path: Path) -> None:
    case, folder, world = CASES[name], given(name), World(tmp_path)
    world.declare(declared(name, case))
    assert validate(world.datasets, name) == []
    replay = Replay(folder / "agency")
    replay.begin(world.ctx, [name])
    results = list(refresh(world.ctx, replay, world.ctx.declarations.of(name), each=True))
    why = sentences(reason for result in results for reason in result.reasons)
    assert [result.outcome for result in results] == case.get("outcomes", ["released"]), why
    assert case.get("refused", "") in why
    if publish.newest(world.public, name) is None:
        return
    rows = [[told(value) for value in row.values()] for row in world.rows(name)]
    assert rows == case.get("rows", rows)
    assert len(rows) == case.get("count", len(rows))
    assert Counter(entry["rule"] for entry in world.quarantine(name)) == case.get("left", {})
    assert results[-1].records is None or results[-1].records.adds_up


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if "as_given" in case])
def test_what_can_be_read_two_ways_is_refused_before_it_is_asked(name: str) -> None:
    (fault,) = validate(given(name) / "datasets", name)
    assert CASES[name]["as_given"] in fault


def test_every_case_that_is_there_is_declared() -> None:
    given("am-pm")
    assert {path.name for path in FOLDER.iterdir() if path.is_dir()} == set(CASES)
