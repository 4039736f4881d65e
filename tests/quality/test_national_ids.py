"""Check digits of national ids and resident certificates."""

import pytest

from quality.national_ids import is_national_id


@pytest.mark.parametrize(
    "text",
    [
        "A123456789",
        "A223456781",
        "F131104093",
        "a123456789",
        "（A123456789）",
        "A800000014",
        "AC01234567",
        "x A123456789",
    ],
)
def test_a_right_check_digit(text: str):
    assert is_national_id(text)


@pytest.mark.parametrize("text", ["A123456788", "A323456789", "AA12345678", "A12345678", "station 12", ""])
def test_another_digit_or_shape(text: str):
    assert not is_national_id(text)


def test_of_ten_check_digits_one_is_right():
    assert [digit for digit in range(10) if is_national_id(f"B16031251{digit}")] == [
        digit for digit in range(10) if is_national_id(f"B16031251{digit}")
    ][:1]
