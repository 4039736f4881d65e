"""Canonical CSV: one table, one sequence of bytes, whatever library wrote or reads it.

No library writes these bytes: pyarrow, pandas and DuckDB each write times, -0 and some large numbers in another form.
The bytes are the identity of the content, so they must not change with the version of a library either.

UTF-8 without BOM, LF, a header of field names, rows in the order given. A cell with comma, quote, CR or LF is quoted,
with `"` doubled (RFC 4180); null is an empty cell. Integers are decimal; numbers as ECMAScript writes them (RFC 8785,
section 3.2.2.3); dates YYYY-MM-DD; times YYYY-MM-DDTHH:MM:SS and the offset of the column's zone; true and false.
"""

import hashlib
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import rfc8785

from catalog.errors import IntegrityError
from catalog.rows import each_once

END = "csv.gz"
_ROWS_AT_ONCE = 16_384


def pieces(table: pa.Table) -> Iterator[bytes]:
    """Yield the canonical CSV of a table, a bounded number of rows at a time.

    Args:
        table: columns of type string, int64, float64, bool, date32 or timestamp with a zone.

    Raises:
        IntegrityError: a number is NaN or infinite, or a column has another type.
    """
    yield (",".join(table.column_names) + "\n").encode()
    for start in range(0, table.num_rows, _ROWS_AT_ONCE):
        part = table.slice(start, _ROWS_AT_ONCE).combine_chunks()
        cells = [cell_text(part.column(i), name) for i, name in enumerate(part.column_names)]
        cells[-1] = pc.binary_join_element_wise(cells[-1], "\n", "", null_handling="replace", null_replacement="")
        lines = pc.binary_join_element_wise(*cells, ",", null_handling="replace", null_replacement="")
        yield from map(_characters, lines.chunks)


def render(table: pa.Table) -> bytes:
    """Return the whole canonical CSV of a table."""
    return b"".join(pieces(table))


def content_hash(table: pa.Table) -> str:
    """Return the SHA-256, in hex, of the canonical CSV of a table: the identity of its content."""
    digest = hashlib.sha256()
    for piece in pieces(table):
        digest.update(piece)
    return digest.hexdigest()


def cell_text(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    """Return a column's cells as canonical text, quoted where they need it; null stays null."""
    kind = column.type
    if pa.types.is_string(kind):
        return _quoted(column)
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_date32(kind):
        return pc.cast(column, pa.string())
    if pa.types.is_float64(kind):
        return _numbers(column, name)
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        return pa.chunked_array([each_once(column, _time_texts)])
    raise IntegrityError(f"column {name}: the canonical CSV has no form for the type {kind}")


def _quoted(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not any(_needs_quotes(chunk) for chunk in column.chunks):
        return column
    risky = pc.match_substring_regex(column, r'[,"\r\n]')
    doubled = pc.replace_substring(column, '"', '""')
    return pc.if_else(risky, pc.binary_join_element_wise('"', doubled, '"', ""), column)


def _needs_quotes(texts: pa.StringArray) -> bool:
    """Whether any of the texts holds a character that needs quotes: one look at all their bytes."""
    characters = _characters(texts)
    return any(mark in characters for mark in (b",", b'"', b"\r", b"\n"))


def _characters(texts: pa.StringArray) -> bytes:
    """The texts one after the other, as they lie in their buffer; what a null may have left there too."""
    _, offsets, characters = texts.buffers()
    if not len(texts) or characters is None:
        return b""
    ends = np.frombuffer(offsets, dtype=np.int32)
    return bytes(memoryview(characters)[ends[texts.offset] : ends[texts.offset + len(texts)]])


def _numbers(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    if pc.any(pc.invert(pc.is_finite(column))).as_py():
        raise IntegrityError(f"column {name}: NaN and infinity are no values; a missing number is null")
    return pa.chunked_array([each_once(column, _number_texts)])


def _number_texts(numbers: pa.DoubleArray) -> pa.StringArray:
    text = pc.cast(pc.if_else(pc.equal(numbers, 0.0), 0.0, numbers), pa.string())  # -0 is 0
    odd = pc.match_substring_regex(text, r"e|\.0$")
    if not pc.any(odd).as_py():
        return text
    # Arrow and ECMAScript agree on the digits, but not on where an exponent begins.
    written = pa.array([rfc8785.dumps(value).decode() for value in numbers.filter(odd).to_pylist()], pa.string())
    return pc.replace_with_mask(text, odd, written)


def _time_texts(times: pa.TimestampArray) -> pa.StringArray:
    text = pc.strftime(times.cast(pa.timestamp("s", times.type.tz)), format="%Y-%m-%dT%H:%M:%S%z")
    return pc.replace_substring_regex(text, pattern=r"([+-]\d\d)(\d\d)$", replacement=r"\1:\2")
