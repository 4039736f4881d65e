"""Files for spreadsheet programs: of each period of the newest release; what a night costs; what is made again."""

import csv
import io
import json
import secrets
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest
from hosts import hosted
from nights import DAILY, LOOSE, MONTHS, redeclare
from stores import quick_store
from watched import Calls, Watched
from worlds import SLUG, World, column, declaration, many, table_csv, text

from catalog import keys
from catalog.derived import releases_json, spreadsheets
from catalog.derived import write as derived
from catalog.errors import IntegrityError
from catalog.formats import sheet_csv, xlsx
from catalog.store.embedded import Embedded
from catalog.store.remembered import Session

JANUARY, FEBRUARY = "2026-01", "2026-02"
TWO = "site,day,level\na,2026-01-01,1\nb,2026-02-01,2\n"


@pytest.fixture
def small(tmp_path: Path) -> World:
    """A table without periods, with what a spreadsheet would misread."""
    made = World(tmp_path)
    fields = [column("site"), column("level", "number", unit="m"), column("note"), column("at_time", "datetime")]
    made.declare(declaration(fields=fields, guards=LOOSE))
    made.tell("site,level,note,at_time\n007,-1.5,5-9,2026-07-01 08:30:00\n=1+1,,@SUM(1),\n-3,2,-,\n")
    derived.write(made.public, [SLUG])
    return made


@pytest.fixture
def months(tmp_path: Path) -> World:
    """Two months."""
    made = World(tmp_path)
    made.declare(declaration(fields=DAILY, guards=LOOSE, **MONTHS))
    made.tell(TWO)
    derived.write(made.public, [SLUG])
    return made


def key(label: str | None, end: str) -> str:
    return keys.spreadsheet(SLUG, label, end)


def sheets(world: World, label: str | None = None) -> list[list[list[Any]]]:
    body = world.public.get(key(label, "xlsx")).body
    return [[[cell.value for cell in row] for row in sheet] for sheet in openpyxl.load_workbook(io.BytesIO(body))]


def said(world: World, label: str | None = None) -> dict[str, list[Any]]:
    return {str(line[0]).split()[0]: line[1:] for line in sheets(world, label)[1] if line[0]}


def night(world: World) -> list[tuple[str, str]]:
    """What deriving asks of the store for spreadsheets and rows."""
    calls = Calls()
    newest = world.newest()
    listed = releases_json.update(world.public, SLUG, newest)
    spreadsheets.write(Session(Watched(world.public, calls)), newest, listed)
    return [(verb, made) for verb, made, _ in calls.made]


def puts(made: list[tuple[str, str]]) -> set[str]:
    return {each for verb, each in made if verb.startswith("put") or verb == "delete"}


def listed(world: World) -> dict[str, Any]:
    return dict(json.loads(world.public.get(keys.spreadsheets(SLUG)).body)["periods"])


def test_texts_stay_texts_in_the_workbook_and_the_second_sheet_explains(small: World) -> None:
    data, _ = sheets(small)
    assert [row[:3] for row in data] == [
        ["site", "level", "note"],
        ["-3", 2, "-"],
        ["007", -1.5, "5-9"],
        ["=1+1", None, "@SUM(1)"],
    ]
    assert data[2][3].isoformat() == "2026-07-01T08:30:00"
    lines = said(small)
    assert lines["unchanged"][:2] == ["release 1 (version 1.0.0)", "第 1 版"]
    assert small.newest().sha256 in lines["cite"][0]
    assert lines["time"][0] == "Asia/Taipei"
    assert lines["level"][:4] == ["level", "臺：level", "number", "m"]


def test_the_csv_has_the_mark_the_rows_and_no_formula(small: World) -> None:
    body = small.public.get(key(None, "csv")).body
    assert body.startswith(sheet_csv.BOM)
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig")), strict=True))
    assert rows[1:] == [
        ["-3", "2", "-", ""],
        ["007", "-1.5", "5-9", "2026-07-01T08:30:00+08:00"],
        ["'=1+1", "", "'@SUM(1)", ""],
    ]
    assert listed(small)["all"]["guarded"] == 2


def test_the_list_names_each_file_as_it_is(months: World) -> None:
    for label, period in listed(months).items():
        assert period["rows"] == 1
        for end in ("xlsx", "csv"):
            blob = months.public.get(keys.dataset(SLUG, period[end]["path"]))
            assert period[end]["path"] == f"excel/{SLUG}_{label}.{end}"
            assert (period[end]["bytes"], period[end]["etag"]) == (len(blob.body), blob.etag)


def test_a_night_without_news_reads_the_list_and_looks_once(months: World) -> None:
    assert night(months) == [("get", keys.spreadsheets(SLUG)), ("list", keys.spreadsheets_folder(SLUG))]


def test_so_it_is_for_a_whole_table(small: World) -> None:
    assert night(small) == [("get", keys.spreadsheets(SLUG)), ("list", f"datasets/{SLUG}/{SLUG}.")]


