"""Rows that follow from other datasets: the query, what it may not do, and what becomes of its result."""

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import pytest
from nights import LOOSE, said, watching
from refreshes import refreshed
from watched import Calls
from worlds import SLUG, START, World, bodies, column, declaration, inline

from catalog import keys
from catalog.declaration.dataset import load_dataset
from catalog.errors import DeclarationError, IntegrityError, SourceError
from catalog.release import publish
from catalog.release.changes import Counts
from catalog.release.document import Input
from catalog.release.verify import verify
from catalog.store import put_over
from pipelines.evidence import Evidence
from pipelines.fetch.derived import LONGEST_QUERY_BYTES, QueryLimits, check, derived_fetch
from pipelines.fetch.fetcher import Fetcher
from pipelines.fetch.live import Live
from pipelines.records import Fetched
from pipelines.refresh import decide
from pipelines.refresh.repair import repaired
from pipelines.refresh.result import RefreshResult
from pipelines.refresh.status import read_status
from pipelines.trace.rebuild import rebuild
from pipelines.validate import validate

SITES = "sites"
QUERY = "SELECT left(site, 1) AS river, count(*) AS sites, max(level) AS highest FROM levels GROUP BY ALL"
FIELDS = [column("river"), column("sites", "integer"), column("highest", "number")]


def derive(world: World, query: str | bytes = QUERY, **more: Any) -> None:
    """Declare a dataset that is derived from the rivers."""
    block = {"derive": {"sql": "sites.sql", "over": {"levels": SLUG}}, "load": "replace", "guards": LOOSE} | more
    said = declaration(SITES, block.pop("fields", FIELDS), **block)
    del said["minsheng"]["source"]
    world.declare(said)
    body = query.encode() if isinstance(query, str) else query
    (world.datasets / SITES / "sites.sql").write_bytes(body)


def levels(world: World, table: str, **more: Any) -> None:
    """Declare the rivers as a table that a steward keeps."""
    block = {"load": "replace", "source": {"protocol": "inline", "table": "table.csv"}, "guards": LOOSE}
    world.declare(declaration(**(block | more)), table=table)


def night(world: World, *slugs: str) -> list[RefreshResult]:
    world.now += dt.timedelta(days=1)
    world.ctx.clock.advance(world.now)
    return list(refreshed(world.ctx, Live(Fetcher({})), list(slugs or (SITES, SLUG))))


def of(items: list[RefreshResult], slug: str = SITES) -> list[tuple[str, int | None]]:
    return said([item for item in items if item.dataset == slug])


@pytest.fixture(scope="module")
def after_a_night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = World(tmp_path_factory.mktemp("night") / "home")
    levels(world, "site,level\na1,1\na2,2\nb1,3\n")
    derive(world)
    assert of(night(world)) == [("released", 1)]
    return world.root


@pytest.fixture
def world(after_a_night: Path, tmp_path: Path) -> World:
    """A home in which the rivers and what is derived of them have one release each."""
    shutil.copytree(after_a_night, tmp_path / "home")
    return World(tmp_path / "home", START + dt.timedelta(days=1))


def fetch(world: World, **limits: Any) -> Fetched | None:
    return derived_fetch(world.ctx, load_dataset(world.datasets, SITES), QueryLimits(**limits))


# What it is derived from may be a step that nobody sees ------------------------------------------------------


def test_a_step_is_derived_from_and_is_nowhere_in_public(tmp_path: Path) -> None:
    world = World(tmp_path / "home")
    levels(world, "site,level\na1,1\na2,2\nb1,3\n", publish="none")
    derive(world)
    items = night(world)
    assert (of(items, SLUG), of(items)) == ([("released", 1)], [("released", 1)])
    assert [key for key in world.public.list("") if SLUG in key] == []
    naming = [key for key, body in bodies(world.public) if SLUG.encode() in body and f"/{SITES}/" not in key]
    assert naming == []
    table = read_status(world.ctx, load_dataset(world.datasets, SLUG), world.now)
    assert (table.state, table.release, table.rows) == ("fresh", 1, 3)
    assert publish.newest(world.private, SLUG) == publish.newest(world.ctx.public, SLUG)
    levels(world, "site,level\na1,1\na2,2\nb1,3\nc1,9\n", publish="none")
    assert (of(night(world)), len(world.rows(SITES))) == ([("released", 2)], 3)
    levels(world, "site,level\na1,1\n")  # whoever takes the word out publishes nothing by that, not even a document
    assert [item.outcome for item in night(world, SLUG)] == ["failed"]
    with pytest.raises(DeclarationError, match="its releases were made apart from the catalog"):
        repaired(world.ctx, SLUG)
    assert [key for key in world.public.list(f"datasets/{SLUG}/") if "status" not in key] == []


