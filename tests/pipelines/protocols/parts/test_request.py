"""The words between a protocol and the fetcher."""

import pytest

from pipelines.protocols.parts.request import moved


@pytest.mark.parametrize(
    ("pages", "number", "rows"),
    [
        ([[1, 2, 3], [3, 4, 5]], 2, 1),
        ([[1, 2, 3], [2, 3, 4]], 2, 2),
        ([[1, 2, 3], [4, 5, 6], [6, 7]], 3, 1),
        ([[1, 2], [1, 2]], 2, 2),
    ],
)
def test_a_page_that_begins_with_the_last_rows_of_the_one_before_shows_that_the_table_moved(
    pages: list[list[int]], number: int, rows: int
):
    reason = moved(pages)
    assert reason is not None
    assert reason.startswith(f"expected page {number} to go on where page {number - 1} ended")
    assert f"again ({rows})" in reason


@pytest.mark.parametrize("pages", [[], [[]], [[1], []], [[], [1]], [[1, 2], [3]], [[1, 2, 3], [1, 4]]])
def test_pages_of_one_table(pages: list[list[int]]):
    assert moved(pages) is None
