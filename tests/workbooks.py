"""Workbooks for tests: .xlsx by xlsxwriter; .xls and .ods by hand, for no writer of them is installed."""

import io
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import xlsxwriter

COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SECTOR = 512
TABLE, LAST, FREE = 0xFFFFFFFD, 0xFFFFFFFE, 0xFFFFFFFF
"""What a table of sectors says of one that is part of the table, the last of its stream, or free."""


def xlsx(fill: Callable[[Any], None]) -> bytes:
    """An .xlsx; `fill` gets the workbook of xlsxwriter."""
    body = io.BytesIO()
    with xlsxwriter.Workbook(body, {"in_memory": True}) as workbook:
        fill(workbook)
    return body.getvalue()


def ods(*sheets: tuple[str, str], head: str = "", encoding: str = "UTF-8", hidden: str = "") -> bytes:
    """An .ods of sheets, each a name and the XML of its rows; one of them may be hidden."""
    names = {
        "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
        "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
        "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
        "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0",
        "calcext": "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
    }
    spaces = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in names.items())
    styles = "".join(
        f'<style:style style:name="{name}" style:family="table"><style:table-properties table:display="{shown}"/>'
        "</style:style>"
        for name, shown in (("ta1", "true"), ("ta2", "false"))
    )
    tables = "".join(
        f'<table:table table:name="{name}" table:style-name="ta{1 + (name == hidden)}">{rows}</table:table>'
        for name, rows in sheets
    )
    content = (
        f'<?xml version="1.0" encoding="{encoding}"?>{head}<office:document-content {spaces}>'
        f"<office:automatic-styles>{styles}</office:automatic-styles><office:body>"
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


def number(row: int, column: int, value: float, style: int = 0) -> bytes:
    """A number in a cell."""
    return record(0x203, struct.pack("<HHHd", row, column, style, value))


def formatted(number: int, shown: str) -> bytes:
    """A number format of one's own (from 164 on), and a style that uses it, to go into `more`."""
    text = struct.pack("<HHB", number, len(shown), 1) + shown.encode("utf-16-le")
    return record(0x41E, text) + record(0xE0, struct.pack("<HHHBBBBIiH", 0, number, 0, 0, 0, 0, 0, 0, 0, 0))


def xls(
    *sheets: tuple[str, bytes], code_page: int = 1200, more: bytes = b"", small: bool = False, hidden: str = ""
) -> bytes:
    """An .xls (BIFF8) of sheets, each a name and the records of its cells.

    Args:
        sheets: names and records.
        code_page: what the workbook says of its texts.
        more: records for all sheets together.
        small: whether the stream is so short that it lies in the small sectors.
        hidden: the name of a sheet that is hidden.
    """
    return compound(stream(*sheets, code_page=code_page, more=more, hidden=hidden), small=small)


def stream(*sheets: tuple[str, bytes], code_page: int = 1200, more: bytes = b"", hidden: str = "") -> bytes:
    """The records of a workbook."""
    begin, end = (lambda kind: record(0x809, struct.pack("<HHHHII", 0x600, kind, 0, 0, 0, 0))), record(0x0A, b"")
    bodies = [begin(0x10) + records + end for _, records in sheets]
    head = begin(0x05) + record(0x42, struct.pack("<H", code_page)) + more
    entries = [struct.pack("<BB", len(name), 1) + name.encode("utf-16-le") for name, _ in sheets]
    at = len(head) + sum(4 + 6 + len(entry) for entry in entries) + len(end)
    listed = b""
    for (name, _), entry, body in zip(sheets, entries, bodies, strict=True):
        listed += record(0x85, struct.pack("<IH", at, name == hidden) + entry)
        at += len(body)
    return head + listed + end + b"".join(bodies)


def compound(stream: bytes, name: str = "Workbook", small: bool = False) -> bytes:
    """A compound file with one stream: the tables of sectors, the directory, the small sectors' table, the stream.

    Args:
        stream: what it holds.
        name: what the stream is called.
        small: whether it is so short that it lies in small sectors.
    """
    length = len(stream) if small else max(len(stream), 4096)
    stream = stream.ljust(-(-length // SECTOR) * SECTOR, b"\0")
    count = len(stream) // SECTOR
    tables = -(-(count + 2) // (SECTOR // 4 - 1))
    directory, small_table, first = tables, tables + 1, tables + 2
    chain = [TABLE] * tables + [LAST, LAST] + [*range(first + 1, first + count), LAST]
    small_chain = [*range(1, count * 8), LAST][:128] if small else []
    root = entry("Root Entry", 5, child=1, first=first if small else LAST, size=len(stream) if small else 0)
    own = entry(name, 2, child=FREE, first=0 if small else first, size=length)
    header = COMPOUND_FILE.ljust(24, b"\0") + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIII", 0, tables, directory, 0, 4096)
    header += struct.pack("<IIII", small_table if small else LAST, small, LAST, 0)
    return b"".join(
        (
            header + struct.pack("<109I", *range(tables), *[FREE] * (109 - tables)),
            struct.pack(f"<{len(chain)}I", *chain).ljust(tables * SECTOR, b"\xff"),
            (root + own).ljust(SECTOR, b"\0"),
            struct.pack(f"<{len(small_chain)}I", *small_chain).ljust(SECTOR, b"\xff"),
            stream,
        )
    )


def entry(title: str, kind: int, child: int, first: int, size: int) -> bytes:
    """An entry of the directory; it has no neighbours."""
    raw = (title + "\0").encode("utf-16-le")
    return raw.ljust(64, b"\0") + struct.pack("<HBBIII36xIQ", len(raw), kind, 1, FREE, FREE, child, first, size)
