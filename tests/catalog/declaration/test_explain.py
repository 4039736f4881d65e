"""Faults of a declaration are told by the names of fields, in plain sentences."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, ValidationError

from catalog.declaration.explain import explain
from catalog.declaration.strict import Listed, Strict, Text


class Part(Strict):
    name: str = Field(default="a", max_length=9)
    words: Annotated[tuple[str, ...], Listed] = Field(default=("x",), min_length=1, max_length=2)
    form: Literal["a", "b"] | Annotated[float, Field(ge=0, lt=9)] | Text = "a"
    code: str = Field(default="ab", min_length=2, pattern="^[a-z]+$")
    count: int = Field(default=1, gt=0, le=5)
    share: float = 1.0
    true: bool = True
    text: Text | None = None
    more: dict[str, str] | None = None


class Inner(Strict):
    fields: Annotated[tuple[Part, ...], Listed]
    shape: Annotated[tuple[dict[str, int], ...], Listed] = ()


class Outer(Strict):
    inner: Inner = Field(alias="schema")


def _said(values: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as caught:
        Outer.model_validate(values)
    return explain(caught.value, Outer, "dataset.yaml", values)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("words", [3], "words.0: expected a text, found 3; write it in quotes: '3'"),
        ("words", 3, "words: expected a list, found 3"),
        ("words", {"a": 1}, "words: expected a list, found keys and values"),
        ("words", [], "words: expected at least 1 in the list, found a list of 0"),
        ("words", ["a", "b", "c"], "words: expected at most 2 in the list, found a list of 3"),
        ("form", 9.5, "form: expected 'a' or 'b', or less than 9.0, or both languages, {en: …, zh-TW: …}, found 9.5"),
        ("form", {"en": "x"}, "form.zh-TW: is required and missing"),
        ("code", "a", "code: expected a text of at least 2 signs, found 'a'"),
        ("code", "A1", "code: expected a text that matches the pattern ^[a-z]+$, found 'A1'"),
        ("code", None, "code: expected a text, found nothing"),
        ("count", 0, "count: expected more than 0, found 0"),
        ("count", 6, "count: expected 5 or less, found 6"),
        ("count", "1", "count: expected a whole number, found '1'"),
        ("share", "x", "share: expected a number, found 'x'"),
        ("true", "yes", "true: expected true or false, found 'yes'"),
        ("text", "x", "text: expected both languages, {en: …, zh-TW: …}, found 'x'"),
        ("more", [], "more: expected keys and values, found a list of 0"),
        ("more", {"k": 1}, "more.k: expected a text, found 1; write it in quotes: '1'"),
    ],
)
def test_a_fault_names_the_field_and_says_what_was_expected(key: str, value: Any, said: str) -> None:
    assert _said({"schema": {"fields": [{}, {"name": "pm2_5", key: value}]}}) == f"dataset.yaml: field pm2_5: {said}"


def test_an_unknown_key_of_a_field_tells_the_known_ones() -> None:
    said = _said({"schema": {"fields": [{"name": "pm2_5", "worsd": 1}]}})
    assert said.startswith("dataset.yaml: field pm2_5: worsd: is not known; known here: code, count, form")


def test_a_step_is_called_by_its_number_and_kind() -> None:
    said = _said({"schema": {"fields": [], "shape": [{"a": 1}, {"unpivot": "x"}]}})
    assert said == "dataset.yaml: schema.shape (step 2, unpivot).unpivot: expected a whole number, found 'x'"


def test_an_unknown_key_inside_one_form_of_a_value_is_told_alone() -> None:
    said = _said({"schema": {"fields": [{"name": "x", "text": {"en": "a", "zh-TW": "b", "name": "c"}}]}})
    assert said == "dataset.yaml: field x: text.name: is not known; known here: en, zh-TW"


def test_without_what_was_read_the_places_are_still_told() -> None:
    with pytest.raises(ValidationError) as caught:
        Outer.model_validate({"schema": {"fields": [{"words": [3]}]}})
    said = explain(caught.value, Outer, "f")
    assert said == "f: schema.fields.0.words.0: expected a text, found 3; write it in quotes: '3'"


def test_a_field_without_a_name_is_counted() -> None:
    assert _said({"schema": {"fields": [3]}}) == "dataset.yaml: schema.fields.0: expected keys and values, found 3"