def test_a_dataset_stays_where_its_releases_are(world: World) -> None:
    levels(world, "site,level\na1,1\na2,2\nb1,3\n", publish="none")
    (found,) = [item for item in night(world, SLUG) if item.dataset == SLUG]
    assert "expected no public release of a dataset with publish: none, found release 1" in str(found.reasons)
    levels(world, "site,level\na1,1\na2,2\nb1,4\n")
    derive(world, publish="none")
    (refused,) = [one for one in night(world, SITES) if one.dataset == SITES]
    assert world.private.head(keys.document(SITES, 1)) is None
    assert "leave publish out" in str(refused.reasons)
    world.private.put_new(keys.document("lakes", 1), b"{}")
    world.declare(inline("lakes"), table="site,level\na,1\n")
    (refused,) = night(world, "lakes")
    assert "its releases were made apart from the catalog" in str(refused.reasons)


def test_a_step_is_looked_up_by_nobody_who_is_public(world: World) -> None:
    world.declare(inline("places", publish="none"), table="site,level\na,1\n")
    said = declaration("lakes", references=[{"fields": ["site"], "dataset": "places", "to": ["site"]}])
    world.declare(said)
    (fault,) = validate(world.datasets, "lakes")
    assert "places is not published (publish: none): only derive reads it" in fault
    with pytest.raises(DeclarationError, match="derive a table from places that may be public"):
        world.ctx.declarations.with_tables(world.ctx.public, "lakes")
    world.declare(said | {"minsheng": said["minsheng"] | {"publish": "none"}})
    assert validate(world.datasets, "lakes") == []


# What the query may be --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        "COPY (SELECT 1) TO '/tmp/minsheng-test.csv'",
        "ATTACH '/tmp/minsheng-test.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "PRAGMA version",
        "CALL pragma_version()",
        "SET enable_external_access = true",
        "RESET lock_configuration",
        "CREATE TABLE t AS SELECT 1",
        "INSERT INTO levels VALUES ('a', 1)",
        "DELETE FROM levels",
        "EXPORT DATABASE '/tmp/minsheng-test'",
        "IMPORT DATABASE '/tmp/minsheng-test'",
        "EXPLAIN SELECT 1",
        "USE memory",
        "SELECT 1; SELECT 2",
        "SELECT 1; COPY levels TO '/tmp/minsheng-test.csv'",
        "",
        "-- nothing",
    ],
)
def test_a_query_is_one_select(world: World, query: str):
    derive(world, query)
    (fault,) = validate(world.datasets, SITES)
    assert f"{SITES}/dataset.yaml: expected one SELECT, found " in fault
    with pytest.raises(SourceError, match=r"sites: sites\.sql: expected one SELECT, found"):
        fetch(world)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (b"SELEC 1", "expected a query in SQL, found Parser Error"),
        (b"SELECT 1 )", "expected a query in SQL"),
        (b"SELECT '\xff'", "expected a query in SQL, found"),
        (b"SELECT 1 -- " + b"x" * LONGEST_QUERY_BYTES, "expected at most 262,144 bytes, found 262,156"),
    ],
    ids=["a slip", "a bracket", "no UTF-8", "long"],
)
def test_what_is_no_sql_is_said_before_it_is_run(world: World, query: bytes, words: str):
    derive(world, query)
    (fault,) = validate(world.datasets, SITES)
    assert words in fault
    assert "\n" not in fault
    (item, *_) = [one for one in night(world) if one.dataset == SITES]
    assert (item.outcome, item.release) == ("failed", 1)
    assert words in str(item.reason)


