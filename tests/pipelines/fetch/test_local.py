"""Derived datasets that are run partition by partition: only what is touched, and the same as when all is run."""

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import pytest
from nights import LOOSE, said, watching
from refreshes import refreshed
from watched import Calls
from worlds import SLUG, START, World, column, declaration

from catalog.declaration.pipeline import Derive
from pipelines.fetch.derived import check
from pipelines.fetch.fetcher import Fetcher
from pipelines.fetch.live import Live
from pipelines.refresh.result import RefreshResult
from pipelines.trace.rebuild import rebuild
from pipelines.validate import validate

MONTHLY = "monthly"
QUERY = """
SELECT strftime(day, '%Y-%m') AS month, site, sum(level) AS level, max(places.name) AS name
FROM levels LEFT JOIN places USING (site) GROUP BY ALL
"""
ROWS = "site,day,level\na,2026-05-01,1\na,2026-06-01,2\nb,2026-06-02,3\n"
LEVELS = [column("site"), column("day", "date"), column("level", "number")]
DATE = {"date": {"patterns": ["%Y-%m"]}}
FIELDS = [column("month", "month", **DATE), column("site"), column("level", "number"), column("name")]


def levels(world: World, table: str, slug: str = SLUG, fields: list[Any] = LEVELS, **more: Any) -> None:
    source = {"protocol": "inline", "table": "table.csv"}
    block = {"key": ["site", "day"], "partition": {"field": "day", "grain": "month"}} | more
    world.declare(declaration(slug, fields, load="replace", source=source, guards=LOOSE, **block), table=table)


def places(world: World, table: str) -> None:
    levels(world, table, "places", [column("site"), column("name")], key=["site"], partition={"grain": "none"})


def derive(world: World, query: str = QUERY, grain: str = "month", local: bool = True, **more: Any) -> None:
    derived = {"sql": "monthly.sql", "over": {"levels": SLUG, "places": "places"}, "local": local} | more
    block = {"partition": {"field": "month", "grain": grain}, "key": ["month", "site"], "guards": LOOSE}
    made = declaration(MONTHLY, FIELDS, derive=derived, load="replace", **block)
    del made["minsheng"]["source"]
    world.declare(made)
    (world.datasets / MONTHLY / "monthly.sql").write_text(query, encoding="utf-8")


def night(world: World) -> tuple[list[RefreshResult], set[str]]:
    """What came of the derived dataset in a night, and the months of its input that its query read."""
    world.now += dt.timedelta(days=1)
    world.ctx.clock.advance(world.now)
    list(refreshed(world.ctx, Live(Fetcher({})), ["places", SLUG]))
    with watching(world, Calls()) as calls:
        results = list(refreshed(world.ctx, Live(Fetcher({})), [MONTHLY]))
    read = [key for verb, key, _ in calls.made if verb == "get" and f"/{SLUG}/data/" in key]
    return [one for one in results if one.dataset == MONTHLY], {key.split(f"{SLUG}_")[1][:7] for key in read}


@pytest.fixture(scope="module")
def after_a_night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = World(tmp_path_factory.mktemp("night") / "home")
    places(world, "site,name\na,Upper\nb,Lower\n")
    levels(world, ROWS)
    derive(world)
    results, read = night(world)
    assert (said(results), read) == ([("released", 1)], {"2026-05", "2026-06"})
    return world.root


@pytest.fixture
def world(after_a_night: Path, tmp_path: Path) -> World:
    shutil.copytree(after_a_night, tmp_path / "home")
    return World(tmp_path / "home", START + dt.timedelta(days=1))


def rows(world: World) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in world.rows(MONTHLY)]


