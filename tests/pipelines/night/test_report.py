"""The report says of every dataset what became of it since the report before."""

import datetime as dt
from pathlib import Path

from worlds import SLUG, World, declaration

from catalog import keys
from catalog.reasons.sentences import sentences
from pipelines.fetch.sources import mark
from pipelines.night.report import WORST_FIRST, present, report
from pipelines.night.spoken import sentence
from pipelines.night.told import ToldBefore


def test_the_first_report_tells_of_every_release(world: World, morning: dt.datetime) -> None:
    made = report(world.ctx, morning, ToldBefore())
    assert [(line.dataset, line.what) for line in made.lines] == [
        ("wells", "failing"),
        ("lakes", "held"),
        ("springs", "never"),
        ("rivers", "released"),
    ]
    rivers = made.lines[-1]
    assert (rivers.made, rivers.release, rivers.rows) == ((1, 2), 2, 3)
    assert rivers.changes._asdict() == {"insert": 3, "update": 1, "delete": 0}
    assert {what: n for what, n in made.counts.items() if n} == {"failing": 1, "held": 1, "never": 1, "released": 1}
    assert tuple(made.counts) == WORST_FIRST


def test_the_next_one_tells_what_is_new_since(world: World, morning: dt.datetime) -> None:
    told = ToldBefore(at="2026-07-01T09:00:00+08:00", releases={"rivers": 2, "lakes": 1, "wells": 1})
    assert [line.made for line in report(world.ctx, morning, told).lines] == [()] * 4
    world.tell("site,level\na,1\nb,2\n", "rivers")
    made = report(world.ctx, morning + dt.timedelta(hours=1), told)
    rivers = next(line for line in made.lines if line.dataset == "rivers")
    assert (rivers.what, rivers.made, rivers.changes._asdict()) == (
        "released",
        (3,),
        {"insert": 0, "update": 1, "delete": 0},
    )
    assert made.before == told.at


def test_a_line_has_the_reasons_that_stewards_may_read(world: World, morning: dt.datetime) -> None:
    lines = {line.dataset: line for line in report(world.ctx, morning, ToldBefore()).lines}
    assert "level.range: 1 of 2 rows fail" in sentences(lines["lakes"].reasons)
    assert lines["lakes"].candidate
    assert "maintenance" in sentences(lines["wells"].reasons)


def test_what_is_not_looked_for_in_time_is_overdue(world: World, morning: dt.datetime) -> None:
    late = report(world.ctx, morning + dt.timedelta(days=30), ToldBefore())
    assert {line.dataset: line.what for line in late.lines}["rivers"] == "overdue"


def test_a_damaged_dataset_stops_no_other(world: World, morning: dt.datetime) -> None:
    world.public.delete(keys.dataset("rivers", "datapackage-2.json"))
    world.public.delete(keys.pointer("rivers"))
    for key in list(world.private.list(keys.kept_documents("rivers"))):
        world.private.delete(key)
    world.public.put_new(keys.pointer("rivers"), b"{")
    lines = {line.dataset: line for line in report(world.ctx, morning, ToldBefore()).lines}
    assert (lines["rivers"].what, lines["rivers"].made) == ("damaged", ())
    assert lines["lakes"].what == "held"


def test_news_are_changes_of_state_that_need_a_look_or_ended_one(world: World, morning: dt.datetime) -> None:
    made = report(world.ctx, morning, ToldBefore())
    assert [line.dataset for line in made.news({})] == ["wells", "lakes"]
    assert made.news(made.states) == ()
    known = made.states | {"rivers": "failing", "springs": "fresh"}
    assert [line.dataset for line in made.news(known)] == ["rivers"], "well again"


def test_the_present_of_simulated_sources_is_theirs(world: World, morning: dt.datetime) -> None:
    mark(world.public, world.private, "sandbox")
    assert present(world.ctx) == world.now, "the last check, not the time of this test"


def test_the_present_of_live_sources_is_the_present(world: World) -> None:
    mark(world.public, world.private, "live")
    before = dt.datetime.now(dt.UTC)
    assert before <= present(world.ctx) <= dt.datetime.now(dt.UTC)


def test_what_is_lost_for_good_is_news_once(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.declare(declaration(reach="1h", fetch="0 * * * *"))
    mark(world.public, world.private, "live")
    world.tell("site,level\na,1\n")
    before = ToldBefore(at=world.now.isoformat(), releases={SLUG: 1}, states={SLUG: "fresh"})
    world.now += dt.timedelta(days=3)
    world.tell("site,level\na,2\n")
    made = report(world.ctx, world.now, before)
    (line,) = made.lines
    assert line.json()["missed"] == {
        "fetches": 72, "from": "2026-07-01T10:00:00+08:00", "to": "2026-07-04T09:00:00+08:00",
    }  # fmt: skip
    assert made.news({SLUG: "fresh"}) == (line,)
    assert sentence(line, "en").endswith(
        "; 72 fetches from 2026-07-01T10:00:00+08:00 to 2026-07-04T09:00:00+08:00 were missed: what the agency showed "
        "only then is lost for good"
    )
    again = report(world.ctx, world.now, ToldBefore(at=world.now.isoformat(), releases={SLUG: 2}))
    assert (again.lines[0].missed, again.news({SLUG: "fresh"})) == (None, ())
