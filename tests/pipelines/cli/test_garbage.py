"""The command `gc`: it shows first, then marks, and deletes what was marked long enough ago."""

import json
import re

import pytest
from consoles import Console
from littered import ORPHAN, litter
from worlds import SLUG, World, declaration

from catalog import keys


@pytest.fixture
def rivers(settings: World) -> World:
    settings.declare(declaration())
    litter(settings)
    return settings


def long_ago(world: World) -> None:
    """Let what is marked have been marked a year before."""
    blob = world.private.get(keys.MARKED)
    marks = {name: at.replace(at[:4], str(int(at[:4]) - 1)) for name, at in json.loads(blob.body).items()}
    world.private.put_if(keys.MARKED, json.dumps(marks).encode(), blob.etag)


def test_it_shows_then_marks_then_deletes(rivers: World, console: Console) -> None:
    told = console.out("gc")
    assert re.search(r"old candidates +3 +[\d,]+ +0 +0", told)
    assert "nothing is marked or deleted yet" in told
    assert rivers.private.head(keys.MARKED) is None
    assert "would be deleted" not in console.out("gc", "--yes")
    long_ago(rivers)
    assert f"{ORPHAN}: 1 objects, 4 bytes: would be deleted" in console.out("gc")
    told = console.out("gc", "--yes")
    assert f"{ORPHAN}: 1 objects, 4 bytes: deleted" in told
    assert re.search(r"leftovers of a probe +2 +10 +2 +10", told)
    assert rivers.public.head(ORPHAN) is None
    assert console.json("gc")["found"] != [], "reports are kept for more than a year"


def test_json(rivers: World, console: Console) -> None:
    console.out("gc", "--yes")
    long_ago(rivers)
    found = console.json("gc", "--yes")
    assert (found["did"], found["skipped"]) == (True, {})
    (file,) = [each for each in found["found"] if each["kind"] == "file"]
    assert (file["store"], file["name"], file["objects"], file["bytes"]) == ("public", ORPHAN, 1, 4)
    assert file["deleted"]
    assert file["since"] < file["due"] < found["at"]
    assert {each["deleted"] for each in found["found"] if each["kind"] == "report"} == {False}


def test_what_is_damaged_is_left_alone_and_told(rivers: World, console: Console) -> None:
    rivers.public.delete(keys.document(SLUG, 3))
    done = console.run("gc", "--yes")
    assert done[0] == 1
    assert f"{SLUG}: nothing of it is deleted, because it is not known what is needed: " in done[2]
