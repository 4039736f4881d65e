"""Sums without rounding."""

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from catalog.profile.sums import exact_sum

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
INTEGERS = st.integers(-(2**63), 2**63 - 1)


@given(st.lists(FLOATS))
def test_floats_are_summed_as_fractions(values: list[float]) -> None:
    assert exact_sum(np.array(values, np.float64)) == sum(map(Fraction, values))


@given(st.lists(INTEGERS))
def test_integers_do_not_overflow(values: list[int]) -> None:
    assert exact_sum(np.array(values, np.int64)) == sum(values)


def test_what_floats_lose_is_kept() -> None:
    assert exact_sum(np.array([1e300, 1.0, -1e300])) == 1
