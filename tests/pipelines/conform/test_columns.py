"""Records as an agency names them."""

from typing import Any

import pyarrow as pa
import pytest
from worlds import column, dataset, text, texts

from catalog.declaration.names import fold_name
from catalog.errors import DeclarationError, SourceError
from pipelines.conform.columns import ColumnFinding, concatenate, find_columns, told
from pipelines.decode.parts.beside import FAULT, of_field

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


@pytest.mark.parametrize("two", [("測站", "SiteID"), ("SiteId", "siteid "), ("ＳiteID", "SITEID")])
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


NAMED = [column("site"), column("row", "integer", heard_as="No"), column("no", "number", heard_as="NO")]


def test_a_name_that_is_spelled_as_declared_wins_over_one_of_another_case():
    rows = find_columns(dataset(fields=NAMED), 1, texts(site=["a"], NO=["12.5"], No=["1"])).table
    assert (rows.column("row").to_pylist(), rows.column("no").to_pylist()) == (["1"], ["12.5"])


def test_a_column_of_another_case_is_unknown_where_one_is_spelled_as_declared():
    rows = find_columns(dataset(fields=NAMED[:2]), 1, texts(site=["a"], NO=["12.5"], No=["1"]))
    assert rows.table.column("row").to_pylist() == ["1"]
    assert rows.findings == (ColumnFinding(1, "unknown", "NO"),)


def test_a_field_does_not_read_the_column_that_another_one_spells():
    rows = find_columns(dataset(fields=NAMED), 1, texts(site=["a"], No=["1"]))
    assert rows.table.column("no").to_pylist() == [None]
    assert rows.findings == (ColumnFinding(1, "vanished", "no"),)


def test_a_field_without_a_spelling_reads_the_column_that_another_one_spells():
    fields = [column("county"), column("county_code", heard_as="County")]
    rows = find_columns(dataset(fields=fields), 1, texts(County=["a"])).table
    assert (rows.column("county").to_pylist(), rows.column("county_code").to_pylist()) == (["a"], ["a"])


IGNORE = {"columns": ["Remark"], "patterns": [r"x\d+"], "reason": {"en": "Counters.", "zh-TW": "計數。"}}


def test_ignored_columns_are_no_news_and_hold_no_field_back():
    said = dataset(fields=FIELDS, ignore=IGNORE)
    rows = find_columns(said, 1, texts(測站=["a"], level=["1"], ＲＥＭＡＲＫ=["idle"], x12=["1"], x=["2"]))
    assert rows.findings == (ColumnFinding(1, "unknown", "x"),)
    assert "idle" not in str(rows.table.to_pylist())


def test_an_ignored_column_is_not_one_that_a_field_reads():
    with pytest.raises(DeclarationError, match=r"minsheng\.ignore: the field level reads 'level'; take it from one"):
        dataset(fields=FIELDS, ignore=IGNORE | {"columns": ["level"]})
    with pytest.raises(DeclarationError, match="names no column; write columns or patterns"):
        dataset(fields=FIELDS, ignore={"reason": IGNORE["reason"]})


def test_an_optional_column_may_be_absent():
    fields = [*FIELDS[:1], column("level", "number", optional=True)]
    rows = find_columns(dataset(fields=fields), 1, texts(測站=["a"]))
    assert (rows.findings, rows.table.column("level").to_pylist()) == ((), [None])
    assert find_columns(dataset(fields=fields), 1, texts(測站=["a"], level=["1"])).table["level"].to_pylist() == ["1"]


@pytest.mark.parametrize(
    "field", [column("site", optional=True), column("x", optional=True, constraints={"required": True})]
)
def test_what_each_row_needs_is_not_optional(field: dict[str, Any]):
    with pytest.raises(DeclarationError, match="is needed in every row: it cannot be optional"):
        dataset(fields=[field] if field["name"] == "site" else [column("site"), field])


def test_ignore_and_optional_are_part_of_the_meaning_only_where_they_are_declared():
    plain = dataset(fields=FIELDS).meaning()
    assert not {"ignore", "shape", "omit"} & plain.keys()
    assert all("optional" not in field for field in plain["fields"])
    again = dataset(fields=FIELDS, ignore=IGNORE | {"reason": {"en": "Other words.", "zh-TW": "別的話。"}}).meaning()
    assert dataset(fields=FIELDS, ignore=IGNORE).meaning() == again != plain


