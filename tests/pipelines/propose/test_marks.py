"""Which texts and numbers mean no value."""

import pytest

from pipelines.propose.columns import Column
from pipelines.propose.marks import among_words, beside_values, doubtful, sentinels


def test_marks_are_sure_beside_numbers_and_doubtful_among_words() -> None:
    column = Column("x", {"-": 2, "None": 1, "空值": 1, "甲": 3}, 0)
    assert beside_values(column) == ["-", "None", "空值"]
    assert among_words(column) == ["-"]
    assert doubtful(column) == ["None", "空值"]


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["28.4", "26", "-99.0", "-998.00"], [-998.0, -99.0]),
        (["0", "5", "-9"], [-9.0]),
        (["-30", "-99", "12"], []),  # not far beyond the others
        (["1", "2", "9999"], [9999.0]),
        (["9000", "8000", "9999"], []),
        (["-99"], []),
    ],
)
def test_numbers_that_stand_for_none_are_far_from_the_others(texts: list[str], found: list[float]) -> None:
    assert sentinels(texts) == found
