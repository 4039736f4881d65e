"""The workbook beside a small dataset: of the newest release, and gone when it outgrows its limit."""

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from nights import DAILY, LOOSE, MONTHS
from watched import Calls, Watched
from worlds import SLUG, World, column, declaration, many, table_csv

from catalog import keys
from catalog.derived import workbook
from catalog.derived import write as derived
from catalog.errors import IntegrityError
from catalog.formats import xlsx


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    kinds = [{"value": one, "label": {"en": one.upper(), "zh-TW": f"標{one}"}} for one in "ab"]
    fields = [
        column("site"),
        column("level", "number", unit="m"),
        column("kind", categories=kinds),
        column("at_time", "datetime"),
    ]
    made.declare(declaration(fields=fields, guards=LOOSE))
    made.tell("site,level,kind,at_time\n007,1.5,a,2026-07-01 08:30:00\n=1+1,,b,\n")
    derived.write(made.public, [SLUG])
    return made


def sheets(world: World) -> list[list[list[Any]]]:
    body = world.public.get(keys.workbook(SLUG)).body
    return [[[cell.value for cell in row] for row in sheet] for sheet in openpyxl.load_workbook(io.BytesIO(body))]


def test_rows_and_what_they_mean(world: World) -> None:
    data, about = sheets(world)
    assert [row[:3] for row in data] == [["site", "level", "kind"], ["007", 1.5, "a"], ["=1+1", None, "b"]]
    assert data[1][3].isoformat() == "2026-07-01T08:30:00"
    said = {str(line[0]).split()[0]: line for line in about if line[0]}
    newest = world.newest()
    assert said["release"][1] == "1 (version 1.0.0)"
    assert said["SHA-256"][1] == newest.sha256
    assert said["time"][1] == "Asia/Taipei"
    assert said["licence"][1:3] == ["Licence (OGDL-Taiwan-1.0)", "https://data.gov.tw/license"]
    assert said["level"][1:5] == ["level", "臺：level", "number", "m"]
    assert said["kind"][7] == "a = A 標a\nb = B 標b"


def puts(world: World) -> list[str]:
    calls = Calls()
    derived.write(Watched(world.public, calls), [SLUG])
    return [key for verb, key, _ in calls.made if verb.startswith("put") or verb == "delete"]


def test_it_is_written_only_for_another_release(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert puts(world) == []
    world.tell("site,level,kind,at_time\n007,2,a,\n")
    assert keys.workbook(SLUG) in puts(world)
    assert sheets(world)[0][1][:2] == ["007", 2]
    assert puts(world) == []
    monkeypatch.setattr(xlsx, "WRITER", "another")
    assert puts(world) == [keys.workbook(SLUG)]


def test_a_broken_one_is_made_again(world: World) -> None:
    path = world.root / "public" / keys.workbook(SLUG)
    whole = path.read_bytes()
    for body in (b"", b"no zip", whole[:100]):
        path.write_bytes(body)
        assert puts(world) == [keys.workbook(SLUG)]
        assert path.read_bytes() == whole


def test_a_table_that_outgrew_it_loses_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MOST_CELLS", 20)
    world = World(tmp_path)
    world.declare(declaration(guards=LOOSE))
    path = tmp_path / "public" / keys.workbook(SLUG)
    for count, there in ((10, True), (11, False)):
        world.tell(table_csv(many(count)))
        derived.write(world.public, [SLUG])
        assert path.exists() is there
    calls = Calls()
    workbook.write(Watched(world.public, calls), world.newest())
    assert not [key for _, key, _ in calls.made if "/data/" in key]


def test_a_table_in_partitions_has_none_and_is_not_read(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.declare(declaration(fields=DAILY, guards=LOOSE, **MONTHS))
    world.tell("site,day,level\na,2026-01-01,1\n")
    path = tmp_path / "public" / keys.workbook(SLUG)
    path.write_bytes(b"of a time when it was not cut")
    calls = Calls()
    workbook.write(Watched(world.public, calls), world.newest())
    assert [verb for verb, *_ in calls.made] == ["head", "delete"]
    assert not path.exists()


def test_one_that_cannot_be_made_stops_no_other_dataset(tmp_path: Path) -> None:
    world = World(tmp_path)
    for slug in (SLUG, "wells"):
        world.declare(declaration(slug, guards=LOOSE))
        world.tell("site,level\na,1\n", slug)
    path = world.newest().partitions["all"].path
    world.public.delete(keys.dataset(SLUG, path))
    with pytest.raises(IntegrityError, match=rf"rivers: {path} of release 1: expected .*, found no such file"):
        derived.write(world.public, [SLUG, "wells"])
    for key in (derived.KEY, "catalog.duckdb", keys.workbook("wells"), "index.html", keys.dataset_page(SLUG, "en")):
        assert world.public.head(key) is not None, key