def test_a_night_with_news_reads_and_writes_the_period_that_changed(months: World) -> None:
    january = months.public.get(key(JANUARY, "xlsx")).body
    months.tell("site,day,level\nb,2026-02-01,9\n")
    made = night(months)
    rows = [each for verb, each in made if verb == "get" and "/data/" in each]
    assert rows == [keys.dataset(SLUG, months.newest().partitions[FEBRUARY].path)]
    assert puts(made) == {key(FEBRUARY, "xlsx"), key(FEBRUARY, "csv"), keys.spreadsheets(SLUG)}
    assert Counter(verb for verb, _ in made) == {"get": 3, "list": 1, "put_if": 3}
    assert months.public.get(key(JANUARY, "xlsx")).body == january
    assert said(months, JANUARY)["unchanged"][0] == "release 1 (version 1.0.0)"
    assert said(months, FEBRUARY)["unchanged"][0].startswith("release 2 ")
    assert sheets(months, FEBRUARY)[0][1][2] == 9
    assert puts(night(months)) == set()


def test_another_explanation_makes_the_workbooks_again_and_leaves_each_csv(months: World) -> None:
    redeclare(months, fields=DAILY, guards=LOOSE, top={"description": text("Another.")}, **MONTHS)
    months.tell(TWO)
    assert months.newest().n == 2
    made = puts(night(months))
    assert made == {key(JANUARY, "xlsx"), key(FEBRUARY, "xlsx"), keys.spreadsheets(SLUG)}
    assert said(months, JANUARY)["description"][0] == "Another."
    assert said(months, JANUARY)["unchanged"][0] == "release 1 (version 1.0.0)"


@pytest.mark.parametrize("module", [xlsx, sheet_csv])
def test_another_layout_makes_all_again(months: World, monkeypatch: pytest.MonkeyPatch, module: Any) -> None:
    monkeypatch.setattr(module, "LAYOUT", 99)
    assert [verb for verb, each in night(months) if "/data/" in each] == ["get", "get"]
    assert puts(night(months)) == set()


@pytest.mark.parametrize("end", ["xlsx", "csv"])
@pytest.mark.parametrize("body", [None, b"", b"spoilt"])
def test_a_file_that_is_gone_or_broken_is_made_again_and_no_other(months: World, end: str, body: bytes | None) -> None:
    path = months.root / "public" / key(JANUARY, end)
    whole = path.read_bytes()
    path.unlink() if body is None else path.write_bytes(body)
    assert puts(night(months)) == {key(JANUARY, end)}
    assert path.read_bytes() == whole
    assert puts(night(months)) == set()


@pytest.mark.parametrize("end", ["xlsx", "csv"])
def test_so_is_that_of_a_whole_table(small: World, end: str) -> None:
    path = small.root / "public" / key(None, end)
    whole = path.read_bytes()
    path.unlink()
    assert puts(night(small)) == {key(None, end)}
    assert path.read_bytes() == whole


@pytest.mark.parametrize("body", [None, b"", b"[]", b'{"dataset": "lakes", "periods": {}}', b'{"periods": 3}'])
def test_without_the_list_all_is_made_and_nothing_written_twice(months: World, body: bytes | None) -> None:
    path = months.root / "public" / keys.spreadsheets(SLUG)
    whole = path.read_bytes()
    path.unlink() if body is None else path.write_bytes(body)
    assert puts(night(months)) == {keys.spreadsheets(SLUG)}
    assert path.read_bytes() == whole


def test_a_run_that_was_cut_short_goes_on_where_it_was(months: World, monkeypatch: pytest.MonkeyPatch) -> None:
    months.tell("site,day,level\na,2026-01-01,8\nb,2026-02-01,9\n")
    render = xlsx.render

    def stop_at_february(table: Any, about: list[list[str]]) -> bytes:
        if about[3][1] == FEBRUARY:
            raise KeyboardInterrupt
        return render(table, about)

    monkeypatch.setattr(xlsx, "render", stop_at_february)
    with pytest.raises(KeyboardInterrupt):
        night(months)
    monkeypatch.undo()
    made = night(months)
    assert {key(FEBRUARY, "xlsx"), keys.spreadsheets(SLUG)} <= puts(made)
    assert not [each for _, each in made if JANUARY in each]


