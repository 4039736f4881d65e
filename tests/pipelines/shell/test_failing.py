"""The failing rows in the metadata of a check."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import dagster as dg
import pytest
import yaml
from nights import DAILY, LOOSE, MONTHS, Make, waits
from worlds import SLUG, World, column

from pipelines.candidate.facts import candidate_quality
from pipelines.shell.failing import MOST_SHOWN, KeptBeside, beside, concerned_metadata, failing_metadata, lift_metadata
from pipelines.shell.forms import correct_form

LEVEL = column("level", "number", constraints={"maximum": 5}, severity={"range": "hold"})
ROWS = MOST_SHOWN + 5


@pytest.fixture
def world(make: Make) -> World:
    fields = [column("site"), LEVEL, column("value"), column("secret", publish="no")]
    world = make(fields=fields, guards=LOOSE)
    world.tell("site,level,value,secret\n" + "".join(f"s{i:02},9,<b>,hidden\n" for i in range(ROWS)))
    return world


def found(world: World) -> KeptBeside:
    identity = waits(world)
    assert identity
    dataset = world.ctx.declarations.dataset(SLUG)
    return beside(world.ctx, dataset, candidate_quality(world.ctx, SLUG, identity), identity)


def test_a_table_of_the_first_rows_and_a_link_to_all(world: World):
    metadata = failing_metadata(found(world), "level.range")
    table = metadata["failing_rows"]
    assert isinstance(table, dg.TableMetadataValue)
    assert [one.name for one in table.schema.columns] == [
        "value", "key", "column", "rule", "value (cell)", "fetch", "row",
    ]  # fmt: skip
    assert len(table.records) == MOST_SHOWN
    assert table.records[0].data == {
        "key": "site=s00", "column": "level", "value": "9", "rule": "level.range", "value (cell)": "<b>",
        "fetch": 1, "row": 1,
    }  # fmt: skip
    assert metadata["shown"] == f"{MOST_SHOWN} of {ROWS} failing rows"
    assert metadata["all_failing_rows"].value == f"/failing/{SLUG}/{waits(world)}/level.range.csv"
    assert metadata["kept_bytes"].value == f"minsheng evidence {SLUG} 1 --save ."
    assert "hidden" not in str(metadata)


def test_nothing_where_no_row_fails_or_none_is_kept(world: World):
    beside_it = found(world)
    assert failing_metadata(beside_it, "site.required") == {}
    assert failing_metadata(beside_it._replace(failing=None), "level.range") == {}


def form_of(link: str) -> dict[str, Any]:
    (config,) = parse_qs(urlsplit(link).query)["config"]
    form: dict[str, Any] = yaml.safe_load(config)
    return form


def test_a_failing_cell_comes_with_the_form_that_corrects_it(make: Make):
    world = make(fields=[column("site"), column("level", "number", severity={"type": "hold"})], guards=LOOSE)
    world.tell('site,level\n"a, b",1\n"it\'s",x\n"no: ""x""",y\n')
    metadata = failing_metadata(found(world), "level.type")
    filled = {"dataset": SLUG, "key": "site=it's", "column": "level", "evidence": 1}
    assert form_of(metadata["to_correct"].value) == correct_form(**filled)
    lifting = form_of(lift_metadata(SLUG, "correction.stuck")["to_lift"].value)
    assert lifting == correct_form(dataset=SLUG, lift="stuck")
    assert lift_metadata(SLUG, "guard.removed") == {}


def test_a_key_that_shows_as_another_one_is_not_filled_in(make: Make):
    world = make(fields=[column("site"), LEVEL], guards=LOOSE)
    world.tell('site,level\n"a\u202eb",9\n')
    metadata = failing_metadata(found(world), "level.range")
    assert "to_correct" not in metadata
    assert metadata["failing_rows"].records[0].data["value"] == "9"
    world.tell('site,level\n"a\u202eb",9\n"no: ""x""",8\n')
    metadata = failing_metadata(found(world), "level.range")
    assert form_of(metadata["to_correct"].value)["ops"]["correction"]["config"]["key"] == '"site=no: ""x"""'


def test_a_guard_shows_which_rows_go_and_of_which_months(make: Make):
    world = make(fields=DAILY, load="replace", guards={"removed": 0}, **MONTHS)
    world.tell("site,day,level\n" + "".join(f"s{i},2026-0{1 + i % 2}-01,{i}\n" for i in range(50)))
    world.tell("site,day,level\ns0,2026-01-01,0\n")
    metadata = concerned_metadata(found(world), "guard.removed")
    assert (metadata["concerned"], metadata["shown"]) == (49, "20 of 49 rows")
    assert [one.data for one in metadata["by_day"].records] == [
        {"day": "2026-02", "rows": 25},
        {"day": "2026-01", "rows": 24},
    ]
    assert metadata["rows_that_go"].records[0].data == {"key": "site=s10, day=2026-01-01", "values": "level: 10"}
    assert concerned_metadata(found(world), "guard.changed") == {}
    assert concerned_metadata(found(world), "guard.columns-unknown") == {}


def test_nothing_is_read_where_no_row_fails(world: World):
    fact = {"checks": [{"success": True}], "quarantine": {"listed": 0}, "guards": []}
    assert beside(world.ctx, world.ctx.declarations.dataset(SLUG), fact, waits(world) or "").failing is None
