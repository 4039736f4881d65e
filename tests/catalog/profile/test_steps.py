"""Which steps have rows, and of how many places."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from catalog.profile.steps import count_steps, expanded, merge_steps, runs

TIMES = np.array(["2026-07-01T00", "2026-07-01T00", "2026-07-01T01", "2026-07-09T00", "NaT"], "datetime64[ms]")
SITES = pa.chunked_array([["a", "b", "a", "a", "a"]])
ITEMS = pa.chunked_array([["x", "x", "x", "x", "x"]])


def test_each_grain_counts_different_places() -> None:
    part = count_steps(TIMES, [SITES, ITEMS], ("day", "week", "month"))
    assert [run[1:] for run in part.root["day"]] == [(1, 2, 3), (1, 1, 1)]
    assert [run[1:] for run in part.root["week"]] == [(1, 2, 3), (1, 1, 1)]
    assert [run[1:] for run in part.root["month"]] == [(1, 2, 4)]


def test_a_table_of_one_place_counts_one() -> None:
    part = count_steps(TIMES, [], ("hour",))
    assert [run[2:] for run in part.root["hour"]] == [(1, 2), (1, 1), (1, 1)]


def test_without_rows_there_are_no_steps() -> None:
    part = count_steps(TIMES[:0], [SITES[:0]], ("day",))
    assert part.root == {"day": ()}
    assert merge_steps(part, part) == part


@given(st.dictionaries(st.integers(-99, 99), st.tuples(st.integers(1, 3), st.integers(1, 3))))
def test_runs_are_another_way_to_write_steps(heard: dict[int, tuple[int, int]]) -> None:
    assert expanded(runs(heard)) == heard


def test_equal_neighbours_are_one_run() -> None:
    assert runs({3: (84, 84), 4: (84, 84), 5: (83, 83), 7: (83, 83)}) == (
        (3, 2, 84, 84),
        (5, 1, 83, 83),
        (7, 1, 83, 83),
    )
