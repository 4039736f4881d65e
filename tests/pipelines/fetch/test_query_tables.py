"""What a query may read of releases besides the rows of the newest one: row changes, and what has no release yet."""

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
from nights import LOOSE, said
from refreshes import refreshed
from worlds import SLUG, World, column, declaration

from catalog.declaration.pipeline import Derive
from catalog.declaration.yaml12 import read_yaml
from catalog.release import publish
from pipelines.fetch.fetcher import Fetcher
from pipelines.fetch.live import Live
from pipelines.trace.rebuild import rebuild
from pipelines.validate import validate

MOVES = "moves"
BOTH = {"en": "Another licence", "zh-TW": "另一授權"}
FIELDS = [column("line")]


def declare(world: World, query: str, over: dict[str, Any], fields: list[Any] = FIELDS) -> None:
    made = declaration(MOVES, fields, derive={"sql": "moves.sql", "over": over}, load="replace", guards=LOOSE)
    del made["minsheng"]["source"]
    world.declare(made)
    (world.datasets / MOVES / "moves.sql").write_text(query)


def levels(world: World, table: str) -> None:
    source = {"protocol": "inline", "table": "table.csv"}
    world.declare(declaration(load="replace", source=source, guards=LOOSE), table=table)


def night(world: World, *slugs: str) -> list[tuple[str, int | None]]:
    world.now += dt.timedelta(days=1)
    world.ctx.clock.advance(world.now)
    items = refreshed(world.ctx, Live(Fetcher({})), list(slugs or (MOVES, SLUG)))
    return said([item for item in items if item.dataset == MOVES])


def lines(world: World) -> list[str]:
    return [row["line"] for row in world.rows(MOVES)]


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path / "home")
    levels(world, "site,level\na1,1\na2,2\n")
    night(world, SLUG)
    levels(world, "site,level\na1,1.5\nb1,3\n")
    night(world, SLUG)
    return world


CHANGES = """
SELECT concat_ws(' ', _release, _change, site, coalesce(_before_level::VARCHAR, '-'), coalesce(level::VARCHAR, '-'))
       AS line
FROM moved
"""


def test_the_changes_of_all_releases_are_one_table_and_the_first_release_is_inserts(world: World):
    declare(world, CHANGES, {"moved": {"dataset": SLUG, "of": "changes"}})
    assert night(world) == [("released", 1)]
    assert lines(world) == [
        "1 insert a1 - 1.0",
        "1 insert a2 - 2.0",
        "2 delete a2 2.0 -",
        "2 insert b1 - 3.0",
        "2 update a1 1.0 1.5",
    ]
    assert [one.n for one in world.newest(MOVES).facts.inputs] == [2]
    levels(world, "site,level\na1,1.5\n")
    assert night(world) == [("released", 2)]
    assert "3 delete b1 3.0 -" in lines(world)
    assert rebuild(world.ctx, MOVES, 1).same, "from what was kept, not from what is newest now"


def test_changes_of_the_newest_releases_only(world: World):
    declare(world, CHANGES, {"moved": {"dataset": SLUG, "of": "changes", "last": 1}})
    night(world)
    assert lines(world) == ["2 delete a2 2.0 -", "2 insert b1 - 3.0", "2 update a1 1.0 1.5"]


def test_a_change_says_when_its_release_was_made_and_how_old_its_fetch_was(world: World):
    query = (
        "SELECT DISTINCT concat_ws(' ', _release, epoch(_created)::BIGINT, epoch(_as_of)::BIGINT) AS line FROM moved"
    )
    declare(world, query, {"moved": {"dataset": SLUG, "of": "changes"}})
    night(world)
    wanted = []
    for n in (1, 2):
        release = publish.document(world.public, SLUG, n)
        times = (dt.datetime.fromisoformat(text).timestamp() for text in (release.created, release.facts.as_of))
        wanted.append(" ".join([str(n), *(f"{seconds:.0f}" for seconds in times)]))
    assert lines(world) == wanted


def test_rows_and_changes_of_one_dataset_are_one_input(world: World):
    query = "SELECT concat_ws(' ', (SELECT count(*) FROM levels), (SELECT count(*) FROM moved)) AS line"
    declare(world, query, {"levels": SLUG, "moved": {"dataset": SLUG, "of": "changes"}})
    assert night(world) == [("released", 1)]
    assert lines(world) == ["2 5"]
    assert len(world.newest(MOVES).facts.inputs) == 1


