"""`file`: one whole file at one address: conditional GET (RFC 9110, section 13), in any format, gzip or not."""

from typing import Any

import pyarrow as pa
from pydantic import Field, model_validator

from catalog.errors import SourceError
from pipelines.decode import Formatted
from pipelines.decode.parts import gzip
from pipelines.protocols.parts.request import MAX_BODY_BYTES, Contents, Previous, Request


class Source(Formatted):
    """Parameters of `minsheng.source`."""

    address: str = Field(pattern=r"^https://[^\s?#@]+$")

    @model_validator(mode="before")
    @classmethod
    def _as_once_written(cls, values: Any) -> Any:
        # Evidence is read as it was asked, and `records` stood beside `format` once.
        if isinstance(values, dict) and "records" in values and values.get("format") == "json":
            rest = {key: value for key, value in values.items() if key != "records"}
            return rest | {"reading": {"records": values["records"]} | rest.get("reading", {})}
        return values


def ask(source: Source, looks: list[None], previous: Previous | None) -> Request | None:
    """Ask for the file, unless it is what it was."""
    if looks:
        return None
    headers = {}
    if previous:
        names = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}
        headers = {names[name]: value for name, value in previous.headers.items() if name in names}
    return Request(source.address, headers=headers)


def contents(source: Source, bodies: list[bytes]) -> Contents:
    """Return the records. A file does not state its own length: one without rows is taken for no data.

    It is one body; a replay may list its parts as pages.
    """
    if not all(body.strip() for body in bodies):
        return Contents(incomplete="not data: expected a file with rows, found an empty body")
    try:
        tables = tuple(records(source, body) for body in bodies)
    except SourceError as error:
        return Contents(incomplete=f"not data: {error}")
    rows = sum(table.num_rows for table in tables)
    return Contents(tables) if rows else Contents(incomplete="not data: expected rows, found none")


def records(source: Source, body: bytes) -> pa.Table:
    """Return the file's records."""
    return source.records(gzip.unpack(body, MAX_BODY_BYTES))
