"""What the agency says in a table of records, without what the decoder puts beside it."""

from typing import Any

import pyarrow as pa

from pipelines.decode.parts.beside import is_beside


def rows_of(table: pa.Table) -> list[dict[str, Any]]:
    """The agency's cells of each record."""
    found: list[dict[str, Any]] = columns_of(table).to_pylist()
    return found


def columns_of(table: pa.Table) -> pa.Table:
    """The agency's columns alone."""
    return table.select([name for name in table.column_names if not is_beside(name)])