OPTIONAL = {"levels": SLUG, "others": {"dataset": "others", "optional": True}}
COUNTED = "SELECT concat_ws(' ', (SELECT count(*) FROM levels), (SELECT coalesce(sum(level), -1) FROM others)) AS line"


def others(world: World) -> None:
    """Declare a dataset of an agency that has not answered yet."""
    world.declare(declaration("others"))


def test_an_optional_table_without_a_release_has_columns_and_no_rows(world: World):
    others(world)
    declare(world, COUNTED, OPTIONAL)
    assert validate(world.datasets, MOVES) == []
    assert night(world, MOVES) == [("released", 1)]
    assert lines(world) == ["2 -1.0"]
    assert [one.dataset for one in world.newest(MOVES).facts.inputs] == [SLUG]


def test_a_query_of_which_no_table_has_a_release_says_so(world: World):
    others(world)
    one = {"dataset": "others", "optional": True}
    declare(world, COUNTED, {"levels": one, "others": one})
    (item,) = [item for item in refreshed(world.ctx, Live(Fetcher({})), [MOVES]) if item.dataset == MOVES]
    assert (item.outcome, item.reason) == (
        "failed",
        "moves is derived from others, of which none has a release yet; run one of them first",
    )


@pytest.mark.parametrize(
    ("over", "fault"),
    [
        ({"moved": {"dataset": SLUG, "of": "history"}}, "expected 'rows' or 'changes', found 'history'"),
        ({"moved": {"dataset": SLUG, "last": 0}}, "expected 1 or more, found 0"),
        ({"moved": {"dataset": "nowhere", "of": "changes"}}, "no dataset 'nowhere'"),
    ],
)
def test_a_table_that_is_none_is_told_by_check(world: World, over: dict[str, Any], fault: str):
    declare(world, CHANGES, over)
    faults = validate(world.datasets, MOVES)
    assert any(fault in one for one in faults), faults


def test_the_example_of_the_docs_is_one(tmp_path: Path):
    page = (Path(__file__).parents[3] / "docs/declaration.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"<!-- derive over -->\n```yaml\n(.*?)```", page, re.DOTALL)
    path = tmp_path / "example.yaml"
    path.write_text(example)
    tables = Derive.model_validate(read_yaml(path)["derive"]).tables
    assert {name: (one.dataset, one.of, one.last, one.optional) for name, one in tables.items()} == {
        "hourly": ("air-quality-hourly", "rows", 400, False),
        "moved": ("crop-prices", "changes", 90, False),
        "rain": ("weather-observations", "rows", 400, True),
    }


def test_what_is_derived_keeps_the_licences_of_its_inputs(world: World):
    other = declaration("others") | {"licenses": [{"name": "CC-BY-4.0", "path": "https://example.org", "title": BOTH}]}
    world.declare(other)
    declare(world, COUNTED, OPTIONAL)
    (fault,) = validate(world.datasets, MOVES)
    assert "licenses: others, which it is derived from, is under CC-BY-4.0; found OGDL-Taiwan-1.0" in fault


ABOUT = """
SELECT concat_ws(' ', _releases.dataset, n, agency, strftime(as_of, '%H:%M'), name, coalesce(unit, '-'), title_zh)
       AS line
FROM _releases INNER JOIN _columns USING (dataset)
"""


def test_a_query_reads_numbers_agencies_and_units_of_the_releases_that_it_reads(world: World):
    source = {"protocol": "inline", "table": "table.csv"}
    fields = [column("site"), column("level", "number", unit="m")]
    world.declare(declaration("lakes", fields, load="replace", source=source), table="site,level\na,1\n")
    world.declare(declaration("seas", FIELDS, load="replace", source=source))
    night(world, "lakes")
    at = world.newest("lakes").facts.as_of[11:16]
    over = {"lake": "lakes", "changes": {"dataset": "lakes", "of": "changes"}}
    declare(world, ABOUT, over | {"sea": {"dataset": "seas", "optional": True}})
    assert night(world) == [("released", 1)]
    assert lines(world) == [
        f"lakes 1 waters {at} level m 臺：level",
        f"lakes 1 waters {at} site - 臺：site",
    ]
