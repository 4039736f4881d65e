"""A marked text goes every way that an agency's text can go, and is looked for in every public object, unpacked."""

import datetime as dt
import gzip
import io
import itertools
import json
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from agencies import LIMITS, agency_that_says
from leaks import MARK, MARKS, marked, texts
from tiers import few
from workbooks import label, ods, ods_row, xls, xlsx
from worlds import SLUG, START, World, column, declaration

from catalog import keys
from catalog.errors import MinshengError
from catalog.store import put_over
from pipelines.context import Context
from pipelines.fetch.fetcher import Fetcher
from pipelines.fetch.live import Live
from pipelines.fetch.replay import Replay
from pipelines.refresh import decide
from pipelines.refresh.result import RefreshResult
from pipelines.run import failed, run, write_lists

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
WITHOUT_SITE = {name: text for name, text in GOOD.items() if name != "site"}
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


def as_file(
    form: str, body: str | bytes, status: int = 200, headers: dict[str, str] | None = None, **reading: Any
) -> Way:
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
    with gzip.GzipFile("zq7mk-file.csv", "wb", fileobj=made) as archive:
        archive.write(body.encode())
    return made.getvalue()


def table(rows: list[Row]) -> list[list[str]]:
    return [list(rows[0]), *(list(row.values()) for row in rows)]


def of_a_day(rows: list[Row]) -> list[Row]:
    return [row | {"at": "115.07.01", "kind": "N04"} for row in rows]


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
MORE_OF_MOA: dict[str, Any] = BY_DAY | {"fields": FIELDS + OF_A_DAY}
BAD = {"zq7mk-header": "zq7mk-value", "Content-Type": "text/zq7mk", "ETag": '"zq7mk-etag"'}
BAD |= {"Content-Disposition": "attachment; filename=zq7mk.csv", "Last-Modified": "zq7mk-day"}


def ways(rows: list[Row]) -> dict[str, Way]:
    """Rows, by every protocol and in every format."""
    cells = [label(i, at, text) for i, line in enumerate(table(rows)) for at, text in enumerate(line)]
    lines = "".join(ods_row(*line) for line in table(rows))
    day = of_a_day(rows)
    return {
        "csv": as_file("csv", csv(rows), headers=BAD),
        "json": as_file("json", json.dumps(rows, ensure_ascii=True)),
        "javascript": as_file("javascript", f"/* {MARK} */ var list = {json.dumps(rows)};", prefix="var list ="),
        "geojson": as_file("geojson", features(rows), geometry="none"),
        "xml": as_file("xml", xml(rows), records="list/row"),
        "xlsx": as_file("xlsx", workbook(rows), sheet_column="sheet"),
        "ods": as_file("ods", ods((f"{MARK}-sheet", lines)), sheet_column="sheet"),
        "xls": as_file("xls", xls((f"{MARK}-sheet", b"".join(cells)))),
        "zip": as_file("zip", packed(csv(rows)), member="*.csv", format="csv"),
        "gzip": as_file("csv", gzipped(csv(rows))),
        "moenv-bare": Way(MOENV, json.dumps(rows).encode()),
        "moenv-envelope": Way(MOENV, json.dumps({"records": rows, "total": str(len(rows)), MARK: MARK}).encode()),
        "moa": Way(MOA, json.dumps({"RS": "OK", "Data": day, "Next": False, MARK: MARK}).encode(), MORE_OF_MOA),
        "moa-legacy": Way(
            MOA | {"interface": "legacy"}, json.dumps([row | {"種類代碼": "N04"} for row in day]).encode(), MORE_OF_MOA
        ),
    }


HEARD = ways(ROWS)
REJECTED = ways([row | {"name": "rejected"} for row in ROWS])


class Asked(Live):
    """An agency that is asked over real HTTP, by the clock of the world."""

    def begin(self, ctx: Context, wanted: list[str]) -> None:
        self.fetcher.now = ctx.clock.now


def night(world: World, way: Way) -> list[RefreshResult]:
    """One run that asks the agency, and writes lists and pages."""
    with agency_that_says(way.body, way.status, way.headers) as address:
        return list(run(world.ctx, Asked(Fetcher({"MOENV_API_KEY": "k" * 12}, LIMITS, address), "sandbox"), [SLUG]))


def world_of(root: Path, way: Way, quality: list[dict[str, Any]] | None = None, **more: Any) -> World:
    said = {"approve": "auto", "quarantine": "counts"} | way.more | more
    world = World(root / ROOT)
    world.declare(declaration(fields=said.pop("fields", FIELDS), source=way.source, **said), quality)
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


