"""Parquet (https://parquet.apache.org/docs/file-format/) with fixed writer options: the same rows, the same bytes."""

import io

import pyarrow as pa
import pyarrow.parquet as pq

END = "parquet"
ROWS_PER_GROUP = 122_880
"""Small enough that one station's year is a few range reads, large enough to compress."""

WRITER = f"pyarrow {pa.__version__}"
"""Bytes repeat within a version of the writer, not across (apache/arrow#40202): so provenance names it."""


def render(table: pa.Table, units: dict[str, str] | None = None) -> bytes:
    """Return the Parquet file of a table: zstd, statistics, row groups for range reads, no clock, no description.

    Args:
        table: rows in the order in which they are to lie.
        units: UCUM unit by column, kept in the field's metadata.
    """
    fields = [
        field.with_metadata({"unit": units[field.name]}) if units and field.name in units else field
        for field in table.schema
    ]
    table = table.cast(pa.schema(fields))
    sink = io.BytesIO()
    options = {"compression": "zstd", "compression_level": 3, "version": "2.6", "write_statistics": True}
    with pq.ParquetWriter(sink, table.schema, **options) as writer:
        # Pages follow the chunks of a table; a copy without chunks is made of one group at a time.
        for start in range(0, max(table.num_rows, 1), ROWS_PER_GROUP):
            writer.write_table(table.slice(start, ROWS_PER_GROUP).combine_chunks(), row_group_size=ROWS_PER_GROUP)
    return sink.getvalue()


def read(body: bytes, schema: pa.Schema | None = None) -> pa.Table:
    """Read a Parquet file; with `schema`, as exactly those columns and types."""
    table = pq.read_table(pa.BufferReader(body))
    return table.select(schema.names).cast(schema) if schema else table.replace_schema_metadata(None)


def footer_bytes(body: bytes) -> int:
    """Return how many bytes at the end a reader needs before any row: metadata, its length and the magic number."""
    return int.from_bytes(body[-8:-4], "little") + 8
