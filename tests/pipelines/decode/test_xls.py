"""XLS: every cell by its rule, whatever the code page; a hostile workbook costs bounded time and memory."""

import random
import resource
import struct
from collections.abc import Callable
from typing import Any

import hostile_xls
import pytest
from agency_columns import rows_of
from workbooks import COMPOUND_FILE, compound, formatted, label, number, record, stream, xls

from catalog.errors import SourceError
from pipelines.decode import xls as decoder
from pipelines.decode.parts import bounded, limits, sheets
from pipelines.decode.parts.bounded import DecodeBudget

CELLS = hostile_xls.CELLS
ROWS = [{"縣市": "臺北", "人口": "2451007"}, {"縣市": None, "人口": "62.15"}]
SHOWN = ["0.00", "yyyy-mm-dd", "h:mm", "[h]:mm"]
STYLES = b"".join(formatted(164 + at, shown) for at, shown in enumerate(SHOWN))


def laid(body: bytes, **said: Any) -> list[dict[str, str | None]]:
    return rows_of(bounded.call(decoder.decode, body, sheets.Reading.model_validate(said)))


def cell(content: bytes, more: bytes = STYLES) -> str | None:
    """What the one cell below a header reads as; beside it stands a number."""
    (row,) = laid(xls(("a", label(0, 0, "x") + label(0, 1, "n") + content + number(1, 1, 1)), more=more))
    return row["x"]


@pytest.mark.parametrize("small", [False, True], ids=["sectors", "small sectors"])
@pytest.mark.parametrize("code_page", [1200, 1252, 950])
def test_texts_are_as_wide_as_they_say_whatever_the_code_page(code_page: int, small: bool):
    assert laid(xls(("總計", CELLS), code_page=code_page, small=small)) == ROWS


@pytest.mark.parametrize(("code_page", "text"), [(950, "臺北市"), (1252, "Zürich"), (932, "東京")])
def test_texts_of_the_years_before_unicode_are_read_by_their_code_page(code_page: int, text: str):
    raw = text.encode(f"cp{code_page}")
    begin, end = (lambda kind: record(0x809, struct.pack("<HHHH", 0x500, kind, 0, 1995))), record(0x0A, b"")
    sheet = begin(0x10) + record(0x204, struct.pack("<HHHH", 0, 0, 0, len(raw)) + raw) + number(1, 0, 5) + end
    name = struct.pack("<B", len(raw)) + raw
    head = begin(0x05) + record(0x42, struct.pack("<H", code_page))
    listed = record(0x85, struct.pack("<IH", len(head) + 4 + 6 + len(name) + len(end), 0) + name)
    body = compound(head + listed + end + sheet, "Book")
    assert laid(body, sheet=text) == [{text: "5"}]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (number(1, 0, 63), "63"),
        (number(1, 0, 62.15), "62.15"),
        (number(1, 0, 63000010002), "63000010002"),
        (number(1, 0, 1e22), "1e+22"),
        (number(1, 0, 45.199999999999996), "45.199999999999996"),
        (number(1, 0, 46204, style=1), "2026-07-01"),
        (number(1, 0, 46204.5208333333, style=1), "2026-07-01T12:30:00"),
        (number(1, 0, 0.25, style=2), "06:00:00"),
        (number(1, 0, 1.5, style=3), "36:00:00"),
        (number(1, 0, 1e10, style=3), "10000000000"),
        (number(1, 0, 1.5, style=0), "1.5"),
        (number(1, 0, 3_000_000, style=1), "3000000"),
        (number(1, 0, -1, style=1), "-1"),
        (number(1, 0, float("inf"), style=1), "inf"),
        (record(0x205, struct.pack("<HHHBB", 1, 0, 0, 1, 0)), "true"),
        (record(0x205, struct.pack("<HHHBB", 1, 0, 0, 0, 0)), "false"),
        (record(0x205, struct.pack("<HHHBB", 1, 0, 0, 7, 1)), "#DIV/0!"),
        (record(0x205, struct.pack("<HHHBB", 1, 0, 0, 99, 1)), "#99"),
        (record(0x27E, struct.pack("<HHHI", 1, 0, 0, 100 << 2 | 2)), "100"),
        (record(0x06, struct.pack("<HHHdHIH", 1, 0, 0, 2.5, 0, 0, 0)), "2.5"),
        (label(1, 0, "  臺 北\n"), "  臺 北\n"),
        (label(1, 0, ""), None),
        (b"", None),
    ],
)
def test_a_cell_is_its_shortest_text(content: bytes, text: str | None):
    assert cell(content) == text


