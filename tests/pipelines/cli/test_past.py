"""asof, history and why as a person, or a program, sees them."""

import re
import shutil
from pathlib import Path

import duckdb
import pytest
from consoles import Console, cells
from nights import LOOSE
from worlds import SLUG, World, column, declaration

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def odd(settings: World) -> World:
    """An agency whose text would clear the screen."""
    settings.declare(declaration(fields=[column("site"), column("note")], guards=LOOSE))
    settings.tell("site,note\na,x\x1b[2Jy\n")
    return settings


def test_asof_for_a_person(world: World, console: Console) -> None:
    out = cells(console.out("asof", SLUG, "2026-07-01T09:30"))
    assert (out["release"], out["version"]) == ("1", "1.0.0")
    assert out["document"].endswith(f"/public/datasets/{SLUG}/datapackage-1.json")
    assert re.fullmatch(r"[0-9a-f]{64}", out["sha256"])


def test_asof_for_a_program(world: World, console: Console) -> None:
    found = console.json("asof", SLUG, "2026-07-01")
    assert set(found) == {"dataset", "release", "version", "created", "as_of", "rows", "document", "sha256", "files"}
    assert (found["release"], found["rows"], len(found["files"])) == (2, 2, 2)
    assert {set(one) == {"address", "rows", "bytes", "hash"} for one in found["files"]} == {True}


def test_the_query_of_asof_runs(world: World, console: Console) -> None:
    query = console.out("asof", SLUG, "2026-07-01T09:30", "--sql")
    with duckdb.connect() as db:
        rows = db.execute(query).fetchall()
    assert sorted((site, level) for site, _, level in rows) == [("a", 1.0), ("b", 2.0), ("c", 3.0)]


def test_of_a_mirror(world: World, console: Console, tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    shutil.move(world.root / "public", mirror)
    assert console.json("asof", SLUG, "2026-07-01", "--store", f"file:{mirror}")["release"] == 2
    assert console.json("history", SLUG, "a,2026-01-01", "--store", f"file:{mirror}")["row"] == {"level": 1.5}
    assert "has no release in file:" in console.fault("history", SLUG, "a,2026-01-01")


def test_history_for_a_person(world: World, console: Console) -> None:
    out = console.out("history", SLUG, "site=a,day=2026-01-01").splitlines()
    assert out[0] == "rivers, site=a, day=2026-01-01"
    assert [re.split(r"  +", line) for line in out[3:]] == [
        ["1", "2026-07-01T09:00:00+08:00", "insert", "level: 1"],
        ["2", "2026-07-01T10:00:00+08:00", "update", "level: 1 -> 1.5"],
    ]
    assert console.out("history", SLUG, "c,2026-02-02").endswith("release 2 took the row out; it is not there now\n")


def test_history_for_a_program(world: World, console: Console) -> None:
    found = console.json("history", SLUG, "c,2026-02-02")
    assert found == {
        "dataset": SLUG,
        "key": {"site": "c", "day": "2026-02-02"},
        "steps": [
            {
                "release": 1,
                "version": "1.0.0",
                "created": "2026-07-01T09:00:00+08:00",
                "change": "insert",
                "columns": {"level": {"old": None, "new": 3.0}},
            },
            {
                "release": 2,
                "version": "1.1.0",
                "created": "2026-07-01T10:00:00+08:00",
                "change": "delete",
                "columns": {"level": {"old": 3.0, "new": None}},
            },
        ],
        "row": None,
        "another_key_until": None,
    }


def test_why_for_a_person(world: World, console: Console) -> None:
    out = console.out("why", SLUG, "a,2026-01-01", "level")
    found = cells(out)
    assert found["level"] == "1.5 in release 2"
    assert found["brought by"] == "release 2 (regular) of 2026-07-01T10:00:00+08:00: 1 -> 1.5"
    assert found["fetch"] == "2, begun 2026-07-01T10:00:00+08:00"
    assert found["record"] == "1 of page 1 of 1, row 1 of the fetch"
    assert found["received"] == "' 1.50 ' in the column 'level'"
    assert found["type"] == "read as a number -> 1.5"
    assert cells(console.out("why", SLUG, "a,2026-01-01", "site"))["read"] == "as it stands"


def test_why_for_a_program(world: World, console: Console) -> None:
    found = console.json("why", SLUG, "a,2026-01-01", "level", "--release", "1")
    assert (found["value"], found["release"], found["evidence"]["raw"]) == (1.0, 1, "1")
    told = (ROOT / "docs" / "reading.md").read_text(encoding="utf-8").split("**`why --json`**")[1]
    assert [name for name in [*found, *found["evidence"]] if f"`{name}`" not in told] == []


def test_why_where_only_releases_are(world: World, console: Console) -> None:
    shutil.rmtree(world.root / "private")
    out = console.out("why", SLUG, "a,2026-01-01", "level")
    assert "is not in this private store" in out
    assert "2, begun 2026-07-01T10:00:00+08:00, bodies " in out
    assert console.json("why", SLUG, "a,2026-01-01", "level")["evidence"] is None


def test_nothing_is_written(world: World, console: Console) -> None:
    before = sorted((str(path), path.stat().st_mtime_ns) for path in world.root.rglob("*") if path.is_file())
    for command in (
        ("asof", SLUG, "2026-07-01"),
        ("history", SLUG, "a,2026-01-01"),
        ("why", SLUG, "a,2026-01-01", "level"),
    ):
        console.out(*command)
    assert sorted((str(path), path.stat().st_mtime_ns) for path in world.root.rglob("*") if path.is_file()) == before


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (("asof", "nothing", "2026-07-01"), "nothing has no release in"),
        (("asof", SLUG, "2020-01-01"), "had no release by 2020-01-01T23:59:59+08:00; its first was created 2026-07-01"),
        (("history", SLUG, "a"), "expected the key of one row, found 'a'; the key is site, day; write for instance"),
        (("why", SLUG, "c,2026-02-02", "level"), "release 2 took it out"),
        (("why", SLUG, "a,2026-01-01", "depth"), "has no column 'depth'; there are site, day, level"),
    ],
)
def test_what_cannot_be_answered_is_one_sentence(
    world: World, console: Console, command: tuple[str, ...], sentence: str
) -> None:
    fault = console.fault(*command)
    assert sentence in fault
    assert fault.count("\n") == 1


def test_values_from_an_agency_move_no_cursor(odd: World, console: Console) -> None:
    for command in (("history", SLUG, "a"), ("why", SLUG, "a", "note")):
        assert "\x1b" not in console.out(*command)


def test_the_commands_of_the_page_run(tmp_path: Path, console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs" / "reading.md").read_text(encoding="utf-8")
    commands = re.findall(r"^    minsheng (.*)$", page, re.MULTILINE)
    assert [one.split()[0] for one in commands] == ["asof", "history", "why"]
    monkeypatch.setenv("MINSHENG_HOME", str(tmp_path))
    monkeypatch.setenv("MINSHENG_STORE", f"file:{tmp_path / 'public'}")
    console.out("run", "counties")
    for command in commands:
        console.out(*command.replace("2026-11-21", "2999-01-01").split())
