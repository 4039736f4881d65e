"""Tables in a declared shape, and worlds whose agency sends such tables."""

from typing import Any

import pyarrow as pa
from worlds import column, dataset

from pipelines.decode.parts.beside import FAULT, is_beside
from pipelines.shape import shaped


def shape(
    records: pa.Table, *steps: dict[str, Any], fields: list[dict[str, Any]] | None = None, **more: Any
) -> pa.Table:
    """The records after steps; where no fields are declared, the one field reads nothing that is there."""
    said = dataset(fields=fields or [column("unused")], shape=list(steps), **more)
    return shaped(said, records)


def plain(table: pa.Table) -> list[dict[str, Any]]:
    """The rows without what stands beside them, but for faults."""
    kept = [name for name in table.column_names if not is_beside(name) or name == FAULT]
    return table.select(kept).rename_columns(["FAULT" if name == FAULT else name for name in kept]).to_pylist()


def faulty(records: pa.Table, **raw: str) -> pa.Table:
    """The records, with faults at rows: `r2="raw text"`; the cells of such a row are null."""
    rows = {int(name[1:]): text for name, text in raw.items()}
    columns = {
        name: [None if row in rows else cell for row, cell in enumerate(records.column(name).to_pylist())]
        for name in records.column_names
    }
    faults = [rows.get(row) for row in range(records.num_rows)]
    return pa.table({name: pa.array(cells, pa.string()) for name, cells in (columns | {FAULT: faults}).items()})
