"""The words between a protocol and the fetcher."""

import itertools

import pytest

from pipelines.protocols.parts.request import digest, moved, repeated


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


class Row:
    """A row that counts how often it is compared."""

    compared = 0

    def __init__(self, text: str) -> None:
        self.text = text

    def __eq__(self, other: object) -> bool:
        Row.compared += 1
        return isinstance(other, Row) and self.text == other.text

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize(("before", "page"), [("a", "a"), ("ab", "a"), ("a", "ab"), ("aab", "aab")])
def test_each_row_is_compared_a_few_times_however_often_one_row_stands_in_the_pages(before: str, page: str):
    size = 3_000
    pages = [
        [*map(Row, itertools.islice(itertools.cycle(text), size)), Row(end)]
        for text, end in ((before, "x"), (page, "y"))
    ]
    Row.compared = 0
    moved(pages)
    assert Row.compared <= 6 * size


@pytest.mark.parametrize("length", range(7))
def test_the_longest_overlap_is_found(length: int):
    for page in itertools.product("ab", repeat=4):
        for before in itertools.product("ab", repeat=length):
            longest = max((n for n in range(1, min(len(before), 4) + 1) if before[-n:] == page[:n]), default=0)
            assert (f"again ({longest})" in str(moved([before, page]))) == bool(longest), (before, page)


def test_a_page_is_known_again_by_any_digest():
    assert repeated([[digest(1)], [digest(2), digest(1)]]) == 1
    assert repeated([[digest(1)], [digest("1")], []]) is None
    assert digest([{"a": "\ud800"}]) != digest([{"a": "\ud801"}])
