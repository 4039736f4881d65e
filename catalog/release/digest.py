"""Digests and canonical forms: one sequence of bytes for one value, and one way to write many numbers."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any, NamedTuple

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


class Unsealed(NamedTuple):
    """A stored document without its seal."""

    document: Document
    whole: bool
    """Whether it is what was sealed; one that bears no seal is from before there were seals."""

    @property
    def body(self) -> bytes:
        """The document as JSON, to be read by its type."""
        return json.dumps(self.document).encode()


def unsealed(body: bytes) -> Unsealed:
    """Read a document that is stored alone.

    Raises:
        ValueError: the bytes are no JSON object.
    """
    document = json.loads(body.decode())
    if not isinstance(document, dict):
        raise ValueError("expected a JSON object")
    if SEAL not in document:
        return Unsealed(document, whole=True)
    seal = document.pop(SEAL)
    try:
        return Unsealed(document, whole=seal == sha256(canonical(document)))
    except ValueError:  # of a value that canonical JSON cannot hold
        return Unsealed(document, whole=False)
