"""Pages of a table, well and with each fault."""

from typing import Any

import pytest

from sandbox.faults.registry import MovedPageParams, PageParams, ShortPageParams
from sandbox.protocols.parts.pages import PAGE_FAULTS, page_rows

ROWS = [{"number": str(number)} for number in range(10)]


def numbers(start: int, page_size: int, **protocol_faults: Any) -> str:
    assert protocol_faults.keys() <= PAGE_FAULTS | {"shape"}
    return "".join(row["number"] for row in page_rows(ROWS, start, page_size, protocol_faults))


def test_pages_hold_every_row_once() -> None:
    assert [numbers(start, 4) for start in (0, 4, 8, 12)] == ["0123", "4567", "89", ""]
    assert numbers(3, 0) == ""
    assert numbers(0, 99) == "0123456789"


@pytest.mark.parametrize(
    ("page", "expected"), [(0, ["0123", "4567", "89"]), (1, ["0123", "0123", "89"]), (2, ["0123", "4567", "4567"])]
)
def test_a_page_repeats_the_page_before(page: int, expected: list[str]) -> None:
    fault = PageParams(page=page)
    assert [numbers(start, 4, repeated_page=fault) for start in (0, 4, 8)] == expected


@pytest.mark.parametrize(
    ("page", "rows", "expected"),
    [(1, 1, ["0123", "456", "89"]), (2, 1, ["0123", "4567", "8"]), (0, 100, ["", "4567", "89"])],
)
def test_a_page_is_short(page: int, rows: int, expected: list[str]) -> None:
    fault = ShortPageParams(page=page, rows=rows)
    assert [numbers(start, 4, short_page=fault) for start in (0, 4, 8)] == expected


@pytest.mark.parametrize(
    ("page", "rows", "expected"),
    [
        (1, 1, ["0123", "3456", "789"]),
        (2, 2, ["0123", "4567", "6789"]),
        (1, -1, ["0123", "5678", "9"]),
        (1, 99, ["0123", "0123", "0123"]),
    ],
)
def test_the_table_moves_during_paging(page: int, rows: int, expected: list[str]) -> None:
    fault = MovedPageParams(page=page, rows=rows)
    assert [numbers(start, 4, moved_page=fault) for start in (0, 4, 8)] == expected


def test_other_faults_change_no_page() -> None:
    assert numbers(4, 4, shape=object()) == "4567"