def with_faults(faults: list[str | None], **columns: list[str | None]) -> pa.Table:
    return texts(**columns).append_column(FAULT, pa.array(faults, pa.string()))


def test_what_cannot_be_read_is_a_row_without_cells():
    fields = [column("site"), column("source", **{"from": {"value": "A"}})]
    records = with_faults([None, "?", None], site=["a", "b", "c"])
    records = records.append_column(of_field("source"), pa.array(["A"] * 3))
    found = find_columns(dataset(fields=fields), 1, records)
    assert found.table.select(["_row", "site", "source"]).to_pylist() == [
        {"_row": 1, "site": "a", "source": "A"},
        {"_row": 2, "site": None, "source": None},
        {"_row": 3, "site": "c", "source": "A"},
    ]
    assert found.table.column(FAULT).to_pylist() == [None, "?", None]


def test_a_fetch_with_faults_stands_below_one_without():
    one = find_columns(dataset(), 1, texts(site=["a"], level=["1"]))
    other = find_columns(dataset(), 2, with_faults(["?"], site=[None], level=[None]))
    none = find_columns(dataset(), 3, with_faults([None], site=["b"], level=["2"]))
    assert FAULT not in none.table.column_names
    assert concatenate([one, other, none]).table.column(FAULT).to_pylist() == [None, "?", None]


@pytest.mark.parametrize("raw", ["x" * 1000, "x" * 1001, "臺" * 1000 + "\U0001f600"])
def test_a_long_raw_text_is_cut(raw: str):
    (found,) = find_columns(dataset(), 1, with_faults([raw], site=[None], level=[None])).table.column(FAULT).to_pylist()
    assert found == (raw if len(raw) == 1000 else raw[:1000] + "…")


@pytest.mark.parametrize(
    ("more", "columns"),
    [
        ({"fields": [column("site"), column("level", publish="no")]}, {"site": [None], "level": [None]}),
        ({}, {"site": [None], "level": [None], "phone": [None]}),
        ({"ignore": {"columns": ["phone"], "reason": text("x")}}, {"site": [None], "level": [None], "phone": [None]}),
    ],
)
def test_a_raw_text_that_may_hold_what_is_kept_back_is_not_told(more: dict[str, Any], columns: dict[str, list[None]]):
    found = find_columns(dataset(**more), 1, with_faults(["a,1,0912"], **columns)).table
    assert found.column(FAULT).to_pylist() == [""]


def test_faults_alone_are_no_records():
    records = pa.table({FAULT: pa.array(["?", "!"])})
    with pytest.raises(SourceError, match="expected records, found only 2 that cannot be read"):
        find_columns(dataset(), 1, records)


JOINED = [
    column("site"),
    column("day", publish="no"),
    column("hour", publish="no"),
    column("at", "datetime", join={"fields": ["day", "hour"]}, date={"patterns": ["%Y-%m-%d %H"]}),
]


def test_a_joined_text_stands_in_the_column_of_its_field():
    rows = find_columns(
        dataset(fields=JOINED), 1, texts(site=list("abc"), day=[" x ", "", None], hour=["7", "8", None])
    )
    assert rows.table.column("at").to_pylist() == ["x 7", "8", None]
    assert rows.findings == ()


def test_a_column_that_is_joined_is_missed_although_it_is_not_published():
    rows = find_columns(dataset(fields=JOINED), 1, texts(site=["a"], day=["x"]))
    assert rows.findings == (ColumnFinding(1, "vanished", "hour"),)
    optional = [*JOINED[:2], JOINED[2] | {"optional": True}, JOINED[3]]
    assert find_columns(dataset(fields=optional), 1, texts(site=["a"], day=["x"])).findings == ()
    with pytest.raises(SourceError, match="expected the column 'hour'"):
        find_columns(dataset(fields=JOINED, key=["site", "at"]), 1, texts(site=["a"], day=["x"]))


def test_the_raw_text_of_a_joined_field_is_kept_back_with_its_parts():
    assert told(dataset(fields=JOINED)) == {"site"}
    public = [field | {"publish": "yes"} for field in JOINED]
    assert told(dataset(fields=public)) == {"site", "day", "hour", "at"}
    year = [*public[:2], column("hour", publish="no", **{"from": {"value": "7"}}), public[3]]
    assert told(dataset(fields=year)) == {"site", "day", "at"}
    year[2] = column("hour", publish="no", **{"from": {"file": "([0-9]+)"}})
    assert told(dataset(fields=year)) == {"site", "day"}
