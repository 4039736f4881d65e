"""Parquet (https://parquet.apache.org/docs/file-format/) with fixed writer options: the same rows, the same bytes."""

import io
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from catalog.store.spans import Spans

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


class Held(io.BytesIO):
    """The bytes of a whole file, which need no fetching."""

    def hold(self, first: int, end: int) -> None:
        """Do nothing: all of it is held."""


class Opened:
    """A Parquet file of which only what is asked for is read."""

    def __init__(self, source: Spans | Held) -> None:
        self._source = source
        # One thread, no reading ahead: what reads on in threads calls back into a Python that is about to end.
        self._file = pq.ParquetFile(source, pre_buffer=False)

    @property
    def schema(self) -> pa.Schema:
        """The columns and their types."""
        schema: pa.Schema = self._file.schema_arrow.remove_metadata()
        return schema

    def rows_with(self, wanted: dict[str, pa.Scalar]) -> pa.Table:
        """Return the rows in which these columns have these values; row groups that cannot have them are not read."""
        tables = []
        for group in range(self._file.num_row_groups):
            if not self._may_have(group, wanted):
                continue
            rows = self._group(group)
            for name, value in wanted.items():
                rows = rows.filter(pc.equal(rows.column(name), value))
            tables.append(rows)
        return pa.concat_tables(tables) if tables else self._file.schema_arrow.empty_table()

    def tables(self) -> Iterator[pa.Table]:
        """Yield all rows in their order, a row group at a time, so that no more than one is held."""
        for group in range(self._file.num_row_groups):
            yield self._group(group).replace_schema_metadata(None)

    def first(self, columns: list[str]) -> dict[str, Any]:
        """Return these columns of the first row."""
        row: dict[str, Any] = self._group(0).select(columns).slice(0, 1).to_pylist()[0]
        return row

    def largest(self, name: str) -> Any:
        """Return the largest value of a column, by the statistics of the file; None where they do not tell."""
        kind, found = self.schema.field(name).type, []
        for group in range(self._file.num_row_groups):
            columns = self._file.metadata.row_group(group)
            for i in range(columns.num_columns):
                bounds = columns.column(i).statistics
                if columns.column(i).path_in_schema == name and bounds is not None and bounds.has_min_max:
                    found.append(pa.scalar(bounds.max, kind).as_py())
        return max(found, default=None)

    def _may_have(self, group: int, wanted: dict[str, pa.Scalar]) -> bool:
        columns = self._file.metadata.row_group(group)
        for i in range(columns.num_columns):
            column = columns.column(i)
            value, bounds = wanted.get(column.path_in_schema), column.statistics
            if value is None or bounds is None or not bounds.has_min_max:
                continue
            low, high = (pa.scalar(bound, value.type) for bound in (bounds.min, bounds.max))
            if pc.less(value, low).as_py() or pc.greater(value, high).as_py():
                return False
        return True

    def _group(self, group: int) -> pa.Table:
        columns = self._file.metadata.row_group(group)
        spans = []
        for i in range(columns.num_columns):
            column = columns.column(i)
            first = column.dictionary_page_offset or column.data_page_offset
            spans.append((min(first, column.data_page_offset), first + column.total_compressed_size))
        self._source.hold(min(first for first, _ in spans), max(end for _, end in spans))
        return self._file.read_row_group(group, use_threads=False)
