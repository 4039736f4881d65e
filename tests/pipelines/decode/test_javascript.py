"""JavaScript bodies: the JSON value behind a declared prefix."""

from typing import Any

import pytest

from catalog.errors import SourceError
from pipelines.decode import javascript

BODY = """var colours = ["#33CC33", "#FF0000"]; // Green, Red
var  loadInfo = [
"38,074.0",
"113.07.05(五)10:00更新"
];
var loadInfoYday = ["1"];
<!--113-7-5 10:0-->
"""


def laid(body: str, **said: Any) -> list[dict[str, str | None]]:
    encoding = said.get("encoding", "utf-8")
    return javascript.decode(body.encode(encoding), javascript.Reading.model_validate(said)).to_pylist()  # type: ignore[no-any-return]


@pytest.mark.parametrize("encoding", ["utf-8", "cp950"])
def test_the_value_behind_the_prefix_is_read(encoding: str):
    said = {"prefix": "var loadInfo =", "shape": "single", "columns": ["load", "updated"], "encoding": encoding}
    assert laid(BODY, **said) == [{"load": "38,074.0", "updated": "113.07.05(五)10:00更新"}]


def test_a_call_is_read_too():
    assert laid('/**/callback({"rows": [{"a": 1.50}]});', prefix="callback(", records="rows") == [{"a": "1.50"}]


@pytest.mark.parametrize(
    ("body", "prefix", "words"),
    [
        ("<html>", "var x =", "expected 'var x =' once, found a body that begins '<html>'"),
        ("", "var x =", "expected 'var x =' once, found a body that begins ''"),
        ("var x = [1]; var x = [2];", "var x =", "expected 'var x =' once, found it 2 times"),
        ("var x = {a: 1};", "var x =", "expected a JSON value, found '{a: 1};'"),
        ("var x = load();", "var x =", "expected a JSON value, found 'load();'"),
        ("callback(" + "[" * 100_000, "callback(", "expected a JSON value"),
        ('myvar x = [{"a": 1}]', "var x =", "found a body that begins"),
        ('x = {"message": "no"}', "x =", 'list of records at the top, found \'{"message": "no"}\''),
    ],
)
def test_what_is_no_such_value_is_one_sentence(body: str, prefix: str, words: str):
    with pytest.raises(SourceError) as raised:
        laid(body, prefix=prefix)
    assert words in str(raised.value)
