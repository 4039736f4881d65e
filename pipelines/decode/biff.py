"""The stream of records within an .xls file: how large it makes its sheets, and its code page mended.

Compound files: [MS-CFB], https://learn.microsoft.com/openspecs/windows_protocols/ms-cfb; records: [MS-XLS], beside it.
Only what has to be known before a library opens the file.
"""

import struct
from collections.abc import Iterator

from catalog.errors import SourceError
from pipelines.decode.limits import LIMITS

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADER_BYTES, _ENTRY_BYTES = 512, 128
_END = 0xFFFFFFFA
"""From here on a sector's number is a mark."""
_BOF, _BOUNDSHEET, _CODEPAGE, _SST, _BIFF8, _UTF16 = 0x809, 0x85, 0x42, 0xFC, 0x600, 1200
_CELLS = {0x06, 0xD6, 0xFD, 0x203, 0x204, 0x205, 0x27E}
_CELLS_OF_A_ROW = 0xBD


def prepared(body: bytes) -> bytes:
    """Return an .xls file that is safe to open, with the code page that its strings have.

    In BIFF8 each string says how wide its characters are, and the code page is 1200. Some writers put another one, and
    a reader that trusts it reads UTF-16 as single bytes.

    Raises:
        SourceError: no compound file with a workbook in it, or one that claims more than the limits.
    """
    try:
        return _prepared(body)
    except (struct.error, IndexError) as error:
        raise SourceError(f"expected an .xls workbook, found one that is cut short or broken ({error})") from error


def _prepared(body: bytes) -> bytes:
    places = _workbook(body)
    stream = b"".join(body[start : start + size] for start, size in places)
    version = sheets = rows = columns = cells = 0
    for kind, at, size in _records(stream):
        if kind == _BOF:
            cells += rows * columns
            version, rows, columns = struct.unpack_from("<H", stream, at)[0], 0, 0
        elif kind == _BOUNDSHEET:
            sheets += 1
        elif kind == _CODEPAGE and version == _BIFF8:
            body = _put(body, places, at, struct.pack("<H", _UTF16))
        elif kind == _SST and struct.unpack_from("<I", stream, at + 4)[0] > len(stream):
            raise SourceError("expected an .xls workbook, found one that claims more texts than it has bytes")
        elif kind in _CELLS or kind == _CELLS_OF_A_ROW:
            row, column = struct.unpack_from("<HH", stream, at)
            last = struct.unpack_from("<H", stream, at + size - 2)[0] if kind == _CELLS_OF_A_ROW else column
            rows, columns = max(rows, row + 1), max(columns, last + 1)
    cells += rows * columns
    if sheets > LIMITS.sheets or cells > LIMITS.cells:
        raise SourceError(
            f"expected at most {LIMITS.sheets:,} sheets and {LIMITS.cells:,} cells, found {sheets:,} and {cells:,}"
        )
    return body


def _records(stream: bytes) -> Iterator[tuple[int, int, int]]:
    """Each record's kind, and where its content lies."""
    at = 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        if kind == 0 and size == 0:  # what is behind the last one
            return
        yield kind, at + 4, size
        at += 4 + size


def _put(body: bytes, places: list[tuple[int, int]], at: int, new: bytes) -> bytes:
    """The file with other bytes at a place of its stream; both lie in one sector, records being even."""
    for start, size in places:
        if at < size:
            return body[: start + at] + new + body[start + at + len(new) :]
        at -= size
    return body


def _workbook(body: bytes) -> list[tuple[int, int]]:
    """Where the sectors of the workbook's stream lie in the file, and how many bytes of each."""
    if not body.startswith(MAGIC):
        raise SourceError(f"expected an .xls workbook, found a body that begins {body[:60]!r}")
    shift, small_shift = struct.unpack_from("<HH", body, 30)
    if (shift, small_shift) not in ((9, 6), (12, 6)):
        raise SourceError("expected an .xls workbook, found a compound file with sectors of another size")
    directory, cutoff, small_table = (struct.unpack_from("<I", body, at)[0] for at in (48, 56, 60))
    size = 1 << shift
    table = _table(body, size)

    def sectors(first: int) -> list[tuple[int, int]]:
        return [((sector + 1) * size, size) for sector in _chain(table, first, len(body) // size)]

    def read(first: int) -> bytes:
        return b"".join(body[start : start + length] for start, length in sectors(first))

    entries = _entries(read(directory))
    name = next((name for name in ("workbook", "book") if name in entries), None)
    if name is None:
        raise SourceError("expected an .xls workbook, found a compound file without one (is it locked by a password?)")
    first, length = entries[name]
    if length >= cutoff:
        return _cut(sectors(first), length)
    small = struct.unpack(f"<{len(read(small_table)) // 4}I", read(small_table))
    home = [(start + i, 64) for start, length_ in sectors(entries["root entry"][0]) for i in range(0, length_, 64)]
    return _cut([home[sector] for sector in _chain(small, first, len(home))], length)


def _cut(places: list[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    kept = []
    for start, size in places:
        kept.append((start, min(size, length)))
        length -= min(size, length)
    return kept


def _table(body: bytes, size: int) -> tuple[int, ...]:
    """Which sector follows each sector."""
    listed = list(struct.unpack_from("<109I", body, 76))
    following, count = struct.unpack_from("<II", body, 68)
    for _ in range(min(count, len(body) // size)):
        if following >= _END:
            break
        more = struct.unpack_from(f"<{size // 4}I", body, (following + 1) * size)
        listed += more[:-1]
        following = more[-1]
    found: list[int] = []
    for sector in listed:
        if sector < _END:
            found += struct.unpack_from(f"<{size // 4}I", body, (sector + 1) * size)
    return tuple(found)


def _chain(table: tuple[int, ...], first: int, most: int) -> Iterator[int]:
    sector = first
    for _ in range(most + 1):
        if sector >= _END:
            return
        yield sector
        sector = table[sector]
    raise SourceError("expected an .xls workbook, found sectors that follow each other for ever")


def _entries(directory: bytes) -> dict[str, tuple[int, int]]:
    """Of each stream, by name in small letters: its first sector and its size in bytes."""
    found: dict[str, tuple[int, int]] = {}
    for at in range(0, len(directory) - _ENTRY_BYTES + 1, _ENTRY_BYTES):
        (length,) = struct.unpack_from("<H", directory, at + 64)
        name = directory[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace").lower()
        found.setdefault(name, struct.unpack_from("<II", directory, at + 116))
    return found
