"""What comes over the wire: packed in transit, with headers that say nonsense, from private networks, cut short."""

import gzip
import json
import socket
import ssl
from pathlib import Path

import httpx
import pytest
from agencies import agency_that_says
from worlds import AGENCIES, declaration

from catalog.declaration.dataset import Agency, Dataset
from catalog.errors import SourceError
from pipelines.evidence import Fetched
from pipelines.fetch.fetcher import Fetcher
from pipelines.fetch.transport import (
    FetchLimits,
    plain_words,
    read_body,
    refuse_private_host,
    trusted_authorities,
)

KEY = "MARKED-0123456789"


def heard(status: int, headers: dict[str, str], body: bytes) -> Fetched:
    source = {"protocol": "moenv", "dataset": "lev_p_1", "host": "waters.example"}
    said = Dataset.load(declaration(source=source), "x")
    with agency_that_says(body, status, headers) as address:
        limits = FetchLimits(attempts=2, backoff_seconds=0.01, body_bytes=100_000, longest_wait_seconds=0.1)
        fetcher = Fetcher({"MOENV_API_KEY": KEY}, limits, address)
        return fetcher.fetch(said, Path(), Agency.model_validate(AGENCIES["waters"]), None)


PACKED = {"Content-Encoding": "gzip"}
RECORDS = json.dumps([{"site": "a", "level": KEY}]).encode()


def test_an_answer_packed_in_transit_is_unpacked_and_kept_without_the_key():
    found = heard(200, PACKED, gzip.compress(RECORDS, mtime=0))
    assert found.why is None
    assert found.pages[0].body == RECORDS.replace(KEY.encode(), b"***")


def test_it_is_said_that_a_packed_answer_was_redacted():
    assert heard(200, PACKED, gzip.compress(RECORDS, mtime=0)).pages[0].redacted


@pytest.mark.parametrize(
    "body", [gzip.compress(RECORDS, mtime=0)[:-9], gzip.compress(bytes(200_000))], ids=["cut short", "bomb"]
)
def test_a_packed_answer_that_cannot_be_unpacked_is_kept_as_it_came(body: bytes):
    found = heard(200, PACKED, body)
    assert "gzip file" in str(found.why)
    assert found.pages


@pytest.mark.parametrize("said", ["Wed, 21 Oct 2026 07:28:00 GMT", "-5", "1e9", "soon", "9" * 400, ""])
def test_a_retry_after_that_is_no_number_of_seconds_is_not_heeded(said: str):
    found = heard(429, {"Retry-After": said}, b"{}")
    assert "found 429 (too many requests)" in str(found.why)


def test_a_retry_after_of_odd_digits_is_not_heeded():
    assert "found 429" in str(heard(429, {"Retry-After": "\u00b2"}, b"{}").why)


@pytest.mark.parametrize("status", [204, 206, 301, 304, 400, 410, 451, 599])
def test_every_other_status_is_a_refusal(status: int):
    found = heard(status, {}, b"" if status in (204, 304) else RECORDS)
    assert found.why is not None
    assert found.why.startswith("rivers: ")


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1"])
def test_a_host_in_a_private_network_is_refused(address: str):
    with pytest.raises(SourceError, match=f"expected a public address for {address}, found {address}; it is not asked"):
        refuse_private_host(address)


def test_a_body_beyond_the_limit_is_cut_there():
    with agency_that_says(bytes(1000), 200, {}) as address, httpx.stream("GET", address, trust_env=False) as answer:
        body, cut = read_body(answer, FetchLimits(body_bytes=100))
    assert (body, cut) == (bytes(100), "expected at most 100 bytes, found more")


def test_a_body_that_ends_too_early_is_returned_with_the_reason():
    headers = {"Content-Length": "1000"}
    with agency_that_says(b"site,le", 200, headers) as address, httpx.stream("GET", address, trust_env=False) as answer:
        body, cut = read_body(answer, FetchLimits())
    assert (body, cut) == (b"site,le", "expected a whole body, found one that ended after 7 bytes")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (httpx.ConnectTimeout("x"), "it did not answer in time"),
        (httpx.RemoteProtocolError("x"), "it closed the connection without an answer"),
        (socket.gaierror(-2, "x"), "its name leads nowhere from here; is there a network?"),
        (httpx.ConnectError("refused"), "refused"),
        (OSError(), "OSError"),
    ],
)
def test_what_happened_is_told_in_words(error: Exception, words: str):
    assert plain_words(error) == words


def test_authorities_are_read_once_for_each_way_of_checking():
    assert trusted_authorities(False) is trusted_authorities(False)
    assert trusted_authorities(True).verify_flags == trusted_authorities(False).verify_flags & ~ssl.VERIFY_X509_STRICT
