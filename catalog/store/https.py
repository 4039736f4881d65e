"""A mirror read over http(s): no listing, no writing, and no trust beyond what hashes in the documents prove."""

import hashlib
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import quote

import httpx

from catalog.errors import StoreError
from catalog.keys import check_key
from catalog.store.base import Absent, Blob, Head, Span, bare_etag, check_span, known, pause


@dataclass(frozen=True)
class HttpsLimits:
    """Time-outs and retries of this module."""

    connect_seconds: float = 10.0
    read_seconds: float = 30.0  # without one byte from the server, not for the whole transfer
    attempts: int = 4
    redirects: int = 3
    backoff_seconds: float = 0.2  # doubled each time, and spread


LIMITS = HttpsLimits()

_ABSENT = {403, 404, 410}
"""Many hosts answer 403 for what is absent, so that nobody learns what is there."""


class _Answer:
    """What is kept of a response once its connection is free again."""

    def __init__(self, response: httpx.Response, body: bytes) -> None:
        self.status = response.status_code
        self.headers = response.headers
        self.body = body


class HttpsStore:
    """Objects of a store that someone serves, below an address."""

    def __init__(self, address: str) -> None:
        self._address = address.rstrip("/")
        self._client = httpx.Client(
            timeout=httpx.Timeout(LIMITS.read_seconds, connect=LIMITS.connect_seconds),
            follow_redirects=True,
            max_redirects=LIMITS.redirects,
            # Sizes, spans and hashes are of the file itself, not of a compressed transfer.
            headers={"Accept-Encoding": "identity", "User-Agent": "minsheng"},
        )
        weakref.finalize(self, self._client.close)  # its idle connections end with the store

    @property
    def url(self) -> str:
        """The address shown to people."""
        return self._address

    def get(self, key: str, span: Span | None = None) -> Blob:
        """Return bytes; see `Store.get`."""
        request_headers = {}
        if span is not None:
            first, end = check_span(span)
            if first == end:
                return Blob(b"", known(self, key).etag)
            request_headers["Range"] = f"bytes={first}-{end - 1}"
        answer = self._ask("GET", key, request_headers)
        if answer.status == 416 and span is not None:  # begins beyond the end: as with a slice, nothing is there
            return Blob(b"", known(self, key).etag)
        if answer.status in _ABSENT:
            raise Absent(f"{key!r} is not in {self.url}")
        self._must_be(answer, key, {200, 206})
        body = answer.body
        if span is not None and answer.status == 200:  # a server may answer a range with the whole
            body = body[span[0] : span[1]]
        return Blob(body, bare_etag(answer.headers.get("ETag", "")) or hashlib.sha256(answer.body).hexdigest())

    def head(self, key: str) -> Head | None:
        """Return what is known of an object; see `Store.head`."""
        answer = self._ask("HEAD", key, {})
        if answer.status in _ABSENT:
            return None
        self._must_be(answer, key, {200})
        size = answer.headers.get("Content-Length", "")
        if not size.isdecimal():
            raise StoreError(f"{self.url} does not say how long {key!r} is (no Content-Length)")
        return Head(int(size), bare_etag(answer.headers.get("ETag", "")), answer.headers.get("Content-Type", ""))

    def list(self, prefix: str) -> Iterator[str]:
        """Refuse: keys are found by the documents that name them, beginning at catalog.json."""
        return iter(self.sizes(prefix))

    def sizes(self, prefix: str) -> dict[str, int]:
        """Refuse, as `list` does."""
        raise StoreError(f"{self.url} cannot be listed for {prefix!r}: over http(s) keys are found from catalog.json")

    def put_new(self, key: str, body: bytes) -> NoReturn:
        """Refuse."""
        self._read_only(key, body)

    def put_if(self, key: str, body: bytes, etag: str | None) -> NoReturn:
        """Refuse."""
        self._read_only(key, body, etag)

    def delete(self, key: str) -> NoReturn:
        """Refuse."""
        self._read_only(key)

    def _read_only(self, key: str, *_: object) -> NoReturn:
        raise StoreError(f"{self.url} is read-only, {key!r} was not touched: write to s3://BUCKET/PREFIX or file:DIR")

    def _must_be(self, answer: _Answer, key: str, expected: set[int]) -> None:
        if answer.status not in expected:
            raise StoreError(f"{self.url} answered {answer.status} for {key!r}; try later, or use another mirror")

    def _ask(self, method: str, key: str, request_headers: dict[str, str]) -> _Answer:
        # `+` and `=` are safe in a path by the standard, but some hosts read `+` as a blank.
        address = f"{self._address}/{quote(check_key(key))}"
        reason = ""
        for attempt in range(LIMITS.attempts):
            pause(attempt, LIMITS.backoff_seconds)
            try:
                answer = self._once(method, address, request_headers, raw=key.endswith(".gz"))
            except httpx.HTTPError as error:
                reason = type(error).__name__
                continue
            if answer.status < 500 and answer.status != 429:
                return answer
            reason = str(answer.status)
        raise StoreError(
            f"{self.url} gave no answer for {key!r} in {LIMITS.attempts} attempts (last: {reason}); "
            "is the address right and the host reachable?"
        )

    def _once(self, method: str, address: str, request_headers: dict[str, str], *, raw: bool) -> _Answer:
        with self._client.stream(method, address, headers=request_headers) as response:
            # Some hosts declare a .gz file itself as a compressed transfer: unpacked, it would not be the file.
            chunks = response.iter_raw() if raw else response.iter_bytes()
            return _Answer(response, b"".join(chunks))
