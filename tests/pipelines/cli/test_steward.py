"""What a steward does at the command line: check, run, status, candidates, approve, reject; and the exit codes."""

import datetime as dt
import json
import re

from consoles import Console
from nights import LOOSE, state
from worlds import SLUG, World, column, declaration, inline

from catalog import keys
from pipelines.records import Fetched

FUTURE = dt.datetime.fromisoformat("2136-11-21T01:30:00+08:00")


def write(world: World, text: str) -> None:
    (world.datasets / "spots" / "table.csv").write_text(text, encoding="utf-8")


def candidate(console: Console) -> str:
    (waiting,) = console.json("candidates")
    return str(waiting["candidate"])


def test_check_says_what_is_right_and_what_is_not(table: World, console: Console) -> None:
    assert console.out("check") == "spots: right\n"
    table.declare(inline("spots", approve="perhaps"))
    assert "approve" in console.fault("check", "spots")


def test_check_of_nothing_is_a_fault(settings: World, console: Console) -> None:
    assert "no dataset is declared in" in console.fault("check")


def test_a_run_is_0_when_all_went_well(table: World, console: Console) -> None:
    assert re.fullmatch(r"spots \(.*\): release 1, \+2 rows, 2 rows in all\n", console.out("run"))
    (item,) = console.json("run", "spots")
    assert set(item) == {"dataset", "fetched_at", "outcome", "release", "candidate", "reason", "records", "reasons"}
    assert (item["outcome"], item["release"]) == ("unchanged", 1)


def test_a_run_is_3_when_something_is_held_and_1_when_something_is_refused(table: World, console: Console) -> None:
    table.declare(inline("spots", approve="always"))
    code, out, err = console.run("run", "spots")
    assert (code, err) == (3, "")
    assert "minsheng approve spots --candidate " in out
    table.declare(inline("sites"), table="site,level\na,1\na,2\n")
    code, out, _ = console.run("run", "--json")
    assert code == 1
    assert {item["dataset"]: item["outcome"] for item in json.loads(out)}["sites"] == "refused"


def test_a_run_says_where_the_records_are_that_are_not_published(table: World, console: Console) -> None:
    omit = [{"when": {"site": "all"}, "reason": {"en": "A total.", "zh-TW": "合計。"}}]
    fields = [column("site"), column("level", "number", constraints={"required": True})]
    lines = "site,level\na,1\na,1\nb,2\nc,high\nall,9\n"
    loose = {"quarantined": 1, "collapsed": 1}
    table.declare(inline("spots", fields=fields, omit=omit, guards=loose), table=lines)
    told = console.out("run", "spots")
    assert "2 rows in all; heard 5 = published 2 + quarantined 1 + omitted 1 + collapsed 1; warned of by" in told
    table.declare(inline("spots", fields=fields, omit=omit, guards=loose), table=lines + "d,4\n")
    (item,) = console.json("run", "spots")
    assert item["records"] == {"heard": 6, "published": 3, "quarantined": 1, "omitted": 1, "collapsed": 1}


def test_a_candidate_is_listed_approved_and_approved_again(table: World, console: Console) -> None:
    table.declare(inline("spots", approve="always"))
    console.run("run", "spots")
    identity = candidate(console)
    assert identity[:16] in console.out("candidates")
    decision = ("approve", "spots", "--candidate", identity[:16], "--by", "B", "--reason", "as announced")
    assert "release 1, +2 rows" in console.out(*decision)
    assert console.out("candidates") == "nothing waits\n"
    assert console.out(*decision).startswith("already, by an earlier approval: ")
    late = console.out(*decision[:-4], "--by", "C", "--reason", "as announced")
    assert late.startswith("already, by the approval of B: spots")
    fault = console.fault("reject", *decision[1:-4], "--by", "C", "--reason", "half a file")
    assert "was approved by B (as announced); that is decision 1 and it stands" in fault


def test_a_rejection_names_fetches(table: World, console: Console) -> None:
    table.declare(inline("spots", approve="always"))
    console.run("run", "spots")
    decision = ("reject", "spots", "--candidate", candidate(console), "--by", "B", "--reason", "half a file")
    assert "fetch 7 is not in candidate" in console.fault(*decision, "--evidence", "1", "7")
    assert "is rejected by B" in console.out(*decision, "--evidence", "1")
    assert "is rejected by B" in console.out(*decision), "the same again"
    assert "sets fetches [1] aside" in console.fault(*decision[:-4], "--by", "C", "--reason", "half a file")
    assert console.json("candidates") == []


def test_a_decision_on_what_does_not_wait_is_1(table: World, console: Console) -> None:
    fault = console.fault("approve", "spots", "--candidate", "0" * 16, "--by", "B", "--reason", "c")
    assert "none waits" in fault
    assert "declared are" not in fault


def test_days_are_for_agencies_that_are_asked_by_the_day(table: World, console: Console) -> None:
    assert "spots is not asked by the day" in console.fault("run", "spots", "--days", "2026-04-17")
    assert not (table.root / "public").exists()


def test_the_status_is_a_table_and_a_line_for_each_reason(table: World, console: Console) -> None:
    head, _, row = console.out("status").splitlines()
    assert re.split(r"  +", head) == ["dataset", "state", "release", "rows", "last checked", "since", "due"]
    assert row.split() == ["spots", "never"]
    write(table, "site,level\na,1\na,2\n")
    console.run("run")
    *_, reason = console.out("status").splitlines()
    assert reason.startswith("  spots: failing: expected one content for each key")
    (state,) = console.json("status")
    assert set(state) == {"dataset", "release", "rows", "last_checked", "state", "reason", "reasons"}


def test_a_clock_in_doubt_stops_run_and_live_with_the_way_on_of_each(settings: World, console: Console) -> None:
    settings.declare(
        declaration(source={"protocol": "file", "address": "https://waters.example/a.csv", "format": "csv"})
    )
    settings.ctx.evidence(SLUG).record(Fetched({}, FUTURE, (), None))
    before = state(settings)
    for command in ("run", "live"):
        code, out, err = console.run(command)
        assert (code, "asking the agencies" in out) == (1, command == "live")
        assert f"fetch 1 of rivers is dated {FUTURE.isoformat()}" in err
        assert err.endswith(f"set it. If this machine's clock is right: `minsheng {command} --clock-is-right`\n")
    assert state(settings) == before


def test_an_operator_vouches_for_the_clock(settings: World, console: Console) -> None:
    settings.declare(inline("spots", guards=LOOSE), table="site,level\na,1\n")
    settings.ctx.evidence("spots").record(Fetched({}, FUTURE, (), None))
    console.out("run", "spots", "--clock-is-right")
    stored = json.loads(settings.private.get(keys.evidence("spots", 2)).body)
    assert stored["clock_is_right_at"] < FUTURE.isoformat()
    assert settings.newest("spots").created < FUTURE.isoformat()
