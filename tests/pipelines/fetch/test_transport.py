"""What comes over the wire: packed in transit, with headers that say nonsense, from private networks, cut short."""

import base64
import datetime as dt
import gzip
import json
import re
import socket
import ssl
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from agencies import agency_that_says
from raw_servers import Act, Connection, certificate, raw_server
from worlds import AGENCIES, declaration

from catalog.connections import Allowance
from catalog.declaration.dataset import Agency, Dataset
from pipelines.context import ZONE
from pipelines.fetch import fetcher
from pipelines.fetch.fetcher import Fetcher, present
from pipelines.fetch.transport import (
    FetchLimits,
    plain_words,
    read_body,
    trusted_authorities,
)
from pipelines.records import Fetched
from pipelines.redaction import NOT_KEPT

KEY = "MARKED-0123456789"


QUICK = FetchLimits(attempts=2, backoff_seconds=0.01, body_bytes=100_000, longest_wait_seconds=0.1)


def heard(
    status: int,
    headers: dict[str, str],
    body: bytes,
    limits: FetchLimits = QUICK,
    now: Callable[[], dt.datetime] = present,
) -> Fetched:
    with agency_that_says(body, status, headers) as address:
        return ask(address, limits, now)


def ask(address: str, limits: FetchLimits, now: Callable[[], dt.datetime] = present) -> Fetched:
    source = {"protocol": "moenv", "dataset": "lev_p_1", "host": "waters.example"}
    said = Dataset.load(declaration(source=source), "x")
    return Fetcher({"MOENV_API_KEY": KEY}, limits, address, now).fetch(
        said, Path(), Agency.model_validate(AGENCIES["waters"]), None
    )


PACKED = {"Content-Encoding": "gzip"}
RECORDS = json.dumps([{"site": "a", "level": KEY}]).encode()


def test_an_answer_packed_in_transit_is_unpacked_and_kept_without_the_key():
    found = heard(200, PACKED, gzip.compress(RECORDS, mtime=0))
    assert found.why is None
    assert found.pages[0].body == RECORDS.replace(KEY.encode(), b"***")


def test_it_is_said_that_a_packed_answer_was_redacted():
    assert heard(200, PACKED, gzip.compress(RECORDS, mtime=0)).pages[0].redacted


@pytest.mark.parametrize(
    "body", [gzip.compress(b"[1, 2, 3, 4]", mtime=0)[:-9], gzip.compress(bytes(200_000))], ids=["cut short", "bomb"]
)
def test_a_packed_answer_that_cannot_be_unpacked_is_kept_as_it_came(body: bytes):
    found = heard(200, PACKED, body)
    assert "gzip file" in str(found.why)
    assert [page.body for page in found.pages] == [body]


ECHO = json.dumps([{"site": "a", "request": f"/api?api_key={KEY}"}]).encode()


@pytest.mark.parametrize(
    "echo",
    [base64.b64encode(KEY.encode()), base64.b64encode(b"GET " + ECHO), ECHO.hex().upper().encode(), ECHO],
    ids=["base64", "base64 of more", "hex", "plain"],
)
def test_an_echo_is_taken_out_in_place_and_the_rest_is_data(echo: bytes):
    found = heard(
        200, {"ETag": echo.decode() if b'"' not in echo else '"1"'}, b'[{"site": "a"}, {"site": "' + echo + b'"}]'
    )
    (page,) = found.pages
    assert page.redacted
    assert b"***" in page.body
    assert page.body.startswith(b'[{"site": "a"}, {"site": "')
    assert hidden(page.body, str(page.headers), page.address)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, gzip.compress(ECHO)),
        ({"Content-Encoding": "deflate"}, zlib.compress(ECHO)),
        ({}, base64.b64encode(gzip.compress(ECHO))),
        (PACKED, gzip.compress(gzip.compress(ECHO))),
        (PACKED, gzip.compress(ECHO)[:-8] + b"wrong..."),
    ],
    ids=["gzip", "deflate", "base64", "twice", "broken"],
)
@pytest.mark.parametrize("status", [200, 404])
def test_an_echo_that_cannot_be_taken_out_is_not_kept(status: int, headers: dict[str, str], body: bytes):
    found = heard(status, headers, body)
    (page,) = found.pages
    assert (page.body, page.redacted, page.status) == (NOT_KEPT, True, status)
    assert str(found.why).startswith(
        "expected a body without a secret of ours, found one where it cannot be taken out from https://waters.example"
    )
    assert found.answered


@pytest.mark.parametrize("known", range(8, len(KEY)))
def test_an_answer_that_ends_within_an_echo_keeps_no_part_of_it(known: int):
    body = b'[{"site": "a", "key": "' + KEY[:known].encode()
    found = heard(200, {"Content-Length": "1000"}, body)
    assert found.why is not None
    assert [page.body for page in found.pages] == [b'[{"site": "a", "key": "***']