def test_days_may_count_from_1904():
    assert cell(number(1, 0, 46204 - 1462, style=1), record(0x22, struct.pack("<H", 1)) + STYLES) == "2026-07-01"


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
        (COMPOUND_FILE, "found one that cannot be read"),
        (COMPOUND_FILE + b"\0" * 600, "found one that cannot be read"),
        (compound(b"", "Other"), "cannot be read .XLRDError: Can't find workbook in OLE2 compound document"),
        (xls(("a", CELLS))[:1800], "found one that cannot be read"),
        (compound(b"\xff" * 5000), "found one that cannot be read"),
        (xls(("a", CELLS), more=record(0x2F, b"\0" * 6)), "cannot be read .XLRDError: Workbook is encrypted"),
        (xls(("a", number(0, 256, 1))), "found one that cannot be read .AssertionError"),
    ],
)
def test_what_is_none_is_one_sentence(body: bytes, words: str):
    with pytest.raises(SourceError, match=words):
        laid(body)


def test_more_than_the_limits_is_refused(monkeypatch: pytest.MonkeyPatch):
    body = xls(*[(name, CELLS) for name in "abc"])
    for bound, words in (
        ({"sheets": 2}, "expected at most 2 sheets, found 3"),
        ({"cells": 17}, "expected at most 17 cells in all sheets together, found more"),
        ({"unpacked_bytes": 17}, "expected at most 17 characters in all cells together, found more"),
    ):
        monkeypatch.setattr(decoder, "LIMITS", limits.DecodeLimits(**bound))
        with pytest.raises(SourceError, match=words):
            decoder.decode(body, sheets.Reading())
    monkeypatch.setattr(decoder, "LIMITS", limits.DecodeLimits(sheets=3, cells=18, unpacked_bytes=18))
    assert rows_of(decoder.decode(body, sheets.Reading())) == ROWS


def test_a_large_sheet_is_read_whole():
    rows = 60_000
    cells = b"".join(number(row, column, row) for row in range(1, rows) for column in range(4))
    head = b"".join(label(0, column, name) for column, name in enumerate("abcd"))
    table = decoder.decode(xls(("a", head + cells)), sheets.Reading())
    assert table.num_rows == rows - 1
    assert table.column("d")[-1].as_py() == str(rows - 1)


@pytest.mark.soak
def test_a_few_bytes_cannot_take_all_time_and_memory(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bounded, "BUDGET", DecodeBudget(processor_seconds=1))
    bodies = [make() for make in hostile_xls.ALL]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for body in bodies:
        with pytest.raises(
            SourceError, match=r"^expected (an \.xls workbook|a body that is decoded within|at most 268)"
        ):
            laid(body)
    bounded.end()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 4 * len(bodies)


@pytest.mark.soak
def test_empty_cells_up_to_one_far_away_fit_into_the_memory():
    head = b"".join(label(0, column, f"c{column}") for column in range(256))
    table = decoder.decode(xls(("a", head + number(65_535, 255, 1))), sheets.Reading(empty_rows="drop"))
    assert rows_of(table) == [{f"c{column}": None for column in range(255)} | {"c255": "1"}]


def test_empty_cells_of_many_sheets_are_counted_together():
    far = number(60_000, 100, 1)
    with pytest.raises(SourceError, match="20,000,000 cells in all sheets together, found more"):
        laid(xls(*[(name, far) for name in "abcde"]))


