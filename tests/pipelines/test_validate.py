"""`minsheng check`: every fault of a declaration and of what it names, each one sentence with file and key."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tiers import few
from worlds import SLUG, World, column, declaration, text

from pipelines.validate import validate


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def faults(world: World, said: dict[str, Any], **more: Any) -> list[str]:
    world.declare(said, **more)
    return validate(world.datasets, str(said["name"]))


def test_a_right_declaration_has_no_fault(world: World) -> None:
    assert faults(world, declaration()) == []


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"agency": "nobody"}, "minsheng.agency: no 'nobody' in agencies.yaml; known: waters"),
        ({"source": {"protocol": "carrier-pigeon"}}, "minsheng.source.protocol: no 'carrier-pigeon'; known: "),
        ({"source": {"protocol": "file", "format": "csv"}}, "minsheng.source"),
        ({"source": {"protocol": "inline", "table": "gone.csv"}}, "expected the file gone.csv beside it, found none"),
        ({"references": [{"fields": ["site"], "dataset": "seas", "to": ["x"]}]}, "no dataset 'seas'; declared: rivers"),
        ({"references": [{"fields": ["site"], "dataset": SLUG, "to": ["x"]}]}, "rivers has no field 'x'; fields: "),
    ],
)
def test_each_fault_is_a_sentence_with_its_place(world: World, more: dict[str, Any], words: str) -> None:
    (fault,) = faults(world, declaration(**more))
    assert fault.startswith(str(world.datasets / SLUG / "dataset.yaml"))
    assert words in fault


def test_all_faults_are_told(world: World) -> None:
    codes = {"table": {"dataset": "seas", "key": "a", "value": "b"}}
    found = faults(world, declaration(agency="nobody", fields=[column("site"), column("level", codes=codes)]))
    assert len(found) == 2


def test_quality_yaml_is_looked_at_too(world: World) -> None:
    check = {
        "id": "level-set",
        "type": "ExpectColumnValuesToNotBeNull",
        "kwargs": {"column": "depth"},
        "reason": {"en": "x", "zh-TW": "x"},
    }
    (fault,) = faults(world, declaration(), quality=[check])
    assert "level-set: no field 'depth'; fields: level, site" in fault


SITE = {
    "topics": {"air": {"title": text("Air"), "description": text("Air.")}},
    "places": {"dataset": "counties", "code": "code", "tiles": {"a": [1, 1]}},
}


@pytest.mark.parametrize(
    ("site", "words"),
    [
        (None, "rivers/dataset.yaml: minsheng.topic: no 'water' in site.yaml; known: none"),
        ({"topics": SITE["topics"]}, "rivers/dataset.yaml: minsheng.topic: no 'water' in site.yaml; known: air"),
        ({"topics": 1}, "site.yaml: topics: expected keys and values, found 1"),
    ],
)
def test_a_topic_must_be_in_site_yaml(world: World, site: Any, words: str) -> None:
    if site is not None:
        (world.datasets / "site.yaml").write_text(json.dumps(site), encoding="utf-8")
    (fault,) = faults(world, declaration(topic="water"))
    assert fault == f"{world.datasets}/{words}"


def test_site_yaml_names_a_table_of_places_and_its_key(world: World) -> None:
    (world.datasets / "site.yaml").write_text(json.dumps(SITE), encoding="utf-8")
    (fault,) = faults(world, declaration(topic="air"))
    assert fault == f"{world.datasets}/site.yaml: places.dataset: no dataset 'counties'; declared: rivers"
    (fault,) = faults(world, declaration("counties"))
    assert fault == f"{world.datasets}/site.yaml: places.code: expected the key of counties, site, found 'code'"
    assert faults(world, declaration("counties", fields=[column("code")])) == []
    assert faults(world, declaration(topic="air")) == []


OPENED = """
import collections, json, sys

opened = collections.Counter()


def hook(event, args):
    if event == "open" and str(args[0]).endswith(".yaml") and str(args[0]).startswith(sys.argv[1]):
        opened[str(args[0])] += 1


sys.addaudithook(hook)
{doing}
print(json.dumps([opened, "great_expectations" in sys.modules]))
"""
CHECK = "from pipelines.cli.main import main\nassert main(['check']) == 0"
LOCATION = "import pipelines.definitions"


@pytest.mark.parametrize("doing", few([CHECK, LOCATION]), ids=["check", "location"])
def test_all_datasets_are_loaded_once_each_and_without_the_seconds_of_great_expectations(
    tmp_path: Path, doing: str
) -> None:
    folder = Path(__file__).parents[2] / "datasets"
    said = {name: value for name, value in os.environ.items() if not name.startswith("MINSHENG_")}
    said |= {"MINSHENG_HOME": str(tmp_path), "MINSHENG_DATASETS": str(folder), "DAGSTER_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", OPENED.format(doing=doing), str(folder)],
        env=said, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    opened, imported = json.loads(done.stdout.splitlines()[-1])
    assert {name: count for name, count in opened.items() if count > 1} == {}
    assert len(opened) > 2 * len(list(folder.glob("*/dataset.yaml"))) - 10
    assert not imported, "its import takes more time than all the rest"
