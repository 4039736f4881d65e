"""A marked text goes every way that an agency's text can go, and is looked for in every public object, unpacked."""

import gzip
import io
import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from agencies import LIMITS, agency_that_says
from leaks import MARK, marked
from workbooks import label, ods, ods_row, xls, xlsx
from worlds import SLUG, START, World, column, declaration

from catalog import keys
from catalog.declaration.dataset import Dataset
from pipelines.context import Context
from pipelines.evidence import Fetched
from pipelines.fetch.fetcher import Fetcher
from pipelines.fetch.live import Live
from pipelines.refresh import decide
from pipelines.refresh.result import RefreshResult
from pipelines.run import run, write_lists

ROOT = f"{MARK}-home"
"""Of each world: a path of the machine in a public object is found too."""
FIELDS = [
    column("site"),
    column("name", constraints={"pattern": "[a-z]{1,8}"}),
    column("level", "number"),
    column("day", "date"),
    column("grade", codes={"map": {"good": "g"}}),
    column("left", heard_as="both", split={"separator": "/", "part": 0}, constraints={"pattern": "[a-z]+"}),
    column("right", heard_as="both", split={"separator": "/", "part": 1}, publish="no"),
    column("need", constraints={"required": True}),
    column("note", publish="no"),
]
GOOD = {"site": "a", "name": "ok", "level": "1", "day": "2026-01-02", "grade": "good", "both": "l/r", "need": "x"}
GOOD |= {"note": f"{MARK}-note", f"{MARK}-column": f"{MARK}-cell"}
ROWS = [
    GOOD,
    GOOD | {"site": "b", "name": f"{MARK}-long"},
    GOOD | {"site": "c", "level": f"{MARK}-type"},
    GOOD | {"site": "d", "day": f"{MARK}-date"},
    GOOD | {"site": "e", "grade": f"{MARK}-code"},
    GOOD | {"site": "f", "both": f"L9/{MARK}-right"},
    GOOD | {"site": f"{MARK}-key", "need": ""},
]
Row = dict[str, str]


@dataclass(frozen=True)
class Way:
    """How an agency says something."""

    source: dict[str, Any]
    body: bytes
    more: dict[str, Any] = field(default_factory=dict)
    """Of the declaration."""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


def as_file(form: str, body: str | bytes, status: int = 200, headers: dict[str, str] | None = None, **reading: Any) -> Way:
    source = {"protocol": "file", "address": "https://waters.example/rivers.dat", "format": form, "reading": reading}
    return Way(source, body.encode() if isinstance(body, str) else body, {}, status, headers or {})


def csv(rows: list[Row]) -> str:
    return "\n".join(",".join(line) for line in [list(rows[0]), *(list(row.values()) for row in rows)]) + "\n"


def xml(rows: list[Row]) -> str:
    """Records with an attribute; the document has comments and an instruction too."""
    records = "".join(
        f'<row {MARK}-attribute="{MARK}-value">' + "".join(f"<{name}>{text}</{name}>" for name, text in row.items())
        + "</row>"
        for row in rows
    )  # fmt: skip
    return f"<list><!-- {MARK}-comment --><?{MARK}-instruction x?>{records}</list>"


def workbook(rows: list[Row]) -> bytes:
    def fill(book: Any) -> None:
        book.set_properties({"title": f"{MARK}-title", "author": f"{MARK}-author"})
        sheet = book.add_worksheet(f"{MARK}-sheet")
        for i, line in enumerate([list(rows[0]), *(list(row.values()) for row in rows)]):
            for at, text in enumerate(line):
                sheet.write_string(i, at, text)

    return xlsx(fill)


