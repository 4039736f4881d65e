"""catalog.duckdb: derived, written when what it holds changed, and true on any copy of the store."""

import dataclasses
import datetime as dt
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest
from nights import DAILY, LOOSE, MONTHS, approve, redeclare
from watched import Calls, Watched
from worlds import SLUG, World, column, declaration, text

from catalog.derived import database
from catalog.derived import write as derived
from catalog.errors import StoreError
from catalog.release import publish

DEEPER = "site,day,level\na,2026-01-01,1\nb,2026-02-01,2\n"


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Three releases of two months, the third of which leaves January as it was."""
    made = World(tmp_path / "home")
    made.declare(declaration(fields=DAILY, guards=LOOSE, **MONTHS))
    for body in (DEEPER, "site,day,level\na,2026-01-01,3\n", "site,day,level\nb,2026-02-01,4\n"):
        made.tell(body)
    return made


def listed(world: World, address: str | None = None) -> Path:
    derived.write(world.public, [SLUG], address)
    return world.root / "public"


@contextmanager
def attached(folder: Path, *, base: bool = True) -> Iterator[duckdb.DuckDBPyConnection]:
    """A reader of a copy of the store, wherever it lies."""
    with duckdb.connect() as db:
        place = str(folder).replace("'", "''")
        db.execute(f"ATTACH '{place}/catalog.duckdb' AS minsheng (READ_ONLY)")
        db.execute("USE minsheng")
        if base:
            db.execute("SET VARIABLE base = here()")
        yield db


def asked(db: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return db.execute(query).fetchall()


def test_a_view_has_the_rows_of_the_newest_release(world: World) -> None:
    with attached(listed(world)) as db:
        assert asked(db, f"SELECT site, level FROM {SLUG} ORDER BY site") == [("a", 3.0), ("b", 4.0)]
        kinds = [(name, kind) for name, kind, *_ in asked(db, f"DESCRIBE {SLUG}")]
        assert kinds == [("site", "VARCHAR"), ("day", "DATE"), ("level", "DOUBLE")]


@pytest.mark.parametrize(
    ("moment", "rows"),
    [
        ("2026-07-01T09:00:00+08:00", [("a", 1.0), ("b", 2.0)]),
        ("2026-07-01T10:00:00+08:00", [("a", 3.0), ("b", 2.0)]),
        ("2026-07-01T10:59:59+08:00", [("a", 3.0), ("b", 2.0)]),
        ("2026-07-01", [("a", 3.0), ("b", 4.0)]),
        ("2030-01-01", [("a", 3.0), ("b", 4.0)]),
    ],
)
def test_a_past_day_in_two_lines(world: World, moment: str, rows: list[Any]) -> None:
    with attached(listed(world), base=False) as db:
        db.execute(f"SET VARIABLE files = as_of('{SLUG}', '{moment}')")
        assert asked(db, "SELECT site, level FROM read_parquet(getvariable('files')) ORDER BY site") == rows


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (f"as_of('{SLUG}', '2026-06-30')", "rivers has no release with rows by 2026-06-30"),
        ("as_of('nothing', '2026-07-01')", "nothing has no release"),
        ("changes_of('nothing')", "nothing has no row changes"),
    ],
)
def test_what_is_not_there_is_said(world: World, call: str, said: str) -> None:
    with attached(listed(world)) as db, pytest.raises(duckdb.Error, match=said):
        db.execute(f"SET VARIABLE files = {call}")


def test_the_history_of_a_key_in_two_lines(world: World) -> None:
    with attached(listed(world), base=False) as db:
        db.execute(f"SET VARIABLE files = changes_of('{SLUG}')")
        rows = asked(db, "SELECT n, _change, _before_level, level FROM history(getvariable('files')) WHERE site = 'a'")
    assert rows == [(1, "insert", None, 1.0), (2, "update", 1.0, 3.0)]


def test_changes_that_say_the_same_are_told_of_each_release(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.declare(declaration(guards=LOOSE))
    for level in (1, 2, 1, 2):
        world.tell(f"site,level\na,{level}\n")
    with attached(listed(world)) as db:
        db.execute(f"SET VARIABLE files = changes_of('{SLUG}')")
        assert asked(db, "SELECT n, level FROM history(getvariable('files'))") == [(1, 1), (2, 2), (3, 1), (4, 2)]
        lives = asked(db, "SELECT first_release, last_release FROM meta.files ORDER BY ALL")
        assert lives == [(1, 1), (2, 2), (3, 3), (4, None)]


def test_the_tables_say_what_documents_say(world: World) -> None:
    with attached(listed(world)) as db:
        found = asked(db, 'SELECT n, version, kind, "rows", inserted, updated, deleted, sha256 FROM meta.releases')
        for n, version, kind, rows, *changes, sha256 in found:
            release = publish.load(world.public, SLUG, n)
            assert (version, kind, rows) == (release.version, release.facts.kind, release.rows)
            assert changes == list(release.facts.changes)
            assert sha256 == release.sha256
            here = {one for (one,) in asked(db, f"SELECT unnest(as_of('{SLUG}', '{release.created}'))")}
            root = world.root / "public" / "datasets" / SLUG
            assert here == {str(root / one.path) for one in release.partitions.values()}
        assert len(found) == 3
        ((name, key, n),) = asked(db, "SELECT name, primary_key, n FROM meta.datasets")
        assert (name, key, n) == (SLUG, ["site", "day"], 3)
        assert asked(db, "SELECT position, name, type, is_key, title_zh FROM meta.fields") == [
            (1, "site", "string", True, "臺：site"),
            (2, "day", "date", True, "臺：day"),
            (3, "level", "number", False, "臺：level"),
        ]


def test_without_a_base_it_says_which_line_is_missing(world: World) -> None:
    with attached(listed(world), base=False) as db, pytest.raises(duckdb.Error, match=r"SET VARIABLE base = here\(\)"):
        db.execute(f"FROM {SLUG}")


def test_a_known_address_is_the_default_and_a_copy_can_be_named(world: World, tmp_path: Path) -> None:
    root = listed(world, f"{world.root / 'public'}")
    copy = tmp_path / "it's a mirror"
    shutil.copytree(root, copy)
    for page in (root / "datasets" / SLUG / "data").iterdir():
        page.write_bytes(b"")
    with attached(copy, base=False) as db:
        with pytest.raises(duckdb.Error, match=str(root)):
            db.execute(f"FROM {SLUG}").fetchall()
        db.execute("SET VARIABLE base = here()")
        assert len(asked(db, f"FROM {SLUG}")) == 2
        db.execute(f"SET VARIABLE files = as_of('{SLUG}', '2026-07-01')")
        assert len(asked(db, "FROM read_parquet(getvariable('files'))")) == 2


def test_it_is_written_only_when_what_it_holds_changed(world: World) -> None:
    derived.write(world.public, [SLUG])
    calls = Calls()
    watched = Watched(world.public, calls)
    derived.write(watched, [SLUG])
    assert not [key for verb, key, _ in calls.made if verb.startswith("put")]
    derived.write(watched, [SLUG], "https://data.example")
    made = [key for verb, key, _ in calls.made if verb.startswith("put")]
    assert [key for key in made if key.startswith(database.KEY)] == [database.KEY, database.ABOUT]
    world.tell("site,day,level\na,2026-01-01,5\n")
    calls.made.clear()
    derived.write(watched, [SLUG], "https://data.example")
    assert database.KEY in [key for verb, key, _ in calls.made if verb.startswith("put")]


@pytest.mark.parametrize("broken", [database.KEY, database.ABOUT])
@pytest.mark.parametrize("body", [None, b"", b"{}"])
def test_what_is_lost_or_broken_is_made_again(world: World, broken: str, body: bytes | None) -> None:
    root = listed(world)
    (root / broken).unlink() if body is None else (root / broken).write_bytes(body)
    with attached(listed(world)) as db:
        assert len(asked(db, f"FROM {SLUG}")) == 2
    said = json.loads((root / database.ABOUT).read_bytes())
    assert said["bytes"] == (root / database.KEY).stat().st_size


HOSTILE = [
    "'; DROP TABLE meta.datasets; --",
    '"; DROP VIEW rivers; --',
    "\\'; \\\"",
    "$$; SELECT 1; $$",
    "/* */ -- \n\t\0 \x1b[31m",
    "臺北‮",
]


@pytest.mark.parametrize("said", HOSTILE)
def test_words_of_a_declaration_stay_words(tmp_path: Path, said: str) -> None:
    world = World(tmp_path)
    fields = [
        column("select", title=text(said), description=text(said)),
        column("order", "number", title=text(said), unit="ug/m3"),
    ]
    world.declare(declaration(fields=fields, guards=LOOSE, top={"title": text(said), "description": text(said)}))
    world.tell("select,order\na,1\n")
    with attached(listed(world)) as db:
        assert asked(db, f"FROM {SLUG}") == [("a", 1.0)]
        assert asked(db, "SELECT title_en, title_zh, description_en FROM meta.datasets") == [
            (said, f"臺：{said}", said)
        ]
        ((comment,),) = asked(db, "SELECT comment FROM duckdb_columns() WHERE column_name = 'order'")
        assert comment.startswith(said.replace("\0", ""))
        assert "[ug/m3]" in comment
        assert asked(db, "SHOW TABLES") == [(SLUG,)]


@pytest.mark.parametrize("slug", ["datasets", "files", "select", "history", "air-quality-2026", "meta", "main"])
def test_a_dataset_may_have_the_name_of_anything(tmp_path: Path, slug: str) -> None:
    world = World(tmp_path)
    world.declare(declaration(slug, guards=LOOSE))
    world.tell("site,level\na,1\n", slug)
    derived.write(world.public, [slug])
    with attached(tmp_path / "public") as db:
        assert asked(db, f'FROM "{slug}"') == [("a", 1.0)]
        assert asked(db, "SELECT name FROM meta.datasets") == [(slug,)]


def test_a_release_without_rows_is_an_empty_view(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.declare(declaration(guards=LOOSE))
    world.tell("site,level\na,1\n")
    newest = world.newest()
    emptied = dataclasses.replace(newest, resources=tuple(one for one in newest.resources if one.partition is None))
    (tmp_path / database.KEY).write_bytes(database.render(world.public, [emptied], None))
    with attached(tmp_path) as db:
        assert asked(db, f"FROM {SLUG}") == []
        assert [kind for _, kind, *_ in asked(db, f"DESCRIBE {SLUG}")] == ["VARCHAR", "DOUBLE"]


def test_a_path_that_leads_out_of_the_store_is_refused(world: World, tmp_path: Path) -> None:
    newest = world.newest()
    label = max(newest.partitions)
    led = dataclasses.replace(newest.partitions[label], path="data/../../x.parquet")
    others = [one for one in newest.resources if one is not newest.partitions[label]]
    with pytest.raises(StoreError, match="is not a key"):
        database.render(world.public, [dataclasses.replace(newest, resources=(*others, led))], None)


def test_another_schema_is_another_view(world: World) -> None:
    listed(world)
    redeclare(world, fields=[*DAILY, column("depth", "integer")], guards=LOOSE, **MONTHS)
    world.tell("site,day,level,depth\na,2026-01-01,1,7\n")
    approve(world)
    with attached(listed(world)) as db:
        assert asked(db, f"SELECT depth FROM {SLUG} WHERE site = 'a'") == [(7,)]
        db.execute(f"SET VARIABLE files = changes_of('{SLUG}')")
        assert len(asked(db, "FROM history(getvariable('files')) WHERE site = 'a'")) == 3


def test_times_are_moments(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.declare(declaration(fields=[column("at", "datetime"), column("level", "number")], guards=LOOSE))
    world.tell("at,level\n2026-01-02 00:30:00,1\n")
    with attached(listed(world)) as db:
        ((at,),) = asked(db, f'SELECT "at" FROM {SLUG}')
        assert at == dt.datetime.fromisoformat("2026-01-02T00:30:00+08:00")
        ((created,),) = asked(db, "SELECT created FROM meta.releases")
        assert created == dt.datetime.fromisoformat(world.newest().created)
