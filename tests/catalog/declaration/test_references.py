"""Other datasets that a row looks at: by which fields, and when their rows are valid."""

from typing import Any

import pytest
from worlds import column, dataset

from catalog.declaration.references import plain_references
from catalog.errors import DeclarationError

FIELDS = [column("site"), column("day", "date"), column("county"), column("town"), column("kept", publish="no")]
SPAN = {"at": "day", "valid": {"from": "since"}}


def to(*fields: str, **more: Any) -> dict[str, Any]:
    return {"fields": [*fields], "dataset": "towns", "to": [f"{name}_code" for name in fields], **more}


@pytest.mark.parametrize(
    ("references", "words"),
    [
        ([to("county", "town", **SPAN | {"at": "town"})], "at: 'town' is no date or datetime; there are day"),
        ([to("town", at="day", valid={})], "valid: names no field of the table; write from, to or both"),
        ([to("kept", "town")], "the field kept is not published"),
        ([to("town"), to("county", "town")], "two of them end with the field town, which can break one only"),
    ],
)
def test_a_reference_that_cannot_be_is_refused(references: list[dict[str, Any]], words: str):
    with pytest.raises(DeclarationError, match=words):
        dataset(fields=FIELDS, references=references)


def test_only_a_reference_by_one_field_at_any_time_names_codes():
    said = dataset(fields=FIELDS, references=[to("county"), to("county", "town"), to("site", **SPAN)])
    block = said.dump()["minsheng"]
    assert [reference.fields for reference in plain_references(block)] == [("county",)]
    assert said.meaning()["references"][0] == {"fields": ["county"], "dataset": "towns", "to": ["county_code"]}
    assert said.minsheng.references[2].used == ("site_code", "since")
