"""Records as an agency names them."""

import pyarrow as pa
import pytest
from worlds import column, dataset, texts

from catalog.errors import SourceError
from pipelines.conform.columns import ColumnFinding, concatenate, find_columns, fold_name, told

FIELDS = [column("site", heard_as=["測站", "SiteID"]), column("level", "number"), column("note", publish="no")]


@pytest.mark.parametrize(
    "name", ["SiteID", "siteid", "SITE ID", "ＳｉｔｅＩＤ", "\ufeffSiteID", " site\u3000id\t", "\ufeff siteId "]
)
def test_case_width_blanks_and_byte_order_mark_do_not_tell_names_apart(name: str):
    assert fold_name(name) == "siteid"
    rows = find_columns(dataset(fields=FIELDS), 1, texts(**{name: ["a"], "level": ["1"], "note": [""]}))
    assert rows.table.column("site").to_pylist() == ["a"]
    assert rows.findings == ()


@pytest.mark.parametrize("name", ["site-id", "site_id", "sitеid", "臺站"])
def test_nothing_else_is_folded(name: str):
    with pytest.raises(SourceError, match=r"expected the column '測站' or 'SiteID' .field site; every row needs it"):
        find_columns(dataset(fields=FIELDS), 1, texts(**{name: ["a"], "level": ["1"]}))


def test_cells_are_trimmed_and_nothing_else():
    cells = [" a ", "\u3000b\t", "\ufeffc", "d e", "ｆ", "", None, "\n"]
    rows = find_columns(dataset(fields=FIELDS), 7, texts(測站=cells, level=cells, note=cells))
    assert rows.table.column("site").to_pylist() == ["a", "b", "c", "d e", "ｆ", "", None, ""]
    assert rows.table.column("_fetch").to_pylist() == [7] * 8
    assert rows.table.column("_row").to_pylist() == list(range(1, 9))


def test_columns_that_came_or_went_are_found():
    rows = find_columns(dataset(fields=FIELDS), 3, texts(測站=["a"], 備註=["x"], remark=["y"]))
    assert rows.findings == (
        ColumnFinding(3, "vanished", "level"),
        ColumnFinding(3, "unknown", "備註"),
        ColumnFinding(3, "unknown", "remark"),
    )
    assert rows.table.column("level").to_pylist() == [None]


def test_a_hidden_column_may_come_or_not():
    assert find_columns(dataset(fields=FIELDS), 1, texts(測站=["a"], level=["1"])).findings == ()


@pytest.mark.parametrize("two", [("測站", "SiteID"), ("SiteID", "siteid "), ("ＳiteID", "SITEID")])
def test_two_columns_for_one_field_are_refused_by_name(two: tuple[str, str]):
    with pytest.raises(SourceError, match="expected one column for the field site, found") as raised:
        find_columns(dataset(fields=FIELDS), 1, texts(**{two[0]: ["a"], two[1]: ["b"], "level": ["1"]}))
    assert repr(two[0]) in str(raised.value)
    assert repr(two[1]) in str(raised.value)


def test_a_required_column_that_vanished_is_refused():
    fields = [column("site"), column("level", "number", constraints={"required": True})]
    with pytest.raises(SourceError, match=r"expected the column 'level' .*, found the columns 'site', 'stage'"):
        find_columns(dataset(fields=fields), 1, texts(site=["a"], stage=["1"]))


def test_one_column_may_fill_two_fields():
    fields = [column("site", heard_as="place"), column("place")]
    raw = find_columns(dataset(fields=fields), 1, texts(place=["a"])).table
    assert (raw.column("site").to_pylist(), raw.column("place").to_pylist()) == (["a"], ["a"])


def test_a_flags_own_column_need_not_come():
    fields = [column("site"), column("level", "number", flag={"field": "mark", "texts": ["#"]}), column("mark")]
    assert find_columns(dataset(fields=fields), 1, texts(site=["a"], level=["1"])).findings == ()


def test_many_fetches_stand_in_one_table():
    said = dataset(fields=FIELDS)
    one, two = (
        find_columns(said, 1, texts(測站=["a"], level=["1"], x=["y"])),
        find_columns(said, 2, texts(siteid=["b", "c"])),
    )
    both = concatenate([one, two])
    assert both.table.select(["_fetch", "_row", "site"]).to_pylist() == [
        {"_fetch": 1, "_row": 1, "site": "a"},
        {"_fetch": 2, "_row": 1, "site": "b"},
        {"_fetch": 2, "_row": 2, "site": "c"},
    ]
    assert [finding.fetch for finding in both.findings] == [1, 2]


def test_records_without_rows():
    raw = find_columns(dataset(fields=FIELDS), 1, texts(測站=[], level=[])).table
    assert raw.num_rows == 0
    assert raw.schema.field("_fetch").type == pa.int64()


def test_a_raw_text_is_told_unless_its_cell_holds_what_is_not_published():
    def part(name: str, at: int, heard: str, publish: str = "yes") -> dict[str, object]:
        return column(name, heard_as=heard, split={"separator": "/", "part": at}, publish=publish)

    fields = [
        column("site"),
        part("left", 0, "both"),
        part("right", 1, "ＢＯＴＨ ", "no"),
        part("east", 0, "sides"),
        part("west", 1, "sides"),
        column("level", "number", flag={"field": "mark", "texts": ["<"]}),
        column("mark", publish="no"),
        column("flow", "number", flag={"field": "sign", "texts": ["<"]}),
        column("sign"),
        column("note", publish="no"),
    ]
    assert told(dataset(fields=fields)) == {"site", "east", "west", "flow", "sign"}
