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


SEAL = "sha256"


def sealed(document: Document) -> bytes:
    """Return a document that is stored alone, as canonical JSON with the SHA-256 of itself, so that damage shows."""
    return canonical(document | {SEAL: sha256(canonical(document))})


def seal_is_whole(document: Document) -> bool:
    """Return whether a document is what was sealed; one that bears no seal is from before there were seals."""
    if SEAL not in document:
        return True
    plain = {name: value for name, value in document.items() if name != SEAL}
    try:
        return bool(document[SEAL] == sha256(canonical(plain)))
    except ValueError:  # of a value that canonical JSON cannot hold
        return False