HIDDEN = tuple(f"{MARK}-{what}" for what in ("note", "right", "column", "cell", "home", "sheet", "member", "value"))
"""What is not declared, or not published, and no word of it may show even where the quarantine is a table."""


@pytest.mark.parametrize("name", few(HEARD, 4))
def test_what_an_agency_says_is_private_before_it_is_released_and_after_it_unless_it_is_published(
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


@pytest.mark.parametrize("name", few(["csv", "moenv-envelope", "moa"]))
def test_where_the_quarantine_is_a_table_it_has_published_columns_only(name: str, tmp_path: Path):
    checks = [
        {"id": "short", "type": "ExpectColumnValueLengthsToBeBetween", "kwargs": {"column": "name", "max_value": 5}},
        {"id": "left-too", "type": "ExpectColumnValuesToNotBeInSet", "kwargs": {"column": "left", "value_set": ["l"]}},
    ]
    quality = [check | {"severity": "warn", "reason": {"en": "a", "zh-TW": "b"}} for check in checks]
    world = world_of(tmp_path, HEARD[name], quality, quarantine="table")
    assert [item.outcome for item in night(world, HEARD[name])] == ["held"]
    assert marked(world.public) == {}
    decided(world, "approve")
    raw = {entry["column"]: entry["raw"] for entry in world.quarantine()}
    assert raw["name"] == f"{MARK}-long", "the tester sees what is published"
    assert raw["left"] is None
    examples = {line["id"]: [one["value"] for one in line["examples"]] for line in world.fact("quality")["checks"]}
    assert (set(examples["left-too"]), examples["name.pattern"]) == ({None}, [f"{MARK}-long"])
    assert marked(world.public)
    assert marked(world.public, HIDDEN) == {}


STRAY = of_a_day(ROWS)[0] | {"at": MARK}
CONFLICT = csv([GOOD, GOOD | {"need": f"{MARK}-other"}])
REFUSED: dict[str, Way] = {
    "no column of the key": as_file("csv", csv([{f"{MARK}-column": "a", "level": "1"}])),
    "two columns for one field": as_file("csv", csv([{"SITE": "a", "ＳＩＴＥ": MARK} | WITHOUT_SITE])),
    "one key with two contents": as_file("csv", CONFLICT),
    "a page of markup": as_file("csv", f"<!DOCTYPE html><p>{MARK}</p>"),
    "an unlike row": as_file("csv", f"site,level\na,1,{MARK}\n"),
    "another encoding": as_file("csv", f"site,{MARK}\n".encode("utf-16")),
    "a gzip that is cut": as_file("csv", gzipped(csv(ROWS))[:-30]),
    "an error in JSON": as_file("json", json.dumps({"error": MARK, MARK: 1}), records="data"),
    "a list of other things": as_file("json", json.dumps([MARK, {MARK: MARK}])),
    "broken JSON": as_file("json", f'{{"{MARK}": tru'),
    "another script": as_file("javascript", f"var {MARK} = [];", prefix="var list ="),
    "no feature": as_file("geojson", json.dumps({"type": "FeatureCollection", "features": [{"type": MARK}]})),
    "another root": as_file("xml", f"<{MARK}><row/></{MARK}>", records="list/row"),
    "an element twice": as_file("xml", f"<list><row><{MARK}/><{MARK}/></row></list>", records="list/row"),
    "broken XML": as_file("xml", f"<{MARK}><row", records="list/row"),
    "another sheet": as_file("xlsx", workbook(ROWS), sheet="Data"),
    "a zip that is no workbook": as_file("xlsx", packed(MARK)),
    "another member": as_file("zip", packed(csv(ROWS)), member="data.csv", format="csv"),
    "a member that is none": as_file("zip", packed(MARK, f"{MARK}.json"), member="*.json", format="json"),
    "the ministry's error": Way(MOENV, json.dumps({"success": False, "message": MARK}).encode()),
    "the ministry's other answer": Way(MOENV, json.dumps({MARK: MARK}).encode()),
    "an error of moa": Way(MOA, json.dumps({"RS": MARK, "message": MARK}).encode(), MORE_OF_MOA),
    "another day": Way(MOA, json.dumps({"RS": "OK", "Data": [STRAY], "Next": False}).encode(), MORE_OF_MOA),
    "not found": as_file("csv", MARK, 404, BAD),
    "an error of the server": as_file("csv", MARK, 500, BAD),
    "a wait": as_file("csv", MARK, 429, BAD | {"Retry-After": "zq7mk"}),
    "a redirect elsewhere": as_file("csv", "", 302, {"Location": "https://zq7mk.example/zq7mk?zq7mk=1"}),
    "a redirect nowhere": as_file("csv", "", 302, {"Location": "http://[zq7mk"}),
    "a body that ends early": as_file("csv", csv(ROWS), headers={"Content-Length": "99999"}),
}  # fmt: skip


@pytest.mark.parametrize("name", few(REFUSED, 9))
def test_what_is_refused_is_told_to_stewards_alone(name: str, tmp_path: Path):
    way = REFUSED[name]
    world = world_of(tmp_path, way)
    (item,) = night(world, way)
    assert item.outcome == "refused", item
    assert MARKS[0] in f"{item.reasons} {evidence(world)}", "stewards read it"
    assert marked(world.public) == {}


def evidence(world: World) -> str:
    """All that is kept of fetches, as text."""
    return " ".join(text for key in world.private.list("evidence/") for text in texts(world.private.get(key).body))


def test_the_name_of_a_replayed_file_is_for_stewards(tmp_path: Path):
    folder, world = tmp_path / "recorded", world_of(tmp_path, HEARD["csv"])
    (folder / "replay").mkdir(parents=True)
    (folder / f"{MARK}.csv").write_text("<p>closed</p>", encoding="utf-8")
    (folder / "replay" / f"{SLUG}.csv").write_text(
        f"fetched_at,file,address\n{START.isoformat()},{MARK}.csv,https://waters.example/{MARK}\n", encoding="utf-8"
    )
    (item,) = run(world.ctx, Replay(folder), [SLUG])
    assert MARK in str(item.reasons)
    assert marked(world.public) == {}


@pytest.mark.parametrize("body", few([MARK.encode(), json.dumps({MARK: 1}).encode(), b"", b"{}", b"[" * 9], 2))
def test_what_is_damaged_is_told_without_what_is_found_there(tmp_path: Path, body: bytes):
    """The root of the world is marked, so that no path of the machine shows either."""
    way = as_file("csv", csv([{name: text for name, text in GOOD.items() if MARK not in name}]))
    world = world_of(tmp_path, way)
    assert [item.outcome for item in night(world, way)] == ["released"]
    for store, key in ((world.public, keys.document(SLUG, 1)), (world.private, keys.evidence(SLUG, 1))):
        put_over(store, key, body)
    assert [item.outcome for item in night(world, way)] == ["failed"]
    world.public.delete(keys.document(SLUG, 1))  # where the mark stands, if it was put there
    assert marked(world.public) == {}


@pytest.mark.parametrize("family", MinshengError.__subclasses__(), ids=lambda family: family.__name__)
@pytest.mark.parametrize("place", [None, MARK])
def test_an_error_of_whatever_kind_is_told_by_its_family(tmp_path: Path, family: type[Exception], place: str | None):
    world = world_of(tmp_path, HEARD["csv"])
    error = MinshengError.__new__(family)
    MinshengError.__init__(error, f"{MARK} in {tmp_path}", place=place)
    for each in (error, ValueError(MARK), OSError(2, "none", str(world.root)), KeyError(MARK)):
        assert MARK in failed(world.ctx, SLUG, each).in_both
        write_lists(world.ctx)
        assert marked(world.public) == {}


MODES = ("counts", "table")


@pytest.mark.soak
def test_three_nights_of_every_way_and_every_decision(tmp_path: Path, counted: Callable[[str, int], None]):
    """Night 1 is approved; what night 2 adds is rejected, and no word of it is ever public; night 3 says it is gone."""
    objects = words = 0
    for mode, name in itertools.product(MODES, HEARD):
        world = world_of(tmp_path / mode / name, HEARD[name], quarantine=mode)
        night(world, HEARD[name])
        decided(world, "approve")
        world.ctx.clock.advance(START + dt.timedelta(hours=1))
        (second,) = night(world, REJECTED[name])
        assert second.outcome == "held", (name, second)
        decided(world, "reject")
        world.ctx.clock.advance(START + dt.timedelta(hours=2))
        night(world, HEARD[name])
        for store_marks in (MARKS if mode == "counts" else HIDDEN, ("rejected",)):
            shown = marked(world.public, store_marks)
            assert shown == {}, (mode, name)
        searched = [world.public.get(key).body for key in world.public.list("")]
        objects, words = objects + len(searched), words + sum(map(len, map(texts, searched)))
    counted("public objects searched for a marked text", objects)
    counted("texts of public objects searched", words)
