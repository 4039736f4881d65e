"""The steps there are, and the way of a shaped table through the whole path."""

import io
import re
import zipfile
from typing import Any

import pytest
from worlds import World, column, dataset, declaration, texts

from catalog.errors import DeclarationError, SourceError
from pipelines.conform.columns import told
from pipelines.shape import known_steps, load_steps, made_of, shaped
from pipelines.trace.why import why
from pipelines.validate import validate

DAYS = [
    column("land"),
    column("day", "date", date={"patterns": ["%m/%d/%Y"]}),
    column("cases", "integer"),
]
UNPIVOT = {"unpivot": {"others": True, "name": "day", "value": "cases"}}


def test_each_step_is_a_file():
    assert known_steps() == ["fill_down", "level", "pivot", "unpivot"]


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({"melt": {}}, "minsheng.shape (step 1, melt): no step 'melt'; known: fill_down, level, pivot, unpivot"),
        ({"fill_down": {}}, "minsheng.shape (step 1, fill_down): columns: is required and missing"),
        ({"fill_down": {"column": "a"}}, "column: is not known; known here: columns, stop"),
    ],
)
def test_a_step_that_is_wrong_is_found_by_check(step: dict[str, Any], said: str, tmp_path: Any):
    world = World(tmp_path)
    world.declare(declaration(shape=[step]))
    assert any(said in fault for fault in validate(world.datasets, "rivers"))
    with pytest.raises(DeclarationError, match=re.escape(said)):
        load_steps(dataset(shape=[step]), "x")


def test_a_step_is_one_name_and_its_options():
    for wrong in ({"fill_down": {}, "level": {}}, {"fill_down": "a"}, {}):
        with pytest.raises(DeclarationError, match="each step is one name and its options"):
            dataset(shape=[wrong])


def test_without_steps_the_records_are_the_same_value():
    records = texts(a=["1"])
    assert shaped(dataset(), records) is records


def test_an_optional_step_is_left_out_of_a_layout_without_its_columns():
    pivot = {"pivot": {"index": "a", "names": "item", "values": "value", "optional": True}}
    declared, wide = dataset(shape=[pivot]), texts(b=["1"])
    assert shaped(declared, wide).column("b").to_pylist() == ["1"]
    assert shaped(declared, texts(a=["1"], item=["x"], value=["2"])).column("x").to_pylist() == ["2"]
    with pytest.raises(SourceError, match="expected one column 'item', found 0"):
        shaped(declared, texts(a=["1"], value=["2"]))


def test_the_shape_is_part_of_the_meaning():
    assert dataset(shape=[UNPIVOT]).meaning()["shape"] == [UNPIVOT]


def test_a_new_column_a_day_is_new_rows_and_no_news_of_columns(tmp_path: Any):
    world = World(tmp_path)
    world.declare(declaration(fields=DAYS, key=["land", "day"], load="replace", shape=[UNPIVOT]))
    world.tell("land,1/22/2020,1/23/2020\nA,0,0\nB,0,1\n")
    (result,) = world.tell("land,1/22/2020,1/23/2020,1/24/2020\nA,0,0,2\nB,0,1,3\n")
    assert (result.outcome, len(world.rows())) == ("released", 6)
    assert sum(row["cases"] for row in world.rows()) == 6
    found = why(world.ctx, "rivers", "land=B,day=2020-01-24", "cases").origin
    assert found is not None
    assert (found.column, found.record, found.raw, found.row) == ("1/24/2020", 2, "3", 6)


def test_merged_cells_are_filled_and_the_totals_are_no_rows(tmp_path: Any):
    world = World(tmp_path)
    fields = [
        column("county", heard_as="縣市"),
        column("town", heard_as="鄉鎮"),
        column("n", "integer", heard_as="件數"),
    ]
    source = {
        "protocol": "file",
        "address": "https://waters.example/x.csv",
        "format": "csv",
        "reading": {"until": "合計"},
    }
    down = {"fill_down": {"columns": ["縣市"]}}
    world.declare(declaration(fields=fields, key=["county", "town"], source=source, shape=[down]))
    world.tell("縣市,鄉鎮,件數\n甲,子,5\n,丑,7\n乙,寅,9\n,卯,2\n合計,,23\n")
    assert [tuple(row.values()) for row in world.rows()] == [
        ("乙", "卯", 2), ("乙", "寅", 9), ("甲", "丑", 7), ("甲", "子", 5),
    ]  # fmt: skip
    assert world.quarantine() == []
    found = why(world.ctx, "rivers", "county=甲,town=丑", "county").origin
    assert found is not None
    assert (found.column, found.record, found.row, found.raw) == ("縣市", 1, 2, "甲")


def test_a_changed_shape_reads_old_evidence_again(tmp_path: Any):
    world = World(tmp_path)
    said = {"fields": [column("key"), column("x")], "load": "replace"}
    world.declare(declaration(**said))
    world.tell("key,x\na,1\nb,\n")
    assert [row["x"] for row in world.rows()] == ["1", None]
    world.declare(declaration(**said, shape=[{"fill_down": {"columns": "x"}}]))
    (result,) = world.settle()
    assert (result.outcome, list(result.failed_checks)) == ("held", ["approve.refold"])
    assert result.changes is not None
    assert result.changes.update == 1


def test_a_text_that_is_kept_back_is_so_wherever_a_step_puts_it():
    level = {"level": {"column": "who", "indent": 2, "into": ["group", "person"]}}
    fields = [column("group"), column("n"), column("name", heard_as="who", publish="no")]
    said = dataset(fields=fields, shape=[level])
    assert made_of(said) == {"group": {"who"}, "person": {"who"}}
    assert told(said) == {"n"}


LONG = {
    "pivot": {"index": ["site", "day"], "names": "item", "values": "value", "twice": "quarantine", "columns": "PM10"}
}


def test_members_of_a_zip_become_one_table_and_then_columns(tmp_path: Any):
    world = World(tmp_path)
    fields = [column("site"), column("day"), column("pm10", "number"), column("so2", "number", optional=True)]
    reading = {"members": "*.csv", "format": "csv"}
    source = {"protocol": "file", "address": "https://waters.example/x.zip", "format": "zip", "reading": reading}
    world.declare(declaration(fields=fields, key=["site", "day"], source=source, shape=[LONG]))
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as made:
        for day in (2, 1):
            made.writestr(f"{day}.csv", f"site,day,item,value\na,{day},PM10,{day}.5\nb,{day},PM10,7\n")
    world.tell(body.getvalue())
    assert [(row["site"], row["day"], row["pm10"], row["so2"]) for row in world.rows()] == [
        ("a", "1", 1.5, None), ("a", "2", 2.5, None), ("b", "1", 7.0, None), ("b", "2", 7.0, None),
    ]  # fmt: skip
    found = why(world.ctx, "rivers", "site=b,day=2", "pm10").origin
    assert found is not None
    assert (found.column, found.record, found.raw) == ("value", 4, "7")


def test_names_of_another_case_are_two_columns_through_the_whole_path(tmp_path: Any):
    world = World(tmp_path)
    fields = [column("site"), column("row", "integer", heard_as="No"), column("no", "number", heard_as="NO")]
    world.declare(declaration(fields=fields))
    world.tell("site,No,NO\na,1,12.5\n")
    assert world.rows() == [{"site": "a", "row": 1, "no": 12.5}]
    found = why(world.ctx, "rivers", "site=a", "no").origin
    assert found is not None
    assert (found.column, found.raw) == ("NO", "12.5")
