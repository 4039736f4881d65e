"""What stands beside the cells becomes texts of fields: time, names, titles, parameters of the request."""

import io
import zipfile
from dataclasses import replace
from typing import Any

import pytest
from nights import Make
from workbooks import xlsx
from worlds import SLUG, World, column, dataset, declaration

from catalog.errors import DeclarationError, SourceError
from pipelines.candidate.origins import file_name, of_body
from pipelines.records import Fetched, Page, Record
from pipelines.refresh.settle import record as keep

BODY = "site,level\na,1\nb,2\n"
ADDRESS = "https://waters.example/files/114-03_F.csv?kind=N04&day=2026-07-01&q=&q=2"


def told(world: World, body: str | bytes = BODY) -> list[Any]:
    """Hear a body under an address with a name and a query, and settle."""
    world.now = world.now.replace(hour=world.now.hour + 1)
    page = Page(ADDRESS, 200, {}, body if isinstance(body, bytes) else body.encode())
    _, result = keep(world.ctx, SLUG, Fetched({"protocol": "file"}, world.now, (page,), None))
    return [result] if result else world.settle()


def world_with(
    make: Make, origin: dict[str, Any], kind: str = "string", source: dict[str, Any] | None = None, **more: Any
) -> World:
    world = make()
    extra = column("x", kind)
    extra.pop("date", None)
    fields = [column("site"), column("level", "number"), extra | {"from": origin} | more]
    said = {"protocol": "file", "address": "https://waters.example/rivers.csv", "format": "csv"} | (source or {})
    world.declare(declaration(fields=fields, source=said))
    return world


def values(world: World) -> list[Any]:
    return [row["x"] for row in world.rows()]


@pytest.mark.parametrize(
    ("origin", "kind", "more", "expected"),
    [
        ({"fetched_at": True}, "string", {}, "2026-07-01T09:00:00+08:00"),
        ({"fetched_at": True}, "date", {}, "2026-07-01"),
        ({"fetched_at": True, "shift": "-1d"}, "date", {}, "2026-06-30"),
        ({"fetched_at": True, "shift": "-90m"}, "datetime", {}, "2026-07-01 07:30:00+08:00"),
        ({"fetched_at": True}, "datetime", {"date": {"zone": "UTC"}}, "2026-07-01 01:00:00+00:00"),
        ({"fetched_at": True, "shift": "-2h"}, "date", {"date": {"zone": "UTC"}}, "2026-06-30"),
        ({"fetched_at": True, "shift": "-1d"}, "month", {}, "2026-06"),
        ({"fetched_at": True}, "quarter", {}, "2026-Q3"),
        ({"fetched_at": True}, "week", {}, "2026-W27"),
        ({"fetched_at": True, "shift": "-200d"}, "year", {}, "2025"),
        ({"file": r"^([0-9]+-[0-9]+)_"}, "quarter", {"date": {"calendar": "roc", "patterns": ["%Y-%m"]}}, "2025-Q1"),
        ({"file": "^([0-9]+)-"}, "integer", {}, "114"),
        ({"file": r"^([0-9]+-[0-9]+)_"}, "date", {"date": {"calendar": "roc", "patterns": ["%Y-%m"]}}, "2025-03-01"),
        ({"file": "_([a-z])"}, "string", {}, None),
        ({"file": "(?i:_([a-z]))"}, "string", {"codes": {"map": {"F": "TW-TPQ"}}}, "TW-TPQ"),
        ({"asked": "kind"}, "string", {}, "N04"),
        ({"asked": "day"}, "date", {"date": {"patterns": ["%Y-%m-%d"]}}, "2026-07-01"),
        ({"asked": "q"}, "string", {}, None),
        ({"asked": "county"}, "string", {}, None),
        ({"value": "2015"}, "integer", {}, "2015"),
        ({"asked": "kind", "else": {"file": "^([0-9]+)-"}}, "string", {}, "N04"),
        ({"asked": "season", "else": {"member": "(x)", "else": {"file": "^([0-9]+)-"}}}, "integer", {}, "114"),
        ({"file": "none([0-9])", "else": {"asked": "season", "else": {"value": "7"}}}, "integer", {}, "7"),
        ({"asked": "season", "else": {"file": "none([0-9])"}}, "string", {}, None),
    ],
)
def test_a_text_comes_from_besides_the_cells_and_passes_the_usual_steps(
    make: Make, origin: dict[str, Any], kind: str, more: dict[str, Any], expected: str | None
):
    world = world_with(make, origin, kind, **more)
    (result,) = told(world)
    if expected is None:
        assert result.outcome == "refused"
        assert "for the field x" in result.reasons[0].detail
    else:
        assert result.outcome == "released"
        assert [str(value) for value in values(world)] == [expected] * 2


@pytest.mark.parametrize(
    ("headers", "address", "replay", "name"),
    [
        ({}, "https://a.example/x/113.csv?y=1", None, "113.csv"),
        ({}, "https://a.example/x/%E5%8F%B0.csv", None, "台.csv"),
        ({"content-disposition": 'attachment; filename="a b.csv"'}, "https://a.example/get", None, "a b.csv"),
        ({"content-disposition": "attachment; filename=a.csv"}, "https://a.example/get", None, "a.csv"),
        (
            {"content-disposition": "attachment; x; filename*=UTF-8''%E5%8F%B0; filename=x"},
            "https://a.example/get",
            None,
            "台",
        ),
        ({"content-disposition": 'attachment; filename="../a.csv"'}, "https://a.example/get", None, "get"),
        ({"content-disposition": "attachment; filename*=UTF-9''%61"}, "https://a.example/get", None, "get"),
        ({"content-disposition": 'inline; filename=""'}, "https://a.example/", None, None),
        ({"content-disposition": "filename=b.csv"}, "https://a.example/get", "moi/113 S1.csv", "113 S1.csv"),
    ],
)
def test_a_file_has_the_name_of_the_replay_of_the_answer_or_of_the_address(
    headers: dict[str, str], address: str, replay: str | None, name: str | None
):
    asked = {"replay": [f"2026-07-01T01:30:00+08:00 {replay} "]} if replay else {}
    kept = Record(1, None, "complete", None, ({"address": address, "headers": headers},), asked, None)  # type: ignore[arg-type]
    assert file_name(kept, 0) == name