def test_a_query_lies_in_the_folder_and_is_no_link(world: World, tmp_path: Path):
    path, outside = world.datasets / SITES / "sites.sql", tmp_path / "outside.sql"
    outside.write_text(QUERY)
    path.unlink()
    said = load_dataset(world.datasets, SITES)
    assert check(path.parent, said, "x", world.ctx.declarations.dataset) == [
        "x: expected a query beside dataset.yaml, found none"
    ]
    path.symlink_to(outside)
    assert check(path.parent, said, "x", world.ctx.declarations.dataset) == [
        "x: expected a query beside dataset.yaml, found none"
    ]


@pytest.mark.parametrize("name", ["../sites.sql", "/etc/passwd", "sub/sites.sql", "sites.txt", ".sql", "Sites.sql"])
def test_a_name_that_leaves_the_folder_is_no_name(world: World, name: str):
    derive(world, derive={"sql": name, "over": {"levels": SLUG}})
    (fault,) = validate(world.datasets, SITES)
    assert "minsheng.derive.sql: expected a text that matches the pattern" in fault


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM read_blob('/proc/self/environ')",
        "SELECT * FROM read_json('{home}/datasets/sites/dataset.yaml')",
        "SELECT * FROM '{home}/datasets/rivers/table.csv'",
        "SELECT * FROM '.tmp/secret.csv'",
        "SELECT * FROM '{cwd}/.tmp/secret.csv'",
        "SELECT * FROM '../../../../../../etc/passwd'",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM read_parquet('https://example.org/x.parquet')",
        "SELECT * FROM read_parquet('s3://bucket/x.parquet')",
        "SELECT getenv('HOME') AS river, 1 AS sites, 1 AS highest",
        "SELECT * FROM duckdb_secrets()",
        "SELECT * FROM sqlite_scan('{home}/x.db', 't')",
        "WITH gone AS (DELETE FROM levels RETURNING *) SELECT * FROM gone",
        "SELECT * FROM query('COPY levels TO ''/tmp/minsheng-test.csv''')",
        "SELECT * FROM rivers",
    ],
)
def test_a_query_reads_its_inputs_and_nothing_else(
    world: World, query: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / ".tmp").mkdir()
    (tmp_path / ".tmp" / "secret.csv").write_text("river\nsecret\n")
    monkeypatch.chdir(tmp_path)
    derive(world, query.format(home=world.root, cwd=tmp_path))
    with pytest.raises(SourceError, match=r"sites: sites\.sql: (Permission|Catalog|Binder|Invalid|Missing|Parser)"):
        fetch(world)
    assert not Path("/tmp/minsheng-test.csv").exists()
    assert of(night(world)) == [("failed", 1)]


def test_what_may_be_read_is_gone_after_the_run(world: World):
    derive(world, "SELECT unnest(current_setting('allowed_directories')) AS river, 1 AS sites, 1 AS highest")
    found = fetch(world)
    assert found is not None
    listed = [Path(line.split(",")[0]) for line in found.pages[0].body.decode().splitlines()[1:]]
    assert len({path if path.name.startswith("minsheng-") else path.parent for path in listed}) == 1
    assert not any(path.exists() for path in listed)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT count(*) AS river, 1 AS sites, 1 AS highest FROM range(100000000000) a, range(1000000) b",
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) AS river FROM t",
    ],
    ids=["a product", "a recursion"],
)
def test_an_endless_query_is_interrupted(world: World, query: str):
    derive(world, query)
    with pytest.raises(SourceError, match=r"^sites: sites\.sql: expected a result within 0\.2 s, found none; make the"):
        fetch(world, seconds=0.2)


def test_an_endless_result_is_stopped_by_what_it_may_write(world: World):
    derive(world, "SELECT range AS river, 1 AS sites, 1 AS highest FROM range(1000000000000)")
    with pytest.raises(SourceError, match=r"^sites: sites\.sql: Out of Memory Error"):
        fetch(world, memory_bytes=64 << 20, spill_bytes=32 << 20)


