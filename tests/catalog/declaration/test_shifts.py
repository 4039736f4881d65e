"""A length of time with a sign."""

import datetime as dt

import pytest
from pydantic import TypeAdapter, ValidationError

from catalog.declaration.shifts import Shift, delta


@pytest.mark.parametrize(
    ("shift", "moved"), [("-1h", dt.timedelta(hours=-1)), ("+90m", dt.timedelta(minutes=90)), ("2d", dt.timedelta(2))]
)
def test_a_shift_moves_a_time(shift: str, moved: dt.timedelta):
    assert delta(TypeAdapter(Shift).validate_python(shift)) == moved


def test_no_shift_moves_nothing():
    assert delta(None) == dt.timedelta()


@pytest.mark.parametrize("shift", ["1", "h", "1 h", "1w", "--1d", "123456d", ""])
def test_what_is_no_shift_is_refused(shift: str):
    with pytest.raises(ValidationError, match="is no shift; write for instance -1d"):
        TypeAdapter(Shift).validate_python(shift)
