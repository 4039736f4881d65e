"""Where records lie in nested JSON."""

from typing import Any

import pytest

from catalog.errors import SourceError
from pipelines.decode.parts import path

DOCUMENT = {
    "a": {"b": [{"n": 1}, {"n": 2}, {}]},
    "": "empty",
    "x.y": {"z": 5},
    "places": {"north": [{"t": 1}], "south": [], "east": None},
}


@pytest.mark.parametrize(
    ("said", "values"),
    [
        ("", [DOCUMENT]),
        ("a.b[]", [{"n": 1}, {"n": 2}, {}]),
        ("a.b[].n", [1, 2]),
        ('""', ["empty"]),
        ('"x.y".z', [5]),
        ("places{}", [[{"t": 1}], [], None]),
        ("places{}[].t", [1]),
        ("a{}[].n", [1, 2]),
    ],
)
def test_a_path_leads_to_values(said: str, values: list[Any]):
    reached = path.walk(DOCUMENT, path.parse(said))
    assert reached is not None
    assert [one.value for one in reached] == values
    assert path.written(path.parse(said)).replace('"', "") in (said.replace('"', ""), "the top", '""', "")


@pytest.mark.parametrize("said", ["c", "a.c", "a[]", '""[]', "a.b{}", "a.b.n"])
def test_a_place_that_is_not_there_is_none(said: str):
    assert path.walk(DOCUMENT, path.parse(said)) is None


def test_a_list_without_members_is_an_object_without_members():
    assert path.walk({"a": []}, path.parse("a{}")) == []
    assert path.walk({"a": [1]}, path.parse("a{}")) is None


def test_something_else_within_an_item_is_told():
    with pytest.raises(SourceError, match=r"expected a\[\]\.b\[\], found 'text' in its place"):
        path.walk({"a": [{"b": [1]}, {"b": "text"}]}, path.parse("a[].b[]"))


@pytest.mark.parametrize("said", [".a", "a.", "a..b", "a[0]", "a[", "a{", "a]b", "[]a", '"a', 'a"b"', "a.[]"])
def test_what_is_no_path_is_told(said: str):
    with pytest.raises(ValueError, match="is no path at character"):
        path.parse(said)