def packed(body: str, name: str = f"{MARK}-member.csv") -> bytes:
    """A zip file of one member."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.comment = f"{MARK}-comment".encode()
        archive.writestr(name, body)
    return made.getvalue()


def gzipped(body: str) -> bytes:
    made = io.BytesIO()
    with gzip.GzipFile(f"zq7mk-file.csv", "wb", fileobj=made) as archive:
        archive.write(body.encode())
    return made.getvalue()


def table(rows: list[Row]) -> list[list[str]]:
    return [list(rows[0]), *(list(row.values()) for row in rows)]


def features(rows: list[Row]) -> str:
    return json.dumps(
        {
            "type": "FeatureCollection",
            f"{MARK}-name": f"{MARK}-value",
            "features": [{"type": "Feature", "properties": row, "geometry": None} for row in rows],
        }
    )


MOENV = {"protocol": "moenv", "dataset": "riv_p_1", "host": "waters.example"}
MOA = {"protocol": "moa", "resource": "Gauges", "kinds": ["N04"], "since": "2026-07-01", "days": 1}
MOA |= {"host": "waters.example"}
BY_DAY = {"load": "window", "window": {"day": "at", "kind": "kind"}, "key": ["site", "at", "kind"]}
OF_A_DAY = [column("at", "date", date={"calendar": "roc", "patterns": ["%Y.%m.%d"]}), column("kind")]
DAY = [row | {"at": "115.07.01", "kind": "N04"} for row in ROWS]
MORE_OF_MOA: dict[str, Any] = BY_DAY | {"fields": FIELDS + OF_A_DAY}
BAD = {"zq7mk-header": f"zq7mk-value", "Content-Type": "text/zq7mk", "ETag": '"zq7mk-etag"'}
BAD |= {"Content-Disposition": "attachment; filename=zq7mk.csv", "Last-Modified": "zq7mk-day"}

HEARD: dict[str, Way] = {
    "csv": as_file("csv", csv(ROWS), headers=BAD),
    "json": as_file("json", json.dumps(ROWS, ensure_ascii=True)),
    "javascript": as_file("javascript", f"/* {MARK} */ var list = {json.dumps(ROWS)};", prefix="var list ="),
    "geojson": as_file("geojson", features(ROWS), geometry="none"),
    "xml": as_file("xml", xml(ROWS), records="list/row"),
    "xlsx": as_file("xlsx", workbook(ROWS), sheet_column=f"sheet"),
    "ods": as_file("ods", ods((f"{MARK}-sheet", "".join(ods_row(*line) for line in table(ROWS)))), sheet_column="sheet"),
    "xls": as_file(
        "xls",
        xls((f"{MARK}-sheet", b"".join(
            label(i, at, text) for i, line in enumerate(table(ROWS)) for at, text in enumerate(line)
        ))),
    ),  # fmt: skip
    "zip": as_file("zip", packed(csv(ROWS)), member="*.csv", format="csv"),
    "gzip": as_file("csv", gzipped(csv(ROWS))),
    "moenv-bare": Way(MOENV, json.dumps(ROWS).encode()),
    "moenv-envelope": Way(MOENV, json.dumps({"records": ROWS, "total": str(len(ROWS)), MARK: MARK}).encode()),
    "moa": Way(MOA, json.dumps({"RS": "OK", "Data": DAY, "Next": False, MARK: MARK}).encode(), MORE_OF_MOA),
    "moa-legacy": Way(
        MOA | {"interface": "legacy"},
        json.dumps([row | {"種類代碼": "N04"} for row in DAY]).encode(),
        MORE_OF_MOA,
    ),
}  # fmt: skip


class Asked(Live):
    """An agency that is asked over real HTTP, by the clock of the world."""

    def begin(self, ctx: Context, wanted: list[str]) -> None:
        self.fetcher.now = ctx.clock.now


def night(world: World, way: Way) -> list[RefreshResult]:
    """One run that asks the agency, and writes lists and pages."""
    with agency_that_says(way.body, way.status, way.headers) as address:
        return list(run(world.ctx, Asked(Fetcher({"MOENV_API_KEY": "k" * 12}, LIMITS, address), "sandbox"), [SLUG]))


def world_of(root: Path, way: Way, **more: Any) -> World:
    said = {"approve": "auto", "quarantine": "counts"} | way.more | more
    world = World(root / ROOT)
    world.declare(declaration(fields=said.pop("fields", FIELDS), source=way.source, **said))
    return world


def decided(world: World, action: str) -> None:
    waiting = world.state().waiting
    assert waiting
    signed = (world.ctx, SLUG, waiting.identity, "chen", "looked at it")
    if action == "approve":
        assert decide.approve(*signed).outcome == "released"
    else:
        list(decide.reject(*signed, waiting.evidence))
    write_lists(world.ctx)


@pytest.mark.parametrize("name", HEARD)
def test_what_an_agency_names_and_says_is_private_before_it_is_released_and_unless_it_is_declared(
    name: str, tmp_path: Path
):
    world = world_of(tmp_path / "one", HEARD[name])
    (held,) = night(world, HEARD[name])
    assert held.outcome == "held", held
    assert MARK in str(held.reasons), "stewards read it whole"
    assert marked(world.public) == {}
    shutil.copytree(world.root, tmp_path / "two" / ROOT)
    decided(world, "approve")
    assert len(world.rows()) == len(ROWS) - 1
    assert marked(world.public) == {}
    other = World(tmp_path / "two" / ROOT)
    decided(other, "reject")
    assert marked(other.public) == {}
