"""Workbooks that mislead a reader of .xls: a few bytes that cost it endless time, or all memory."""

import struct

from workbooks import FREE, LAST, SECTOR, compound, entry, label, number, record, xls

CELLS = label(0, 0, "縣市") + label(0, 1, "人口") + label(1, 0, "臺北") + number(1, 1, 2451007) + number(2, 1, 62.15)
LINK = bytes.fromhex("d0c9ea79f9bace118c8200aa004ba90b")
SMALL_SECTORS = 3 * SECTOR
"""Where `workbooks.compound` puts the table of small sectors."""


def circle_of_small_sectors() -> bytes:
    """The third small sector leads back to the first."""
    body = bytearray(xls(("a", CELLS), small=True))
    struct.pack_into("<i", body, SMALL_SECTORS + 4 * 2, 0)
    return bytes(body)


def circle_of_sectors() -> bytes:
    """The second sector of the workbook leads back to its first."""
    body = bytearray(xls(("a", CELLS)))
    struct.pack_into("<I", body, SECTOR + 4 * 4, 3)
    return bytes(body)


def directory_of_many_ways(entries: int = 60) -> bytes:
    """Each entry of the directory is both the left and the right neighbour of the one before."""
    listed = bytearray(entry("Root Entry", 5, child=1, first=LAST, size=0))
    for i in range(1, entries):
        listed += entry(f"x{i}", 2, child=FREE, first=LAST, size=0)
        following = i + 1 if i + 1 < entries else FREE
        struct.pack_into("<II", listed, i * 128 + 68, following, following)
    body = bytearray(compound(bytes(listed)))
    struct.pack_into("<I", body, 48, 3)  # the directory begins where the stream lies
    return bytes(body)


def link_over_all_cells() -> bytes:
    """One hyperlink for each of 65,536 x 65,536 cells."""
    link = struct.pack("<HHHH", 0, 0xFFFF, 0, 0xFFFF) + LINK + b"\x02\0\0\0" + bytes(4)
    return xls(("a", CELLS + record(0x1B8, link)))


def names_that_double(count: int = 40) -> bytes:
    """Each name is a text that holds the one before twice."""
    found = b""
    for i in range(count):
        formula = (
            b"\x17" + bytes([200, 0]) + b"x" * 200 if i == 0 else (b"\x23" + struct.pack("<HH", i, 0)) * 2 + b"\x08"
        )
        title = f"n{i:02}".encode()
        head = struct.pack("<HBBHHH4B", 0, 0, len(title), len(formula), 0, 0, 0, 0, 0, 0)
        found += record(0x18, head + b"\0" + title + formula)
    return xls(("a", CELLS), more=found)


def sizes_that_start_anew(times: int = 400) -> bytes:
    """Between cells far down, the sheet says again and again that it begins."""
    again = record(0x200, struct.pack("<IIHHH", 0, 1, 0, 1, 0)) + number(65_535, 0, 1)
    return xls(("a", CELLS + again * times))


def texts_that_step_back(count: int = 0x7FFFFFFF) -> bytes:
    """Two thousand million texts, each of them the same bytes."""
    text = struct.pack("<HBi", 8_000, 4, -8_007) + b"x" * 8_000
    return xls(("a", CELLS), more=record(0xFC, struct.pack("<II", count, count) + text))


def one_text_in_many_cells(cells: int = 40_000) -> bytes:
    """A text of 8,000 characters stands once in the file, and in each of many cells."""
    table = record(0xFC, struct.pack("<IIHB", 1, 1, 8_000, 0) + b"x" * 8_000)
    shown = b"".join(record(0xFD, struct.pack("<HHHi", row, 0, 0, 0)) for row in range(cells))
    return xls(("a", shown), more=table)


ALL = (
    circle_of_small_sectors,
    circle_of_sectors,
    directory_of_many_ways,
    link_over_all_cells,
    names_that_double,
    sizes_that_start_anew,
    texts_that_step_back,
    one_text_in_many_cells,
)
