"""The proof is that of the pipeline itself."""

import pytest

from catalog.errors import DeclarationError
from pipelines.propose.proof import dataset_of, read, unread


def test_texts_that_conform_cannot_read_are_told_as_they_were() -> None:
    field = {"name": "value", "type": "number", "number": {"group": ","}}
    assert unread(field, ["1,234", "12,34", "x", "5"]) == ["12,34", "x"]
    assert read(field, ["1,234"]).rows.column("value").to_pylist() == [1234.0]


def test_a_field_that_cannot_be_is_a_fault() -> None:
    with pytest.raises(DeclarationError):
        unread({"name": "value", "type": "string", "unit": "m"}, ["1"])


def test_a_declaration_of_fields_alone() -> None:
    dataset = dataset_of([{"name": "at", "type": "string"}], key=["at"], load="upsert")
    assert (dataset.table.primary_key, dataset.minsheng.load) == (("at",), "upsert")
