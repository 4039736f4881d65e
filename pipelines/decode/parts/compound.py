"""Compound files, which .xls workbooks are: one stream out of one, and a new one around a stream.

[MS-CFB], https://learn.microsoft.com/openspecs/windows_protocols/ms-cfb. A library that follows the sectors of a
hostile file can be led in circles until the memory is full; here every walk has an end.
"""

import struct
from collections.abc import Iterator

from catalog.errors import SourceError

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENTRY_BYTES, _SMALL_SECTOR, _SMALL_BYTES = 128, 64, 4096
"""A stream of fewer than these bytes lies in small sectors, within the root's stream."""
_LARGE_SHIFT = 12
_TABLE, _LAST, _FREE = 0xFFFFFFFD, 0xFFFFFFFE, 0xFFFFFFFF
_MARKS = 0xFFFFFFFA
"""From here on a sector's number is a mark."""


def stream(body: bytes, names: tuple[str, ...]) -> bytes:
    """Return the first stream that has one of the names.

    Args:
        body: the compound file.
        names: in small letters.

    Raises:
        SourceError: no compound file, without such a stream, or one that leads nowhere.
    """
    try:
        return _stream(body, names)
    except (struct.error, IndexError) as error:
        raise SourceError(f"expected a compound file, found one that is cut short or broken ({error})") from error


def _stream(body: bytes, names: tuple[str, ...]) -> bytes:
    if not body.startswith(MAGIC):
        raise SourceError(f"expected a compound file, found a body that begins {body[:60]!r}")
    shift, small_shift = struct.unpack_from("<HH", body, 30)
    directory, cutoff, small_table = (struct.unpack_from("<I", body, at)[0] for at in (48, 56, 60))
    if (shift, small_shift, cutoff) not in ((9, 6, _SMALL_BYTES), (_LARGE_SHIFT, 6, _SMALL_BYTES)):
        raise SourceError("expected a compound file, found one with sectors of another size")
    size = 1 << shift
    table = _table(body, size)

    def read(first: int) -> bytes:
        places = ((sector + 1) * size for sector in _chain(table, first, len(body) // size))
        return b"".join(body[place : place + size] for place in places)

    entries = _entries(read(directory))
    name = next((name for name in names if name in entries), None)
    if name is None:
        raise SourceError(
            f"expected a compound file with {names[0]!r} in it, found {', '.join(entries)[:200] or 'none'}"
        )
    first, length = entries[name]
    if length >= _SMALL_BYTES:
        return read(first)[:length]
    small = read(small_table)
    home = read(entries["root entry"][0])
    sectors = _chain(struct.unpack(f"<{len(small) // 4}I", small), first, _SMALL_BYTES // _SMALL_SECTOR)
    return b"".join(home[sector * _SMALL_SECTOR : (sector + 1) * _SMALL_SECTOR] for sector in sectors)[:length]


def _table(body: bytes, size: int) -> tuple[int, ...]:
    """Which sector follows each sector."""
    most = len(body) // size // (size // 4) + 1
    listed = list(struct.unpack_from("<109I", body, 76))
    (following,) = struct.unpack_from("<I", body, 68)
    while following < _MARKS and len(listed) <= most:
        more = struct.unpack_from(f"<{size // 4}I", body, (following + 1) * size)
        listed += more[:-1]
        following = more[-1]
    found: list[int] = []
    for sector in [sector for sector in listed if sector < _MARKS][:most]:
        found += struct.unpack_from(f"<{size // 4}I", body, (sector + 1) * size)
    return tuple(found)


def _chain(table: tuple[int, ...], first: int, most: int) -> Iterator[int]:
    sector = first
    for _ in range(most + 1):
        if sector >= _MARKS:
            return
        yield sector
        sector = table[sector]
    raise SourceError("expected a compound file, found sectors that follow each other for ever")


def _entries(directory: bytes) -> dict[str, tuple[int, int]]:
    """Of each stream, by name in small letters: its first sector and its size in bytes."""
    found: dict[str, tuple[int, int]] = {}
    for at in range(0, len(directory) - _ENTRY_BYTES + 1, _ENTRY_BYTES):
        (length,) = struct.unpack_from("<H", directory, at + 64)
        name = directory[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace").lower()
        found.setdefault(name, struct.unpack_from("<II", directory, at + 116))
    return found


def around(content: bytes, name: str) -> bytes:
    """Return a compound file that holds one stream and nothing else."""
    size = 1 << _LARGE_SHIFT
    content = content.ljust(_SMALL_BYTES, b"\0")
    sectors = -(-len(content) // size)
    tables = -(-(sectors + 1) // (size // 4 - 1))
    table = [_TABLE] * tables + [_LAST] + [*range(tables + 2, tables + 1 + sectors), _LAST]
    # There are no small sectors, yet a library wants the root to name some place.
    root = _entry("Root Entry", 5, child=1, first=tables, length=0)
    own = _entry(name, 2, child=_FREE, first=tables + 1, length=len(content))
    header = MAGIC + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 4, 0xFFFE, _LARGE_SHIFT, 6)
    header += struct.pack("<IIIIIIIII", 1, tables, tables, 0, _SMALL_BYTES, _LAST, 0, _LAST, 0)
    listed = struct.pack("<109I", *range(tables), *[_FREE] * (109 - tables))
    written = struct.pack(f"<{len(table)}I", *table).ljust(tables * size, b"\xff")
    return b"".join(
        (
            (header + listed).ljust(size, b"\0"),
            written,
            (root + own).ljust(size, b"\0"),
            content.ljust(sectors * size, b"\0"),
        )
    )


def _entry(name: str, kind: int, child: int, first: int, length: int) -> bytes:
    title = (name + "\0").encode("utf-16-le")
    return title.ljust(64, b"\0") + struct.pack("<HBBIII36xIQ", len(title), kind, 1, _FREE, _FREE, child, first, length)
