"""Workbooks for tests: .xlsx by xlsxwriter; .xls and .ods by hand, for no writer of them is installed."""

import io
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import xlsxwriter

SECTOR = 512


def xlsx(fill: Callable[[Any], None]) -> bytes:
    """An .xlsx; `fill` gets the workbook of xlsxwriter."""
    body = io.BytesIO()
    with xlsxwriter.Workbook(body, {"in_memory": True}) as workbook:
        fill(workbook)
    return body.getvalue()


def ods(*sheets: tuple[str, str], head: str = "", encoding: str = "UTF-8") -> bytes:
    """An .ods of sheets, each a name and the XML of its rows."""
    names = {
        "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
        "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
        "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
    }
    spaces = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in names.items())
    tables = "".join(f'<table:table table:name="{name}">{rows}</table:table>' for name, rows in sheets)
    content = (
        f'<?xml version="1.0" encoding="{encoding}"?>{head}<office:document-content {spaces}><office:body>'
        f"<office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as made:
        made.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        made.writestr("content.xml", content, zipfile.ZIP_DEFLATED)
        made.writestr("META-INF/manifest.xml", "<manifest/>")
    return body.getvalue()


def ods_row(*cells: str | float, times: int = 1) -> str:
    """A row of texts and numbers."""
    found = ""
    for cell in cells:
        kind = "'string'" if isinstance(cell, str) else f"'float' office:value='{cell}'"
        shown = cell if isinstance(cell, str) else f"{cell:,}"
        found += f"<table:table-cell office:value-type={kind}><text:p>{shown}</text:p></table:table-cell>"
    return f"<table:table-row table:number-rows-repeated='{times}'>{found}</table:table-row>"


def record(kind: int, content: bytes) -> bytes:
    """A BIFF record."""
    return struct.pack("<HH", kind, len(content)) + content


def label(row: int, column: int, text: str) -> bytes:
    """A text in a cell, its characters two bytes wide."""
    return record(0x204, struct.pack("<HHHHB", row, column, 0, len(text), 1) + text.encode("utf-16-le"))


def number(row: int, column: int, value: float) -> bytes:
    """A number in a cell."""
    return record(0x203, struct.pack("<HHHd", row, column, 0, value))


def xls(*sheets: tuple[str, bytes], code_page: int = 1200, more: bytes = b"", small: bool = False) -> bytes:
    """An .xls (BIFF8) of sheets, each a name and the records of its cells.

    Args:
        sheets: names and records.
        code_page: what the workbook says of its texts.
        more: records for all sheets together.
        small: whether the stream is so short that it lies in the small sectors.
    """
    return compound(stream(*sheets, code_page=code_page, more=more), small=small)


def stream(*sheets: tuple[str, bytes], code_page: int = 1200, more: bytes = b"") -> bytes:
    """The records of a workbook."""
    begin, end = (lambda kind: record(0x809, struct.pack("<HHHHII", 0x600, kind, 0, 0, 0, 0))), record(0x0A, b"")
    bodies = [begin(0x10) + records + end for _, records in sheets]
    head = begin(0x05) + record(0x42, struct.pack("<H", code_page)) + more
    entries = [struct.pack("<BB", len(name), 1) + name.encode("utf-16-le") for name, _ in sheets]
    at = len(head) + sum(4 + 6 + len(entry) for entry in entries) + len(end)
    listed = b""
    for entry, body in zip(entries, bodies, strict=True):
        listed += record(0x85, struct.pack("<IH", at, 0) + entry)
        at += len(body)
    return head + listed + end + b"".join(bodies)


def compound(stream: bytes, name: str = "Workbook", small: bool = False) -> bytes:
    """A compound file with one stream: the table of sectors, the directory, and the stream."""
    length = len(stream) if small else max(len(stream), 4096)
    stream = stream.ljust(-(-length // SECTOR) * SECTOR, b"\0")
    count = len(stream) // SECTOR
    free, last, special = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    chain = [*range(4, 3 + count), last]
    table = [special, last, last, *chain]
    tables = -(-len(table) // 128)
    assert tables == 1, "larger than these tests need"
    small_chain = [*range(1, count * 8), last]

    def entry(title: str, kind: int, child: int, first: int, size: int) -> bytes:
        raw = (title + "\0").encode("utf-16-le")
        return raw.ljust(64, b"\0") + struct.pack("<HBBIII36xIQ", len(raw), kind, 1, free, free, child, first, size)

    root = entry("Root Entry", 5, 1, 3 if small else last, len(stream) if small else 0)
    own = entry(name, 2, free, 0 if small else 3, length)
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(24, b"\0") + struct.pack(
        "<HHHHH6xIIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, 2 if small else last, small, last, 0, 0
    )
    header += b"".join(struct.pack("<I", free) for _ in range(108))
    pad = struct.pack("<I", free)
    return (
        header
        + b"".join(struct.pack("<I", one) for one in table).ljust(SECTOR, pad[:1])
        + (root + own).ljust(SECTOR, b"\0")
        + b"".join(struct.pack("<I", one) for one in small_chain[:128]).ljust(SECTOR, pad[:1])
        + stream
    )
