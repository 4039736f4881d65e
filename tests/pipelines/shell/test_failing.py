"""The failing rows in the metadata of a check."""

import dagster as dg
import pytest
from nights import DAILY, LOOSE, MONTHS, Make, waits
from worlds import SLUG, World, column

from pipelines.candidate.facts import candidate_quality
from pipelines.shell.failing import MOST_SHOWN, KeptBeside, beside, concerned_metadata, failing_metadata, lift_metadata

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
        "key", "column", "value", "rule", "value (cell)", "fetch", "row",
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


def test_a_failing_cell_comes_with_the_command_that_corrects_it(make: Make):
    world = make(fields=[column("site"), column("level", "number", severity={"type": "hold"})], guards=LOOSE)
    world.tell('site,level\n"a, b",1\n"it\'s",x\n')
    beside_it = found(world)
    assert failing_metadata(beside_it, "level.type")["correct"].value == (
        f"minsheng correct {SLUG} --key 'site=it'\"'\"'s' --column level --evidence 1 "
        "--instead TEXT --reason TEXT --reason-zh TEXT | patch -p1"
    )
    assert lift_metadata(SLUG, "correction.stuck")["lift"].value == (
        f"minsheng correct {SLUG} --lift stuck | patch -p1"
    )
    assert lift_metadata(SLUG, "guard.removed") == {}


def test_what_moves_a_cursor_is_not_handed_out_to_be_pasted(make: Make):
    world = make(fields=[column("site"), LEVEL], guards=LOOSE)
    world.tell('site,level\n"a\u202eb",9\n')
    metadata = failing_metadata(found(world), "level.range")
    assert "correct" not in metadata
    assert metadata["failing_rows"].records[0].data["value"] == "9"


def test_of_many_cells_the_first_can_be_corrected_at_once(world: World):
    commands = [one.data["command"] for one in failing_metadata(found(world), "level.range")["correct"].records]
    assert [f"--key site=s{number:02} " in command for number, command in enumerate(commands)] == [True] * 5


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