@pytest.mark.parametrize(
    "query",
    [f"{QUERY};", f"{QUERY} ; -- the end;", f"-- a; comment\n{QUERY} -- and another", f"  {QUERY};;\n/* ; */\n"],
)
def test_comments_and_a_semicolon_at_the_end_are_the_stewards_affair(world: World, query: str):
    derive(world, query)
    assert of(night(world)) == [("unchanged", 1)]


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("SELECT 1 AS river", "expected the column 'sites'"),
        (f"SELECT *, 1 AS more FROM ({QUERY})", "more"),
        ("SELECT 'a' AS river, 1 AS sites, 1 AS highest, 2 AS sites", "sites_1"),
        ("SELECT 'a' AS river, 'many' AS sites, 1 AS highest", "sites.type"),
        ("SELECT unnest(['a', 'a']) AS river, 1 AS sites, unnest([1, 2]) AS highest", "two for river='a'"),
        (f"{QUERY} LIMIT 0", "expected rows of sites.sql, found none"),
        ("SELECT nothing FROM levels", 'Binder Error: Referenced column "nothing" not found'),
    ],
)
def test_what_is_wrong_with_a_result_is_said_and_the_last_one_stays(world: World, query: str, reason: str):
    fields = [*FIELDS[:1], FIELDS[1] | {"constraints": {"required": True}}, FIELDS[2]]
    derive(world, query, fields=fields, guards={"removed": 1, "quarantined": 0})
    items = [one for one in night(world) if one.dataset == SITES and one.outcome in ("failed", "refused", "held")]
    assert any(reason in f"{item.reason} {item.failed_checks}" for item in items)
    assert not any("\n" in str(item.reason) for item in items)
    assert [row["river"] for row in world.rows(SITES)] == ["a", "b"]


# What becomes of it -----------------------------------------------------------------------------------------


def test_a_result_is_evidence_with_its_query_and_inputs(world: World):
    source = world.newest()
    inputs = [{"dataset": SLUG, "n": 1, "sha256": source.sha256}]
    record = Evidence(world.private, SITES).read(1)
    assert record.asked["inputs"] == inputs
    assert record.asked["query"] == QUERY
    assert record.fetched_at.isoformat() == source.facts.as_of
    newest = world.newest(SITES)
    assert newest.facts.inputs == (Input(SLUG, 1, source.sha256),)
    assert newest.facts.as_of == source.facts.as_of
    (evidence,) = world.fact("provenance", SITES)["evidence"]
    assert (evidence["query"], evidence["inputs"]) == (QUERY, inputs)
    assert world.rows(SITES) == [
        {"river": "a", "sites": 2, "highest": 2.0},
        {"river": "b", "sites": 1, "highest": 3.0},
    ]
    assert not list(verify(world.public, SITES, 1))
    assert rebuild(world.ctx, SITES, 1).same


def test_equal_inputs_and_an_equal_query_run_nothing(world: World):
    with watching(world, Calls()) as calls:
        assert of(night(world)) == [("unchanged", 1)]
    assert not [key for verb, key, _ in calls.made if verb == "get" and "/data/" in key], "no input is read"
    assert Evidence(world.private, SITES).newest() == 1


def test_a_long_line_of_evidence_is_not_counted_from_the_beginning(world: World):
    for i in range(3):
        levels(world, f"site,level\na1,{i + 5}\n")
        night(world)
    with watching(world, Calls()) as calls:
        night(world)
    looked = [key for verb, key, _ in calls.made if verb == "head" and key.startswith(f"evidence/{SITES}/")]
    assert keys.evidence(SITES, 2) not in looked


def test_changed_inputs_are_asked_again_and_only_news_is_released(world: World):
    levels(world, "site,level\na1,1\na2,2\nb1,3\nc1,4\n")
    assert of(night(world)) == [("released", 2)]
    assert world.newest(SITES).facts.inputs == (Input(SLUG, 2, world.newest().sha256),)
    levels(world, "site,level\na1,1.5\na2,2\nb1,3\nc1,4\n")
    assert of(night(world)) == [("unchanged", 2)], "the lower one of two changed"
    assert Evidence(world.private, SITES).newest() == 3
    assert of(night(world)) == [("unchanged", 2)]
    assert Evidence(world.private, SITES).newest() == 3


