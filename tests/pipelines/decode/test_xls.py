"""XLS: read once it is known to fit; its texts as wide as they say."""

import struct
from typing import Any

import pytest
from workbooks import compound, label, number, record, stream, xls

from catalog.errors import SourceError
from pipelines.decode import xls as decoder
from pipelines.decode.parts import biff, limits, sheets
from pipelines.decode.parts import compound as compound_

CELLS = label(0, 0, "縣市") + label(0, 1, "人口") + label(1, 0, "臺北") + number(1, 1, 2451007) + number(2, 1, 62.15)


def laid(body: bytes, **said: Any) -> list[dict[str, str | None]]:
    return decoder.decode(body, sheets.Reading.model_validate(said)).to_pylist()  # type: ignore[no-any-return]


ROWS = [{"縣市": "臺北", "人口": "2451007"}, {"縣市": None, "人口": "62.15"}]


@pytest.mark.parametrize("small", [False, True], ids=["sectors", "small sectors"])
@pytest.mark.parametrize("code_page", [1200, 1252, 950])
def test_texts_are_as_wide_as_they_say_whatever_the_code_page(code_page: int, small: bool):
    assert laid(xls(("總計", CELLS), code_page=code_page, small=small)) == ROWS


def test_a_sheet_is_chosen_by_name_or_number():
    body = xls(("甲", label(0, 0, "a") + label(1, 0, "x")), ("乙", label(0, 0, "a") + label(1, 0, "y")))
    assert laid(body) == laid(body, sheet=1) == laid(body, sheet="甲") == [{"a": "x"}]
    assert laid(body, sheet=2) == laid(body, sheet="乙") == [{"a": "y"}]
    assert laid(body, sheet="*", sheet_column="s") == [{"a": "x", "s": "甲"}, {"a": "y", "s": "乙"}]
    for sheet in ("丙", 3, 0):
        with pytest.raises(SourceError, match=f"expected the sheet {sheet!r}, found none; there are 1 '甲', 2 '乙'"):
            laid(body, sheet=sheet)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "expected an .xls workbook, found a body that begins b''"),
        (b"<html><table>", "expected an .xls workbook, found a body that begins b'<html><table>'"),
        (b"PK\x03\x04", "expected an .xls workbook"),
        (compound_.MAGIC, "cut short or broken"),
        (compound_.MAGIC + b"\0" * 600, "sectors of another size"),
        (compound(b"", "Other"), "expected a compound file with 'workbook' in it, found root entry, other"),
        (xls(("a", CELLS))[:1800], "cut short or broken|cannot be read|for ever"),
        (compound(b"\xff" * 5000), "expected a"),
    ],
)
def test_what_is_none_is_one_sentence(body: bytes, words: str):
    with pytest.raises(SourceError, match=words):
        laid(body)


def test_sectors_that_follow_each_other_for_ever_are_told():
    body = bytearray(xls(("a", CELLS)))
    struct.pack_into("<I", body, 512 + 4 * 4, 3)  # the stream's second sector leads back to its first
    with pytest.raises(SourceError, match="sectors that follow each other for ever"):
        laid(bytes(body))


@pytest.mark.parametrize(
    "cells",
    [
        number(65_535, 0, 1) + number(0, 65_535, 1),
        label(65_535, 1_000, "x"),
        record(0xBD, struct.pack("<HH", 65_535, 0) + b"\0" * 6 + struct.pack("<H", 30_000)),
    ],
)
def test_a_cell_far_away_is_refused(cells: bytes):
    with pytest.raises(
        SourceError, match=r"expected an \.xls workbook of at most 256 sheets and 20,000,000 cells, found more"
    ):
        laid(xls(("a", CELLS + cells)))


def test_many_large_sheets_are_refused_together():
    far = number(60_000, 100, 1)
    assert biff.prepared(xls(("a", far), ("b", far)))
    with pytest.raises(SourceError, match="20,000,000 cells, found more"):
        laid(xls(*[(name, far) for name in "abcde"]))


def test_more_sheets_than_the_limit_are_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(biff, "LIMITS", limits.DecodeLimits(sheets=2))
    with pytest.raises(SourceError, match="of at most 2 sheets and 20,000,000 cells, found more"):
        laid(xls(*[(name, CELLS) for name in "abc"]))


def test_a_table_of_sectors_that_leads_back_to_itself_ends():
    body = bytearray(xls(("甲", CELLS)))
    struct.pack_into("<II", body, 68, 3, 0x7FFFFFFF)  # the list of tables goes on in the stream's first sector
    struct.pack_into("<I", body, 512 * 5 - 4, 3)  # which leads back to itself
    assert laid(bytes(body)) == ROWS


def test_many_code_pages_cost_one_copy():
    pages = record(0x42, struct.pack("<H", 1252)) * 5_000
    assert laid(xls(("a", CELLS), more=pages)) == ROWS


def test_more_texts_than_bytes_are_refused():
    many = record(0xFC, struct.pack("<II", 0x7FFFFFFF, 0x7FFFFFFF))
    with pytest.raises(SourceError, match="claims more texts than it has bytes"):
        laid(xls(("a", CELLS), more=many))


def test_a_large_sheet_is_read_whole():
    rows = 60_000
    cells = b"".join(number(row, column, row) for row in range(1, rows) for column in range(4))
    head = b"".join(label(0, column, name) for column, name in enumerate("abcd"))
    table = decoder.decode(compound_.around(stream(("a", head + cells)), "Workbook"), sheets.Reading())
    assert table.num_rows == rows - 1
    assert table.column("d")[-1].as_py() == str(rows - 1)
