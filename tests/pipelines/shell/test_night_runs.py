"""The runs of a night: one for each agency, and one for what is derived after all of them."""

import datetime as dt
import json
from pathlib import Path

import dagster as dg
import pytest
from worlds import AGENCIES, World, column, declaration, inline

from pipelines import settings
from pipelines.context import ZONE
from pipelines.shell.location import build
from pipelines.shell.names import slug_of
from pipelines.shell.night_runs import DERIVED, NIGHT, PART, PARTS

AT = dt.datetime(2026, 7, 5, 1, 30, tzinfo=ZONE)
TONIGHT = "2026-07-05T01:30"


@pytest.fixture
def definitions(tmp_path: Path) -> dg.Definitions:
    world = World(tmp_path)
    more = {name: AGENCIES["waters"] | {"hosts": [f"{name}.example"]} for name in ("slow", "house")}
    (world.datasets / "agencies.yaml").write_text(json.dumps(AGENCIES | more))
    for slug, agency in (("glaciers", "slow"), ("lakes", "waters"), ("rivers", "waters")):
        source = {"protocol": "file", "address": f"https://{agency}.example/{slug}.csv", "format": "csv"}
        fields = [
            column("site", codes={"table": {"dataset": "sites", "key": "site", "value": "level"}}),
            column("level", "number"),
        ]
        world.declare(declaration(slug, fields, source=source, agency=agency))
    world.declare(inline("sites", agency="house"), table="site,level\na,1\n")
    means = {"sql": "means.sql", "over": {"levels": "lakes", "ice": "glaciers"}}
    derived = declaration("means", agency="house", load="replace", derive=means)
    del derived["minsheng"]["source"]
    world.declare(derived)
    (world.datasets / "means" / "means.sql").write_text("select site, level from levels")
    return build(settings.read({"MINSHENG_HOME": str(tmp_path), "MINSHENG_STORE": f"file:{tmp_path}/public",
                                "MINSHENG_DATASETS": str(world.datasets)}))  # fmt: skip


def requests(definitions: dg.Definitions) -> list[dg.RunRequest]:
    night = definitions.resolve_schedule_def("nightly")
    found = night.evaluate_tick(dg.build_schedule_context(scheduled_execution_time=AT)).run_requests
    assert found
    return list(found)


def datasets(request: dg.RunRequest) -> set[str]:
    assert request.asset_selection
    return {slug for key in request.asset_selection if (slug := slug_of(key))}


def test_each_agency_has_a_run_of_its_own_and_nothing_is_derived_yet(definitions: dg.Definitions):
    found = {request.tags[PART]: datasets(request) for request in requests(definitions)}
    assert found == {"house": {"sites"}, "slow": {"glaciers", "sites"}, "waters": {"lakes", "rivers", "sites"}}
    assert {(request.tags[NIGHT], request.tags[PARTS]) for request in requests(definitions)} == {(TONIGHT, "3")}


def test_a_night_that_is_begun_twice_has_each_run_once(definitions: dg.Definitions):
    first, second = ([request.run_key for request in requests(definitions)] for _ in range(2))
    assert first == second == [f"{TONIGHT} house", f"{TONIGHT} slow", f"{TONIGHT} waters"]


def test_a_table_of_ours_lets_no_agency_wait_for_another(definitions: dg.Definitions):
    pools = {slug: definitions.resolve_assets_def(dg.AssetKey([f"{slug}.evidence"])).op.pool
             for slug in ("sites", "means", "lakes", "rivers", "glaciers")}  # fmt: skip
    assert pools == {"sites": None, "means": None, "lakes": "waters", "rivers": "waters", "glaciers": "slow"}


def after(definitions: dg.Definitions, *runs: dg.DagsterRun) -> tuple[list[dg.RunRequest], str]:
    """What the sensor does when there are these runs."""
    with dg.DagsterInstance.ephemeral() as instance:
        for run in runs:
            instance.add_run(run)
        context = dg.build_sensor_context(instance, definitions=definitions)
        tick = definitions.resolve_sensor_def("after_night").evaluate_tick(context)
        return list(tick.run_requests or ()), str(tick.skip_message)


def run(part: str, status: dg.DagsterRunStatus, night: str = TONIGHT) -> dg.DagsterRun:
    tags = {NIGHT: night, PART: part} | ({} if part == DERIVED else {PARTS: "3"})
    return dg.DagsterRun("nightly", status=status, tags=tags)


PARTS_OF_ALL = ("house", "slow", "waters")
DONE, FAILED, GOES_ON = dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.STARTED


def test_the_last_run_comes_when_all_agencies_have_ended_well_or_not(definitions: dg.Definitions):
    found, _ = after(definitions, run("house", DONE), run("slow", FAILED), run("waters", dg.DagsterRunStatus.CANCELED))
    (request,) = found
    assert (datasets(request), request.run_key) == ({"means"}, f"{TONIGHT} derived")
    assert (request.tags[NIGHT], request.tags[PART]) == (TONIGHT, DERIVED)
    assert request.asset_selection
    assert dg.AssetKey(["catalog"]) in request.asset_selection


@pytest.mark.parametrize(
    ("runs", "says"),
    [
        ((), "no night was started by the schedule yet"),
        ((run("house", DONE), run("slow", GOES_ON), run("waters", DONE)), "goes on: slow"),
        ((run("house", DONE), run("waters", dg.DagsterRunStatus.STARTING)), "goes on: waters, and 1 to come"),
        ((run("house", DONE), run("waters", DONE)), "goes on: no run, and 1 to come"),
        ((run("house", DONE), run("slow", DONE), run("waters", DONE), run(DERIVED, GOES_ON)), "has its last run"),
        ((*(run(part, DONE, "2026-07-04T01:30") for part in PARTS_OF_ALL), run("house", GOES_ON)),
         f"{TONIGHT} goes on: house, and 2 to come"),
    ],
)  # fmt: skip
def test_it_does_not_come_before_nor_twice(definitions: dg.Definitions, runs: tuple[dg.DagsterRun, ...], says: str):
    found, message = after(definitions, *runs)
    assert found == []
    assert says in message


def test_an_agency_that_is_run_again_counts_once(definitions: dg.Definitions):
    parts = [run(part, DONE) for part in PARTS_OF_ALL]
    found, message = after(definitions, *parts, run("slow", GOES_ON))
    assert (found, message) == ([], f"the night of {TONIGHT} goes on: slow")
