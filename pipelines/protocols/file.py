"""`file`: one whole file at one address: conditional GET (RFC 9110, section 13), CSV or JSON, gzip or not."""

from typing import Literal

import pyarrow as pa
from pydantic import Field

from catalog.errors import SourceError
from catalog.fields import Strict
from pipelines.decode import csv, gzip, json
from pipelines.protocols.words import MAX_BODY_BYTES, Previous, Request


class Source(Strict):
    """Parameters of `minsheng.source`."""

    address: str = Field(pattern=r"^https://[^\s?#@]+$")
    format: Literal["csv", "json"]
    records: str = Field(default="", description="with JSON: where the list of records lies, keys joined by dots")


def ask(source: Source, bodies: list[bytes], previous: Previous | None) -> Request | None:
    """Ask for the file, unless it is what it was."""
    if bodies:
        return None
    headers = {}
    if previous:
        names = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}
        headers = {names[name]: value for name, value in previous.headers.items() if name in names}
    return Request(source.address, headers=headers)


def incomplete(source: Source, bodies: list[bytes]) -> str | None:
    """A file says nothing of its own length: one without rows is taken for no data."""
    if not bodies[0].strip():
        return "not data: expected a file with rows, found an empty body"
    try:
        found = records(source, bodies[0])
    except SourceError as error:
        return f"not data: {error}"
    return None if found.num_rows else "not data: expected rows, found none"


def records(source: Source, body: bytes) -> pa.Table:
    """Return the file's records."""
    plain = gzip.unpack(body, MAX_BODY_BYTES)
    if source.format == "csv":
        return csv.records(plain)
    found = json.find(json.parse(plain), (source.records,))
    if found is None:
        raise SourceError(f"expected a list of records at {source.records or 'the top'}, found {plain[:60]!r}")
    return json.records(found)