def test_a_changed_query_is_new_evidence_and_its_guards_are_asked(world: World):
    derive(world, f"{QUERY} HAVING count(*) > 1", guards={"removed": 0.1})
    item = [one for one in night(world) if one.dataset == SITES][-1]
    assert (item.outcome, item.changes) == ("held", Counts(insert=0, update=0, delete=1))
    waiting = decide.waiting(world.ctx, [SITES])
    assert decide.approve(world.ctx, SITES, waiting[0][1].identity, "chen", "as agreed").release == 3
    assert [row["river"] for row in world.rows(SITES)] == ["a"]
    assert rebuild(world.ctx, SITES, 1).same, "by the query that it was made with"
    assert rebuild(world.ctx, SITES, 3).same


def test_a_held_input_gives_its_last_release(world: World):
    levels(world, "site,level\na1,1\na2,2\nb1,3\n", guards={"removed": 0.1})
    night(world)
    levels(world, "site,level\na1,1\n", guards={"removed": 0.1})
    items = night(world)
    assert of(items, SLUG) == [("held", 2)]
    assert of(items) == [("unchanged", 1)]
    assert Evidence(world.private, SITES).read(2).asked["inputs"][0]["n"] == 2
    assert Evidence(world.private, SITES).newest() == 2


def test_an_input_without_a_release_fails_plainly(tmp_path: Path):
    world = World(tmp_path / "home")
    levels(world, "site,level\na,1\na,2\n")
    derive(world)
    items = night(world)
    assert of(items, SLUG) == [("refused", None)]
    (item,) = [one for one in items if one.dataset == SITES]
    assert item.outcome == "failed"
    assert item.reason == ("sites is derived from rivers, which has no release yet; run `minsheng run rivers` first")


def test_an_input_whose_file_is_broken_fails_plainly(world: World):
    levels(world, "site,level\na1,9\n")
    night(world, SLUG)
    path = next(one.path for one in world.newest().partitions.values())
    put_over(world.public, keys.dataset(SLUG, path), b"not what it was")
    with pytest.raises(
        IntegrityError, match=r"of release 2: expected .*, found .*; `minsheng repair rivers` restores it"
    ):
        fetch(world)


def test_inputs_come_before_what_is_derived_of_them(world: World):
    assert world.ctx.declarations.in_order([SITES, SLUG]) == [SLUG, SITES]
    items = night(world, SITES)
    assert [item.dataset for item in items] == [SITES]
    derive(world, over := QUERY, derive={"sql": "sites.sql", "over": {"levels": SITES}})
    assert over == QUERY
    with pytest.raises(SourceError, match="datasets refer to one another in a circle: sites -> sites"):
        world.ctx.declarations.in_order([SITES])


def test_a_metadata_release_keeps_the_inputs(world: World):
    before = world.newest(SITES).facts.inputs
    derive(world, due={"fetched": "9h"})
    assert of(night(world)) == [("released", 2)]
    assert world.newest(SITES).facts.kind == "metadata"
    assert world.newest(SITES).facts.inputs == before


def test_several_partitions_are_one_table_and_the_order_of_a_result_is_nothing(world: World, tmp_path: Path):
    """Rows in whatever order, numbers added in whatever order of files: the bytes are the same."""
    rows = "".join(f"s{i:03},{i / 7}\n" for i in range(500))
    levels(world, "site,level\n" + rows)
    bodies = set()
    for query in ("", " ORDER BY random()", " ORDER BY river DESC", " ORDER BY highest"):
        text = f"SELECT site AS river, 1 AS sites, level AS highest FROM levels{query}"
        derive(world, text)
        night(world, SLUG)
        found = fetch(world)
        assert found is not None
        bodies.add(found.pages[0].body)
    assert len(bodies) == 1


def test_times_are_in_the_zone_of_the_ministry(world: World):
    query = "SELECT strftime(TIMESTAMPTZ '2026-07-01 00:30:00+00', '%H:%M') AS river, 1 AS sites, 1 AS highest"
    derive(world, query)
    found = fetch(world)
    assert found is not None
    assert found.pages[0].body == b"river,sites,highest\n08:30,1,1\n"
