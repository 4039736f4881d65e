"""CSV bytes -> records of text (RFC 4180), in UTF-8 with or without BOM, lines ended by CRLF or LF."""

import collections

import pyarrow as pa
import pyarrow.csv as pacsv

from catalog.errors import SourceError
from pipelines.decode import bounds

_BOM = b"\xef\xbb\xbf"
_HEADER_BYTES = 1 << 20
"""What the header may hold, and the first row with it."""


def records(body: bytes) -> pa.Table:
    """Return a table of text, a column for each name of the header; an empty cell is an empty text.

    A blank line is no row, except between the rows of a single column: there it is an empty cell.

    Raises:
        SourceError: no header, a name twice, a line with more or fewer cells than the header, too many columns, a
            page of markup, or bytes that are not UTF-8; names the line as the parser counts it, or the byte.
    """
    if not body.strip():
        raise SourceError("expected CSV, found an empty body")
    if body[:1024].removeprefix(_BOM).lstrip().startswith(b"<"):
        raise SourceError(f"expected CSV, found a page of markup that begins {body[:60]!r}")
    bounds.header(body)
    parse = pacsv.ParseOptions(newlines_in_values=True)
    read = pacsv.ReadOptions(use_threads=False, block_size=max(len(body) + 1, 1 << 16))
    try:
        # One block is parsed for the header; as one block with all the rest, every row would be parsed twice.
        first = pacsv.ReadOptions(use_threads=False, block_size=min(read.block_size, _HEADER_BYTES))
        header = pacsv.open_csv(pa.BufferReader(body), read_options=first, parse_options=parse).schema.names
        twice = [name for name, times in collections.Counter(header).items() if times > 1]
        if twice:
            raise SourceError(f"expected each column once, found {twice[0]!r} more than once in the header")
        convert = pacsv.ConvertOptions(
            column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=False, check_utf8=True
        )
        rows = body
        if len(header) == 1:
            parse.ignore_empty_lines = False
            rows = body.removeprefix(_BOM).strip(b"\r\n") + b"\n"
        return pacsv.read_csv(pa.BufferReader(rows), read_options=read, parse_options=parse, convert_options=convert)
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        raise SourceError(f"expected CSV in UTF-8, found {_instead(body)} ({error})") from error


def _instead(body: bytes) -> str:
    """What a body is that is no CSV."""
    try:
        body.decode()
    except UnicodeDecodeError as error:
        return f"the byte {body[error.start]:#04x} at {error.start}"
    return f"a body that begins {body[:60]!r}"