def test_each_body_has_a_name_of_its_own(make: Make):
    world = world_with(make, {"file": "(.*)"})
    pages = (Page("a.csv", 200, {}, b"site,level\na,1\n"), Page("b.csv", 200, {}, b"site,level\nb,2\nc,3\n"))
    lines = [f"{world.now.isoformat()} deep/{name}.csv {i}" for i, name in enumerate(("one", "two"), 1)]
    keep(world.ctx, SLUG, Fetched({"replay": lines}, world.now, pages, None))
    world.settle()
    assert values(world) == ["one.csv", "two.csv", "two.csv"]


def test_a_part_of_the_window_is_a_parameter(make: Make):
    world = world_with(make, {"asked": "kind"})
    said = world.ctx.declarations.of(SLUG).dataset.field("x")
    asked = {"window": {"kind": ["N04", "N04"]}}
    kept = Record(1, world.now, "complete", None, ({"address": "x", "headers": {}},), asked, None)
    assert of_body(said, kept, 0) == "N04"
    with pytest.raises(SourceError, match="expected a request for one kind, for the field x, found N04 to N05"):
        of_body(said, replace(kept, asked={"window": {"kind": ["N04", "N05"]}}), 0)


def zipped(**members: str) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as made:
        for name, text in members.items():
            made.writestr(f"{name}.csv", text)
    return body.getvalue()


def sheet(workbook: Any) -> None:
    made = workbook.add_worksheet("114年3月")
    for at, line in enumerate((["新北市 114年3月"], ["site", "level"], ["a", 1], ["b", 2])):
        made.write_row(at, 0, line)


@pytest.mark.parametrize(
    ("origin", "source", "body", "expected"),
    [
        (
            {"member": "^(.)_lvr"},
            {"format": "zip", "reading": {"member": "*", "format": "csv"}},
            zipped(f_lvr=BODY),
            "f",
        ),
        ({"sheet": "([0-9]+)年"}, {"format": "xlsx", "reading": {"skip": 1}}, xlsx(sheet), "114"),
        ({"title": "(.+) [0-9]"}, {"format": "xlsx", "reading": {"skip": 1}}, xlsx(sheet), "新北市"),
        ({"title": "([0-9]+)年"}, {"reading": {"skip": 3}}, '單位：戶,,\n"民國113年\n用電",\n' + BODY, "113"),
        ({"title": "([0-9]+)年"}, {"reading": {"after": "民國"}}, "表,\n民國113年,\n" + BODY, "113"),
        ({"title": "([0-9]+)年"}, {"reading": {"skip": 1}}, "用電,\n" + BODY, None),
        ({"title": "([0-9]+)年"}, {}, BODY, None),
        ({"sheet": "(.*)"}, {}, BODY, None),
    ],
)
def test_members_sheets_and_titles_have_names(
    make: Make, origin: dict[str, Any], source: dict[str, Any], body: str | bytes, expected: str | None
):
    world = world_with(make, origin, source=source)
    (result,) = told(world, body)
    if expected is None:
        assert result.outcome == "refused"
        assert "for the field x, found" in result.reasons[0].detail
    else:
        assert values(world) == [expected] * 2


@pytest.mark.parametrize(
    ("origin", "sentence"),
    [
        ({}, "expected one of fetched_at, file, .*, found none"),
        ({"file": "(a)", "sheet": "(b)"}, "found file and sheet"),
        ({"file": "a"}, "expected one group in round brackets.*found 0"),
        ({"file": "(a)(b)"}, "found 2"),
        ({"file": "(?=a)(b)"}, "is no pattern that RE2 and Python both read"),
        ({"value": "x", "shift": "-1d"}, "shift: belongs to fetched_at"),
        ({"fetched_at": True, "shift": "1 day"}, "is no shift; write for instance -1d"),
        ({"fetched_at": False}, "fetched_at"),
        ({"parent": "x"}, "is not known; known here: .*fetched_at"),
    ],
)
def test_what_cannot_be_is_told_on_load(origin: dict[str, Any], sentence: str):
    with pytest.raises(DeclarationError, match=sentence):
        dataset(fields=[column("site"), column("x") | {"from": origin}])


def test_a_name_in_the_answer_and_an_origin_exclude_each_other():
    with pytest.raises(DeclarationError, match="heard_as, from: each says"):
        dataset(fields=[column("site"), column("x") | {"from": {"value": "1"}, "heard_as": "y"}])
    said = {"from": {"fetched_at": True}, "date": {"patterns": ["%Y"]}}
    with pytest.raises(DeclarationError, match="the time of a fetch is written by us"):
        dataset(fields=[column("site"), column("x", "date") | said])


def test_what_a_release_stored_is_read_back():
    said = dataset(fields=[column("site"), column("x", "date") | {"from": {"fetched_at": True}, "date": {}}])
    assert type(said).load(said.dump(), "stored") == said
    assert said.meaning()["fields"][1]["from"] == {"fetched_at": True}
