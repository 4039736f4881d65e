"""`maturity` of a declaration: a word, or a field that says it of each row."""

from typing import Any

import pytest
from worlds import column, dataset, text

from catalog.declaration.maturity import MaturityOfRows
from catalog.errors import DeclarationError

CODED = [
    column("site"),
    column("state", categories=[{"value": "P", "label": text("P")}, {"value": "revised", "label": text("R")}]),
    column("note"),
]


def test_a_word_is_of_all_rows_and_rows_do_not_depend_on_it():
    said = dataset(maturity="preliminary")
    assert said.minsheng.maturity == "preliminary"
    assert said.meaning() == dataset().meaning()


@pytest.mark.parametrize(
    ("words", "value", "word"),
    [
        ({}, "revised", "revised"),
        ({}, "P", None),
        ({"P": "preliminary"}, "P", "preliminary"),
        ({"P": "preliminary"}, "revised", None),
    ],
)
def test_what_a_value_means(words: dict[str, Any], value: str, word: str | None):
    said = dataset(fields=CODED, maturity={"field": "state", "words": words}).minsheng.maturity
    assert isinstance(said, MaturityOfRows)
    assert said.of(value) == word


@pytest.mark.parametrize(
    ("maturity", "told"),
    [
        ("final", "expected 'preliminary', 'validated', 'corrected' or 'revised'"),
        ({"field": "note"}, "'note' is no published string with categories; such are state"),
        ({"field": "gone"}, "'gone' is no published string with categories"),
        ({"field": "state", "words": {"Q": "revised"}}, "no 'Q' in the categories of state: P, revised"),
        ({"field": "state", "words": {"P": "final"}}, "expected 'preliminary', 'validated'"),
    ],
)
def test_what_says_nothing_of_it_is_refused(maturity: Any, told: str):
    with pytest.raises(DeclarationError) as raised:
        dataset(fields=CODED, maturity=maturity)
    assert told in str(raised.value)


def test_a_field_without_any_of_the_words_is_refused():
    fields = [column("site"), column("state", categories=[{"value": "P", "label": text("P")}])]
    with pytest.raises(DeclarationError, match="no category of state is one of preliminary, validated"):
        dataset(fields=fields, maturity={"field": "state"})
