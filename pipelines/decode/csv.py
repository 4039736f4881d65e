"""CSV bytes -> records of text (RFC 4180), in UTF-8 with or without BOM, lines ended by CRLF or LF."""

import collections

import pyarrow as pa
import pyarrow.csv as pacsv

from catalog.errors import SourceError


def records(body: bytes) -> pa.Table:
    """Return a table of text, a column for each name of the header; an empty cell is an empty text.

    Raises:
        SourceError: no header, a name twice, a line with more or fewer cells than the header, or bytes that are
            not UTF-8; names the line as the parser counts it.
    """
    if not body.strip():
        raise SourceError("expected CSV, found an empty body")
    parse = pacsv.ParseOptions(newlines_in_values=True)
    read = pacsv.ReadOptions(use_threads=False, block_size=max(len(body) + 1, 1 << 16))
    try:
        header = pacsv.open_csv(pa.BufferReader(body), read_options=read, parse_options=parse).schema.names
        twice = [name for name, times in collections.Counter(header).items() if times > 1]
        if twice:
            raise SourceError(f"expected each column once, found {twice[0]!r} more than once in the header")
        convert = pacsv.ConvertOptions(
            column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=False, check_utf8=True
        )
        return pacsv.read_csv(pa.BufferReader(body), read_options=read, parse_options=parse, convert_options=convert)
    except pa.ArrowInvalid as error:
        raise SourceError(f"expected CSV in UTF-8, found a body that begins {body[:60]!r} ({error})") from error
