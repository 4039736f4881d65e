"""Nested JSON values as flat records, and what is said where they are none."""

import functools
from typing import Any

import pytest

from catalog.errors import SourceError
from pipelines.decode.parts.nested import flat, from_columns, from_parts, from_values, shown, written


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"1.50", "1.50"),
        ([b"1", "a", None, True], '[1, "a", null, true]'),
        ({"臺": {"b": []}}, '{"臺": {"b": []}}'),
        ('a"b', '"a\\"b"'),
    ],
)
def test_a_value_is_written_with_its_numbers_as_they_came(value: Any, text: str) -> None:
    assert written(value) == text


def test_a_message_shows_the_beginning_even_of_what_is_nested_too_deep() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    assert shown(deep) == "a value nested hundreds deep"
    assert shown(["x" * 100], 10) == repr('["xxxxxxxx')


def test_values_by_position() -> None:
    assert from_values(["a", b"1"], ("name", "n")) == {"name": "a", "n": b"1"}
    assert from_values("a", ("name",)) == {"name": "a"}
    with pytest.raises(SourceError, match="expected 2 values in a record, as declared, found 3"):
        from_values(["a", "b", "c"], ("x", "y"))


def test_parts_of_a_record() -> None:
    assert from_parts([{"a": 1}, {"b": 2}]) == {"a": 1, "b": 2}
    with pytest.raises(SourceError, match="found 'a' in two"):
        from_parts([{"a": 1}, {"a": 2}])
    with pytest.raises(SourceError, match="expected a list of the parts of a record"):
        from_parts([{"a": 1}, "x"])


def test_a_list_for_each_column() -> None:
    assert from_columns({"a": [1, 2], "b": [3, 4]}) == [{"a": 1, "b": 3}, {"a": 2, "b": 4}]
    with pytest.raises(SourceError, match="columns of one length, found 1 and 2 values"):
        from_columns({"a": [1], "b": [1, 2]})
    with pytest.raises(SourceError, match="expected an object with a list for each column"):
        from_columns({"a": 1})


def test_nested_objects_and_lists_of_named_objects_become_columns() -> None:
    record = {
        "place": {"town": "甲", "at": {"x": 1}},
        "items": [{"name": "o3", "value": 2}, {"name": "so2", "value": 3}],
    }
    assert flat(record, {"items": "name"}) == {
        "place.town": "甲",
        "place.at.x": 1,
        "items.o3.value": 2,
        "items.so2.value": 3,
    }


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ({"a.b": 1, "a": {"b": 2}}, "found 'a.b' more than once in a record"),
        ({"items": [{"name": "x"}, {"name": "x"}]}, "expected each name once at items, found 'x' more than once"),
        ({"items": [{"name": 3}]}, "expected objects with a text under 'name' at items"),
        ({"items": ["x"]}, "expected objects with a text under 'name' at items"),
    ],
)
def test_a_name_that_stands_twice_or_is_none_is_refused(record: dict[str, Any], words: str) -> None:
    with pytest.raises(SourceError, match=words.replace(".", r"\.")):
        flat(record, {"items": "name"})


def test_how_deep_a_value_may_be_does_not_depend_on_who_asks():
    def deep(levels: int) -> object:
        return functools.reduce(lambda value, _: [value], range(levels), "x")

    assert written(deep(300)) == "[" * 300 + '"x"' + "]" * 300
    with pytest.raises(RecursionError):
        written(deep(301))
