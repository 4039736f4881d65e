"""Names of columns."""

import pytest
from pydantic import TypeAdapter, ValidationError

from catalog.declaration.names import NamePattern, begins, fits, fold_name


def test_width_case_and_blanks_fold():
    assert fold_name(" Ｎo x\ufeff") == "nox"
    assert fold_name("臺") != fold_name("台")


def test_a_pattern_fits_whole_names_only():
    assert fits(r"\d+/\d+|x", "1/22")
    assert not fits(r"\d+/\d+|x", "1/22/20")


@pytest.mark.parametrize("pattern", ["(", r"(a)\1", "", "a" * 201])
def test_what_is_no_pattern_is_refused(pattern: str):
    with pytest.raises(ValidationError):
        TypeAdapter(NamePattern).validate_python(pattern)


@pytest.mark.parametrize(
    ("text", "beginning", "is_so"),
    [
        ("\ufeffCode x", "code", True),
        ("ＮＯＴＥ：a", "note:", True),
        ("  備 註", "備註", True),
        ("codex", "code", True),
        ("1", "①", False),
        ("① see", "①", True),
        ("\ufeff①", "①", True),
        ("Notebook", "Note ", False),
        ("Note x", "Note ", True),
        ("anything", "\ufeff", False),
        ("anything", " ", False),
        ("", "a", False),
    ],
)
def test_a_text_begins_with_another_as_names_are_compared(text: str, beginning: str, is_so: bool):
    assert begins(text, (beginning,)) == begins(text, ("zzz", beginning)) == is_so
    assert not begins(text, ())
