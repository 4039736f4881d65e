"""The records of an .xls workbook: how large it makes its sheets, and its code page mended.

[MS-XLS], https://learn.microsoft.com/openspecs/office_file_formats/ms-xls. Only what has to be known before a library
opens the file.
"""

import struct
from collections.abc import Iterator

from catalog.errors import SourceError
from pipelines.decode.parts import compound
from pipelines.decode.parts.limits import LIMITS

_BOF, _BOUNDSHEET, _CODEPAGE, _SST, _BIFF8, _UTF16 = 0x809, 0x85, 0x42, 0xFC, 0x600, 1200
_CELLS = {0x06, 0xD6, 0xFD, 0x203, 0x204, 0x205, 0x27E}
_CELLS_OF_A_ROW = 0xBD


def prepared(body: bytes) -> bytes:
    """Return an .xls file that is safe to open: its workbook alone, with the code page that its texts have.

    In BIFF8 each text says how wide its characters are, and the code page is 1200. Some writers put another one, and a
    reader that trusts it takes UTF-16 for single bytes.

    Raises:
        SourceError: no compound file with a workbook in it, or one that claims more than the limits.
    """
    workbook = bytearray(compound.stream(body, ("workbook", "book")))
    try:
        for at in _code_pages(workbook):
            struct.pack_into("<H", workbook, at, _UTF16)
    except struct.error as error:
        raise SourceError(f"expected an .xls workbook, found one that is cut short or broken ({error})") from error
    return compound.around(bytes(workbook), "Workbook")


def _code_pages(workbook: bytearray) -> list[int]:
    """Where the code pages of BIFF8 lie; on the way there the claims of all records are looked at."""
    found = []
    version = sheets = rows = columns = cells = 0
    for number, (kind, at, size) in enumerate(_records(workbook)):
        if kind == _BOF:
            cells += rows * columns
            version, rows, columns = struct.unpack_from("<H", workbook, at)[0], 0, 0
        elif kind == _BOUNDSHEET:
            sheets += 1
        elif kind == _CODEPAGE and version == _BIFF8:
            found.append(at)
        elif kind == _SST and struct.unpack_from("<I", workbook, at + 4)[0] > len(workbook):
            raise SourceError("expected an .xls workbook, found one that claims more texts than it has bytes")
        elif kind in _CELLS or kind == _CELLS_OF_A_ROW:
            row, column = struct.unpack_from("<HH", workbook, at)
            last = struct.unpack_from("<H", workbook, at + size - 2)[0] if kind == _CELLS_OF_A_ROW else column
            rows, columns = max(rows, row + 1), max(columns, last + 1)
        if sheets > LIMITS.sheets or max(number, cells + rows * columns) > LIMITS.cells:
            raise SourceError(
                f"expected an .xls workbook of at most {LIMITS.sheets:,} sheets and {LIMITS.cells:,} cells, found more"
            )
    return found


def _records(workbook: bytearray) -> Iterator[tuple[int, int, int]]:
    """Each record's kind, and where its content lies."""
    at = 0
    while at + 4 <= len(workbook):
        kind, size = struct.unpack_from("<HH", workbook, at)
        if kind == 0 and size == 0:  # what is behind the last one
            return
        yield kind, at + 4, size
        at += 4 + size
