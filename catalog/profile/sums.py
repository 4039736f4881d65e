"""Sums without rounding: of floats too, each of which is a whole number times a power of two (IEEE 754)."""

from fractions import Fraction

import numpy as np
import numpy.typing as npt

_MANTISSA_BITS = 53
_HALF = 32


def exact_sum(values: npt.NDArray[np.int64] | npt.NDArray[np.float64]) -> Fraction:
    """Return the sum of integers, or of finite floats, without rounding: it is the same in every order.

    Args:
        values: of 64 bits, in one dimension.
    """
    if values.dtype != np.float64:
        return Fraction(_sum_integers(values.astype(np.int64)))
    mantissas, exponents = np.frexp(values)
    whole = np.ldexp(mantissas, _MANTISSA_BITS).astype(np.int64)
    total = Fraction(0)
    for exponent in np.unique(exponents):
        total += _sum_integers(whole[exponents == exponent]) * Fraction(2) ** (int(exponent) - _MANTISSA_BITS)
    return total


def _sum_integers(values: npt.NDArray[np.int64]) -> int:
    # In halves, for the sum of 64 bits would overflow.
    return (int((values >> _HALF).sum()) << _HALF) + int((values & ((1 << _HALF) - 1)).sum())
