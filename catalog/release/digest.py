"""Digests and canonical forms: one sequence of bytes for one value, and one way to write many numbers."""

import hashlib
from collections.abc import Iterable
from typing import Any

import rfc8785

Document = dict[str, Any]
"""A JSON object as it is stored. What a release document says has its types in `document`."""


def sha256(body: bytes) -> str:
    """Return the SHA-256 of bytes, in hex."""
    return hashlib.sha256(body).hexdigest()


def canonical(document: Any) -> bytes:
    """Return JSON values as canonical JSON (RFC 8785)."""
    return rfc8785.dumps(document)


def ranges(numbers: Iterable[int]) -> list[list[int]]:
    """Return numbers as sorted ranges, both ends included: 1, 2, 3, 7 -> [[1, 3], [7, 7]]."""
    pairs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if pairs and pairs[-1][1] == number - 1:
            pairs[-1][1] = number
        else:
            pairs.append([number, number])
    return pairs


def numbers(ranges: Iterable[Iterable[int]]) -> tuple[int, ...]:
    """Return the numbers of ranges."""
    return tuple(number for first, last in ranges for number in range(first, last + 1))
