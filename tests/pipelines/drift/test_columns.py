"""Columns are told apart: another name, new, gone; a flag, an ignored or an optional column is no news."""

from typing import Any

import pyarrow as pa
from worlds import column, dataset, texts

from pipelines.drift.changes import Draft, Past, SourceChange
from pipelines.drift.columns import column_changes

FIELDS = [
    column("site"),
    column("level", "number", flag={"field": "mark", "texts": ["#"]}),
    column("mark"),
    column("depth", "number", optional=True),
    column("note", publish="no"),
]


def changes(records: pa.Table, **more: Any) -> list[SourceChange]:
    said = dataset(fields=more.pop("fields", FIELDS), **more)
    past = Past(said.arrow.empty_table(), 0, said.table.primary_key, frozenset(), {})
    return column_changes(Draft("", said), records, past)


def test_what_no_guard_asks_for_is_no_news() -> None:
    ignore = {"columns": ["spare"], "reason": {"en": "Nothing.", "zh-TW": "無。"}}
    assert changes(texts(site=["a"], level=["1#"], spare=["x"]), ignore=ignore) == []


def test_new_columns_get_names_that_are_free_and_stay_kept_back() -> None:
    found = changes(
        texts(**{"site": ["a"], "level": ["1"], "英文": ["x"], "備註": ["y"], "Note": ["z"], "Site ID": ["q"]})
    )
    stubs = [edit.value for change in found for edit in change.edits]
    assert [(one["name"], one["heard_as"], one["publish"]) for one in stubs] == [
        ("new_column", "英文", "no"), ("new_column_2", "備註", "no"), ("siteid", "Site ID", "no"),
    ]  # fmt: skip


def test_two_columns_for_one_field_are_for_a_steward() -> None:
    fields = [column("site", heard_as=["site", "id"]), column("level")]
    (found,) = changes(texts(site=["a"], id=["a"], level=["1"]), fields=fields)
    assert (found.edits, "shorten heard_as" in found.says) == ((), True)


def test_a_part_that_only_unless_looks_at_is_missed_where_it_is_gone() -> None:
    fields = [
        column("site", join={"fields": ["prefix", "place"], "by": "", "unless": "number"}),
        column("number", publish="no"),
        column("place", publish="no"),
        column("prefix", publish="no", **{"from": {"value": "S"}}),
        column("level", "number"),
    ]
    (change,) = changes(texts(place=["a"], level=["1"]), fields=fields)
    assert "the column 'number' (field number) is gone" in change.says