def test_a_period_that_left_loses_its_files_and_nothing_else_goes(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.declare(declaration(fields=DAILY, guards=LOOSE, load="replace", **MONTHS))
    world.tell(TWO)
    derived.write(world.public, [SLUG])
    stranger = keys.dataset(SLUG, "excel/readme.txt")
    world.public.put_new(stranger, b"not ours")
    world.tell("site,day,level\nb,2026-02-01,2\n")
    assert puts(night(world)) == {key(JANUARY, "xlsx"), key(JANUARY, "csv"), keys.spreadsheets(SLUG)}
    assert world.public.head(key(JANUARY, "xlsx")) is None
    assert world.public.head(key(FEBRUARY, "xlsx")) is not None
    assert world.public.head(stranger) is not None
    assert set(listed(world)) == {FEBRUARY}


def test_a_workbook_of_before_there_was_a_list_goes_with_the_first_night(months: World) -> None:
    months.public.put_new(key(None, "xlsx"), b"of a time when the table had no periods")
    months.public.delete(keys.spreadsheets(SLUG))
    night(months)
    assert months.public.head(key(None, "xlsx")) is None


@pytest.mark.parametrize("limit", ["MOST_ROWS", "MOST_CELLS"])
def test_what_outgrows_a_workbook_keeps_its_csv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setattr(xlsx, limit, 10 if limit == "MOST_ROWS" else 20)
    world = World(tmp_path)
    world.declare(declaration(guards=LOOSE))
    for count, there in ((10, True), (11, False)):
        world.tell(table_csv(many(count)))
        derived.write(world.public, [SLUG])
        assert (world.public.head(key(None, "xlsx")) is not None) is there
        assert world.public.get(key(None, "csv")).body.count(b"\n") == count + 1
        assert (listed(world)["all"]["xlsx"] is not None) is there
    assert [verb for verb, _ in night(world)] == ["get", "list"]


def test_what_is_returned_is_what_pages_list(months: World) -> None:
    newest = months.newest()
    written = spreadsheets.write(months.public, newest, releases_json.listed(months.public, SLUG))
    assert written.faults == ()
    assert [(each.label, each.rows, each.guarded) for each in written.files] == [(JANUARY, 1, 0), (FEBRUARY, 1, 0)]
    for each in written.files:
        assert each.xlsx
        for file in (each.xlsx, each.csv):
            assert len(months.public.get(file.key).body) == file.bytes


def test_a_period_that_cannot_be_read_stops_no_other(months: World) -> None:
    months.tell("site,day,level\na,2026-01-01,8\nb,2026-02-01,9\n")
    newest = months.newest()
    lost = keys.dataset(SLUG, newest.partitions[JANUARY].path)
    whole = months.public.get(lost).body
    months.public.delete(lost)
    history = releases_json.update(months.public, SLUG, newest)
    written = spreadsheets.write(months.public, newest, history)
    assert [each.label for each in written.files] == [FEBRUARY]
    assert len(written.faults) == 1
    with pytest.raises(IntegrityError, match=rf"{SLUG}_{JANUARY}.* of release 2: expected .*, found no such file"):
        raise written.faults[0]
    assert months.public.head(key(JANUARY, "xlsx")) is not None, "that of before stays"
    months.public.put_new(lost, whole)
    assert puts(night(months)) == {key(JANUARY, "xlsx"), key(JANUARY, "csv"), keys.spreadsheets(SLUG)}


def test_one_dataset_that_cannot_be_made_stops_no_other(tmp_path: Path) -> None:
    world = World(tmp_path)
    for slug in (SLUG, "wells"):
        world.declare(declaration(slug, guards=LOOSE))
        world.tell("site,level\na,1\n", slug)
    path = world.newest().partitions["all"].path
    world.public.delete(keys.dataset(SLUG, path))
    with pytest.raises(IntegrityError, match=rf"rivers: {path} of release 1: expected .*, found no such file"):
        derived.write(world.public, [SLUG, "wells"])
    wells = keys.spreadsheet("wells", None, "xlsx")
    for made in (derived.KEY, "catalog.duckdb", wells, "index.html", keys.dataset_page(SLUG, "en")):
        assert world.public.head(made) is not None, made


@pytest.mark.parametrize("label", [JANUARY, None])
def test_with_s3_a_night_costs_the_same_and_readers_get_them_with_their_types(
    s3_server: Embedded, tmp_path: Path, label: str | None
) -> None:
    public = s3_server.open_public(f"books-{secrets.token_hex(8)}")
    world = World(tmp_path, stores=(public, quick_store(tmp_path / "private")))
    world.declare(declaration(fields=DAILY, guards=LOOSE, **(MONTHS if label else {"key": ["site", "day"]})))
    world.tell(TWO)
    derived.write(public, [SLUG])
    assert [verb for verb, _ in night(world)] == ["get", "list"]
    public.delete(key(label, "xlsx"))
    assert puts(night(world)) == {key(label, "xlsx")}
    assert [verb for verb, _ in night(world)] == ["get", "list"]
    with hosted(public) as address, httpx.Client(base_url=address) as client:
        for end in ("xlsx", "csv"):
            answer = client.get(f"/{key(label, end)}")
            assert answer.content == public.get(key(label, end)).body
            headers = keys.headers(key(label, end))
            assert (answer.headers["content-type"], answer.headers["cache-control"]) == headers
            assert headers.cache_control == "no-cache"


def test_another_store_gets_the_same_bytes(months: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {each: months.public.get(each).body for each in months.public.list(keys.spreadsheets_folder(SLUG))}
    assert len(before) == 4
    for each in before:
        months.public.delete(each)
    monkeypatch.setenv("TZ", "America/New_York")
    night(months)
    assert {each: months.public.get(each).body for each in before} == before
