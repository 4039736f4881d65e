"""A pattern is one that RE2 and Python read alike."""

import pytest

from catalog.declaration.patterns import check_pattern, python_regex


@pytest.mark.parametrize("pattern", ["(?=a)", r"(a)\1", "[[:alpha:]]", "a{,3}", "("])
def test_what_only_one_of_them_reads_is_refused(pattern: str):
    with pytest.raises(ValueError, match=r"RE2 and Python|read in two ways"):
        check_pattern(pattern)


def test_a_pattern_is_of_the_whole_value():
    check_pattern(r"\d{2}")
    assert python_regex("a") == r"\A(?=)(?a:a)\Z"
