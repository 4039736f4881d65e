"""`inline`: a table that lies in the dataset's own folder, written by stewards."""

import pyarrow as pa
from pydantic import Field

from catalog.declaration.fields import Strict
from catalog.errors import SourceError
from pipelines.decode import csv
from pipelines.protocols.parts.request import Previous, Request


class Source(Strict):
    """Parameters of `minsheng.source`."""

    table: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*\.csv$", description="a CSV file beside dataset.yaml")


def ask(source: Source, bodies: list[bytes], previous: Previous | None) -> Request | None:
    """Ask for the one file."""
    return Request(address=source.table, path=source.table) if not bodies else None


def incomplete(source: Source, bodies: list[bytes]) -> str | None:
    """A file is whole; one without rows is a mistake."""
    if not records(source, bodies[0]).num_rows:
        return f"expected rows in {source.table}, found a header only"
    return None


def records(source: Source, body: bytes) -> pa.Table:
    """Return the file's rows."""
    try:
        return csv.decode(body)
    except SourceError as error:
        raise SourceError(f"{source.table}: {error}") from error
