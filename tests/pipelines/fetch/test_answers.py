"""Answers that the sandbox does not give: packed in transit, and with headers that say nonsense."""

import gzip
import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from worlds import AGENCIES, declaration

from catalog.declaration.dataset import Agency, Dataset
from pipelines.evidence import Fetched
from pipelines.fetch.fetcher import Fetcher, Limits

KEY = "MARKED-0123456789"


@contextmanager
def agency(status: int, headers: dict[str, str], body: bytes) -> Iterator[str]:
    """An agency that always says the same."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def heard(status: int, headers: dict[str, str], body: bytes) -> Fetched:
    source = {"protocol": "moenv", "dataset": "lev_p_1", "host": "waters.example"}
    said = Dataset.load(declaration(source=source), "x")
    with agency(status, headers, body) as address:
        limits = Limits(attempts=2, backoff_seconds=0.01, body_bytes=100_000, longest_wait_seconds=0.1)
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
