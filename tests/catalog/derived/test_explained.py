"""What the second sheet says of rows and columns, and that it stays true while the rows stay."""

from pathlib import Path

import pyarrow as pa
from nights import DAILY, LOOSE, MONTHS
from worlds import SLUG, World, column, declaration

from catalog.derived import releases_json
from catalog.derived.explained import columns_lines, rows_lines
from catalog.release.read import ReleaseFiles


def test_the_lines_of_rows_that_did_not_change_do_not_change(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.declare(declaration(fields=DAILY, guards=LOOSE, **MONTHS))
    world.tell("site,day,level\na,2026-01-01,1\nb,2026-02-01,2\n")
    first = world.newest()
    world.tell("site,day,level\nb,2026-02-01,3\n")
    newest = world.newest()
    listed = releases_json.listed(world.public, SLUG) or [releases_json.entry(first, set())]
    before = rows_lines(first, "2026-01", listed[0])
    assert rows_lines(newest, "2026-01", listed[0]) == before
    said = {line[0].split()[0]: line[1:] for line in before}
    assert said["period"] == ["2026-01"]
    assert said["unchanged"] == ["release 1 (version 1.0.0)", "第 1 版"]
    assert said["released"] == [first.created]
    assert said["data"] == [first.facts.as_of]
    assert said["cite"] == [f"datapackage-1.json, SHA-256 {first.sha256}"]
    assert said["SHA-256"][0] == first.partitions["2026-01"].content_sha256
    assert said["licence"] == ["Licence (OGDL-Taiwan-1.0)", "https://data.gov.tw/license"]


def test_the_lines_of_columns(tmp_path: Path) -> None:
    kinds = [{"value": one, "label": {"en": one.upper(), "zh-TW": f"標{one}"}} for one in "ab"]
    world = World(tmp_path)
    world.declare(
        declaration(fields=[column("site"), column("level", "number", unit="m"), column("kind", categories=kinds)])
    )
    world.tell("site,level,kind\na,1,b\n")
    files = ReleaseFiles(world.public, world.newest())
    lines = columns_lines(files.schema(), files.table().schema)
    assert [line[:1] for line in lines] == [["empty 空白"], [], ["column 欄位"], ["site"], ["level"], ["kind"]]
    assert lines[4][1:5] == ["level", "臺：level", "number", "m"]
    assert lines[5][7] == "a = A 標a\nb = B 標b"
    timed = columns_lines(files.schema(), pa.schema([("at", pa.timestamp("ms", "Asia/Taipei"))]))
    assert timed[0][:2] == ["time zone 時區", "Asia/Taipei"]
