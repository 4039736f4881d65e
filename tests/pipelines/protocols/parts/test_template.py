"""Places in texts: which there are, and what they become."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import SourceError
from pipelines.protocols.parts.template import TemplatePlace, fill, fill_address, fill_all, places, texts

NONE: frozenset[str] = frozenset()


def test_the_places_of_a_text():
    assert list(places("{{x}}/{a}/{day:%Y%m}")) == [TemplatePlace("a", None), TemplatePlace("day", "%Y%m")]


@pytest.mark.parametrize("text", ["{%Y}", "{", "a}", "{A}", "{}", "{day:}", "{day:%}", "{day:%s}", "{day:x}"])
def test_a_brace_that_is_no_place_is_refused(text: str):
    with pytest.raises(ValueError, match=r"nothing fills|known: %Y"):
        list(places(text))


@pytest.mark.parametrize(
    ("text", "roc", "filled"),
    [
        ("{d:%Y%m%d}", False, "20260705"),
        ("{d:%Y.%m.%d}", True, "115.07.05"),
        ("{d:%YS%q}", True, "115S3"),
        ("{d:%y%H%%}", False, "2604%"),
        ("{{{d:%Y}}}", False, "{2026}"),
    ],
)
def test_a_time_is_written_as_the_pattern_says(text: str, roc: bool, filled: str):
    assert fill(text, {"d": "2026-07-05T04:00:00"}, frozenset("d") if roc else NONE) == filled


@given(st.text(min_size=1, max_size=30))
def test_no_value_leaves_its_part_of_the_path(value: str):
    try:
        address = fill_address("https://a.example/x/{v}/y?q={v}", {"v": value}, NONE)
    except SourceError:
        return
    path = address.partition("?")[0].split("/")
    assert path[:4] == ["https:", "", "a.example", "x"]
    assert path[5:] == ["y"]
    assert path[4] not in ("", ".", "..")
    assert address.count("?") == 1
    assert "#" not in address


def test_json_is_filled_in_its_texts_alone():
    assert fill_all({"{a}": ["{a}", 1, None, {"b": "{a}"}]}, {"a": "x"}, NONE) == {"{a}": ["x", 1, None, {"b": "x"}]}
    assert list(texts({"k": ["a", 1, {"b": "c"}]})) == ["a", "c"]
