"""Which cases of a test are fast tests: `make test` runs these, `make soak` the others."""

from collections.abc import Iterable
from typing import Any

import pytest


def few(cases: Iterable[Any], fast: int = 1) -> list[Any]:
    """Return the cases for `parametrize`, of which the first ones are fast tests.

    Args:
        cases: each a value, or a tuple of the values of several parameters.
        fast: how many are fast tests.
    """
    return [
        pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=[pytest.mark.soak] if i >= fast else [])
        for i, case in enumerate(cases)
    ]
