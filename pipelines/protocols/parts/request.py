"""The words between a protocol, which decides, and the fetcher, which talks."""

import hashlib
import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import pyarrow as pa

MAX_BODY_BYTES = 256 * 1024 * 1024
"""What one body may hold, unpacked."""


class RequestBody(NamedTuple):
    """What a POST sends."""

    content_type: str
    content: bytes


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
    secret_headers: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Headers that are secret, by name: the environment variable that holds the value, and what stands before it."""
    body: RequestBody | None = None
    """What is sent with a POST; None for a GET."""
    may_be_missing: bool = False
    """Whether status 404 or 410 is a gap, and no reason to refuse the fetch."""
    values: Mapping[str, str] = field(default_factory=dict)
    """What the places of its template were filled with."""


RequestWindow = Mapping[str, tuple[str, str]]
"""What a fetch asks for: by the protocol's word, a closed range of days (2026-04-17) or of codes."""


@dataclass(frozen=True)
class Previous:
    """The last complete answer, for conditional requests."""

    headers: dict[str, str]
    body: bytes


class Contents(NamedTuple):
    """What the kept bodies of one fetch hold."""

    records: tuple[pa.Table, ...] = ()
    """Of each body, as text; empty when the answer is not complete."""
    incomplete: str | None = None
    """Why the bodies are not the whole answer, or no data; None when they are proven to be whole."""
    empty: bool = False
    """Whether `incomplete` says only that there is no record, which is data where that is declared."""


class Look(NamedTuple):
    """What paging needs to know of a body."""

    rows: int
    more: bool = False
    """Whether it says that there are more."""
    digests: frozenset[bytes] = frozenset()
    """By which it is known again: of its records, or of all together."""
    total: int | None = None
    """How many rows there are on all pages, as it says."""
    last: int | None = None
    """How many pages there are, as it says."""
    next: str | None = None
    """The cursor or the address of the next page, as the body says."""
    link: str | None = None
    """The header Link of the answer."""
    missing: bool = False
    """Whether there was nothing at the address."""
    empty: bool = False
    """Whether it says that there is no data."""


GAP = Look(0, missing=True)


def digest(value: object) -> bytes:
    """Return the SHA-256 of parsed records; of what the agency sends again byte by byte it is the same."""
    return hashlib.sha256(repr(value).encode("utf-8", "surrogatepass")).digest()


def repeated(pages: Iterable[Collection[bytes]]) -> int | None:
    """Return the index of the first page that has a digest of an earlier one; None if none has."""
    seen: set[bytes] = set()
    for i, digests in enumerate(pages):
        if not seen.isdisjoint(digests):
            return i
        seen.update(digests)
    return None


def moved(pages: Sequence[Sequence[object]]) -> str | None:
    """Return why pages are not of one table: one begins with rows that the one before ended with; None if none does."""
    for number, (before, page) in enumerate(itertools.pairwise(pages), 2):
        if rows := _overlap(before, page):
            return (
                f"expected page {number} to go on where page {number - 1} ended, found the last rows of that "
                f"again ({rows}): the table moved while it was asked; run it later"
            )
    return None


def _overlap(before: Sequence[object], page: Sequence[object]) -> int:
    """How many rows at most end one page and begin the next, by the failure function of Knuth, Morris and Pratt.

    Each row is compared twice at most, however often one row stands in the pages.
    """
    if not page:
        return 0
    failure = [0] * len(page)
    matched = 0
    for at, row in enumerate(itertools.chain(itertools.islice(page, 1, None), before), 1):
        ended = at >= len(page)  # from here on the rows of the page before
        if at == len(page):
            matched = 0
        while matched and (matched == len(page) or row != page[matched]):
            matched = failure[matched - 1]
        matched += row == page[matched]
        if not ended:
            failure[at] = matched
    return matched if before else 0
