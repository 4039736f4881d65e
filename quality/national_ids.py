"""National ids of Taiwan and numbers of resident certificates: their shape and their check digit.

A letter for the county of the first registration, a digit for the sex (1 or 2; since 2021 8 or 9 for residents who are
no nationals) or, until 2021, a second letter from A to D, seven digits and a check digit; Ministry of the Interior,
https://www.ris.gov.tw, National Immigration Agency, https://www.immigration.gov.tw.
"""

import re

SHAPE = r"(?:^|[^A-Za-z0-9])[A-Za-z][1289A-Da-d][0-9]{8}(?:[^A-Za-z0-9]|$)"
"""Where such a number stands in a text, whatever its check digit (RE2 and Python)."""
_LETTERS = "ABCDEFGHJKLMNPQRSTUVXYWZIO"
"""In the order of their numbers, from 10."""
_WEIGHTS = (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)


def is_national_id(text: str) -> bool:
    """Return whether a text holds such a number with a right check digit."""
    return any(_is_right(found[0].upper()) for found in re.finditer("[A-Za-z][1289A-Da-d][0-9]{8}", text))


def _is_right(number: str) -> bool:
    digits = [*map(int, str(_number(number[0])))]
    digits.append(int(number[1]) if number[1].isdigit() else _number(number[1]) % 10)
    digits += map(int, number[2:])
    return sum(weight * digit for weight, digit in zip(_WEIGHTS, digits, strict=True)) % 10 == 0


def _number(letter: str) -> int:
    return 10 + _LETTERS.index(letter)