def test_xlrd_warns_nobody(capfd: pytest.CaptureFixture[str]):
    body = xls(("a", CELLS + record(0x225, b"\0" * 6) + record(0xA0, struct.pack("<HH", 1, 9_999)))) + b"more"
    assert laid(body) == ROWS
    assert capfd.readouterr() == ("", "")


WHOLE = xls(
    ("甲", CELLS + record(0xFD, struct.pack("<HHHi", 2, 0, 0, 0)) + number(3, 1, 46204, style=1)),
    ("乙", CELLS + record(0xBD, struct.pack("<HHHIHIH", 3, 0, 0, 7 << 2 | 2, 0, 9 << 2 | 2, 1))),
    more=STYLES + record(0xFC, struct.pack("<IIHB", 1, 1, 2, 1) + "共用".encode("utf-16-le")),
)
USED = len(WHOLE.rstrip(b"\0"))


def cut(chance: random.Random) -> bytes:
    return WHOLE[: chance.randrange(len(COMPOUND_FILE), USED)]


def changed(chance: random.Random) -> bytes:
    """One to eight bytes are others, most of them where something stands."""
    body = bytearray(WHOLE)
    for _ in range(chance.randint(1, 8)):
        body[chance.randrange(len(COMPOUND_FILE), USED)] = chance.choice((0, 1, 0x7F, 0xFF, chance.randrange(256)))
    return bytes(body)


def led_astray(chance: random.Random) -> bytes:
    """Sectors follow in another order, perhaps in a circle."""
    body = bytearray(WHOLE)
    for _ in range(chance.randint(1, 3)):
        struct.pack_into("<i", body, 512 + 4 * chance.randrange(14), chance.randrange(-4, 14))
    return bytes(body)


def shuffled(chance: random.Random) -> bytes:
    """Records stand where they do not belong, or twice."""
    records, at = [], 0
    raw = stream(("a", CELLS), more=STYLES)
    while at + 4 <= len(raw):
        size = 4 + struct.unpack_from("<HH", raw, at)[1]
        records.append(raw[at : at + size])
        at += size
    for _ in range(chance.randint(1, 6)):
        records.insert(chance.randrange(len(records)), chance.choice(records))
    return compound(b"".join(records))


def outcome(body: bytes) -> str:
    """Read, or refused with a sentence; anything else is raised."""
    try:
        bounded.call(decoder.decode, body, sheets.Reading(sheet="*", ragged="pad", repeated="number"))
    except SourceError as error:
        return "refused" if str(error).startswith(("expected ", "sheet ")) else str(error)
    return "read"


def attacked(attack: Callable[[random.Random], bytes], times: int, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The outcomes of so many attacks; a seed of its own makes each of them again."""
    monkeypatch.setattr(bounded, "BUDGET", DecodeBudget(processor_seconds=2))
    return {outcome(attack(random.Random(f"{attack.__name__} {seed}"))) for seed in range(times)}


ATTACKS = [cut, changed, led_astray, shuffled]


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_damaged_workbook_is_read_or_refused_with_a_sentence(
    attack: Callable[[random.Random], bytes], monkeypatch: pytest.MonkeyPatch
):
    assert attacked(attack, 25, monkeypatch) == ({"refused"} if attack is cut else {"read", "refused"})


@pytest.mark.soak
@pytest.mark.parametrize("attack", ATTACKS)
def test_a_thousand_damaged_workbooks(attack: Callable[[random.Random], bytes], monkeypatch: pytest.MonkeyPatch):
    assert "refused" in attacked(attack, 250, monkeypatch)


def test_a_number_means_a_sheet_that_is_seen():
    body = xls(("甲", label(0, 0, "a") + label(1, 0, "x")), ("乙", label(0, 0, "a") + label(1, 0, "y")), hidden="甲")
    assert laid(body) == laid(body, sheet="乙") == [{"a": "y"}]
    assert laid(body, sheet="甲") == [{"a": "x"}]
    with pytest.raises(SourceError, match="there are hidden '甲', 1 '乙'"):
        laid(body, sheet=2)