def test_only_the_month_that_changed_is_read_and_run(world: World):
    levels(world, ROWS.replace("06-02,3", "06-02,4"))
    results, read = night(world)
    assert (said(results), read) == ([("released", 2)], {"2026-06"})
    assert rows(world) == [("2026-05", "a", 1, "Upper"), ("2026-06", "a", 2, "Upper"), ("2026-06", "b", 4, "Lower")]
    record = world.ctx.evidence(MONTHLY).read(2)
    first = world.ctx.evidence(MONTHLY).read(1)
    assert [page["address"] for page in record.pages] == ["monthly.sql#2026-05", "monthly.sql#2026-06"]
    assert record.bodies[0] == first.bodies[0], "the other body is the one before, and costs nothing"
    assert rebuild(world.ctx, MONTHLY, 2).same


def test_a_month_that_comes_and_one_that_goes(world: World):
    levels(world, "site,day,level\na,2026-06-01,2\nb,2026-06-02,3\nb,2026-07-01,5\n")
    results, read = night(world)
    assert (said(results), read) == ([("released", 2)], {"2026-07"})
    assert [row[0] for row in rows(world)] == ["2026-06", "2026-06", "2026-07"]


def test_nothing_is_run_where_only_words_changed(world: World):
    levels(world, ROWS, top={"title": {"en": "Other", "zh-TW": "另一"}})
    results, read = night(world)
    assert (said(results), read) == ([("unchanged", 1)], set())


def test_an_input_without_partitions_touches_all_and_so_does_another_query(world: World):
    places(world, "site,name\na,Higher\nb,Lower\n")
    assert night(world)[1] == {"2026-05", "2026-06"}
    derive(world, QUERY.replace("sum(level)", "max(level)"))
    assert night(world)[1] == {"2026-05", "2026-06"}
    assert rows(world)[0] == ("2026-05", "a", 1, "Higher")


def test_a_year_is_made_of_its_months_and_is_the_same_as_when_all_is_run(world: World):
    more = ROWS + "a,2025-12-31,7\n"
    levels(world, more)
    derive(world, grain="year")
    night(world)
    made = rows(world)
    levels(world, more.replace("2025-12-31,7", "2025-12-31,8"))
    assert night(world)[1] == {"2025-12"}
    levels(world, more)
    derive(world, grain="year", local=False)
    night(world)
    assert rows(world) == made


def test_a_query_that_looks_beyond_a_month_is_told_so(world: World):
    derive(world, "SELECT '2026-05' AS month, site, 1.0 AS level, 'x' AS name FROM levels")
    (result,) = night(world)[0]
    assert result.outcome == "failed"
    assert "from the rows of 2026-06 the query made one with month '2026-05'" in str(result.reason)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"over": {"places": "places"}}, "local: no input has partitions of a month or less"),
        ({"over": {"moved": {"dataset": SLUG, "of": "changes"}}}, "local: moved is of changes"),
        ({"query": QUERY.replace("max(places.name)", "(SELECT max(n) FROM _releases)")}, "the query reads _releases"),
    ],
)
def test_what_cannot_be_local_is_refused_by_check(world: World, more: dict[str, Any], told: str):
    derive(world, **more)
    (fault,) = validate(world.datasets, MONTHLY)
    assert told in fault


def test_a_result_without_partitions_or_with_another_way_to_write_its_time_is_refused(world: World):
    said_ = world.ctx.declarations.dataset(MONTHLY)
    derived = Derive(sql="monthly.sql", over={"levels": SLUG}, local=True)
    block = said_.minsheng.model_copy(update={"derive": derived, "partition": said_.minsheng.partition.model_copy(
        update={"field": None, "grain": "none"})})  # fmt: skip
    (fault,) = check(
        world.datasets / MONTHLY, said_.model_copy(update={"minsheng": block}), "x", world.ctx.declarations.dataset
    )
    assert "the result has no partitions" in fault
    fields = [column("month", "month", date={"patterns": ["%m/%Y"]}), *FIELDS[1:]]
    made = declaration(MONTHLY, fields, derive=derived.model_dump(), load="replace", key=["month", "site"],
                       partition={"field": "month", "grain": "month"})  # fmt: skip
    del made["minsheng"]["source"]
    world.declare(made)
    (fault,) = validate(world.datasets, MONTHLY)
    assert "the query must write month beginning with %Y-%m" in fault
