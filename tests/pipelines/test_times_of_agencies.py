"""Times and periods as agencies write them, through the whole path: heard, judged, released, shown."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import frictionless
import pytest
from nights import LOOSE
from workbooks import xlsx
from worlds import SLUG, World, column, declaration

from catalog import keys
from catalog.derived import write as derived
from catalog.release import publish
from catalog.release.verify import verify
from pipelines.records import Fetched, Page
from pipelines.refresh.settle import record
from pipelines.trace.rebuild import rebuild
from pipelines.trace.why import why

NEW_YORK = "America/New_York"


def world_of(root: Path, fields: list[dict[str, Any]], form: str = "csv", **more: Any) -> World:
    source = {"protocol": "file", "address": "https://waters.example/x", "format": form}
    source["reading"] = more.pop("reading", {})
    world = World(root)
    world.declare(declaration(fields=fields, source=source, **({"load": "replace", "guards": LOOSE} | more)))
    return world


def told(world: World, *names: str) -> list[tuple[Any, ...]]:
    """Cells of the newest release, times in UTC."""

    def shown(value: Any) -> Any:
        return f"{value.astimezone(dt.UTC):%Y-%m-%dT%H:%MZ}" if isinstance(value, dt.datetime) else value

    return [tuple(shown(row[name]) for name in names) for row in world.rows()]


def test_the_offset_is_in_the_text(tmp_path: Path):
    date = {"patterns": ["%Y-%m-%d %H:%M%z"], "zone": NEW_YORK, "offsets": {"EST": "-05:00"}}
    world = world_of(tmp_path, [column("at", "datetime", date=date), column("mw", "integer")])
    world.tell("at,mw\n2025-11-02 01:30-0400,7\n2025-11-02 01:30EST,8\n2025-11-02 02:30-05:00,9\n2025-11-02 02:30,1\n")
    assert told(world, "at", "mw") == [("2025-11-02T05:30Z", 7), ("2025-11-02T06:30Z", 8), ("2025-11-02T07:30Z", 9)]
    assert [(row["raw"], row["rule"]) for row in world.quarantine()] == [("2025-11-02 02:30", "at.date")]


def test_twelve_hours_and_two_halves_of_a_day(tmp_path: Path):
    date = {"patterns": ["%Y/%m/%d %p %I:%M"], "zone": "UTC"}
    world = world_of(tmp_path, [column("at", "datetime", date=date), column("level", "number")])
    rows = ["上午 12:00,1", "上午 11:30,2", "下午 12:00,3", "PM 11:00,4", "下午 13:00,5"]
    world.tell("at,level\n" + "".join(f"2012/6/9 {row}\n" for row in rows))
    clocks = ["00:00", "11:30", "12:00", "23:00"]
    assert told(world, "at", "level") == [(f"2012-06-09T{clock}Z", i) for i, clock in enumerate(clocks, 1)]
    assert [row["raw"] for row in world.quarantine()] == ["2012/6/9 下午 13:00"]


@pytest.mark.parametrize(("unit", "count"), [("milliseconds", 1_400_000_000_900), ("seconds", "1400000000.9")])
def test_counts_since_1970(tmp_path: Path, unit: str, count: Any):
    date = {"epoch": unit, "zone": "UTC", "fraction": "drop"}
    fields = [column("id"), column("at", "datetime", date=date, heard_as="time"), column("mag", "number")]
    world = world_of(tmp_path, fields, "json")
    world.tell(json.dumps([{"id": "q", "time": count, "mag": 1.5}, {"id": "r", "time": None, "mag": 2}]))
    assert told(world, "id", "at", "mag") == [("q", "2014-05-13T16:53Z", 1.5), ("r", None, 2.0)]


def test_days_of_a_spreadsheet(tmp_path: Path):
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        for row, cells in enumerate([["day", "n"], [42000, 1], ["2015-01-02", 2]]):
            for at, cell in enumerate(cells):
                sheet.write(row, at, cell)
        sheet.write_datetime(3, 0, dt.datetime(2015, 1, 3), book.add_format({"num_format": "yyyy-mm-dd"}))  # noqa: DTZ001
        sheet.write(3, 1, 3)

    date = {"patterns": ["%Y-%m-%d", "%Y-%m-%d 00:00:00"], "excel": 1900}
    world = world_of(tmp_path, [column("day", "date", date=date), column("n", "integer")], "xlsx")
    world.tell(xlsx(fill))
    assert told(world, "day", "n") == [(dt.date(2014, 12, 27), 1), (dt.date(2015, 1, 2), 2), (dt.date(2015, 1, 3), 3)]
    assert world.quarantine() == []


@pytest.mark.parametrize("load", ["replace", "upsert"])
def test_an_hour_that_stands_twice_is_told_by_the_order_of_the_rows(tmp_path: Path, load: str):
    date = {"patterns": ["%Y-%m-%d %H:%M:%S"], "zone": NEW_YORK, "fold": "by_order"}
    fields = [column("at", "datetime", date=date), column("plant"), column("mw", "integer")]
    world = world_of(tmp_path, fields, key=["at", "plant"], load=load)
    hours = ["00,1", "01,2", "01,3", "02,4"]
    lines = [f"2025-11-02 {hour.replace(',', f':00:00,{plant},')}" for hour in hours for plant in ("oil", "sun")]
    world.tell("\n".join(["at,plant,mw", *lines, "2025-11-02 01:00:00,wind,5"]))
    utc = ["04:00", "05:00", "06:00", "07:00"]
    wanted = [(f"2025-11-02T{clock}Z", plant, i) for i, clock in enumerate(utc, 1) for plant in ("oil", "sun")]
    assert told(world, "at", "plant", "mw") == wanted
    assert [(row["key"], row["rule"]) for row in world.quarantine()] == [
        ("at=2025-11-02 01:00:00, plant=wind", "at.date")
    ]
    found = why(world.ctx, SLUG, "2025-11-02T01:00:00-05:00,sun", "at")
    assert found.origin
    assert (found.origin.row, [rule.rule for rule in found.origin.readings]) == (6, ["date", "date.fold"])
    found = why(world.ctx, SLUG, "2025-11-02T01:00:00-04:00,sun", "mw")
    assert found.origin
    assert (found.origin.row, found.value) == (4, 2)


def sprayed(more: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        column("n", "integer", heard_as="序號"),
        column("year_text", publish="no", **{"from": more}),
        column("day_text", publish="no", heard_as="日期"),
        column(
            "day", "date", join={"fields": ["year_text", "day_text"], "by": "/"}, date={"patterns": ["%Y/%m月%d日"]}
        ),
    ]


def test_a_day_without_a_year_takes_it_from_what_the_steward_says(tmp_path: Path):
    world = world_of(tmp_path, sprayed({"value": "2012"}))
    world.tell("序號,日期\n1,10月01日\n2,2月29日\n3,2月30日\n4,\n")
    days = [dt.date(2012, 10, 1), dt.date(2012, 2, 29), None, None]
    assert told(world, "n", "day") == list(enumerate(days, 1))
    assert [(row["row"], row["column"], row["raw"], row["left"]) for row in world.quarantine()] == [
        (3, "day", None, "cell")
    ]


def test_a_day_without_a_year_takes_it_from_the_name_of_the_file(tmp_path: Path):
    world = world_of(tmp_path, sprayed({"file": "^([0-9]{4})"}), load="upsert")
    for year in (2015, 2016):
        world.now += dt.timedelta(hours=1)
        world.ctx.clock.advance(world.now)
        page = Page(f"https://waters.example/{year}10.csv", 200, {}, f"序號,日期\n{year},10月01日\n".encode())
        record(world.ctx, SLUG, Fetched({"protocol": "file"}, world.now, (page,), None))
        world.settle()
    assert told(world, "day") == [(dt.date(2015, 10, 1),), (dt.date(2016, 10, 1),)]
    found = why(world.ctx, SLUG, "2015", "day")
    assert found.origin
    assert [rule.rule for rule in found.origin.readings] == ["join", "date"]


def test_a_day_and_an_hour_in_two_columns_of_any_format(tmp_path: Path):
    fields = [
        column("site"),
        column("day", publish="no", normalize=["width"]),
        column("hour", publish="no"),
        column(
            "at",
            "datetime",
            join={"fields": ["day", "hour"]},
            date={"patterns": ["%Y-%m-%d %H"], "24:00": True, "shift": "-1h", "calendar": "roc"},
        ),
    ]
    world = world_of(tmp_path, fields, "json", key=["site", "at"])
    rows = [("114-12-31", 24), ("115-01-01", 1), ("１１５-01-01", 2), ("115-01-01", None), ("115-01-01", 25)]
    world.tell(json.dumps([{"site": "a", "day": day, "hour": hour} for day, hour in rows]))
    assert told(world, "at") == [("2025-12-31T15:00Z",), ("2025-12-31T16:00Z",), ("2025-12-31T17:00Z",)]
    assert [(row["row"], row["key"], row["rule"]) for row in world.quarantine()] == [
        (4, "site=a, at=…", "at.date"),
        (5, "site=a, at=…", "at.date"),
    ]


PERIODS: dict[str, tuple[dict[str, Any], str, list[str], list[Any], list[str]]] = {
    "year": ({"calendar": "roc", "patterns": ["%Y"]}, "year", ["98", "114"], [2009, 2025], ["2009", "2025"]),
    "month": (
        {"calendar": "roc", "patterns": ["%Y%m"]}, "month", ["9812", "10901"], ["2009-12", "2020-01"],
        ["2009-12", "2020-01"],
    ),
    "quarter": (
        {"calendar": "roc", "patterns": ["%YS%q"]}, "year", ["108S4", "109S1"], ["2019-Q4", "2020-Q1"],
        ["2019", "2020"],
    ),
    "week": (
        {"patterns": ["%Y-%V"], "weeks": "sunday"}, "year", ["2014-53", "2015-01"], ["2014-W53", "2015-W01"],
        ["2014", "2015"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", PERIODS)
def test_periods_are_keys_partitions_and_what_guards_count_by(tmp_path: Path, kind: str):
    date, grain, texts, values, labels = PERIODS[kind]
    fields = [column("x", kind, date=date), column("site"), column("visits", "integer", unit="{visits}")]
    more = {"key": ["x", "site"], "partition": {"field": "x", "grain": grain}, "load": "upsert"}
    limits = {"rows": {"field": "x", "period": grain, "minimum": 2}, "age": "36525d"}
    world = world_of(tmp_path, fields, guards=LOOSE | limits, **more)
    world.tell("x,site,visits\n" + "".join(f"{text},{site},1\n" for text in texts for site in "ab") + "soon,a,1\n")
    world.tell(f"x,site,visits\n{texts[1]},b,2\n{texts[1]},a,1\n")
    assert told(world, "x", "site", "visits") == [
        (values[0], "a", 1), (values[0], "b", 1), (values[1], "a", 1), (values[1], "b", 2)
    ]  # fmt: skip
    assert sorted(world.newest().partitions) == labels
    assert [result.outcome for result in world.tell(f"x,site,visits\n{texts[1]},b,3\n")] == ["held"]
    assert [*verify(world.public, SLUG, 2)] == []
    assert rebuild(world.ctx, SLUG, 2).same
    assert [(row["raw"], row["rule"]) for row in world.quarantine()] in ([], [("soon", "x.date")])


def test_periods_are_shown_and_valid_for_others(tmp_path: Path):
    world = World(tmp_path)
    for kind, (date, grain, texts, _, _) in PERIODS.items():
        fields = [column("x", kind, date=date), column("site"), column("visits", "integer", unit="{visits}")]
        fields.append(column("since", kind, date=date, constraints={"maximum": 2030} if kind == "year" else {}))
        partition = {"field": "x", "grain": grain}
        world.declare(declaration(kind, fields, key=["x", "site"], partition=partition, guards=LOOSE))
        for k in (1, 2):
            body = "".join(f"{text},{site},{k},{text}\n" for text in texts[:k] for site in "ab")
            world.tell("x,site,visits,since\n" + body, kind)
    derived.write(world.public, sorted(PERIODS))
    for kind in PERIODS:
        descriptor = next(tmp_path.glob(f"**/{keys.document(kind, 2)}"))
        report = frictionless.Package(str(descriptor)).validate()
        assert (report.valid, report.errors) == (True, [])
        assert publish.newest_n(world.public, kind) == 2
    page = world.public.get(keys.dataset_page("year", "en")).body.decode()
    assert "2009 – 2025" in page
    assert "2,0" not in page
    figures = {kind: json.loads(world.public.get(f"datasets/{kind}/figures.json").body) for kind in PERIODS}
    assert {kind: (said["step"], said["steps"][-1:]) for kind, said in figures.items()} == {
        "year": ("year", ["2025"]),
        "month": ("month", ["2020-01"]),
        "quarter": (None, []),
        "week": ("week", ["2015-01-05"]),
    }
    assert figures["month"]["whole"]["value"] == 4
