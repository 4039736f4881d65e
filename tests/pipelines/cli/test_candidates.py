"""`minsheng candidates`: what waits, and one candidate with all that there is to see of it."""

import csv
import io
import json
from pathlib import Path

import pytest
from consoles import Console
from nights import MONTHS
from worlds import SLUG, World, column, declaration

LEVEL = column("level", "number", constraints={"maximum": 5}, severity={"range": "hold"})
FIELDS = [column("site"), column("day", "date"), LEVEL, column("note"), column("secret", publish="no")]
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def held(settings: World) -> World:
    """A release, and a candidate that waits: a row changes, one goes, one comes, two cells fail."""
    settings.declare(declaration(fields=FIELDS, load="replace", guards={"removed": 0.1, "quarantined": 1}, **MONTHS))
    settings.tell("site,day,level,note,secret\na,2026-01-01,1,,x\nb,2026-02-01,2,,x\nc,2026-02-02,3,,x\n")
    settings.tell("site,day,level,note,secret\na,2026-01-01,1.5,=1+1,y\nb,2026-02-01,9,,y\nd,2026-02-03,x,,y\n")
    return settings


def waiting(world: World) -> str:
    found = world.state().waiting
    assert found
    return found.identity


def test_all_of_it_for_a_person(held: World, console: Console) -> None:
    identity = waiting(held)
    told = console.out("candidates", "show", identity[:8])
    lines = [" ".join(line.split()) for line in told.splitlines()]
    assert lines[0] == f"{SLUG}, candidate {identity}: waits since 2026-07-01T10:00:00+08:00"
    assert lines[1].startswith("regular, on release 1, 3 rows in all, data as of 2026-07-01T10:00:00+08:00")
    assert "2 3 3 0 2 0 0 2026-07-01T10:00:00+08:00 guard.removed, level.range" in lines
    assert "changes against release 1: +1 ~2 -1" in lines
    assert "insert site=d, day=2026-02-03" in lines
    assert "update site=a, day=2026-01-01 level: 1 -> 1.5; note: (none) -> =1+1" in lines
    assert "delete site=c, day=2026-02-02 level: 3" in lines
    assert "failing: 1 by level.type, 1 by level.range" in lines
    assert "level.type site=d, day=2026-02-03 level x 2 3" in lines
    assert "site b d" in lines
    assert f"all changes: minsheng diff {SLUG} 1 {identity[:16]} --rows" in lines
    assert "secret" not in told


def test_all_of_it_for_a_program(held: World, console: Console) -> None:
    found = console.json("candidates", "show", waiting(held))
    assert (found["state"], found["base"], found["rows"], found["release"]) == ("waits", 1, 3, None)
    assert found["changes"] == {"insert": 1, "update": 2, "delete": 1}
    assert [row["_change"] for row in found["examples"]] == ["insert", "update", "update", "delete"]
    assert [(one["check"], one["rows"], len(one["examples"])) for one in found["failing"]] == [
        ("level.type", 1, 1),
        ("level.range", 1, 1),
    ]
    assert [one["fetch"] for one in found["fetches"]] == [2]
    assert [row["site"] for row in found["first"]] == ["b", "d"]
    assert "secret" not in json.dumps(found)
    told = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8").split("**`candidates show --json`**")[1]
    assert [name for name in found if f"`{name}`" not in told.split("\n\n")[0]] == []


def test_what_fails_one_check_as_csv(held: World, console: Console) -> None:
    out = console.out("candidates", "show", waiting(held), "--failing", "level.range")
    (row,) = csv.DictReader(io.StringIO(out.removeprefix("\ufeff")))
    assert (row["_value"], row["site"]) == ("9", "b")
    told = console.fault("candidates", "show", waiting(held), "--failing", "level.date")
    assert "checks with failing rows: level.type, level.range" in told


def test_what_became_of_it(held: World, console: Console) -> None:
    first = waiting(held)
    held.tell("site,day,level,note,secret\na,2026-01-01,1.5,,y\n")
    second = waiting(held)
    assert f"candidate {first}: is superseded by candidate {second[:16]}" in console.out("candidates", "show", first)
    console.out("approve", SLUG, "--candidate", second[:8], "--by", "Lin", "--reason", "looked at it")
    assert f"candidate {second}: is release 2\n" in console.out("candidates", "show", second)
    assert console.json("candidates", "show", second)["state"] == "released"
    assert console.out("candidates") == "nothing waits\n"


def test_a_candidate_that_there_is_not(held: World, console: Console) -> None:
    assert "no candidate 00000000 is kept" in console.fault("candidates", "show", "00000000")
    assert "expected 8 to 64 digits" in console.fault("candidates", "show", waiting(held)[:7])
    assert "expected the id of a candidate" in console.fault("candidates", "show", code=2)


def test_diff_takes_a_candidate(held: World, console: Console) -> None:
    identity = waiting(held)
    assert console.out("diff", SLUG, "1", identity[:8]).startswith(f"{SLUG} 1 -> {identity[:8]}: +1 ~2 -1\n")
    assert console.json("diff", SLUG, identity, "1") == {"insert": 1, "update": 2, "delete": 1}


def test_why_takes_a_candidate(held: World, console: Console) -> None:
    identity = waiting(held)[:16]
    told = " ".join(console.out("why", SLUG, "a,2026-01-01", "level", "--release", identity).split())
    assert f"level 1.5 in candidate {identity}" in told
    assert f"brought by candidate {identity} (regular): 1 -> 1.5" in told
    assert "received '1.5' in the column 'level'" in told
    found = console.json("why", SLUG, "d,2026-02-03", "level", "--release", identity)
    assert (found["value"], found["release"], found["candidate"][:16]) == (None, None, identity)
    assert [one["raw"] for one in found["quarantine"]] == ["x"]
