"""Where records lie in a document; test_json.py has the kinds, here are the edges."""

import pytest

from catalog.errors import SourceError
from pipelines.propose.forms.parts.document import see_document


def test_records_with_many_values_stay_records_whatever_lists_they_hold() -> None:
    record = {f"k{at}": "v" for at in range(5)} | {"areas": [{"a": "1", "b": "2", "c": "3"}] * 9}
    found = see_document([record, record])
    assert found is not None
    assert found[0] == {}
    assert "lists in records, which become JSON text: areas" in found[1][0]


def test_what_is_above_is_kept_under_a_free_name() -> None:
    rows = [[{"name": "y", "v": "1"}, {"name": "z", "v": "2"}], [{"name": "w", "v": "1"}]]
    found = see_document([{"name": "x", "rows": each} for each in rows])
    assert found is not None
    assert found[0] == {"records": "[].rows", "keep": {"above_name": "[].name"}}


def test_an_empty_list_is_no_answer_to_look_at() -> None:
    with pytest.raises(SourceError, match="an empty list at Data"):
        see_document({"RS": "OK", "Data": []})
    assert see_document([]) is None
