"""The words between a protocol, which decides, and the fetcher, which talks."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

MAX_BODY_BYTES = 256 * 1024 * 1024
"""What one body may hold, unpacked."""


@dataclass(frozen=True)
class Request:
    """One request, as data."""

    address: str
    """Without secrets."""
    query: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    """Query parameters that are secret, by parameter: the name of the environment variable that holds the value."""
    headers: dict[str, str] = field(default_factory=dict)
    path: str | None = None
    """A file in the dataset's own folder, asked instead of an address."""


Window = Mapping[str, tuple[str, str]]
"""What a fetch asks for: by the protocol's word, a closed range of days (2026-04-17) or of codes."""


@dataclass(frozen=True)
class Previous:
    """What the last complete fetch heard, for conditional requests."""

    headers: dict[str, str]
    body: bytes


def moved(pages: Sequence[Sequence[object]]) -> str | None:
    """Return why pages are not of one table: one begins with rows that the one before ended with; None if none does."""
    for number, (before, page) in enumerate(itertools.pairwise(pages), 2):
        for rows in range(min(len(before), len(page)), 0, -1):
            if before[-rows] == page[0] and before[-rows:] == page[:rows]:
                return (
                    f"expected page {number} to go on where page {number - 1} ended, found the last rows of that "
                    f"again ({rows}): the table moved while it was asked; run it later"
                )
    return None
