"""What agencies write although the standards do not know it, through the whole path: heard, judged, released."""

from pathlib import Path
from typing import Any

import pytest
from nights import LOOSE
from worlds import World, column, declaration

JSON = '[{"site":"A","level":5.5},{"site":"B","level":NaN}]'
NAMED = '<r><i><f n="site">A</f><f n="level">5.5</f></i><i><f n="site">B</f></i></r>'


@pytest.mark.parametrize(
    ("form", "body", "reading"),
    [
        ("json", JSON, {}),
        ("json", JSON.encode("utf-16"), {"encoding": "utf-16"}),
        ("ndjson", '{"site":"A","level":5.5}\n{"site":"B","level":NaN}\n', {}),
        ("xml", NAMED, {"records": "r/i", "named": {"f": "@n"}}),
        ("html", "<table><tr><td>site<td>level<tr><td>A<td>5.5<tr><td>B<td>NaN</table>", {}),
        ("fixed", "site  level\nA      5.5\nB      NaN\n", {}),
    ],
)
def test_the_rows_are_released(tmp_path: Path, form: str, body: str | bytes, reading: dict[str, Any]):
    fields = [
        column("site", heard_as=["site", "f/site"]),
        column("level", "number", heard_as=["level", "f/level"], missingValues=["NaN"]),
    ]
    source = {"protocol": "file", "address": "https://waters.example/x", "format": form, "reading": reading}
    world = World(tmp_path)
    world.declare(declaration(fields=fields, source=source, load="replace", guards=LOOSE))
    world.tell(body)
    assert world.rows() == [{"site": "A", "level": 5.5}, {"site": "B", "level": None}]
