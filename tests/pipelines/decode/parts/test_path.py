"""Paths into nested JSON: what is a path, where it leads, and that nothing is searched for."""

from typing import Any

import pytest

from catalog.errors import SourceError
from pipelines.decode.parts import path


@pytest.mark.parametrize(
    "text", ["data", "data.list", "data[]", "places{}[]", '"a.b".c', '""', "a{}.b[].c", "[]", "{}", "[].a"]
)
def test_a_path_is_written_as_it_was_read(text: str) -> None:
    assert path.written(path.parse(text)).replace('"', "") == text.replace('"', "")


def test_the_empty_path_is_the_top() -> None:
    assert path.parse("") == ()
    assert path.written(()) == "the top"
    assert [one.value for one in path.walk({"a": 1}, ()) or ()] == [{"a": 1}]


@pytest.mark.parametrize("text", [".a", "a.", "a..b", "a[", "a]", "[0]", "a.[]", "a{x}", 'a"b', "a.{}"])
def test_what_is_no_path_is_told_with_its_place(text: str) -> None:
    with pytest.raises(ValueError, match="is no path at character"):
        path.parse(text)


DOCUMENT: dict[str, Any] = {"places": {"north": [{"n": 1}, {"n": 2}], "south": [], "west": None}, "n": 7}


def values(text: str, document: Any = DOCUMENT) -> list[Any] | None:
    reached = path.walk(document, path.parse(text))
    return None if reached is None else [one.value for one in reached]


def test_a_path_leads_to_each_item_of_each_member() -> None:
    assert values("places{}[].n") == [1, 2]
    assert values("n") == [7]
    assert values("places{}") == [[{"n": 1}, {"n": 2}], [], None]


def test_the_name_of_a_member_is_kept() -> None:
    reached = path.walk(DOCUMENT, path.parse("places{}[]")) or []
    assert [[passed.member for passed in one.passed] for one in reached] == [[None, "north", None]] * 2


def test_a_place_that_is_not_there_is_none_and_one_of_another_kind_a_fault() -> None:
    assert values("elsewhere") is None
    assert values("n[]") is None
    with pytest.raises(SourceError, match=r"expected \[\]\.a\[\], found 'text' in its place"):
        values("[].a[]", [{"a": [1]}, {"a": "text"}])


def test_only_some_items_have_the_place() -> None:
    assert values("[].a", [{"a": 1}, {}, {"a": 3}]) == [1, 3]
