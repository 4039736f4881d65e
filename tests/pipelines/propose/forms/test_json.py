"""JSON: where the records lie."""

from typing import Any

import pytest

from pipelines.propose.forms.json import see


@pytest.mark.parametrize(
    ("text", "reading", "rows"),
    [
        ('[{"a": 1}, {"a": 2}]', {}, 2),
        ('{"success": "true", "result": {"records": [{"a": 1, "b": {"c": 2}}]}}',
         {"records": "result.records", "flatten": True}, 1),
        ('{"records": {"location": [{"name": "x", "item": [{"t": 1, "v": 2}, {"t": 2, "v": 3}]}]}}',
         {"records": "records.location[].item", "keep": {"name": "records.location[].name"}}, 2),
        ('{"S": [{"id": 1, "e": [{"elementName": "T", "v": 1}, {"elementName": "H", "v": 2}]}]}',
         {"records": "S", "flatten": True, "named": {"e": "elementName"}}, 1),
        ('{"p": {"甲": [{"a": 1}], "乙": [{"a": 2}], "丙": [{"a": 3}]}}',
         {"records": "p{}[]", "keep": {"name": "p{}"}}, 3),
        ('{"": "2024-07-03 13:20", "aaData": [["核三#1", "707.1"], ["核三#2", "1"]]}',
         {"records": "aaData", "columns": ["column_1", "column_2"], "keep": {"time": '""'}}, 2),
        ('{"fields": ["a", "b"], "data": [["x", "1"], ["y", "2"]]}', {"records": "data", "columns": ["a", "b"]}, 2),
        ('{"a": {"1":3,"2":1,"3":1,"4":1,"5":1,"6":1}, "b": {"1":2,"2":1,"3":1,"4":1,"5":1,"6":2}}',
         {"records": "{}{}", "columns": ["value"], "keep": {"name": "{}", "part": "{}{}"}}, 12),
        ('{"records": [{"a": "1"}, {"b": "2"}]}', {"records": "records", "shape": "parts"}, 1),
        ('[{"a": 1}, "oops", null, {"a": 2}]', {}, 4),
        ('{"a": [1, 2], "b": ["x", "y"]}', {"shape": "columns"}, 2),
        ('{"a": 1, "b": {"c": 2}}', {"shape": "single", "flatten": True}, 1),
    ],
)  # fmt: skip
def test_where_the_records_lie(text: str, reading: dict[str, Any], rows: int) -> None:
    form = see(text.encode())
    assert form is not None
    assert (form.reading, form.records(text.encode()).num_rows) == (reading, rows)


def test_json_in_big5_and_what_is_none() -> None:
    form = see('[{"縣市": "臺北市"}]'.encode("cp950"))
    assert form is not None
    assert form.reading == {"encoding": "cp950"}
    assert see(b"[1, 2") is None
    assert see(b"a,b\n1,2\n") is None
