"""`inline`: a table that lies in the dataset's own folder, written by stewards."""

import pyarrow as pa
from pydantic import Field

from catalog.declaration.strict import Strict
from catalog.errors import SourceError
from pipelines.decode import csv
from pipelines.protocols.parts.request import Contents, Previous, Request


class Source(Strict):
    """Parameters of `minsheng.source`."""

    table: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*\.csv$", description="a CSV file beside dataset.yaml")


def ask(source: Source, looks: list[None], previous: Previous | None) -> Request | None:
    """Ask for the one file."""
    return Request(address=source.table, path=source.table) if not looks else None


def contents(source: Source, bodies: list[bytes]) -> Contents:
    """Return the rows; a file is always whole, and one without rows is a mistake."""
    try:
        tables = tuple(records(source, body) for body in bodies)
    except SourceError as error:
        return Contents(incomplete=str(error))
    rows = sum(table.num_rows for table in tables)
    return (
        Contents(tables)
        if rows
        else Contents(tables, f"expected rows in {source.table}, found a header only", empty=True)
    )


def records(source: Source, body: bytes) -> pa.Table:
    """Return the file's rows."""
    try:
        return csv.decode(body)
    except SourceError as error:
        raise SourceError(f"{source.table}: {error}") from error
