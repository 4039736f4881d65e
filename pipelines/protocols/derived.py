"""`derived`: the result of a query over releases of other datasets, as `pipelines.fetch.derived` wrote it down."""

import pyarrow as pa

from catalog.declaration.pipeline import Derive
from catalog.errors import SourceError
from pipelines.decode import csv
from pipelines.protocols.parts.request import Contents, Previous, Request

Source = Derive


def ask(source: Derive, looks: list[None], previous: Previous | None) -> Request | None:
    """Ask nobody: the query is run, not asked."""
    return None


def contents(source: Derive, bodies: list[bytes]) -> Contents:
    """Return the rows; a result without rows is a mistake of the query, or of what it reads."""
    try:
        tables = tuple(records(source, body) for body in bodies)
    except SourceError as error:
        return Contents(incomplete=str(error))
    rows = sum(table.num_rows for table in tables)
    return Contents(tables) if rows else Contents(tables, f"expected rows of {source.sql}, found none", empty=True)


def records(source: Derive, body: bytes) -> pa.Table:
    """Return the rows of the result."""
    try:
        return csv.decode(body)
    except SourceError as error:
        raise SourceError(f"{source.sql}: {error}") from error