def hidden(body: bytes, *texts: str) -> bool:
    """Whether neither a body nor texts tell the key, in whichever of the ways above."""
    said = body + "".join(texts).encode()
    ways = [KEY.encode(), KEY.encode().hex().encode(), KEY.encode().hex().upper().encode()]
    ways += [base64.b64encode(b"x" * k + KEY.encode())[k and 4 : -4] for k in range(3)]
    return not any(way in said for way in ways)


NOW = dt.datetime(2026, 10, 21, 15, 28, tzinfo=ZONE)
SENT = {"Date": "Wed, 21 Oct 2026 07:28:00 GMT"}


def waits(monkeypatch: pytest.MonkeyPatch, status: int, headers: dict[str, str]) -> tuple[list[float], str]:
    """How long a fetch of two attempts waits between them, and what it says at last."""
    waited: list[float] = []
    monkeypatch.setattr(fetcher.time, "sleep", waited.append)
    found = heard(
        status, headers, b"{}", FetchLimits(attempts=2, backoff_seconds=0.5, longest_wait_seconds=60), lambda: NOW
    )
    assert len(found.pages) == 1
    return waited, str(found.why)


@pytest.mark.parametrize(
    "date",
    [
        "Wed, 21 Oct 2026 07:28:30 GMT",
        "Wednesday, 21-Oct-26 07:28:30 GMT",
        "Wed Oct 21 07:28:30 2026",
        "Wed, 21 Oct 2026 07:28:30",
        "Wed, 21 Oct 2026 07:28:30 -0000",
        "30",
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_a_retry_after_is_waited_for(monkeypatch: pytest.MonkeyPatch, status: int, date: str):
    assert waits(monkeypatch, status, SENT | {"Retry-After": date})[0] == [30]
    assert waits(monkeypatch, status, {"Retry-After": date, "Date": "soon"})[0] == [30]
    assert waits(monkeypatch, status, {"Retry-After": date})[0] == [30]


def test_a_date_counts_by_the_clock_of_the_agency(monkeypatch: pytest.MonkeyPatch):
    slow = {"Date": "Wed, 21 Oct 2026 06:00:00 GMT", "Retry-After": "Wed, 21 Oct 2026 06:00:07 GMT"}
    assert waits(monkeypatch, 503, slow)[0] == [7]


@pytest.mark.parametrize(
    ("after", "words"),
    [
        ("Wed, 21 Oct 2026 08:28:00 GMT", "until 2026-10-21 08:28:00+00:00"),
        ("Fri, 31 Dec 9999 23:59:59 -1200", "until 9999-12-31 23:59:59-12:00"),
        ("3600", "3600 s"),
    ],
)
def test_a_long_wait_is_left_to_the_next_run(monkeypatch: pytest.MonkeyPatch, after: str, words: str):
    waited, why = waits(monkeypatch, 429, SENT | {"Retry-After": after})
    assert waited == []
    assert why.endswith(f"found 429 (too many requests): the agency asks to wait {words}; run it later")
    waited, why = waits(monkeypatch, 503, SENT | {"Retry-After": after})
    assert waited == []
    assert why.endswith(f"found 503 (the agency's own error) in 1 attempt, and asks to wait {words}; run it later")


@pytest.mark.parametrize(
    "after",
    [
        "Wed, 21 Oct 2026 07:28:00 GMT",
        "Tue, 20 Oct 2026 07:28:30 GMT",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Wed, 31 Feb 2026 07:28:30 GMT",
        "Wed, 21 Oct 99999 07:28:30 GMT",
        "Wed, 21 Oct 2026 07:28:30 +9999",
        "2026-10-21T07:28:30Z",
        "-5",
        "1e9",
        "0.5",
        "soon",
        "30, 30",
        "\u00b2",
        "",
    ],
)
def test_a_date_that_is_past_and_nonsense_are_not_heeded(monkeypatch: pytest.MonkeyPatch, after: str):
    waited, why = waits(monkeypatch, 429, SENT | {"Retry-After": after})
    assert waited == [0.5]
    assert "found 429 (too many requests): the agency asks to wait " in why


def test_more_digits_than_a_number_may_have_are_a_long_wait(monkeypatch: pytest.MonkeyPatch):
    assert waits(monkeypatch, 429, {"Retry-After": "9" * 400})[0] == []


@pytest.mark.parametrize("status", [204, 206, 301, 304, 400, 410, 451, 599])
def test_every_other_status_is_a_refusal(status: int):
    found = heard(status, {}, b"" if status in (204, 304) else RECORDS)
    assert found.why is not None
    assert found.why.startswith("expected ")


def slow_redirect(connection: Connection) -> None:
    connection.stopped.wait(0.2)
    connection.socket.sendall(b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


DRIPS: dict[str, tuple[Act, str]] = {
    "silence": (lambda it: it.drip(b""), "it did not answer in time"),
    "headers": (lambda it: it.drip(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"), "it did not answer in time"),
    "interim answers": (lambda it: it.drip(b"HTTP/1.1 100 Continue\r\n\r\n"), "it did not answer in time"),
    "redirects": (slow_redirect, "it did not answer in time"),
    "a body": (
        lambda it: it.drip(b"HTTP/1.1 200 OK\r\n\r\n", b"[]"),
        r"expected a body within 0.3 s, found [0-9]+ bytes and no end from https",
    ),
    "a flood of headers": (
        lambda it: it.drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 99, pause=0),
        "it sent more than 50,000 bytes and no end",
    ),
    "a flood of framing": (
        lambda it: it.drip(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1;%b\r\nx\r\n" % (b"y" * 9000), pause=0
        ),
        "expected at most 10,000 bytes, found [0-9]+ and more around them from https",
    ),
    "no HTTP": (lambda it: it.drip(b"SSH-2.0-x\r\n\r\n"), "what it sent is no answer of HTTP"),
}


@pytest.mark.parametrize("drip", DRIPS)
def test_no_agency_holds_a_request_beyond_its_deadline(drip: str):
    act, says = DRIPS[drip]
    limits = FetchLimits(request_seconds=0.3, head_bytes=50_000, body_bytes=10_000, attempts=1)
    if "flood" in drip:
        limits = replace(limits, request_seconds=60)
    with raw_server(act) as server:
        found = ask(server.url, limits)
    assert re.search(says, str(found.why)), found.why
    assert KEY not in str(found.why)


def test_a_body_beyond_the_limit_is_cut_there():
    with agency_that_says(bytes(1000), 200, {}) as address, httpx.stream("GET", address, trust_env=False) as answer:
        body, cut, _ = read_body(answer, FetchLimits(body_bytes=100), Allowance())
    assert (body, cut) == (bytes(100), "expected at most 100 bytes, found more")


def test_a_body_that_ends_too_early_is_returned_with_the_reason():
    headers = {"Content-Length": "1000"}
    with agency_that_says(b"site,le", 200, headers) as address, httpx.stream("GET", address, trust_env=False) as answer:
        body, cut, _ = read_body(answer, FetchLimits(), Allowance())
    assert (body, cut) == (b"site,le", "expected a whole body, found one that ended after 7 bytes")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (httpx.ConnectTimeout("x"), "it did not answer in time"),
        (httpx.RemoteProtocolError("Server disconnected"), "it closed the connection without an answer"),
        (httpx.RemoteProtocolError("illegal"), "what it sent is no answer of HTTP"),
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


def half_then_whole(times: int) -> tuple[Act, list[int]]:
    """An agency whose connection breaks within a body, so many times."""
    asked = list[int]()

    def act(it: Connection) -> None:
        asked.append(1)
        body = RECORDS[:9] if len(asked) <= times else RECORDS
        it.socket.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(RECORDS), body))

    return act, asked


def test_half_of_a_body_is_asked_for_again_and_is_no_page():
    act, asked = half_then_whole(1)
    with raw_server(act) as server:
        found = ask(server.url, QUICK)
    assert (found.why, len(asked)) == (None, 2)
    assert [page.body for page in found.pages] == [RECORDS.replace(KEY.encode(), b"***")]


def test_half_of_a_body_that_stays_half_is_kept():
    act, asked = half_then_whole(9)
    with raw_server(act) as server:
        found = ask(server.url, QUICK)
    assert len(asked) == QUICK.attempts
    assert [page.body for page in found.pages] == [RECORDS[:9]]
    assert "expected a whole body, found one that ended after 9 bytes" in str(found.why)


def test_a_certificate_is_no_better_in_a_moment(tmp_path: Path):
    came = list[int]()
    with raw_server(lambda _: came.append(1), tls=certificate(tmp_path, "localhost").server, listen=False) as server:
        found = ask(f"https://localhost:{server.port}", replace(QUICK, attempts=3))
    assert "certificate verify failed: self-signed certificate; see intermediates in agencies.yaml" in str(found.why)
    assert (found.answered, found.passes, len(came)) == (False, False, 0)


def test_a_missing_key_is_no_better_in_a_moment():
    source = {"protocol": "moenv", "dataset": "lev_p_1", "host": "waters.example"}
    said = Dataset.load(declaration(source=source), "x")
    found = Fetcher({}, QUICK).fetch(said, Path(), Agency.model_validate(AGENCIES["waters"]), None)
    assert (found.answered, found.passes) == (False, False)


@pytest.mark.parametrize(
    ("status", "asked"), [(408, 2), (500, 2), (502, 2), (504, 2), (400, 1), (401, 1), (403, 1), (404, 1), (501, 1)]
)
def test_a_status_that_may_pass_is_asked_again_and_no_other(status: int, asked: int):
    heads = list[int]()

    def act(it: Connection) -> None:
        heads.append(1)
        it.socket.sendall(b"HTTP/1.1 %d X\r\nContent-Length: 2\r\n\r\n{}" % status)

    with raw_server(act) as server:
        ask(server.url, QUICK)
    assert len(heads) == asked
